#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Print the tables and functions of a machine in the format of README.md.

    convert.py LSPCI [TABLE...]     LSPCI as `lspci -vvvxxxx` prints it, TABLEs binary as acpixtract leaves them

The lines above them (#, ecam, ioapic, root, remapping, ahci) are written by hand: they are what the tables are
compared with. Nothing personal is taken over: a PCIe Device Serial Number is replaced, and of extended configuration
space only the headers of capabilities are kept.
"""
import re
import sys

FUNCTION = re.compile(r"^(?:([0-9a-f]{4}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) ")
BYTES = re.compile(r"^([0-9a-f]{2,3}):((?: [0-9a-f]{2}){1,16})\s*$")
REGION = re.compile(r"^\s+Region ([0-5]): .*\[size=(\d+)([KMGT]?)\]")
UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
DSN, SERIAL = 0x0003, bytes.fromhex("0102030405060708")
GUESS_MEM, GUESS_IO = 1 << 24, 1 << 8  # where lspci says no size: as far as the address is aligned, and not more


def read_functions(path):
    """SBDF: its bytes and the sizes of its BARs."""
    functions, config, sizes = {}, None, None
    for line in open(path, encoding="utf-8", errors="replace"):
        if found := FUNCTION.match(line):
            config, sizes = bytearray(4096), {}
            functions[f"{found[1] or '0000'}:{found[2]}"] = config, sizes
        elif config is not None and (found := BYTES.match(line)):
            data = bytes.fromhex(found[2])
            config[int(found[1], 16):int(found[1], 16) + len(data)] = data
        elif config is not None and (found := REGION.match(line)):
            sizes[int(found[1])] = int(found[2]) << UNITS[found[3]]
    return functions


def u32(config, off):
    return int.from_bytes(config[off:off + 4], "little")


def keep_headers(config):
    """Of extended configuration space the capabilities' headers, and no serial number."""
    kept, off = set(), 0x100
    while off >= 0x100 and off not in kept and u32(config, off) not in (0, 0xffffffff):
        kept.add(off)
        if config[off] | config[off + 1] << 8 == DSN:
            config[off + 4:off + 12] = SERIAL
        off = u32(config, off) >> 20 & ~3
    for off in range(0x100, 0x1000, 4):
        if not any(start <= off < start + (12 if config[start] == DSN else 4) for start in kept):
            config[off:off + 4] = bytes(4)


def guess_sizes(config, sizes):
    """Plausible ones, for a dump without lspci's words."""
    count = {0: 6, 1: 2}.get(config[0x0e] & 0x7f, 0)
    index = 0
    while not sizes and index < count:
        bar = u32(config, 0x10 + 4 * index)
        base, most = (bar & ~3, GUESS_IO) if bar & 1 else (bar & ~15, GUESS_MEM)
        if base:
            yield index, min(base & -base, most)
        index += 2 if bar & 7 == 4 else 1


def print_bytes(data):
    for off in range(0, len(data), 16):
        if any(data[off:off + 16]):
            print(f"{off:03x} {data[off:off + 16].hex()}")


def print_table(path):
    data = open(path, "rb").read()
    print(f"\ntable {data[:4].decode('ascii')}")
    last = (len(data) - 1) & ~15
    print_bytes(data[:last])
    print(f"{last:03x} {data[last:].hex()}")  # whatever is in it: the table's length is where its last line ends


def main(lspci, *tables):
    for path in tables:
        print_table(path)
    for sbdf, (config, sizes) in read_functions(lspci).items():
        keep_headers(config)
        print(f"\nfn {sbdf}")
        print_bytes(config)
        for index, size in sizes.items() or guess_sizes(config, sizes):
            print(f"bar {index} size {size:x}")


if __name__ == "__main__":
    main(*sys.argv[1:])

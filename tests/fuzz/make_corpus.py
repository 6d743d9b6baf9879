#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Write the seeds of fuzz_acpi and fuzz_enumerate below tests/fuzz/corpus; always the same.

Formats: the opening comments of fuzz_acpi.c and fuzz_enumerate.c. Files of other
names there are what fuzzing found and are left alone.
"""
import pathlib
import struct

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
DATA = CORPUS.parents[1] / "data"  # real machines; the format: its README.md
BASE = 0x10000


def summed(data, at):
    data = bytearray(data)
    data[at] = 0
    data[at] = -sum(data) & 0xff
    return bytes(data)


def table(signature, body):
    header = struct.pack("<4sIBB6s8sI4sI", signature, 36 + len(body), 1, 0, b"BOCHS ", b"BXPC    ",
                         1, b"BXPC", 1)
    return summed(header + body, 9)


def rsdp(revision, rsdt, xsdt):
    first = summed(struct.pack("<8sB6sBI", b"RSD PTR ", 0, b"BOCHS ", revision, rsdt), 8)
    if revision < 2:
        return first.ljust(36, b"\0")
    return summed(first + struct.pack("<IQB3x", 36, xsdt, 0), 32)


def memory(revision, tables):
    """RSDP, RSDT and XSDT in front of the tables, as fuzz_acpi reads them."""
    rsdt_size, xsdt_size = 36 + 4 * len(tables), 36 + 8 * len(tables)
    rsdt = BASE + 36
    xsdt = rsdt + rsdt_size
    addresses, at = [], xsdt + xsdt_size
    for one in tables:
        addresses.append(at)
        at += len(one)
    return (rsdp(revision, rsdt, xsdt) +
            table(b"RSDT", struct.pack("<%dI" % len(tables), *addresses)) +
            table(b"XSDT", struct.pack("<%dQ" % len(tables), *addresses)) + b"".join(tables))


def mcfg(*allocations):
    return table(b"MCFG", bytes(8) + b"".join(struct.pack("<QHBB4x", *a) for a in allocations))


def madt(cpus, extra=b""):
    entries = b"".join(struct.pack("<BBBBI", 0, 8, n, n, 1) for n in range(cpus))
    entries += struct.pack("<BBBBII", 1, 12, 0, 0, 0xfec00000, 0)
    entries += struct.pack("<BBBBIH", 2, 10, 0, 0, 2, 0)
    for irq in (5, 9, 10, 11):
        entries += struct.pack("<BBBBIH", 2, 10, 0, irq, irq, 0x0d)
    entries += struct.pack("<BBBHB", 4, 6, 0xff, 0, 1)
    return table(b"APIC", struct.pack("<II", 0xfee00000, 1) + entries + extra)


def dmar():
    scope = struct.pack("<BBHBBBB", 3, 8, 0, 0, 0xff, 0, 0)
    return table(b"DMAR", struct.pack("<BB10x", 38, 1) +
                 struct.pack("<HHBBHQ", 0, 24, 0, 0, 0, 0xfed90000) + scope +
                 struct.pack("<HHBBH", 2, 8, 1, 0, 0))


def of_machine(name):
    """The tables of a real machine, and (SBDF, bytes) of its functions."""
    tables, functions, into = [], [], None
    for line in (DATA / f"{name}.machine").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word in ("table", "fn"):
            into = bytearray()
            tables += [into] if word == "table" else []
            functions += [(rest, into)] if word == "fn" else []
        elif into is not None and len(word) == 3 and set(word) <= set("0123456789abcdef"):
            into.extend(bytes(int(word, 16) - len(into)) + bytes.fromhex(rest))
    return [bytes(table) for table in tables], functions


def acpi_seeds():
    for name in ("dell-r820", "hp-dl380e-gen8", "cloud-hypervisor", "vmware", "gigabyte-h61m-ds2"):
        yield name, memory(2, of_machine(name)[0])
    q35 = mcfg((0xb0000000, 0, 0, 255))
    x2apic = struct.pack("<BBHIII", 9, 16, 0, 256, 1, 256)
    x2apic += struct.pack("<BBHQ", 5, 12, 0, 0xfee00000)
    yield "q35", memory(2, [table(b"FACP", bytes(208)), madt(1), q35])
    yield "q35-rsdt", memory(0, [madt(2), q35])
    yield "iommu", memory(2, [madt(4, x2apic), dmar(), q35])
    yield "segments", memory(2, [mcfg((0xb0000000, 0, 0, 127), (0x240000000, 1, 0, 63)), madt(1)])
    yield "no-mcfg", memory(2, [madt(1)])
    yield "bad-length", memory(2, [madt(1, b"\x7f\x00"), q35])
    yield "zero-tail", memory(2, [madt(1, bytes(2)), q35])
    wrong = bytearray(madt(1))
    wrong[9] ^= 0x5a
    yield "checksum", memory(2, [bytes(wrong), q35])
    odd = struct.pack("<BBBBII", 1, 12, 9, 0, 0, 256) + struct.pack("<BBBBIH", 2, 0, 0, 4, 4, 0)
    yield "odd-entries", memory(2, [madt(1, odd + bytes(2) + b"\x01\x40"), q35])
    yield "many-ioapics", memory(2, [madt(1, b"".join(struct.pack("<BBBBII", 1, 12, n, 0, 0xfec01000 + n * 4096, n * 8)
                                                      for n in range(1, 70))), q35])
    tail = table(b"MCFG", bytes(8) + struct.pack("<QHBB6x", 0xf4000000, 0, 0, 0x3f))
    yield "mcfg-tail", memory(2, [madt(1), tail])
    yield "mcfg-alone", q35
    yield "madt-alone", madt(2, x2apic)
    yield "dmar-alone", dmar()


def function(bus, dev, fn=0, header=0, status=0, cap=0, secondary=0, subordinate=0, pin=0,
             bar=0xfe000000, mask=0xfffff000):
    return struct.pack("<8BII", bus, dev << 3 | fn, header, status, cap, secondary, subordinate,
                       pin, bar, mask)


def express(port):
    """A capability where function() of the first record points: 40h bytes behind its own start."""
    return struct.pack("<BBBB12x", 0x10, 0, port << 4 | 2, 0)


def machine(*records, setup=(0, 0)):
    return bytes(setup) + b"".join(records)


def real_functions(name):
    """Their place, header type, bus numbers and pin."""
    for sbdf, config in of_machine(name)[1]:
        config = config.ljust(64, b"\0")
        bus, dev, fn = int(sbdf[5:7], 16), int(sbdf[8:10], 16), int(sbdf[11])
        yield function(bus, dev, fn, config[0x0e], secondary=config[0x19], subordinate=config[0x1a], pin=config[0x3d])


def enumerate_seeds():
    for name in ("huananzhi-x99-bd4", "asus-p6t6", "fujitsu-p8010"):
        yield name, machine(*real_functions(name))
    q35 = [function(0, 0), function(0, 31, 0, 0x80),
           function(0, 31, 2, pin=1, status=0x10, cap=0x80),
           function(0, 31, 3, bar=0xc001, mask=0xffe0)]
    yield "q35", machine(*q35)
    port = function(0, 1, header=1, status=0x10, cap=0x40, secondary=1, subordinate=2)
    bridge = function(1, 0, header=1, secondary=2, subordinate=2)
    yield "port", machine(port, bridge, function(2, 4, pin=1), function(2, 5), express(4))
    yield "cardbus", machine(function(0, 30, header=1, secondary=1, subordinate=5),
                             function(1, 3, header=2, secondary=2, subordinate=5, pin=2), function(2, 0, pin=1))
    yield "chain", machine(*[function(n, 0, header=1, secondary=n + 1, subordinate=255)
                             for n in range(255)])
    yield "liars", machine(function(0, 1, header=1, secondary=3, subordinate=9),
                           function(3, 0, header=1, secondary=0, subordinate=0),
                           function(3, 1, header=1, secondary=3, subordinate=9),
                           function(3, 2, header=1, secondary=8, subordinate=7),
                           function(0, 2, header=1, secondary=5, subordinate=12))
    yield "roots", machine(*q35, function(0x80, 0, header=1, secondary=0x81, subordinate=0xff),
                           function(0x81, 3, pin=4), setup=(2, 0x80))
    yield "full", machine(function(0, 0, header=0x81, secondary=1, subordinate=1),
                          *[function(1, n // 8, n % 8, 0x80) for n in range(256)],
                          *[function(0, n // 8, n % 8, 0x80) for n in range(1, 256)],
                          function(0, 1, header=0x81, secondary=2, subordinate=2),
                          *[function(2, n // 8, n % 8, 0x80) for n in range(64)])
    yield "bars", machine(function(0, 1, bar=0xfe00000c, mask=0xffff0000),
                          function(0, 2, bar=0xc001, mask=0xff00),
                          function(0, 3, bar=0xfe000000, mask=0x00f0f000),
                          function(0, 4, bar=0, mask=0xffffffff))
    yield "unmapped", machine(port, bridge, setup=(0x80, 2))
    yield "gap", machine(function(0, 1, header=1, secondary=0x20, subordinate=0x2f), function(0x21, 0),
                         function(0x20, 0, header=1, secondary=0x21, subordinate=0x21),
                         function(0, 2, header=1, secondary=0x0e, subordinate=0x12),
                         function(0x0e, 0, header=1, secondary=0x11, subordinate=0x12), setup=(0x20, 0x3e))
    yield "not-ready", machine(*q35, function(0, 2, header=0x7e), function(0, 3, 0, 0x80), function(0, 3, 4, 0x7e))


def main():
    for target, seeds in (("acpi", acpi_seeds()), ("enumerate", enumerate_seeds())):
        where = CORPUS / target
        where.mkdir(parents=True, exist_ok=True)
        for name, data in seeds:
            (where / name).write_bytes(data)


if __name__ == "__main__":
    main()

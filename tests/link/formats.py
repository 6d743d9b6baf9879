# SPDX-License-Identifier: BSD-2-Clause-Patent
"""What the tests of the link read: PE32+ (Microsoft "PE Format") and ELF64 (System V gABI), as their bytes are."""

import struct
from dataclasses import dataclass

SCN_EXECUTE, SCN_READ, SCN_WRITE = 0x20000000, 0x40000000, 0x80000000
SHT_RELA, SHT_NOTE, SHT_NOBITS = 4, 7, 8
SHF_WRITE, SHF_ALLOC = 1, 2
R_X86_64_64 = 1


@dataclass
class Section:
    name: str
    address: int
    size: int  # in memory
    data: bytes  # of the file
    flags: int
    kind: int = 0  # ELF's sh_type
    info: int = 0  # ELF's sh_info

    def holds(self, address, size=1):
        return self.address <= address and address + size <= self.address + self.size

    def letters(self):
        """PE's: what may be done with it"""
        return "".join(letter if self.flags & bit else "-"
                       for letter, bit in (("R", SCN_READ), ("W", SCN_WRITE), ("X", SCN_EXECUTE)))


class Pe:
    def __init__(self, path):
        self.bytes = path.read_bytes()
        at = struct.unpack_from("<I", self.bytes, 0x3C)[0]
        assert self.bytes[:2] == b"MZ" and self.bytes[at:at + 4] == b"PE\0\0", path
        self.machine, count, _, _, _, optional, self.characteristics = struct.unpack_from("<HHIIIHH", self.bytes, at + 4)
        at += 24
        self.magic, self.entry = struct.unpack_from("<H14xI", self.bytes, at)
        self.base, self.section_alignment, self.file_alignment = struct.unpack_from("<QII", self.bytes, at + 24)
        self.image_size, self.header_size, _, self.subsystem, self.dll = struct.unpack_from("<IIIHH", self.bytes, at + 56)
        directories = struct.unpack_from("<I", self.bytes, at + 108)[0]
        self.directories = [struct.unpack_from("<II", self.bytes, at + 112 + 8 * n) for n in range(directories)]
        assert optional == 112 + 8 * directories
        at += optional
        self.headers_end = at + 40 * count
        self.raw = []  # (offset, size) in the file
        self.sections = [self._section(at + 40 * n) for n in range(count)]

    def _section(self, at):
        name, size, address, raw_size, raw, flags = struct.unpack_from("<8sIIII12xI", self.bytes, at)
        self.raw.append((raw, raw_size))
        return Section(name.rstrip(b"\0").decode(), address, size, self.bytes[raw:raw + raw_size], flags)

    def at(self, address, size):
        """Memory, as a loader fills it, before any relocation."""
        section = next(one for one in self.sections if one.holds(address, size))
        return section.data.ljust(section.size, b"\0")[address - section.address:][:size]


class Elf:
    def __init__(self, path):
        data = path.read_bytes()
        assert data[:6] == b"\x7fELF\x02\x01", path
        table, size, count, names = struct.unpack_from("<Q10xHHH", data, 0x28)
        rows = [struct.unpack_from("<IIQQQQIIQQ", data, table + size * n) for n in range(count)]
        strings = data[rows[names][4]:][:rows[names][5]]
        self.sections = [Section(strings[row[0]:strings.index(b"\0", row[0])].decode(), row[3], row[5],
                                 b"" if row[1] == SHT_NOBITS else data[row[4]:row[4] + row[5]],
                                 row[2], row[1], row[7]) for row in rows]

    def allocated(self):
        return [one for one in self.sections if one.flags & SHF_ALLOC and one.size]

    def pointers(self):
        """How many words of it are an address, whole."""
        return sum(1 for one in self.sections if one.kind == SHT_RELA and self.sections[one.info].flags & SHF_ALLOC
                   for _, info, _ in struct.iter_unpack("<QQq", one.data) if info & 0xFFFFFFFF == R_X86_64_64)


def relr(data):
    """Addresses in a packed list: one, or a bitmap of the 63 words behind the last."""
    where = 0
    for (entry,) in struct.iter_unpack("<Q", data):
        if not entry & 1:
            yield entry
            where = entry + 8
            continue
        yield from (where + 8 * bit for bit in range(63) if entry >> (bit + 1) & 1)
        where += 63 * 8

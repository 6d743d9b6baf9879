# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The image as ld made it: what firmware reads of it, and that nothing got lost on the way from the objects."""

import re
import subprocess
from pathlib import Path

import pytest
from formats import SHT_NOBITS, SHT_NOTE, Elf, Pe, relr

ROOT = Path(__file__).resolve().parents[2]
PAGE = 4096
IMAGES = ["build/x86_64/intxlab", "build/x86_64-clang/intxlab", "build/x86_64/empty", "build/x86_64/test-fault"]


@pytest.fixture(params=IMAGES)
def image(request):
    return ROOT / request.param


def link_command(image):
    """make's own, as words."""
    target = image.relative_to(ROOT).with_suffix(".efi")
    said = subprocess.run(["make", "-n", "-B", "V=1", str(target)], cwd=ROOT, capture_output=True, text=True, check=True)
    line = re.search(rf"^ld .* -o {target.with_suffix('.so')}$", said.stdout, re.M)
    return line[0].split()


def test_each_section_has_pages_of_its_own_and_one_use(image):
    """UEFI 2.10 sec 2.3.4: 4 KiB pages; a section is executable or writable or neither."""
    pe = Pe(image.with_suffix(".efi"))
    assert [(one.name, one.letters()) for one in pe.sections] == [
        (".text", "R-X"), (".rdata", "R--"), (".reloc", "R--"), (".data", "RW-")]
    assert pe.section_alignment == PAGE and pe.file_alignment == 512
    end = PAGE
    for one in pe.sections:
        assert one.address == end and one.size, one.name
        end = -(-(one.address + one.size) // PAGE) * PAGE
    assert pe.image_size == end


def test_header_is_an_application_that_needs_no_executable_data(image):
    pe = Pe(image.with_suffix(".efi"))
    assert (pe.machine, pe.magic, pe.subsystem) == (0x8664, 0x020B, 10)
    assert pe.dll == 0x0100  # NX_COMPAT
    assert pe.characteristics & 0x0003 == 0x0002  # EXECUTABLE_IMAGE, not RELOCS_STRIPPED
    assert pe.base == 0
    entered = [one.name for one in pe.sections if one.holds(pe.entry)]
    assert entered == [".text"]


def test_file_is_headers_and_sections_without_a_gap(image):
    pe = Pe(image.with_suffix(".efi"))
    assert pe.headers_end <= pe.header_size
    end = pe.header_size
    for (offset, size), section in zip(pe.raw, pe.sections):
        assert offset == end and size % pe.file_alignment == 0 and size <= -(-section.size // 512) * 512, section.name
        end += size
    assert end == len(pe.bytes)


def test_base_relocations_are_one_block_that_does_nothing(image):
    pe = Pe(image.with_suffix(".efi"))
    used = {n: one for n, one in enumerate(pe.directories) if one != (0, 0)}
    reloc = pe.sections[2]
    assert used == {5: (reloc.address, 12)}
    assert reloc.data[:12] == bytes.fromhex("00000000 0c000000 0000 0000")


def test_every_allocated_byte_is_in_the_image(image):
    """And where ld put it."""
    pe = Pe(image.with_suffix(".efi"))
    sections = [one for one in Elf(image.with_suffix(".so")).allocated() if one.name != ".header"]
    assert {".text", ".rodata", ".data"} <= {one.name for one in sections}
    for one in sections:
        holder = [its for its in pe.sections if its.holds(one.address, one.size)]
        assert len(holder) == 1, one.name
        want = bytes(one.size) if one.kind == SHT_NOBITS else one.data
        assert pe.at(one.address, one.size) == want, one.name


def test_every_input_section_has_a_place(image):
    """ld was told to refuse what no line names; what the script throws away is nothing that a compiler makes."""
    script = (ROOT / "efi/x86_64/image.lds").read_text(encoding="utf-8")
    thrown = re.search(r"/DISCARD/ :\s*\{(.*?)\}", script, re.S)[1].replace("*(", " ").replace(")", " ").split()
    command = link_command(image)
    assert "--orphan-handling=error" in command
    objects = [ROOT / word for word in command if word.endswith(".o")]
    assert objects
    for path in objects:
        for section in Elf(path).allocated():
            assert section.name not in thrown or section.kind == SHT_NOTE, path


def test_every_pointer_is_relocated_and_lies_in_data(image):
    """As many as the objects have; written by start.c, so in a section that may be written."""
    packed = [one for one in Elf(image.with_suffix(".so")).allocated() if one.name == ".relr.dyn"]
    where = [address for one in packed for address in relr(one.data)]
    objects = [ROOT / word for word in link_command(image) if word.endswith(".o")]
    assert len(where) == len(set(where)) == sum(Elf(path).pointers() for path in objects)
    data = Pe(image.with_suffix(".efi")).sections[3]
    assert all(data.holds(address, 8) for address in where)


LOST = [
    # section that no line of the script names: a table of somebody who comes later
    ('static const int lost[4] __attribute__((used, section(".lost"))) = { 1, 2, 3, 4 };',
     "unplaced orphan section `.lost'"),
    # pointer that the packed list cannot name
    ('struct odd { char c; const void *p; } __attribute__((packed));\nextern const struct odd odd;\n'
     'static int x;\nconst struct odd odd = { 1, &x };', "a relocation that is not RELATIVE at an even address"),
    ("extern int nobody;\nextern int *pointer;\nint *pointer = &nobody;", "undefined reference to `nobody'"),
]


@pytest.mark.parametrize("source, complaint", LOST, ids=["section", "odd-pointer", "symbol"])
def test_link_refuses_what_would_get_lost(tmp_path, source, complaint):
    (tmp_path / "lost.c").write_text(source)
    subprocess.run(["gcc", "-c", "-fpic", "-Os", tmp_path / "lost.c", "-o", tmp_path / "lost.o"], check=True)
    command = link_command(ROOT / IMAGES[2])
    command[-1:] = [str(tmp_path / "empty.so")]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    done = subprocess.run([*command, str(tmp_path / "lost.o")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode and complaint in done.stderr, done.stderr


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("flags", ["-gdwarf-4", "-gdwarf-5 -g3", "-fcf-protection"])
def test_debug_information_and_marks_have_a_place(tmp_path, compiler, flags):
    """Who debugs the image adds -g; some systems' compilers mark each object. Neither ends the link."""
    (tmp_path / "a.c").write_text("static int a[3];\nint *f(int n);\nint *f(int n)\n{\n\twhile (n--)\n\t\ta[n % 3] += n;\n"
                                  "\treturn a;\n}\n")
    subprocess.run([compiler, *flags.split(), "-c", "-fpie", "-Os", "-fno-asynchronous-unwind-tables", tmp_path / "a.c",
                    "-o", tmp_path / "a.o"], check=True)
    command = link_command(ROOT / IMAGES[2])
    command[-1:] = [str(tmp_path / "empty.so"), str(tmp_path / "a.o")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

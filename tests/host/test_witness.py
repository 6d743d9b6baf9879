# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The witness against a trace recorded from QEMU 7.2, q35: true, and forged in every way."""

from pathlib import Path

import pytest

from lib.stream import parse
from lib.witness import Write, _token, read_trace, testify as witness_of

DATA = Path(__file__).parent / "data"
STREAM = (DATA / "witness.ktap").read_text()
TRACE = (DATA / "witness.trace").read_text()


def errors(stream=STREAM, trace=TRACE):
    return witness_of(parse(stream.encode()), trace.splitlines(keepends=True)).errors


def test_recorded_run_agrees():
    witness = witness_of(parse(STREAM.encode()), TRACE.splitlines())
    assert (witness.errors, witness.steps, witness.writes, witness.outside) == ([], 5, 4, 1)


def test_windows():
    trace = read_trace(TRACE.splitlines(), "00:1f.2", 0x80)
    assert [(w.seq, w.writes, w.closed) for w in trace.windows] == [
        (1, ["W=0507"], True), (2, ["W=0107"], True), (3, ["W32=00100107"], True), (4, ["W8+1=05"], True),
        (5, [], True)]


STREAMS = [
    ("another value", 'writes="W=0507" us', 'writes="W=0107" us'),
    ("another width", 'writes="W32=00100107" us', 'writes="W=0107" us'),
    ("split in two", 'writes="W=0507" us', 'writes="W8+0=07 W8+1=05" us'),
    ("hidden", 'writes="W=0107" us', 'writes="" us'),
    ("claimed twice", 'writes="W=0107" us', 'writes="W=0107 W=0107" us'),
    ("claimed, not done", 'irq_count=1 us', 'irq_count=1 writes="W=0507" us'),
    ("claimed at MSI", 'irq_count=1 us', 'irq_count=1 writes="MSIctl=0081" us'),
    ("not a write at all", 'irq_count=1 us', 'irq_count=1 writes="nonsense" us'),
    ("another function", "sbdf=0000:00:1f.2", "sbdf=0000:00:1f.3"),
    ("no function", "# hw function", "# hw nothing"),
    ("witness not on", "witness state=on", "witness state=off"),
    ("a step hidden", "# hw step seq=5", "# hw stop seq=5"),
]


@pytest.mark.parametrize("what, old, new", STREAMS, ids=[row[0] for row in STREAMS])
def test_forged_stream(what, old, new):
    assert old in STREAM
    assert errors(STREAM.replace(old, new, 1))


def test_error_says_both():
    forged = STREAM.replace('writes="W=0507" us', 'writes="W=0107" us', 1)
    assert errors(forged) == ["step 1 (rebind.assert): the stream claims W=0107; the trace shows W=0507"]


def without(word):
    return "".join(line for line in TRACE.splitlines(keepends=True) if word not in line)


TRACES = [
    ("empty", ""),
    ("a write is missing", without("0x507")),
    ("no widths", without("memory_region_ops_write")),
    ("an end marker is missing", without("0xc1")),
    ("a begin marker is missing", without("0xa2")),
    ("half a marker is missing", without("0x50\n").replace("0x50 size", "0x51 size")),
    ("cut short", TRACE[:len(TRACE) // 2]),
    ("other widths", TRACE.replace("value 0x507 size 2", "value 0x507 size 4")),
    ("binary", "\0\xff" * 500),
]


@pytest.mark.parametrize("trace", [row[1] for row in TRACES], ids=[row[0] for row in TRACES])
def test_damaged_trace(trace):
    assert errors(trace=trace)


def test_order_counts():
    first, second = ("memory_region_ops_write cpu 0 mr 0x1 addr 0xb00fa004 value 0x{0:x} size 2 name 'pcie-mmcfg-mmio'\n"
                     "pci_cfg_write ich9-ahci 00:1f.2 @0x4 <- 0x{0:x}\n".format(value) for value in (0x103, 0x400))
    at = TRACE.index("memory_region_ops_write", TRACE.index("0xa5"))
    at = TRACE.index("memory_region_ops_write", TRACE.index("<- 0x50", at))
    claim = STREAM.replace('irq_count=1 us', 'irq_count=1 writes="W=0103 W=0400" us')
    assert errors(claim, TRACE[:at] + first + second + TRACE[at:]) == []
    assert errors(claim, TRACE[:at] + second + first + TRACE[at:])


def test_other_functions_do_not_count():
    noise = ("memory_region_ops_write cpu 1 mr 0x1 addr 0xb00fb004 value 0x7 size 2 name 'pcie-mmcfg-mmio'\n"
             "pci_cfg_write ICH9-SMB 00:1f.3 @0x4 <- 0x7\n")
    at = TRACE.index("pci_cfg_write ich9-ahci")
    at = TRACE.index("\n", at) + 1
    assert errors(trace=TRACE[:at] + noise + TRACE[at:]) == []


def test_ports_show_the_width_too():
    lines = ["memory_region_ops_write cpu 0 mr 0x1 addr 0xcf8 value 0x8000fa04 size 4 name 'pci-conf-idx'",
             "memory_region_ops_write cpu 0 mr 0x1 addr 0xcfc value 0x507 size 2 name 'pci-conf-data'",
             "pci_cfg_write ich9-ahci 00:1f.2 @0x4 <- 0x507"]
    window = ["pci_cfg_write mch 00:00.0 @0x3c <- 0x%x" % v for v in (0xA1, 0x50)]
    assert read_trace(window + lines, "00:1f.2", 0).windows[0].writes == ["W=0507"]


@pytest.mark.parametrize("write, token", [
    (Write(4, 2, 0x507), "W=0507"), (Write(4, 4, 0x100103), "W32=00100103"), (Write(5, 1, 5), "W8+1=05"),
    (Write(6, 2, 0xF900), "W16+2=f900"), (Write(4, 0, 0x507), "W?=00000507"), (Write(0x82, 2, 0x81), "MSIctl=0081"),
    (Write(0x80, 4, 0x810005), "MSIctl=0081"), (Write(0x3C, 1, 1), None), (Write(8, 4, 1), None),
])
def test_tokens(write, token):
    assert _token(write, 0x80) == token


def test_nothing_done_nothing_claimed():
    stream = "KTAP version 1\n1..1\n# run begin check=a.b\nok 1 a.b # SKIP no AHCI function\n"
    assert errors(stream, "") == []

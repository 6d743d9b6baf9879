# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Honest machines pass, nothing hangs or writes to a drive, and what is asked wrongly is answered. Faults:
test_faults.py."""

from fnmatch import fnmatchcase
from functools import cache

import pytest

from simulated import CANNOT, FAIL, PASS, ROOT, SKIP, run

GOLDEN = (ROOT / "tests/golden/check-ids.txt").read_text().split()
LISTED = [name for name in GOLDEN if not name.startswith("firmware.")]  # there is none under a simulated machine
# Planned only with --msi on, --neighbour, or by name.
IDS = [name for name in LISTED if not name.startswith(("vfio-msi.", "intx-first.", "neighbour.", "share."))]
# Steps stand on those before; hazards are what sequences met.
BESIDE = ("enable.", "release.", "rebind.", "dirty.", "fresh.", "race.", "hazard.")
WINDOWS = dict(line.split("\t") for line in (ROOT / "tests/golden/windows.tsv").read_text().splitlines()[3:])
SKIPS = [line.split("\t") for line in (ROOT / "tests/golden/skips.tsv").read_text().splitlines()[2:]]

HONEST = ["q35", "ich9-at-4", "behind-bridge", "two-ahci", "two-ioapics", "atapi", "mem-bar-only", "sparse-ports", "msi-32",
          "posts-writes"]


def test_ids_are_frozen():
    """A new check adds one line to the list; a rename needs a changelog line."""
    listed = run(app=["--list"])
    ids = [line.split("check=")[1].split()[0] for line in listed.lines("# run list ")]
    assert listed.code == PASS
    assert ids == LISTED


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("machine", HONEST)
def test_honest_machine_passes(machine, compiler):
    seen = run("--machine", machine, compiler=compiler)
    assert seen.code == PASS, seen.text[-3000:] + seen.stderr
    assert list(seen.verdicts) == IDS
    skipped = {"ahci.handoff", "hazard.neighbour", "route.swizzle"}
    if machine != "behind-bridge":
        skipped.add("route.bridge-disintx-no-gate")
    if machine == "two-ioapics":  # no PIRQ to an ISA interrupt
        skipped |= {"route.interrupt-line", "level.second-pin-agrees", "level.8259-agrees", "controller.eoi-ends-both"}
    assert seen.of("SKIP") == skipped


@pytest.mark.parametrize("machine", HONEST)
def test_honest_machine_passes_with_msi(machine):
    seen = run("--machine", machine, app=["--msi", "on"])
    assert seen.code == PASS and not seen.of("ERROR"), seen.text[-3000:] + seen.stderr
    assert list(seen.verdicts) == [name for name in LISTED if not name.startswith(("neighbour.", "share."))]


def test_failure_says_what_was_expected_and_seen():
    seen = run("--fault", "cmd.disintx-sets-serr")
    assert ('# run mismatch check=mask.disintx-writable what="Command with DisINTx flipped" expected="0407" '
            'observed="0507" spec="PCI 3.0 sec 6.2.2, Command[10]; PCI Express Base sec 7.5.1.1.3"') in seen.text


def test_no_drive_judges_what_needs_none():
    seen = run("--machine", "no-drive")
    assert seen.code == SKIP and "verdict=UNTESTED" in seen.text
    assert seen.of("FAIL") == seen.of("ERROR") == set()
    assert {"release.ahci_unbind", "rebind.close_dev", "mask.disintx-writable"} <= seen.of("PASS")
    assert {"line.probe", "rebind.assert", "mask.disintx-stops-level", "enable.ahci_io"} <= seen.of("SKIP")


@pytest.mark.parametrize("machine", ["dead-drive", "unreadable-drive"])
def test_dead_drive_is_no_verdict_on_the_function(machine):
    seen = run("--machine", machine)
    assert seen.code == FAIL and "# hw port index=0 drive=dead " in seen.text
    assert seen.of("ERROR") == {"ahci.drive"}
    assert seen.of("FAIL") == set()


def test_no_ahci_function_is_a_skip():
    seen = run("--machine", "no-ahci")
    assert seen.code == SKIP
    assert "1..0 # SKIP no function that can be made to interrupt" in seen.text


def test_no_mcfg_is_one_clear_line():
    seen = run("--machine", "no-mcfg")
    assert seen.code == CANNOT
    assert len(seen.lines("# run stop ")) == 1 and "no ACPI MCFG table" in seen.text


def test_memory_bar_only_expects_no_io_decode():
    seen = run("--machine", "mem-bar-only", app=["--sequence", "enable"])
    assert "command=0006" in seen.lines("# run expect seq=1 ")[0]


def test_other_command_bits_must_stay_what_firmware_left():
    """0x0107 is what SeaBIOS hands over: SERR# stays, and 0x0400 alone is the whole word."""
    seen = run("--command", "0107")
    assert seen.code == PASS
    assert 'writes="W=0103 W=0400 W32=00100103"' in seen.text


def test_dma_above_4_gib():
    seen = run("--dma-base", "0x140000000")
    assert seen.code == PASS, seen.text[-2000:]
    assert "dma=140000000" in seen.text


def test_x2apic():
    seen = run("--x2apic")
    assert seen.code == PASS, seen.text[-2000:]


def test_device_that_vanishes_is_gone_not_wrong():
    """At moments spread over a whole run: a whole report, ERROR from there on, and no FAIL made of all-ones."""
    total = int(run().stderr.split("accesses ")[1].split()[0])
    for at in range(100, total - 400, total // 40):
        seen = run("--vanish", str(at))
        assert seen.code == FAIL, f"at access {at}"
        assert list(seen.verdicts) == IDS, f"at access {at}"
        assert not seen.of("FAIL"), f"at access {at}"
        left = list(seen.verdicts.values())
        first = left.index("ERROR")
        assert set(left[first:]) == {"ERROR"}, f"at access {at}"


@pytest.mark.parametrize("options, reason", [
    (["--nosuch"], "unknown option"),
    (["--check", "nothing.*"], "matches nothing"),
    (["--suite", "nothing"], "matches nothing"),
    (["--skip", "nothing.*"], "matches nothing"),
    (["--sequence", "mask"], "matches nothing"),
    (["--policy", "v9.9"], "no policy v9.9; there is: v6.10 "),
    (["--device", "0000:00:05.0"], "--device 0000:00:05.0: no such function; functions that can be tested: 0000:00:1f.2\""),
    (["--device", "0000:00:00.0"], "--device 0000:00:00.0: class 060000, 8086:29c0, is no kind that can be made to "),
    (["--device", "1f.2"], "malformed value"),
    (["--skip", "rebind.assert"], "cannot be left out singly"),
    (["--exit-port", "xyz"], "malformed value"),
    (["--msi", "maybe"], "malformed value"),
    (["--fail-alloc", "0"], "malformed value"),
    (["--neighbour", "00:09.0"], "--neighbour 0000:00:09.0: no such function; other functions that can be tested: none"),
    (["--neighbour", "00:1f.3"], "no kind that can be made to interrupt here"),
    (["--neighbour", "00:1f.2"], "the only function that can be tested"),
    (["--neighbour", "00:1f.2", "--device", "00:1f.2"], "it is the function under test"),
    (["--check", "cmd.*,nosuch*"], "--check nosuch* matches nothing"),
    (["--suite", "line", "--skip", "line.probe,nosuch"], "--skip nosuch matches nothing"),
    (["--skip", "*"], "leave no check"),
    (["--check", "cmd.*", "--check", "mask.*"], "twice"),
    (["--repeat", "99999"], "it takes 1 to 10000"),
    (["--check"], "wants a value"),
    (["--list=1"], "takes no value"),
])
def test_bad_options_are_one_line_and_touch_nothing(options, reason):
    seen = run(app=options)
    assert seen.code == CANNOT
    assert len(seen.lines("# run stop ")) == 1 and reason in seen.lines("# run stop ")[0]
    assert not seen.verdicts and "# hw ahci" not in seen.text
    assert " planned=0 " in seen.lines("# run end ")[0] and not seen.lines("# run claim ")


@pytest.mark.parametrize("options, suites", [
    (["--sequence", "rebind"], ["enable", "release", "rebind"]),
    (["--sequence", "fresh"], ["fresh"]),
    (["--check", "rebind.assert"], ["enable", "release", "rebind"]),
    (["--suite", "mask"], ["mask"]),
])
def test_selection(options, suites):
    seen = run(app=options)
    assert seen.code == PASS
    assert list(seen.verdicts) == [name for name in IDS if name.split(".")[0] in suites]


def test_selection_of_one_check():
    assert list(run(app=["--check", "mask.disintx-stops-level"]).verdicts) == ["mask.disintx-stops-level"]


@cache
def plain():
    return run().verdicts


@pytest.mark.parametrize("name", [name for name in IDS if not name.startswith(BESIDE)])
def test_a_check_alone_is_judged_as_among_others(name):
    """None stands on what another has left or found out. And each looks as long as it says for what must not come."""
    seen = run(app=["--check", name])
    assert f" windows_us={WINDOWS.get(name, 0)} " in seen.lines("# run end ")[0], "tests/golden/windows.tsv"
    assert seen.verdicts == {name: "SKIP" if name == "leave.function" else plain()[name]}


def test_skipping_a_sequence_skips_what_stands_on_it():
    seen = run(app=["--skip", "release.*"])
    suites = {name.split(".")[0] for name in seen.verdicts}
    assert seen.code == PASS and "enable" in suites
    assert not suites & {"release", "rebind", "dirty"}


def test_survey_writes_nothing():
    seen = run("--machine", "behind-bridge", app=["--survey"])
    assert seen.code == PASS and seen.lines("# hw bridge ") and not seen.verdicts
    function = next(line for line in seen.lines("# hw function ") if "sbdf=0000:02:05.0 " in line)
    # INTA of device 5 is INTB behind the bridge, and stays so behind the root port: the bridge is its device 0.
    assert function.endswith(" root=0000:00:02.0 root_pin=B")


def test_survey_tells_bars_and_capabilities():
    """As the simulated ICH9 has them."""
    seen = run(app=["--survey"])
    told = [line.partition(" sbdf=0000:00:1f.2 ")[2] for line in seen.lines("# hw bar ") + seen.lines("# hw capability ")]
    assert told == ["index=4 kind=io bits=32 prefetch=0 base=6040", "index=5 kind=memory bits=32 prefetch=0 base=81085000",
                    "id=0005 offset=080 kind=standard", "id=0012 offset=0a8 kind=standard",
                    "id=0001 offset=0c0 kind=standard", "id=0013 offset=0d0 kind=standard"]
    function = next(line for line in seen.lines("# hw function ") if "sbdf=0000:00:1f.2 " in line)
    assert " vendor=8086 device=2922 class=010601 revision=02 pin=A interrupt_line=0a command=0007 status=0010 " in function


def test_neighbour_storms_after_a_dirty_close():
    seen = run("--machine", "two-ahci", app=["--neighbour", "0000:00:08.0"])
    assert seen.of("FAIL") == {"hazard.neighbour"} and seen.of("ERROR") == set()
    assert 'check=hazard.neighbour what="neighbour" expected="nowhere" observed="neighbour.n_close"' in seen.text


def test_neighbour_starves_when_the_line_is_masked():
    seen = run("--machine", "two-ahci", app=["--neighbour", "0000:00:08.0", "--policy", "no-pci-intx"])
    assert seen.of("FAIL") == {"hazard.neighbour"} and seen.of("ERROR") == set()
    assert 'observed="neighbour.n_io_while_masked"' in seen.text


def test_neighbour_on_another_line_is_a_skip():
    seen = run("--machine", "q35", app=["--neighbour", "0000:00:1f.2", "--device", "0000:00:1f.2"])
    assert seen.code == CANNOT


def test_linuxs_list_changes_the_words_and_not_the_verdict():
    listed, other = (run("--machine", machine, "--fault", "msi.disintx-stops") for machine in ("sb700", "q35"))
    assert 'kind=msi-intx-disable' in listed.lines("# hw quirk ")[0] and not other.lines("# hw quirk ")
    assert listed.verdicts == other.verdicts and listed.verdicts["msi.disintx-does-not-stop"] == "FAIL"
    told = [seen.lines("# run failed check=msi.disintx-does-not-stop ")[0] for seen in (listed, other)]
    assert "quirk=" in told[0] and "quirk=" not in told[1]
    assert run("--machine", "sb700").code == PASS


@pytest.mark.parametrize("where, app", [("controller", []), ("device", ["--intx-mask", "device"])])
def test_a_function_on_the_list_of_broken_masks_is_masked_at_the_controller(where, app):
    seen = run("--machine", "listed-masking", app=app)
    assert seen.code == PASS
    assert f"masks={where}" in seen.lines("# model policy ")[0]
    assert seen.verdicts["mask.disintx-stops-level"] == "PASS", "what is measured is the same"


@pytest.mark.parametrize("machine", ["q35", "behind-bridge"])
def test_a_function_without_disintx_is_legal_and_masked_at_the_controller(machine):
    seen = run("--machine", machine, "--fault", "cmd.disintx-not-writable")
    assert seen.code == PASS and seen.of("ERROR") == set()
    assert "lacks DisINTx" in next(line for line in seen.text.splitlines() if "mask.disintx-writable #" in line)
    assert seen.verdicts["rebind.assert"] == "PASS"
    assert "masks=controller" in seen.lines("# model policy ")[0]


def test_a_mask_that_reads_back_and_does_not_mask_is_a_fail():
    seen = run("--fault", "cmd.disintx-ignored")
    assert "state=writable" in seen.lines("# hw disintx ")[0]
    assert seen.verdicts["mask.disintx-stops-level"] == "FAIL"


def test_there_is_no_firmware_to_leave():
    assert run(app=["--bare"]).code == CANNOT


@pytest.mark.parametrize("machine, fault, options, skipped", SKIPS)
def test_what_a_machine_lacks_is_a_skip_and_nothing_else_is(machine, fault, options, skipped):
    """A check that needs less than it uses would FAIL or say nothing there; one that needs more is lost elsewhere."""
    seen = run("--machine", machine, *([] if fault == "-" else ["--fault", fault]), app=options.split())
    assert not seen.of("ERROR")
    want = {name for name in seen.verdicts if any(fnmatchcase(name, word) for word in skipped.split())}
    assert seen.of("SKIP") == want, "tests/golden/skips.tsv"
    assert all(any(fnmatchcase(name, word) for name in want) for word in skipped.split())


REASONS = [
    (["--machine", "no-ioapic"], "mask.disintx-stops-level", "no interrupt controller was found"),
    *((["--machine", "remapping"], check, "firmware left interrupt remapping on (GSTS.IRES = 1)")
      for check in ("mask.disintx-stops-level", "line.probe", "route.interrupt-pin")),
    (["--machine", "no-drive"], "mask.disintx-stops-level", "no drive answers: nothing can be made to raise an interrupt"),
    (["--machine", "no-msi"], "msi.off-and-on", "the function has no MSI capability"),
    (["--machine", "ht-off"], "msi.off-and-on",
     "the platform does no MSI: 0000:01:00.0: its HyperTransport MSI mapping is off"),
    (["--machine", "q35"], "share.*", "no --neighbour was named"),
    (["--machine", "two-ahci"], "share.*", "no --neighbour was named"),
]


@pytest.mark.parametrize("machine, check, reason", REASONS)
def test_a_skip_says_what_is_lacking(machine, check, reason):
    seen = run(*machine, app=["--check", check])
    assert set(seen.verdicts.values()) == {"SKIP"} and seen.code == SKIP
    assert all(line.endswith(f" # SKIP {reason}") for line in seen.lines("ok "))


def test_what_is_recorded_and_not_judged_is_recorded():
    seen = run()
    assert seen.lines("# hw msi_pending ") == ["# hw msi_pending check=msi.off-and-on sent_again=0"]


def test_a_line_that_is_not_found_is_an_error_and_no_skip():
    seen = run("--fault", "line.dead", app=["--check", "line.probe,mask.disintx-stops-level"])
    assert seen.verdicts == {"line.probe": "FAIL", "mask.disintx-stops-level": "ERROR"}
    assert "# ERROR no pin was found for the line (see line.probe)" in seen.text
    assert not seen.lines("# hw line_held "), "no other function asserts"


def test_what_needs_the_device_is_not_tried_when_it_does_not_answer():
    """Not even by a check that would pass: what it did to a device in that state says nothing."""
    seen = run("--fault", "ahci.reset-never-ends", app=["--msi", "on"])
    assert seen.of("PASS") == {"ahci.registers", "mask.disintx-writable", "leave.function"}
    assert seen.of("FAIL") == {"ahci.reset"} and not seen.of("SKIP")
    why = [line for line in seen.lines("not ok ") if "policy.enable-clears-disintx" in line]
    assert why[0].endswith(" # ERROR the HBA is not usable (see ahci.reset)")

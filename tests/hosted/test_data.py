# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Tables and configuration spaces of real machines (tests/data): found and chosen as those who dumped them say."""

import re
import tomllib

import pytest

from simulated import CANNOT, FAIL, PASS, ROOT, SKIP, run

DATA = ROOT / "tests/data"
MACHINES = sorted(path.stem for path in DATA.glob("*.machine"))
EXITS = {"PASS": PASS, "ERROR": FAIL, "UNTESTED": SKIP, "CANNOT": CANNOT}


def expected(name):
    return tomllib.loads((DATA / f"{name}.toml").read_text())


def on(name, app=()):
    return run("--data", DATA / f"{name}.machine", app=app)


def fields(line):
    return dict(re.findall(r' ([a-z0-9_]+)=("[^"]*"|\S+)', line))


def hardware(seen, kind):
    return [fields(line) for line in seen.lines(f"# hw {kind} ")]


def bar(found):
    kind = "io" if found["kind"] == "io" else f"m{found['bits']}{'p' if found['prefetch'] == '1' else ''}"
    return f"{found['index']}:{kind}:{int(found['base'], 16):04x}"


def described(seen):
    """{SBDF: what the survey says of it}, in the words of the expectation."""
    of = {found["sbdf"]: found for found in hardware(seen, "function")}
    parts = {sbdf: [sbdf, f"{found['vendor']}:{found['device']}", found["class"][:4], found["revision"], found["pin"]]
             for sbdf, found in of.items()}
    for found in hardware(seen, "bridge"):
        parts[found["sbdf"]].append(f"to {found['secondary']}-{found['subordinate']}")
    for word, kind, value in (("bars", "bar", bar), ("caps", "capability", lambda found: found["offset"].lstrip("0"))):
        for sbdf in of:
            values = [value(found) for found in hardware(seen, kind) if found["sbdf"] == sbdf]
            parts[sbdf] += [word, *values] if values else []
    return {sbdf: " ".join(words) for sbdf, words in parts.items()}


def test_each_machine_has_its_expectation():
    assert len(MACHINES) >= 8 and MACHINES == sorted(path.stem for path in DATA.glob("*.toml"))


@pytest.mark.parametrize("name", MACHINES)
def test_the_survey_finds_what_was_there(name):
    want, seen = expected(name), on(name, app=["--survey"])
    assert [f"{e['segment']} {e['base']} {e['bus_first']}-{e['bus_last']}" for e in hardware(seen, "ecam")] == want["ecam"]
    if want["verdict"] == "CANNOT":
        return
    assert seen.code == PASS and seen.text.count("no function was written to") == 1, seen.stderr
    assert [f"{i['id']} {i['address']} {i['gsi_base']}" for i in hardware(seen, "ioapic")] == want.get("ioapics", [])
    assert [f"{o['irq']} gsi {o['gsi']} polarity {o['polarity']} trigger {o['trigger']}"
            for o in hardware(seen, "override")] == want.get("overrides", [])
    assert [unit["unit"] for unit in hardware(seen, "remapping")] == want.get("remapping", [])
    assert not seen.lines("# hw table ")
    assert [found["error"].strip('"') for found in hardware(seen, "madt")] == ([want["madt"]] if "madt" in want else [])
    assert [found.get("error", '"').strip('"') or " ".join(found[key] for key in ("length", "iapc_boot_arch") if key in found)
            for found in hardware(seen, "fadt")] == [want["fadt"]]
    assert [f"{m['sbdf']} {m['offset']}" for m in hardware(seen, "ht_msi_mapping")] == want.get("ht_msi_mappings", [])
    assert [f"{q['sbdf']} {q['kind']}" for q in hardware(seen, "quirk")] == want.get("quirks", [])
    tree = hardware(seen, "pci")[0]
    assert (int(tree["functions"]), int(tree["bridges"])) == (len(want["functions"]), want["bridges"])
    assert (int(tree["bridges_not_followed"]), int(tree["not_kept"])) == (want.get("not_followed", 0), 0)
    roots = [f"{found['sbdf']} {found['root_pin']} {found['root']}" for found in hardware(seen, "function")]
    assert set(want.get("root_pins", [])) <= set(roots)
    found = described(seen)
    if len(want["functions"][0].split()) == 3:  # lspci named class and revision, and no more
        found = {sbdf: " ".join([sbdf, *line.split()[2:4]]) for sbdf, line in found.items()}
    assert {line.split()[0]: line for line in want["functions"]} == found


def passes(seen, line, looked_at=9):
    assert seen.code == PASS, seen.text[-2000:] + seen.stderr
    assert [(int(found["gsi"]), int(found["looked_at"])) for found in hardware(seen, "line")] == [(line, looked_at)]
    assert all(found["also"] == found["stuck"] == '""' for found in hardware(seen, "line"))
    assert {"line.probe", "mask.disintx-stops-level", "rebind.assert", "leave.function"} <= seen.of("PASS")


@pytest.mark.parametrize("name", MACHINES)
def test_the_run_chooses_its_function_and_line(name):
    """The HBA and the drive are the simulator's, and work: with a wire and an AHCI function all of it passes. Another
    kind's registers read all-ones: each check that needs them is an ERROR that says so, and nothing is left changed."""
    want, seen = expected(name), on(name)
    assert seen.code == EXITS[want["verdict"]], seen.text[-2000:] + seen.stderr
    assert not seen.of("FAIL") and bool(seen.of("ERROR")) == (want["verdict"] == "ERROR")
    assert [re.search(r'kind="([^"]*)"', line)[1] for line in seen.lines("# run chosen ")] == (
        [want.get("kind", "AHCI")] if "function" in want else [])
    assert want.get("reason", "") in "".join(seen.lines("# run stop "))
    assert [found["sbdf"] for found in hardware(seen, "function")] == ([want["function"]] if "function" in want else [])
    if want["verdict"] == "PASS":
        passes(seen, want["line"], want["looked_at"])
    if "named" in want:
        passes(on(name, app=["--device", want["named"]]), want["named_line"])


@pytest.mark.parametrize("line", ["ecam 0 0 5-1", "fn 0:0:0.9", "zz", "bar 0 size 4", "000 41", "low gsi 16",
                                  "ioapic fec00000 id 0 gsi 0 pins 99", "ahci 0000:00:1f.2 gsi 16"])
def test_a_line_that_is_none_of_the_format_is_named(line, tmp_path):
    path = tmp_path / "bad.machine"
    path.write_text(f"# a comment\n{line}\n")
    seen = run("--data", path)
    assert seen.code == 2 and f"{path}:2: not a line of a machine's file: {line}" in seen.stderr

# SPDX-License-Identifier: BSD-2-Clause-Patent
"""docs/conformance.py: its list of models, what a row becomes on the page, and what it says when it cannot run."""

import json
import os
import subprocess
import sys
import tomllib

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "docs"))

import conformance  # noqa: E402
from lib import qemu  # noqa: E402

TOOL = ROOT / "docs/conformance.py"
ROW = {"model": "m", "kind": "K", "verdict": "PASS", "exit_code": 0, "qemu": "7.2", "reasons": [],
       "claims": {"masks": {"state": "refuted", "by": ["a.b"], "known": True, "reason": ""},
                  "msi": {"state": "not-tested", "by": [], "known": False, "reason": "none"},
                  "level": {"state": "shown", "by": [], "known": False, "reason": ""}},
       "failed": ["a.b", "c.d"], "known": {"a.b": "docs/findings.md#x"}}


def run(*words, env=None):
    return subprocess.run([TOOL, *words], capture_output=True, text=True, env={**os.environ, **(env or {})}, check=False)


def test_a_row_of_the_page():
    page = conformance.page({"QEMU 7.2": [ROW]})
    assert "\n## QEMU 7.2\n\n| model | kind | verdict | masks | msi | level | other checks that failed |\n" in page
    assert page.endswith("| m | K | PASS | refuted: `a.b` (known) | – | shown | `c.d` |\n")


def test_every_model_of_the_list_is_one_that_the_host_takes_for_a_source():
    for row in tomllib.loads(conformance.MODELS.read_text(encoding="utf-8"))["model"]:
        assert qemu.SOURCE.search(row["model"]) or row["model"] == "edu", row
        assert bool(row.get("medium")) == ("{image}" in row.get("more", "")), row


@pytest.mark.parametrize("words, env, said", [
    (["--only", "nosuch"], {}, "conformance: no model to run"),
    (["--models", "/nosuch.toml"], {}, "conformance: "),
    ([], {"QEMU": "/nosuch"}, "conformance: environment QEMU=/nosuch is not a program that can be run"),
])
def test_what_cannot_run_is_one_line(tmp_path, words, env, said):
    done = run("--out", tmp_path, *words, env=env)
    assert done.returncode == 1 and done.stderr.startswith(said) and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_page_is_what_the_data_makes_of_it():
    data = json.loads(conformance.DATA.read_text(encoding="utf-8"))
    assert conformance.page(data) == conformance.PAGE.read_text(encoding="utf-8")
    assert all(row["claims"]["interrupts"]["state"] == "shown" for rows in data.values() for row in rows)


def test_each_refuted_cell_is_looked_into():
    """Ours would be mended: what is refuted is the model's, and known, with its finding."""
    for rows in json.loads(conformance.DATA.read_text(encoding="utf-8")).values():
        for row in rows:
            assert {name for claim in row["claims"].values() for name in claim["by"]} <= set(row["known"]), row["model"]
            assert row["verdict"] == "PASS" and set(row["failed"]) == set(row["known"]), row["model"]

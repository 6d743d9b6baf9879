# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The parts of `make check-debian13` that read something, and what it leaves behind; none needs a Debian 13."""

import os
import subprocess
import sys
import time
from pathlib import Path

import apt_here
import check as driver
import pytest
import root_folder
from items_inside import ITEMS, passed

ROOT = Path(__file__).resolve().parents[2]
MAIN = "http://a.example/debian/"

# what `apt-get indextargets` lists, the places of Debian's main archive in it
LISTED = [
    (f"{MAIN} main bookworm Debian\n{MAIN} main bookworm-updates Debian\n"
     "http://a.example/debian-security/ main bookworm-security Debian-Security", [MAIN]),
    (f"{MAIN} contrib bookworm Debian\n{MAIN} main bookworm Debian", [MAIN]),
    (f"{MAIN} main bookworm $(LABEL)", [MAIN]),  # before the first update
    ("http://s.example/debian-security/ main bookworm-security $(LABEL)\nhttp://s.example/d/ main bullseye/updates $(LABEL)", []),
    ("http://u.example/ubuntu/ main noble Ubuntu\nhttps://n.example/ main nodistro Node Source", []),
    (f"cdrom://Debian/ main bookworm Debian\nmirror+file:/etc/m main bookworm Debian\nfile:/srv/debian/ main sid Debian\n{MAIN} "
     "main sid Debian", [MAIN]),
    ("", []),
    ("nonsense", []),
]


@pytest.mark.parametrize("listed, places", LISTED)
def test_mirrors(listed, places):
    assert apt_here.mirrors(listed) == places


DUMPED = """APT::Architecture "amd64";
Acquire "";
Acquire::http "";
Acquire::http::Proxy "http://p.example:3128";
Acquire::http::Proxy::b.example "DIRECT";
Acquire::https::Proxy "DIRECT";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
Acquire::http::User-Agent-Non-Interactive "true";
Dir::Cache "var/cache/apt";
"""


def test_settings_are_those_of_the_way_to_a_mirror():
    assert apt_here.settings(DUMPED) == [
        'Acquire::http::Proxy "http://p.example:3128";', 'Acquire::http::Proxy::b.example "DIRECT";',
        'Acquire::https::Proxy "DIRECT";', 'Acquire::Check-Valid-Until "false";', 'Acquire::Retries "3";']


@pytest.mark.parametrize("environment, chosen", [
    ({}, {"http_proxy": "http://p.example:3128"}),
    ({"http_proxy": "http://e.example", "no_proxy": "c.example", "https_proxy": ""},
     {"http_proxy": "http://e.example", "no_proxy": "c.example"}),
])
def test_proxies(environment, chosen):
    assert apt_here.proxies(DUMPED, environment) == chosen


def test_apt_reads_both_forms_of_its_sources(tmp_path):
    """apt itself: what it would say on a machine that is set up so."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "list").write_text("# deb http://c.example/debian bookworm main\n"
                                   "deb [arch=amd64] http://a.example/debian bookworm main contrib\n")
    (tmp_path / "parts/b.sources").write_text("Types: deb\nURIs: https://b.example/debian\nSuites: bookworm bookworm-updates\n"
                                              "Components: main\n\nTypes: deb\nURIs: http://d.example/debian\n"
                                              "Suites: sid\nComponents: main\nEnabled: no\n")
    told = apt_here.listed("-o", f"Dir::Etc::sourcelist={tmp_path}/list", "-o", f"Dir::Etc::sourceparts={tmp_path}/parts")
    assert apt_here.mirrors(told) == [MAIN, "https://b.example/debian/"]


MOUNTINFO = ("22 1 254:0 / / rw - ext4 /dev/vda rw\n"
             "30 22 0:5 / /srv/d/root-part/proc rw shared:3 - proc proc rw\n"
             "31 22 0:6 / /srv/d/with\\040blank rw - tmpfs tmpfs rw\n"
             "32 22 0:7 / /srv/dd rw - tmpfs tmpfs rw\n")


def test_mounts_below():
    assert root_folder.mounts_below(Path("/srv/d"), MOUNTINFO) == ["/srv/d/root-part/proc", "/srv/d/with blank"]


def test_a_process_in_the_folder_is_seen_and_keeps_it(tmp_path):
    child = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    try:
        assert root_folder.left_behind(tmp_path, 0) == [f"process {child.pid}"]
        with pytest.raises(root_folder.Cannot):
            root_folder.remove(tmp_path)
    finally:
        child.kill()
        child.wait()
    root_folder.remove(tmp_path)
    assert not tmp_path.exists()


def test_time_limit_ends_the_command(tmp_path):
    begin = time.monotonic()
    assert root_folder.run(["sleep", "60"], tmp_path / "log", 0.2, cwd=tmp_path) == 124
    assert time.monotonic() - begin < 30 and root_folder.left_behind(tmp_path, 0) == []


@pytest.fixture
def stand_in(monkeypatch):
    """Instead of debootstrap and host/setup: files, and what becomes of the second."""
    def use(becomes=0):
        def made(command, log, seconds, **more):
            log.write_text("said\n")
            assert not Path(command[-2]).exists()
            (Path(command[-2]) / "etc/apt/apt.conf.d").mkdir(parents=True)
            return 0

        monkeypatch.setattr(root_folder, "run", made)
        monkeypatch.setattr(root_folder, "enter", lambda *_: becomes)
        monkeypatch.setattr(root_folder, "copy_tree", lambda *_: None)
    return use


def test_root_is_kept_and_a_half_made_one_is_not(tmp_path, stand_in):
    (tmp_path / "root-part/of an earlier run").mkdir(parents=True)
    (tmp_path / "root-0123456789ab").mkdir()  # of another host/setup
    stand_in(becomes=1)
    with pytest.raises(root_folder.Broken):
        root_folder.kept(tmp_path, ROOT, MAIN, [], {})
    assert {path.name for path in tmp_path.iterdir()} == {"root.log"}
    stand_in()
    root = root_folder.kept(tmp_path, ROOT, MAIN, ['Acquire::Retries "3";'], {})
    assert (root / "etc/apt/apt.conf.d/90of-the-machine").read_text() == 'Acquire::Retries "3";\n'
    stand_in(becomes=1)
    assert root_folder.kept(tmp_path, ROOT, MAIN, [], {}) == root


def test_tree_is_copied_as_git_sees_it(tmp_path):
    tree, root = tmp_path / "tree", tmp_path / "root"
    tree.mkdir()
    root.mkdir()
    for words in (["init", "-q"], ["config", "user.email", "a@b.example"], ["config", "user.name", "a"]):
        root_folder.git(tree, *words)
    for name, text in ((".gitignore", "/build/\n"), ("kept", "1"), ("changed", "1"), ("gone", "1")):
        (tree / name).write_text(text)
    root_folder.git(tree, "add", "-A")
    root_folder.git(tree, "commit", "-qm", "x")
    (tree / "changed").write_text("2")
    (tree / "gone").unlink()
    (tree / "new").write_text("1")
    (tree / "build").mkdir()
    (tree / "build/object").write_text("1")
    root_folder.copy_tree(tree, root)
    clone = root / root_folder.CLONE
    seen = {path.name: path.read_text() for path in clone.iterdir() if path.is_file()}
    assert seen == {".gitignore": "/build/\n", "kept": "1", "changed": "2", "new": "1"} and not (clone / "build").exists()
    assert root_folder.git(clone, "rev-parse", "HEAD") == root_folder.git(tree, "rev-parse", "HEAD")


@pytest.mark.parametrize("name, status, last, good", [
    ("run", 0, "verdict: PASS as known (exit 0)", True),
    ("run", 0, "verdict: PASS (exit 0)", False),  # the known deviations must be seen
    ("run", 2, "verdict: PASS as known (exit 0)", False),
    ("run", 0, "nothing was said", False),
    ("lint", 0, "lint: 13 passed, 0 failed, 2 skipped", True),
    ("lint", 0, "lint: 13 passed, 0 failed", False),  # judged by a version that it does not stand on
    ("tests", 0, "0 passed, 0 failed", False),
    ("tests", 124, "10 passed, 0 failed", False),
])
def test_passed(name, status, last, good):
    item = next(item for item in ITEMS if item.name == name)
    assert passed(item, status, last) is good


@pytest.mark.parametrize("ci, code, counts", [("", 77, "0 passed, 0 failed"), ("true", 1, "0 passed, 1 failed")])
def test_no_root_is_skip_and_red_in_ci(tmp_path, monkeypatch, capsys, ci, code, counts):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(driver, "COUNTS", tmp_path / "build/counts")
    assert driver.main(tmp_path / "place") == code
    assert capsys.readouterr().out == f"SKIP: debootstrap and chroot need root\n{counts}\n"
    assert (tmp_path / "build/counts").read_text() == counts + "\n"


def test_term_ends_what_runs_inside(tmp_path):
    """The driver's own way out: the child is gone when it is."""
    script = ("import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import root_folder\n"
              "root_folder.end_when_told()\n"
              "print('on', flush=True); root_folder.run(['sleep', '60'], Path(sys.argv[2]) / 'log', 60, cwd=sys.argv[2])")
    child = subprocess.Popen([sys.executable, "-c", script, str(Path(__file__).parent), str(tmp_path)],
                             stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "on\n"
    end = time.monotonic() + 30
    while not root_folder.processes_below(tmp_path) and time.monotonic() < end:
        time.sleep(0.02)
    child.terminate()
    assert child.wait(30) == 128 + 15
    assert root_folder.left_behind(tmp_path) == []


def test_one_run_at_a_time(tmp_path):
    script = ("import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); import root_folder\n"
              "with root_folder.alone(Path(sys.argv[2])): print('mine', flush=True)")
    with root_folder.alone(tmp_path):
        other = subprocess.Popen([sys.executable, "-c", script, str(Path(__file__).parent), str(tmp_path)],
                                 stdout=subprocess.PIPE, text=True)
        assert other.stdout.readline() == f"another run has {tmp_path}; waiting for it\n"
    assert other.stdout.read() == "mine\n" and other.wait(30) == 0

# SPDX-License-Identifier: BSD-2-Clause-Patent
"""`make check-debian13`: the product built and run in a Debian 13 made by debootstrap, an item a line.

The last line is `N passed, N failed`. Where debootstrap cannot run it is SKIP: exit 77, red under CI=true."""

import os
import subprocess
import sys
import time
from pathlib import Path

import apt_here
from items_inside import ITEMS, passed
from root_folder import Broken, Cannot, alone, copy_tree, end_when_told, enter, kept, last_line, left_behind

ROOT = Path(__file__).resolve().parents[2]
COUNTS = ROOT / "build/check-debian13-counts"  # for .ci/run
ITEM_SECONDS = 900
TAIL = 30


def end(ok, bad, code):
    line = f"{ok} passed, {bad} failed"
    COUNTS.parent.mkdir(exist_ok=True)
    COUNTS.write_text(line + "\n", encoding="ascii")
    print(line, flush=True)
    return code


def skip(why):
    print(f"SKIP: {why}")
    return end(0, 1, 1) if os.environ.get("CI") == "true" else end(0, 0, 77)


def prepare(place):
    """The root folder with the tree in it."""
    if os.geteuid():
        raise Cannot("debootstrap and chroot need root")
    if subprocess.run([ROOT / "host/setup", "debian13"], check=False).returncode:
        raise Cannot("host/setup could not install what it takes")
    dumped = apt_here.ask("apt-config", "dump")
    found = apt_here.mirrors(apt_here.listed())
    if not found:
        raise Cannot("apt's sources name no place of Debian's main archive")
    root = kept(place, ROOT, found[0], apt_here.settings(dumped), apt_here.proxies(dumped, os.environ))
    copy_tree(ROOT, root)
    return root


def judge(item, root, log):
    log.unlink(missing_ok=True)
    begin = time.monotonic()
    status = enter(root, item.script, log, ITEM_SECONDS, item.env)
    seconds = time.monotonic() - begin
    good = passed(item, status, last_line(log))
    print(f"{'ok' if good else 'not ok'} {item.name}: {item.what}; {seconds:.0f} s", flush=True)
    if not good:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
        print("\n".join(f"  {line}" for line in [*said, f"exit {status}; all of it: {log}"]), flush=True)
    return good


def check(place):
    root = prepare(place)
    logs = place / "log"
    logs.mkdir(exist_ok=True)
    verdicts = [judge(item, root, logs / f"{item.name}.log") for item in ITEMS]
    left = left_behind(place)
    print(f"{'not ok' if left else 'ok'} clean: no mount and no process is left behind")
    print("".join(f"  {line}\n" for line in left), end="")
    verdicts.append(not left)
    bad = verdicts.count(False)
    return end(len(verdicts) - bad, bad, 1 if bad else 0)


def main(place):
    COUNTS.unlink(missing_ok=True)
    try:
        with alone(place):
            return check(place)
    except (Cannot, apt_here.CannotAsk) as why:
        return skip(why)
    except Broken as why:
        print(f"not ok setup: {why}")
        return end(0, 1, 1)


if __name__ == "__main__":
    end_when_told()
    sys.exit(main(Path(sys.argv[1]).resolve()))

# SPDX-License-Identifier: BSD-2-Clause-Patent
"""A Debian 13 in a folder: made by debootstrap and host/setup, kept, and entered by chroot.

What runs in it has a mount and a process namespace of its own (unshare): both end with it, however it ends. The folder
appears under its name when it is whole, and only then."""

import fcntl
import hashlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

SUITE = "trixie"
INCLUDE = "ca-certificates,git,make"  # what a user has before `make run`
CLONE = "intxlab"  # in the root folder
GROUPS = "build run check"  # of host/setup
MAKE_SECONDS = 1800
LOOK_SECONDS = 0.2
ENVIRONMENT = {"HOME": "/root", "LANG": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
PRIVATE = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]


class Cannot(Exception):
    """This machine cannot make or enter a root folder; why."""


class Broken(Exception):
    """It can, and what is ours failed there; what, and where that is written."""


told_to_end = []  # signals; an exception from a handler could come between a child's birth and our knowing of it


def end_when_told():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: told_to_end.append(number))


def leave_when_told():
    if told_to_end:
        sys.exit(128 + told_to_end[0])


def _wait(child, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        leave_when_told()
        try:
            return child.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    return 124


def run(command, log, seconds, **more):
    """Exit status; 124 when the time was up. Nothing of it is left when this returns, or ends us because of a signal."""
    with log.open("ab") as out:
        try:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **more)
        except OSError as error:
            raise Cannot(f"{command[0]}: {error.strerror}") from None
        try:
            return _wait(child, seconds)
        finally:
            child.kill()
            child.wait()


def enter(root, script, log, seconds, env=None):
    """A shell script in the clone in the root folder; its exit status."""
    words = [f"{name}={value}" for name, value in {**ENVIRONMENT, **(env or {})}.items()]
    command = [*PRIVATE, f"--mount-proc={root}/proc", "chroot", str(root), "/usr/bin/env", "-i", *words,
               "/bin/sh", "-ec", f"cd /{CLONE}\n{script}"]
    return run(command, log, seconds)


def mounts_below(folder, mountinfo):
    """Mount points in it; mountinfo is what /proc/self/mountinfo says (proc(5): the fifth field, blanks as \\040)."""
    points = [re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), line.split(" ")[4])
              for line in mountinfo.splitlines()]
    return [point for point in points if Path(point).is_relative_to(folder)]


def processes_below(folder):
    """Those whose root or working directory is in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        for link in ("root", "cwd"):
            try:
                where = Path(os.readlink(process / link))
            except OSError:  # gone meanwhile, or the kernel's own
                continue
            if where.is_relative_to(folder):
                found.append(int(process.name))
                break
    return found


def left_behind(folder, seconds=2):
    """In words, what is still there; the kernel takes a moment to end a namespace."""
    end = time.monotonic() + seconds
    while True:
        mounts = mounts_below(folder, Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
        processes = processes_below(folder)
        if not mounts and not processes or time.monotonic() > end:
            return [f"mounted: {point}" for point in mounts] + [f"process {number}" for number in processes]
        time.sleep(0.05)


def remove(folder):
    """Never with something mounted in it."""
    if not folder.exists():
        return
    if left := left_behind(folder):
        raise Cannot(f"{folder} is in use: {', '.join(left)}")
    shutil.rmtree(folder)


def key(tree):
    """Changes with whatever the folder is made of and by."""
    digest = hashlib.sha256()
    for part in (tree / "host/setup", Path(__file__)):
        digest.update(part.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def alone(place):
    """One run at a time has the place; another waits."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        for look in itertools.count():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if look == 0:
                    print(f"another run has {place}; waiting for it", flush=True)
                leave_when_told()
                time.sleep(LOOK_SECONDS)
        yield


def git(tree, *words):
    done = subprocess.run(["git", *words], cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Cannot(f"git {words[0]}: {(done.stderr.strip() or 'failed').splitlines()[-1]}")
    return done.stdout


def copy_tree(tree, root):
    """A clone of the last commit, then the work tree as git sees it: changed and new files, none that is ignored."""
    clone = root / CLONE
    if clone.exists():
        shutil.rmtree(clone)
    git(tree, "clone", "-q", "--depth", "1", f"file://{tree}", str(clone))
    for name in git(tree, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (tree / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tree / name, clone / name, follow_symlinks=False)
        elif name:
            (clone / name).unlink(missing_ok=True)


def last_line(log):
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return said[-1] if said else "nothing was said"


def _make(part, tree, mirror, settings, env, log):
    command = [*PRIVATE, "--mount-proc", "debootstrap", "--variant=minbase", f"--include={INCLUDE}", SUITE, str(part), mirror]
    if run(command, log, MAKE_SECONDS, env={**os.environ, **env}):
        raise Cannot(f"debootstrap: {last_line(log)} ({log})")
    (part / "etc/apt/apt.conf.d/90of-the-machine").write_text("".join(f"{line}\n" for line in settings), encoding="utf-8")
    copy_tree(tree, part)
    if enter(part, f"host/setup {GROUPS} && apt-get clean", log, MAKE_SECONDS, env):
        raise Broken(f"host/setup: {last_line(log)} ({log})")


def kept(place, tree, mirror, settings, env):
    """The root folder, made now unless one is kept that was made of the same. settings and env: apt_here.py."""
    root = place / f"root-{key(tree)}"
    for other in place.glob("root-*"):
        if other != root:
            remove(other)
    if root.exists():
        return root
    part, log = place / "root-part", place / "root.log"
    log.unlink(missing_ok=True)
    remove(part)
    print(f"making a Debian 13 in {root}: two or three minutes; {log}", flush=True)
    try:
        _make(part, tree, mirror, settings, env, log)
        part.rename(root)
    finally:
        remove(part)
    return root

# SPDX-License-Identifier: BSD-2-Clause-Patent
"""host/setup with a stand-in for apt-get: says what and why, installs, or gives the command to type."""

import os
import re
import shutil
import subprocess

import pytest


@pytest.fixture
def setup(root, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    log = tmp_path / "apt.log"

    def tool(name, text):
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)

    def call(*groups, uid=0, apt="exit 0", sudo=None, path=None):
        tool("true", "exit 0")
        tool("id", f"echo {uid}")
        tool("env", f"exec {shutil.which('env')} \"$@\"")
        if apt is not None:
            tool("apt-get", f'echo "$@" >> {log}; {apt}')
        if sudo is not None:
            tool("sudo", sudo)
        done = subprocess.run([str(root / "host/setup"), *groups], env={"PATH": path or str(tools)}, text=True,
                              capture_output=True, timeout=30, stdin=subprocess.DEVNULL, check=False)
        return done, log.read_text() if log.exists() else ""

    return call


SUDO = '[ "$1" = -n ] && shift; exec "$@"'


SHELL_S_OWN = {"set", "shift", "[", "return", "command"}


def test_nothing_missing_is_silent_and_starts_no_process(root):
    """Every `make run` begins with it. What the shell traces is its own commands, assignments and the script's functions."""
    script = root / "host/setup"
    done = subprocess.run([script, "build", "run"], capture_output=True, timeout=30, check=False)
    if done.stdout:
        pytest.skip("something is missing on this machine")
    assert (done.returncode, done.stderr) == (0, b"")
    traced = subprocess.run(["sh", "-x", script, "build", "run"], capture_output=True, text=True, timeout=30, check=False)
    commands = {line.split()[1] for line in traced.stderr.splitlines() if line.startswith("+ ")}
    functions = set(re.findall(r"^(\w+)\(\)$", script.read_text(), re.M))
    assert {word for word in commands if "=" not in word} <= SHELL_S_OWN | functions and "need" in commands


def test_installs_as_root(setup):
    done, log = setup("run")
    assert done.returncode == 0
    assert "setup: missing mtools: makes the stick image and reads the report back from it" in done.stdout
    update, install = log.splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends qemu-system-x86 mtools") or "ovmf" in install


def test_installs_through_sudo(setup):
    done, log = setup("run", uid=1000, sudo=SUDO)
    assert done.returncode == 0 and "install -y" in log


@pytest.mark.parametrize("more, why", [
    ({"uid": 1000}, "not root, and no sudo"),
    ({"uid": 1000, "sudo": "exit 1"}, "sudo gives no rights"),
    ({"apt": "exit 100"}, "no network?"),
])
def test_gives_the_command_to_type(setup, more, why):
    done, _ = setup("run", **more)
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert why in line and "type: apt-get update && apt-get install -y --no-install-recommends qemu-system-x86" in line


def test_no_apt(setup):
    done, _ = setup("run", apt=None)
    assert done.returncode == 1 and "no apt-get here" in done.stderr


def test_unknown_group(setup):
    done, log = setup("rnu")
    assert (done.returncode, log) == (2, "")
    assert done.stderr == "setup: unknown group 'rnu'; there are: build run check debian13\n"


def test_environment_is_honoured(root):
    env = dict(os.environ, QEMU="/bin/true", OVMF_CODE="/bin/true")
    done = subprocess.run([str(root / "host/setup"), "run"], env=env, capture_output=True, timeout=30, check=False)
    assert b"missing qemu" not in done.stdout and b"missing ovmf" not in done.stdout

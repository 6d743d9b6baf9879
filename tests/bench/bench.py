# SPDX-License-Identifier: BSD-2-Clause-Patent
"""`make bench`: the figures to reach, measured in one run on this machine, against their bars.

CPU seconds are the kernel's account of a process (wait4), not a clock's: they hold on a busy machine too. A bar is a
ratio of two of them, over the boot of an application that does nothing, so that it holds on a slower machine; what is
compared is booted in turns, so that both meet the same neighbours. 1: a figure is over its bar."""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "host"))

from lib import qemu, stream  # noqa: E402

PRODUCT = ROOT / "build/x86_64/intxlab.efi"
EMPTY = ROOT / "build/x86_64/empty.efi"
ENUMERATE = ROOT / "build/hosted/gcc/bench-enumerate"
PASSED = 0x10 << 1 | 1  # what isa-debug-exit makes of the exit port's value
FAILED = 0x11 << 1 | 1  # known hazards and deviations are FAIL to the application: which they are is a test's business
LIMIT_SECONDS = 120
SHUFFLED_LIMIT_SECONDS = 600

# CPU seconds, over those of the empty boot.
APPLICATION = 0.08  # from its first line to its last
POLICIES = 0.20  # the same with --policy all, MSI off or on
HOST = 0.06  # host/intxlab run, beyond QEMU
VERDICT = 1.15  # launch to verdict: all of it
IMAGE_BYTES = 300 * 1024
GROWTH = 1.1  # a function's cost in a large tree, over its cost in a small one
BEHIND_ROOT_PORTS = (1, 8, 24, 60)
SHUFFLED_ROUNDS = 1000
SEQUENCES = "enable.*,fresh.*,race.*,hazard.*"  # with enable what stands on it


class CannotMeasure(Exception):
    """One clear line."""


def seconds(used):
    return used.ru_utime + used.ru_stime


def wait(child, what):
    """Exit status and CPU seconds of a process and of what it waited for."""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode < 0:
        raise CannotMeasure(f"{what} was ended by signal {-child.returncode}")
    return child.returncode, seconds(used)


def used_so_far(pid):
    """CPU seconds of a process that runs: the clock that clock_getcpuclockid(3) names."""
    return time.clock_gettime(~pid << 3 | 2)


def read_serial(child):
    """What comes over the serial port, and the CPU seconds between the application's first and last line."""
    lines, entry, end = [], None, None
    for line in child.stdout:
        if entry is None and line.startswith(b"KTAP version"):
            entry = used_so_far(child.pid)
        elif line.startswith(b"# run end "):
            end = used_so_far(child.pid)
        lines.append(line)
    return b"".join(lines), end - entry if entry is not None and end is not None else None


def boot(image, app=(), ends=(PASSED,), limit=LIMIT_SECONDS):
    """One boot with firmware's variables fresh: QEMU's CPU seconds, the application's among them, and its text."""
    with tempfile.TemporaryDirectory(prefix="intxlab-bench-") as name:
        folder = Path(name)
        code, variables = qemu.find_firmware()
        machine = qemu.Machine(image, folder, app_options=list(app))
        qemu.prepare(machine, variables)
        child = subprocess.Popen(qemu.command(machine, qemu.find_qemu(), code), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        watch = threading.Timer(limit, child.kill)
        watch.start()
        text, inside = read_serial(child)
        status, used = wait(child, image.name)
        watch.cancel()
        child.stdout.close()
    if status not in ends:
        raise CannotMeasure(f"{image.name} ended with status {status} and not {ends}")
    return used, inside, text


def host_run(folder):
    """CPU seconds of host/intxlab run, whole and without QEMU's."""
    used = folder / "used"
    env = dict(os.environ, QEMU=str(ROOT / "tests/bench/qemu_timed"), BENCH_QEMU=qemu.find_qemu(), BENCH_USED=str(used))
    child = subprocess.Popen([ROOT / "host/intxlab", "run", "--out", folder / "out"], env=env, cwd=ROOT,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, whole = wait(child, "host/intxlab")
    if status:
        raise CannotMeasure(f"host/intxlab run ended with status {status}")
    of_qemu, of_timer = map(float, used.read_text().split())
    return whole - of_timer, whole - of_timer - of_qemu


class Table:
    def __init__(self):
        self.over = 0

    def row(self, figure, value, bar=None, form="{:.3f}"):
        """bar None: only told."""
        word = "" if bar is None else "ok" if value <= bar else "over"
        self.over += word == "over"
        told = "-" if bar is None else form.format(bar)
        print(f"{figure:<58} {form.format(value):>12} {told:>12}  {word}".rstrip(), flush=True)


def processor():
    """Its name, and how many there are."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0] if names else 'a processor without a name'}, {os.cpu_count()} of them"


def measure_boots(table, rounds):
    """Each round boots everything once. The least of the rounds counts: what neighbours do only adds."""
    plans = {"": (), ", --policy all": ("--policy", "all"),
             ", --policy all --msi on": ("--policy", "all", "--msi", "on")}
    empty, host, whole = [], [], []
    parts = {name: [] for name in plans}
    with tempfile.TemporaryDirectory(prefix="intxlab-bench-") as folder:
        for _ in range(rounds):
            empty.append(boot(EMPTY)[0])
            for name, app in plans.items():
                parts[name].append(boot(PRODUCT, app, (PASSED, FAILED))[1])
            everything, beyond = host_run(Path(folder))
            whole.append(everything)
            host.append(beyond)
    base = min(empty)
    table.row("boot of an empty application: this machine's speed", base, form="{:.2f} s")
    table.row("  of another round at most", max(empty), form="{:.2f} s")
    for name, part in parts.items():
        table.row(f"application part{name}", min(part) / base, POLICIES if name else APPLICATION)
    table.row("host/intxlab run beyond QEMU", min(host) / base, HOST)
    table.row("launch to verdict", min(whole) / base, VERDICT)


def measure_shuffled(table):
    """Every round is held against one in the plan's order: a check that FAILs must FAIL in all, the others in none."""
    _, _, text = boot(PRODUCT, ("--skip", SEQUENCES), (PASSED, FAILED))
    plain = stream.parse(text).verdicts()
    app = ("--skip", SEQUENCES, "--shuffle", "1", "--repeat", str(SHUFFLED_ROUNDS))
    _, _, text = boot(PRODUCT, app, (PASSED, FAILED), SHUFFLED_LIMIT_SECONDS)
    run = stream.parse(text)
    if run.problems or not run.end or len(run.facts("run", "order")) != SHUFFLED_ROUNDS:
        raise CannotMeasure(f"the rounds are no whole run: {run.problems[:1]}")
    once = ("leave", "firmware")  # behind the rounds
    differ = [check.id for check in run.checks if check.verdict != plain.get(check.id) or (
        check.suite not in once and check.verdict in ("FAIL", "ERROR") and len(check.rounds) != SHUFFLED_ROUNDS - 1)]
    table.row(f"{SHUFFLED_ROUNDS:,} shuffled repetitions: checks with another verdict", len(differ) +
              len(plain.keys() ^ run.verdicts().keys()), 0, "{:.0f}")
    table.row("  checks in each", len(plain), form="{:.0f}")
    table.row("  rounds a second (TSC)", SHUFFLED_ROUNDS / (int(run.end["app_us"]) / 1e6), form="{:.1f}")


def measure_enumeration(table):
    done = subprocess.run([ENUMERATE, *map(str, BEHIND_ROOT_PORTS)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotMeasure(done.stderr.strip())
    counted = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    cost = [(reads - reads_before) / (functions - functions_before)
            for (functions_before, reads_before), (functions, reads) in zip(counted, counted[1:])]
    table.row("enumeration: a function's reads, of the last over the first", cost[-1] / cost[0], GROWTH)
    for (functions, reads) in counted:
        table.row(f"  reads of configuration space for {functions} functions", reads, form="{:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5, help="boots of each image (5)")
    rounds = max(1, parser.parse_args().rounds)
    table = Table()
    print(f"{processor()}; CPU seconds over those of the empty boot, least of {rounds}")
    print(f"{'figure':<58} {'value':>12} {'bar':>12}")
    try:
        measure_boots(table, rounds)
        measure_shuffled(table)
        table.row("image", PRODUCT.stat().st_size / 1024, IMAGE_BYTES / 1024, "{:.1f} KiB")
        measure_enumeration(table)
    except (CannotMeasure, qemu.CannotRun, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 1 if table.over else 0


if __name__ == "__main__":
    sys.exit(main())

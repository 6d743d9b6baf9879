# SPDX-License-Identifier: BSD-2-Clause-Patent
"""`make bench`: the figures to reach, measured in one run on this machine, against their bars.

CPU seconds are the kernel's account of a process (wait4), not a clock's: they hold on a busy machine too. What is
compared is booted in turns, so that both meet the same neighbours. 1: a figure is over its bar."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
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

BOOT_SECONDS = 0.5  # launch to verdict, beyond the boot of an empty application
SUITES_SECONDS = 1.0  # all suites that are no sequence, on q35's own AHCI
EXPECTATIONS = 2000  # comparisons a second
APP_SECONDS = 0.4  # entry to end marker, by the TSC
POLICIES_SECONDS = 0.6  # the same with --policy all
IMAGE_BYTES = 200 * 1024
HOST_SECONDS = 0.15  # host/intxlab run, beyond QEMU
GROWTH = 1.1  # a function's cost in a large tree, over its cost in a small one
BEHIND_ROOT_PORTS = (1, 8, 24, 60)
SHUFFLED_ROUNDS = 1000
SEQUENCE_SUITES = "ahci,line,enable,release,rebind,dirty,fresh,race,hazard,leave,firmware"
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


def boot(image, app=(), ends=(PASSED,), limit=LIMIT_SECONDS):
    """One boot with firmware's variables fresh: QEMU's CPU seconds, and what came over the serial port."""
    with tempfile.TemporaryDirectory(prefix="intxlab-bench-") as name:
        folder = Path(name)
        code, variables = qemu.find_firmware()
        machine = qemu.Machine(image, folder, app_options=list(app))
        qemu.prepare(machine, variables)
        line = ["timeout", str(limit), *qemu.command(machine, qemu.find_qemu(), code)]
        with (folder / "serial").open("w+b") as serial:
            child = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=serial, stderr=subprocess.DEVNULL)
            status, used = wait(child, image.name)
            serial.seek(0)
            text = serial.read()
    if status not in ends:
        raise CannotMeasure(f"{image.name} ended with status {status} and not {ends}")
    return used, text


def host_run(folder):
    """CPU seconds of host/intxlab run without QEMU's."""
    used = folder / "used"
    env = dict(os.environ, QEMU=str(ROOT / "tests/bench/qemu_timed"), BENCH_QEMU=qemu.find_qemu(), BENCH_USED=str(used))
    child = subprocess.Popen([ROOT / "host/intxlab", "run", "--out", folder / "out"], env=env, cwd=ROOT,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, whole = wait(child, "host/intxlab")
    if status:
        raise CannotMeasure(f"host/intxlab run ended with status {status}")
    return whole - sum(float(word) for word in used.read_text().split())


def median(values):
    return statistics.median(values)


class Table:
    def __init__(self):
        self.over = 0

    def row(self, figure, value, bar=None, form="{:.2f} s", least=False):
        """bar None: only told. least: a bar to be reached, not to be kept under."""
        missed = "short" if least else "over"
        word = "" if bar is None else "ok" if (value >= bar if least else value <= bar) else missed
        self.over += word == missed
        told = "-" if bar is None else form.format(bar)
        print(f"{figure:<58} {form.format(value):>12} {told:>12}  {word}".rstrip(), flush=True)


def measure_boots(table, rounds):
    product, empty, apps, bare, pace = [], [], [], [], []
    for _ in range(rounds):
        used, _ = boot(EMPTY)
        empty.append(used)
        used, text = boot(PRODUCT, ends=(PASSED, FAILED))
        product.append(used)
        run = stream.parse(text)
        apps.append(int(run.end["app_us"]) / 1e6)
        pace.append(int(run.end["expectations"]) / (int(run.end["app_us"]) - int(run.end["windows_us"])) * 1e6)
        _, text = boot(PRODUCT, ("--suite", SEQUENCE_SUITES), ends=(PASSED, FAILED))
        bare.append(int(stream.parse(text).end["app_us"]) / 1e6)
    table.row("launch to verdict beyond an empty application's boot", median(product) - median(empty), BOOT_SECONDS)
    table.row("  launch to verdict (CPU)", median(product))
    table.row("  boot of an empty application (CPU)", median(empty))
    table.row("  the first over the second", median(product) / median(empty), form="{:.2f} x")
    table.row("entry to end marker (TSC)", median(apps), APP_SECONDS)
    table.row("  what the suites beside the sequences add to it", median(apps) - median(bare), SUITES_SECONDS)
    table.row("  expectations a second, outside stated windows", median(pace), EXPECTATIONS, "{:.0f}", least=True)


def measure_policies(table, rounds):
    for msi in ("off", "on"):
        apps = []
        for _ in range(rounds):
            _, text = boot(PRODUCT, ("--policy", "all", "--msi", msi), (PASSED, FAILED))
            apps.append(int(stream.parse(text).end["app_us"]) / 1e6)
        table.row(f"entry to end marker, --policy all --msi {msi} (TSC)", median(apps), POLICIES_SECONDS)


def measure_shuffled(table):
    """Every round is held against one in the plan's order: a check that FAILs must FAIL in all, the others in none."""
    _, text = boot(PRODUCT, ("--skip", SEQUENCES), (PASSED, FAILED))
    plain = stream.parse(text).verdicts()
    app = ("--skip", SEQUENCES, "--shuffle", "1", "--repeat", str(SHUFFLED_ROUNDS))
    _, text = boot(PRODUCT, app, (PASSED, FAILED), SHUFFLED_LIMIT_SECONDS)
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
    table.row("enumeration: a function's reads, of the last over the first", cost[-1] / cost[0], GROWTH, "{:.2f} x")
    for (functions, reads) in counted:
        table.row(f"  reads of configuration space for {functions} functions", reads, form="{:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5, help="boots of each image (5)")
    rounds = max(1, parser.parse_args().rounds)
    table = Table()
    print(f"{'figure':<58} {'value':>12} {'bar':>12}")
    try:
        measure_boots(table, rounds)
        measure_policies(table, rounds)
        measure_shuffled(table)
        table.row("image", PRODUCT.stat().st_size / 1024, IMAGE_BYTES / 1024, "{:.1f} KiB")
        measure_enumeration(table)
        with tempfile.TemporaryDirectory(prefix="intxlab-bench-") as name:
            table.row("host/intxlab run beyond QEMU (CPU)", median([host_run(Path(name)) for _ in range(rounds)]),
                      HOST_SECONDS)
    except (CannotMeasure, qemu.CannotRun, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 1 if table.over else 0


if __name__ == "__main__":
    sys.exit(main())

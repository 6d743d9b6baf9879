# SPDX-License-Identifier: BSD-2-Clause-Patent
"""The command line: run, report, diff, stick. run and report end in `verdict: X (exit N)`."""

from __future__ import annotations

import argparse
import fcntl
import math
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from . import (firmware, image, known, process, qemu, render_json, render_junit, render_timeline, stream, summary,
               witness)
from .outcome import Ended, Outcome, judge
from .validate import NO_START, validate

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 60.0
# What a command may leave in its result folder, as globs: an earlier one's are removed first.
RENDERED = ("stream.ktap", "results.json", "junit.xml", "timeline.tsv", "timeline.*.tsv")
PRODUCTS = RENDERED + ("report.ktap", "serial.raw", "qemu.log")
NO_APP = ("report", "diff")  # commands that take no application options


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise qemu.BadUsage(f"{message} (see {self.prog} --help)")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError
    return value


_seconds.__name__ = "number of seconds"  # argparse's word for it


def _parser() -> Parser:
    parser = Parser(prog="intxlab", description="PCI INTx laboratory: boot it in QEMU, read what it says.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="run|report|diff|stick")
    run = commands.add_parser("run", help="one boot in QEMU", allow_abbrev=False,
                              usage="intxlab run [options] [-- APP-OPTIONS...]")
    run.add_argument("--machine", default="q35", help="QEMU's machine type (q35)")
    run.add_argument("--qemu-arg", action="append", default=[], metavar="ARG",
                     help="more for QEMU's command line, split as a shell would; repeatable")
    run.add_argument("--disk-boot", action="store_true", help="boot a stick image instead of by -kernel")
    run.add_argument("--no-disk", action="store_true", help="no disk at q35's own AHCI controller")
    run.add_argument("--out", type=Path, default=Path("out/last"), metavar="DIR", help="(out/last)")
    run.add_argument("--timeout", type=_seconds, metavar="S",
                     help=f"time limit (environment TIMEOUT, else {TIMEOUT_SECONDS:g})")
    run.add_argument("--witness", action="store_true", help="hold QEMU's trace against the stream")
    _image_option(run)
    report = commands.add_parser("report", help="render a stream from anywhere", allow_abbrev=False)
    report.add_argument("stream", type=Path, metavar="STREAM",
                        help="a report.ktap, a serial log with other text around the stream, or a run's stream.ktap")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the results go; made if it is missing")
    differ = commands.add_parser("diff", help="compare two runs, or a run and a recorded kernel", allow_abbrev=False,
                                 description="Step by step. Exit: 0 the same, 1 different, 2 usage or unreadable.")
    for name in ("a", "b"):
        differ.add_argument(name, type=Path, metavar=name.upper(),
                            help="a run's result folder, a timeline.tsv, or a recorded kernel's table")
    differ.add_argument("--policy", metavar="NAME", help="which, of a run of several")
    differ.add_argument("--verbose", action="store_true", help="where a difference to a kernel was allowed, and why")
    stick = commands.add_parser("stick", help="make a bootable stick image", allow_abbrev=False,
                                usage="intxlab stick [options] OUT.img [-- APP-OPTIONS...]")
    stick.add_argument("path", type=Path, metavar="OUT.img")
    _image_option(stick)
    return parser


def _image_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", type=Path, default=ROOT / "build/x86_64/intxlab.efi", metavar="PATH",
                        help="the application (build/x86_64/intxlab.efi)")


def _parse(argv: list[str]) -> argparse.Namespace:
    """All after the first `--` is the application's."""
    cut = argv.index("--") if "--" in argv else len(argv)
    args, unknown = _parser().parse_known_args(argv[:cut])
    if unknown:
        more = "" if args.command in NO_APP else "; application options go behind --"
        raise qemu.BadUsage(f"unrecognized arguments: {shlex.join(unknown)}{more} (see intxlab {args.command} --help)")
    args.app = argv[cut + 1:]
    if args.command in NO_APP and args.app:
        raise qemu.BadUsage(f"{args.command} takes no application options")
    return args


def _limit(args: argparse.Namespace) -> float:
    if args.timeout is not None:
        return args.timeout
    text = os.environ.get("TIMEOUT", "")
    try:
        return _seconds(text) if text else TIMEOUT_SECONDS
    except ValueError:
        raise qemu.BadUsage(f"environment TIMEOUT={text!r} is not a number of seconds") from None


@contextmanager
def _folder(out: Path, products: tuple[str, ...]) -> Iterator[None]:
    """The result folder, empty of an earlier run's products and ours alone."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = os.open(out, os.O_RDONLY)
    except OSError as error:
        raise qemu.CannotRun(f"cannot use {out}: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for path in [path for name in products for path in out.glob(name)]:
            path.unlink()
        yield
    except BlockingIOError:
        raise qemu.CannotRun(f"another run is writing to {out}; choose another --out") from None
    finally:
        os.close(lock)


@contextmanager
def _socket_folder(wanted: bool) -> Iterator[Path | None]:
    """A socket's path has at most 107 bytes: it cannot stand in the result folder."""
    if not wanted:
        yield None
        return
    import tempfile  # a tenth of our start-up time, for --witness only

    with tempfile.TemporaryDirectory(prefix="intxlab-") as name:
        yield Path(name)


class Live:
    """What happens while the machine runs: progress, and the witness's handshake."""

    def __init__(self, paint: summary.Paint, qmp: Path | None) -> None:
        self.progress = summary.Progress(paint)
        self.qmp = qmp
        self.error = ""

    def line(self, text: str, send: process.Send) -> None:
        if self.qmp and text == "# run witness state=ready":
            try:
                witness.trace_on(self.qmp)
                send(b"W")
            except (OSError, ValueError) as error:
                self.error = f"QEMU's trace could not be switched on: {error}"
        if shown := self.progress.line(text):
            print(shown, flush=True)


def _write(run: stream.Run, outcome: Outcome, ended: Ended | None, command: list[str],
           seen: witness.Witness | None, out: Path) -> None:
    texts = {"stream.ktap": "".join(line + "\n" for line in run.lines),
             "results.json": render_json.render(run, outcome, ended, command, seen),
             "junit.xml": render_junit.render(run, outcome, seen),
             **render_timeline.files(run)}
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")


def _finish(run: stream.Run, outcome: Outcome, ended: Ended | None, command: list[str],
            seen: witness.Witness | None, out: Path, paint: summary.Paint) -> int:
    _write(run, outcome, ended, command, seen, out)
    for line in summary.render(run, outcome, ended, seen, paint):
        print(line)
    names = [name for name in PRODUCTS if any(out.glob(name))]
    print(f"{out}: {' '.join(names)}")
    print(summary.last_line(outcome, paint), flush=True)
    return outcome.code


def _testify(run: stream.Run, machine: qemu.Machine, error: str) -> witness.Witness:
    try:
        with machine.trace_path.open(encoding="latin-1") as lines:
            seen = witness.testify(run, lines)
    except OSError:
        seen = witness.testify(run, [])
    if error:
        seen.errors.insert(0, error)
    return seen


def _machine(args: argparse.Namespace) -> qemu.Machine:
    """What the command line asks for. Refused, if at all, before anything is written."""
    image.check(args.image)
    try:
        extra = [word for arg in args.qemu_arg for word in shlex.split(arg)]
    except ValueError as error:
        raise qemu.BadUsage(f"--qemu-arg: {error}") from None
    app = args.app + (["--witness"] if args.witness else [])
    qemu.join_options(app)
    folder = args.out / "vm"
    return qemu.Machine(args.image, folder, args.machine, extra, app, disk=not args.no_disk,
                        stick=folder / "stick.img" if args.disk_boot else None)


def _run(args: argparse.Namespace, paint: summary.Paint) -> int:
    limit = _limit(args)
    name, (code, variables) = qemu.find_qemu(), qemu.find_firmware()
    machine = _machine(args)
    with _folder(args.out, PRODUCTS), _socket_folder(args.witness) as sockets:
        machine.qmp = sockets / "qmp" if sockets else None
        shutil.rmtree(machine.folder, ignore_errors=True)
        machine.folder.mkdir()
        if machine.stick:
            image.make_stick(machine.stick, machine.image, qemu.join_options(machine.app_options))
        qemu.prepare(machine, variables)
        command = qemu.command(machine, name, code)
        print(shlex.join(command), flush=True)
        if lacks := machine.lacks():
            print(f"intxlab: {lacks}", flush=True)
        live = Live(paint, machine.qmp)
        console = firmware.Console()
        ended = process.run(command, args.out, limit, live.line, console)
        ended.version = qemu.version(machine)
        run = _read(args.out / "serial.raw")
        if not run.started and (console.since or ended.killed):
            ended.not_started = console.why(machine.variables_path.read_bytes())
        seen = _testify(run, machine, live.error) if args.witness and run.end else None
        outcome = judge(run, ended, _objections(machine, seen), _known())
        _show_qemu_log(args.out, run, outcome, ended)
        if machine.stick:
            _read_back(machine.stick, args.out, run)
        return _finish(run, outcome, ended, command, seen, args.out, paint)


def _read(path: Path, no_start: str = NO_START) -> stream.Run:
    with path.open("rb") as file:
        run = stream.parse(file.read(stream.STREAM_MAX + 1))
    validate(run, no_start)
    return run


def _objections(machine: qemu.Machine, seen: witness.Witness | None) -> list[str]:
    objections = list(seen.errors) if seen else []
    if qemu.disk_changed(machine):
        objections.append("the disk at the AHCI function was written to")
    return objections


def _show_qemu_log(out: Path, run: stream.Run, outcome: Outcome, ended: Ended) -> None:
    if outcome.code != 2 or run.started or ended.not_started:
        return
    for line in (out / "qemu.log").read_text(errors="replace").splitlines()[-5:]:
        print(stream.printable(line))


def _read_back(stick: Path, out: Path, run: stream.Run) -> None:
    report = out / "report.ktap"
    if not image.read_report(stick, report):
        print("report.ktap: the application left none on the stick")
        return
    lines = report.read_text(encoding="latin-1").splitlines()
    same = "the same text as the stream" if lines == run.lines else "differs from the stream"
    print(f"report.ktap: read back from the stick, {len(lines)} lines, {same}")


def _report(args: argparse.Namespace, paint: summary.Paint) -> int:
    try:
        run = _read(args.stream, f"{args.stream} holds no stream (no line '{stream.VERSION_LINE}')")
    except OSError as error:
        raise qemu.CannotRun(f"cannot read {args.stream}: {error.strerror}") from None
    with _folder(args.out, RENDERED):
        return _finish(run, judge(run, entries=_known()), None, [], None, args.out, paint)


def _known() -> list[known.Entry]:
    try:
        return known.load()
    except known.BadEntry as error:
        raise qemu.CannotRun(str(error)) from None


def _diff(args: argparse.Namespace, paint: summary.Paint) -> int:
    from . import diff  # a tenth of our start-up time, for this command only

    different = compared = 0
    try:
        for policy, a, b in diff.pairs(args.a, args.b, args.policy):
            if not a or not b:
                print(f"policy {policy}: only in {args.a if a else args.b}")
                different += 1
                continue
            result = diff.compare(a, b)
            compared += result.compared
            different += len(result.differences)
            if policy and result.differences:
                print(paint("bold", f"policy {policy}"))
            for line in result.lines(args.verbose):
                print(line)
        for line in diff.claim_differences(args.a, args.b):
            different += 1
            print(line)
    except diff.Unreadable as error:
        raise qemu.CannotRun(str(error)) from None
    print(f"{summary.count(compared, 'step')} compared: "
          f"{summary.count(different, 'difference') if different else 'the same'}")
    return 1 if different else 0


def _stick(args: argparse.Namespace, _paint: summary.Paint) -> int:
    image.make_stick(args.path, args.image, qemu.join_options(args.app))
    print(f"{args.path}: write it to a stick (all of it, not as a file), or give it to a virtual machine")
    return 0


COMMANDS = {"run": _run, "report": _report, "diff": _diff, "stick": _stick}


def main(argv: list[str]) -> int:
    # A plain exit, so that the child is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    paint = summary.Paint(sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    try:
        args = _parse(argv)
        return COMMANDS[args.command](args, paint)
    except qemu.CannotRun as reason:
        print(f"intxlab: {reason}", file=sys.stderr, flush=True)
        print(summary.last_line(Outcome("USAGE" if isinstance(reason, qemu.BadUsage) else "CANNOT", 2), paint))
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE

# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Random sequences of commands, run by the engine and by the reference model, and what differs.

A sequence is made with the model at hand, so that a driver does only what a driver may do: MSI is not enabled twice,
an owner is not unbound before it is closed, the device raises its interrupt only where its registers can be reached."""

import random
import re
import subprocess
from dataclasses import dataclass, replace
from itertools import zip_longest

from model import MEMORY
from known import KNOWN, machine_class

NODES = 11  # on the list at most: the engine has a pool
COUNT = 5  # of enable_cnt


@dataclass
class Sequence:
    policy: str
    command: int  # as firmware left it
    has_msi: bool
    commands: list
    known: tuple = tuple(KNOWN)

    @property
    def begin(self):
        return f"begin {self.policy} {self.command:04x} {int(self.has_msi)}"

    def machine(self):
        return machine_class(self.known)(self.policy, self.command, self.has_msi)

    def __str__(self):
        return "\n".join([self.begin, *self.commands])


def _device(m):
    if m.dev.fn.pending:
        yield "ack", 6
    elif m.dev.fn.command & MEMORY:
        yield "raise", 6


def _memory(m):
    yield "fail 0", 2
    yield "fail 1", 1
    yield "fail 2", 1


def _unbound(m):
    yield "bind", 5
    yield "vbind", 6
    yield "abind", 6


def _managed(m):
    dev, room = m.dev, len(m.dev.nodes) < NODES
    if room and dev.enable_cnt < COUNT:
        yield "pcim_enable", 8
    if dev.enable_cnt < COUNT:
        yield "enable", 2
    if dev.enable_cnt > -COUNT:
        yield "disable", 2
    yield "pin", 1
    yield "master 1", 2
    yield "master 0", 1
    yield "intx 0", 5
    yield "intx 1", 4
    if dev.has_pcim_intx and room:
        yield "pcim_intx 0", 3
        yield "pcim_intx 1", 3
    if dev.msi_enabled:
        yield "msi 0", 2
    elif room:
        yield "msi 1", 4
    if room:
        yield "action intx0", 1
        yield "action intx1", 1
        yield "action disable", 1
    if dev.is_msi_managed or not dev.msi_enabled:
        yield "unbind", 9


def _ahci(_):
    yield "aunbind", 1


def _vfio(m):
    vfio = m.vfio
    if not vfio.opened:
        yield "vopen device", 10
        yield "vopen controller", 4
        yield "vunbind", 5
        return
    for command in (0x0003, 0x0007, 0x0107, 0x0403, 0x0407):
        yield f"vcmd {command:04x}", 2
    yield "vclose", 4
    if vfio.irq == "none":
        yield "vintx 1", 14
        if m.dev.has_msi and not m.dev.msi_enabled:
            yield "vmsi 1", 5
    elif vfio.irq == "msi":
        yield "vmsi 0", 5
    else:
        yield "vintx 0", 3
        yield "vmask", 7
        yield "vunmask", 10
        if vfio.may_race():
            yield "vrace", 3


def allowed(m):
    """(command, weight) of everything that may come next."""
    if m.dev.driver == "ahci":
        yield from _ahci(m)
        return
    yield from _device(m)
    yield from _memory(m)
    yield from {None: _unbound, "managed": _managed, "vfio-pci": _vfio}[m.dev.driver](m)


def make(policy, seed, length):
    rng = random.Random(f"{policy} {seed}")
    sequence = Sequence(policy, rng.choice([0x0007, 0x0007, 0x0107, 0x0400, 0x0407, 0x0102]), rng.random() < 0.5, [])
    machine = sequence.machine()
    for _ in range(length):
        commands, weights = zip(*allowed(machine))
        sequence.commands.append(rng.choices(commands, weights)[0])
        machine.run(sequence.commands[-1])
    return sequence


def _comparable(command, line):
    """vfio's virtual config space is read where user space is, and its saved word where MSI is: only writes count."""
    if command.startswith(("vcmd", "vmsi", "vclose")):
        line = re.sub(r'log="([^"]*)"', lambda m: 'log="' + " ".join(
            word for word in m[1].split() if not word.startswith("R")) + '"', line)
    return line


@dataclass
class Difference:
    sequence: Sequence
    at: int
    engine: str
    model: str

    def __str__(self):
        pairs = [(a, b) for a, b in zip(re.split(r" (?=[a-z_]+=)", self.engine), re.split(r" (?=[a-z_]+=)", self.model))
                 if a != b]
        return (f"{self.sequence}\nafter \"{self.sequence.commands[self.at]}\":\n"
                + "\n".join(f"  engine {a}\n  model  {b}" for a, b in pairs))


def observe(program, sequences, timeout=120, environment=None):
    """What the engine says after every command."""
    text = "\n".join(map(str, sequences)) + "\n"
    done = subprocess.run([program], input=text, capture_output=True, text=True, timeout=timeout, env=environment)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.returncode} {done.stderr[-2000:]}")
    commands = [command for sequence in sequences for command in sequence.commands]
    return [_comparable(command, line) for command, line in zip_longest(commands, done.stdout.splitlines(), fillvalue="")]


def expect(sequences):
    """What the model says."""
    lines = []
    for sequence in sequences:
        machine = sequence.machine()
        lines += [_comparable(command, machine.run(command)) for command in sequence.commands]
    return lines


def compare(program, sequences, timeout=120):
    """The first difference, or None."""
    engine, model = iter(observe(program, sequences, timeout)), iter(expect(sequences))
    for sequence in sequences:
        for at in range(len(sequence.commands)):
            pair = next(engine), next(model)
            if pair[0] != pair[1]:
                return Difference(replace(sequence, commands=sequence.commands[:at + 1]), at, *pair)
    return None


def _is_sound(sequence):
    machine = sequence.machine()
    for command in sequence.commands:
        if command not in dict(allowed(machine)):
            return False
        machine.run(command)
    return True


def shrink(program, difference):
    """Without whatever it does not need: stretches first, then single commands."""
    size = len(difference.sequence.commands) // 2
    while size:
        start = 0
        while start < len(difference.sequence.commands):
            was = difference.sequence
            less = replace(was, commands=was.commands[:start] + was.commands[start + size:])
            found = compare(program, [less]) if less.commands and _is_sound(less) else None
            if found:
                difference = found
            else:
                start += 1
        size = size // 2 if size > 3 else size - 1
    return difference

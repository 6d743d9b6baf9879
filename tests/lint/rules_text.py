# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Rules about the text of the tree, and the tools that read it."""

import re

from tree import ROOT, CannotLint, corpus, files, found, lines, of, run, stands_on, text

SPDX = "SPDX-License-Identifier: BSD-2-Clause-Patent"
COLUMNS = {".c": 100, ".h": 100, ".S": 100, ".py": 130}
STREAM = re.compile("# (hw|model|run) ")  # a test quotes a line of the stream whole
SOURCES = (".c", ".h", ".S", ".py", ".mk", ".sh", ".lds")


def _scripts(interpreter):
    """Files with no suffix say what they are in their first line."""
    return [path for path in files() if not corpus(path) and path.suffix in ("", ".sh")
            and re.match(rf"#!\S*[/ ]{interpreter}\b", (ROOT / path).read_bytes()[:80].decode("latin-1"))]


def _registers(path):
    return path.name.endswith("_regs.h")  # columns of numbers, set by hand


@stands_on("clang-format", "14")
def layout():
    """clang-format would change nothing (register tables are set by hand)."""
    paths = [path for path in of(".c", ".h") if not _registers(path)]
    done = run("clang-format", "--dry-run", "--ferror-limit=0", *paths)
    return [line for line in done.stderr.splitlines() if ": warning: " in line or ": error: " in line]


def columns():
    """No line of C is wider than 100 columns, tabs being 8, but where clang-format is off; of Python, 130."""
    bad = []
    for path in of(*COLUMNS):
        off = False
        for number, line in lines(path):
            off = "clang-format off" in line or (off and "clang-format on" not in line)
            wide = 0 if STREAM.match(line) else len(line.expandtabs(8))
            if wide > COLUMNS[path.suffix] and not off and not corpus(path):
                bad.append(f"{path}:{number}: {wide} columns (at most {COLUMNS[path.suffix]})")
    return bad


def blanks():
    """No blanks at a line's end, no blank lines at a file's end, and a newline there; no // comments in C."""
    texts = [path for path in files() if not corpus(path)]
    bad = found(r"[ \t\r]$", texts, "blanks at the end", lines)
    for path in texts:
        if text(path) and (not text(path).endswith("\n") or text(path).endswith("\n\n")):
            bad.append(f"{path}: does not end in one newline")
    return bad + found(r"(^|[\s;{}])//", of(".c", ".h"), "a // comment", lines)


def license_lines():
    """The licence is named in the first line of every source, behind #! if there is one."""
    sources = set(of(*SOURCES)) | set(_scripts("(ba)?sh")) | set(_scripts("python3"))
    sources |= {path for path in files() if path.name == "Makefile"}
    return [f"{path}: no {SPDX}" for path in sorted(sources) if SPDX not in "\n".join(text(path).split("\n")[:2])]


# No host of a package registry belongs here: apt knows its own, and a mirror is somebody's. The same for a path that
# only one machine has. A host that a reader is meant to visit is named here.
HOSTS = {"docs.kernel.org", "www.kernel.org", "git.kernel.org", "lore.kernel.org", "elixir.bootlin.com", "spdx.org",
         "github.com", "uefi.org", "www.qemu.org", "wiki.debian.org", "keepachangelog.com", "semver.org",
         "docs.github.com", "docs.gitlab.com", "labgrid.readthedocs.io", "docs.lavasoftware.org", "testanything.org",
         "www.w3.org"}
REGISTRY = r"\b(registry|mirrors?|proxy|pypi|deb|crates|packages|ftp)[.-][a-z0-9-]+\.(org|com|net|io|dev|internal|local)\b"
MACHINE_PATH = r"(?<![\w.}$:])/(work|home|root|Users|mnt|media)/"


def nothing_of_one_machine():
    """No host of a package registry, no absolute path of one machine."""
    texts = [path for path in files() if not corpus(path)]
    bad = found(REGISTRY, texts, "a registry's host", lines) + found(MACHINE_PATH, texts, "a machine's path", lines)
    for path in texts:
        for number, line in lines(path):
            bad += [f"{path}:{number}: {host} is not among the hosts that a reader is sent to"
                    for host in re.findall(r"https?://([\w.-]+)", line)
                    if host not in HOSTS and not host.endswith(".example")]  # RFC 2606: nobody's
    return bad


# The attribute of a member that is a function pointer ends cppcheck's parsing of pci/hw.h, and with it of all.
CPPCHECK = ("cppcheck", "--quiet", "--std=c11", "--platform=unix64", "-j2", "-I.", "-D__attribute__(x)=",
            "--enable=warning,style,performance,portability", "--suppressions-list=tests/lint/cppcheck-suppressions",
            "--template={file}:{line}: {severity}: {message} [{id}]", "--template-location=", "--error-exitcode=1")


@stands_on("cppcheck", "2.10")
def cppcheck():
    """cppcheck has nothing to say about the C sources but what tests/lint/cppcheck-suppressions explains."""
    paths = of(".c")
    done = run(*CPPCHECK, *paths)
    said = done.stderr.splitlines() + [line for line in done.stdout.splitlines() if line]
    if done.returncode and not said:
        raise CannotLint(f"cppcheck ended with {done.returncode}")
    return said


def shellcheck():
    """shellcheck has nothing to say about the shell scripts."""
    paths = _scripts("(ba)?sh")
    if not paths:
        return []
    done = run("shellcheck", "--format=gcc", *paths)
    if done.returncode > 1:
        raise CannotLint(done.stderr.strip())
    return done.stdout.splitlines()


def python():
    """The Python files compile, and pyflakes has nothing to say about them."""
    paths = of(".py") + _scripts("python3")
    bad = []
    for path in paths:
        try:
            compile(text(path), str(path), "exec", dont_inherit=True)
        except SyntaxError as error:
            bad.append(f"{path}:{error.lineno}: {error.msg}")
    done = run("/usr/bin/python3", "-m", "pyflakes", *paths)
    if "No module named" in done.stderr:
        raise CannotLint("pyflakes is not there; type: host/setup check")
    return bad + done.stdout.splitlines() + done.stderr.splitlines()


RULES = [layout, columns, blanks, license_lines, nothing_of_one_machine, cppcheck, shellcheck, python]

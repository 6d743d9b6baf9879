# SPDX-License-Identifier: BSD-2-Clause-Patent
"""Every single change that `make mutants` can make to a C file: another operator, another constant, a negated
condition, a statement left out. Text and layout are read, not the language: the kernel's layout is what makes it work."""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<skip>/\*.*?\*/|^[ \t]*\#(?:\\\n|.)*?$|\s+)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<operator>->|\+\+|--|<<=|>>=|\.\.\.|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
""", re.X | re.S | re.M)

OPERATORS = {
    "<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"], "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
    "<<": [">>"], ">>": ["<<"], "|": ["&"], "|=": ["&="], "&=": ["|="], "+=": ["-="], "-=": ["+="], "++": ["--"],
    "--": ["++"], "/": ["*"], "%": ["/"], "^": ["|"],
}
# Between two operands only: alone they are a sign, an address, a pointer, a dereference.
BINARY = {"+": ["-"], "-": ["+"], "&": ["|"]}
KEYWORDS = set("""if else for while do switch case default return break continue goto sizeof static const struct enum
    union unsigned signed int char long short void bool typedef extern inline _Static_assert""".split())
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
WORDS = {"true": ["false"], "false": ["true"]}


@dataclass(frozen=True)
class Change:
    path: str
    start: int  # of what is replaced, in the file's text
    end: int
    new: str
    line: int
    function: str  # or the table
    text: str  # of the line, without its indentation
    what: str  # "< to <=", and which of several on the line

    @property
    def key(self):
        """Stands when the file is moved or renamed, and when lines are put before it."""
        return self.function, self.text, self.what


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self):
        return self.start + len(self.text)


def tokens(source):
    return [Token(match.lastgroup, match[0], match.start()) for match in TOKEN.finditer(source) if match.lastgroup != "skip"]


def _is_operand(token):
    return token.kind in ("number", "text") or token.text in (")", "]") or (
        token.kind == "name" and token.text not in ("return", "case", "sizeof"))


def _owners(found):
    """For each token the function or table that it stands in, or None, and the depth of braces."""
    owners, depth, owner, name = [], 0, None, None
    for at, token in enumerate(found):
        if depth == 0 and token.kind == "name" and at + 1 < len(found) and found[at + 1].text in ("(", "[", "="):
            if name is None and token.text not in KEYWORDS and not token.text.startswith("__"):
                name = token.text
        if token.text == "{":
            depth += 1
            owner = owner or name
        owners.append((owner if depth else None, depth))
        if token.text == "}":
            depth -= 1
            if depth == 0:
                owner = name = None
        if token.text == ";" and depth == 0:
            name = None
    return owners


def _closing(found, at):
    """Of the parenthesis at `at`."""
    depth = 0
    for index in range(at, len(found)):
        depth += found[index].text == "("
        depth -= found[index].text == ")"
        if depth == 0:
            return index
    return None


def _number(text):
    digits, suffix = re.match(r"(0[xX][0-9a-fA-F]+|\d+)(\w*)", text).groups()
    value = int(digits, 0) if digits[:2] in ("0x", "0X") else int(digits)
    form = hex if digits[:2] in ("0x", "0X") else str
    return [form(value + 1) + suffix] + ([form(value - 1) + suffix] if value else [])


def _constants(found, source):
    """{name: another of the same family that the file uses}: PCI_COMMAND_IO and PCI_COMMAND_MEMORY. Not of texts."""
    texts = set(re.findall(r"^#define (\w+)\s(?:.*\\\n)*.*\"", source, re.M))
    names = sorted({token.text for token in found if token.kind == "name" and CONSTANT.fullmatch(token.text)} - texts)
    family = {}
    for name in names:
        family.setdefault(name.rpartition("_")[0], []).append(name)
    others = {}
    for kin in family.values():
        for index, name in enumerate(kin):
            if len(kin) > 1:
                others[name] = [kin[(index + 1) % len(kin)]]
    return others


def _is_declaration(statement):
    """`type name ...` or `type *name ...`; an assignment and a call begin otherwise."""
    words = [token.text for token in statement]
    if words[0] in KEYWORDS - {"sizeof"}:
        return True
    if len(words) < 2 or statement[0].kind != "name":
        return False
    if words[1] == "*" and len(words) > 2:
        return statement[2].kind == "name" and words[2] not in KEYWORDS and words[3:4] in ([], ["="], [","])
    return statement[1].kind == "name"


def _is_text_size(found, at):
    """`char name[24]`: that a text has a byte more or less of room says nothing until it is full."""
    return found[at - 1].text == "[" and found[at + 1].text == "]" and any(
        token.text == "char" for token in found[max(0, at - 40):at][_last_semicolon(found[max(0, at - 40):at]):])


def _last_semicolon(words):
    return max((index for index, token in enumerate(words) if token.text in (";", "{", "}")), default=-1) + 1


def _token_changes(found, at, constants):
    token, before = found[at], found[at - 1]
    if token.kind == "operator":
        for new in OPERATORS.get(token.text, ()):
            yield token.start, token.end, new, f"{token.text} to {new}"
        if _is_operand(before) and found[at + 1].text not in (")", ","):
            for new in BINARY.get(token.text, ()):
                yield token.start, token.end, new, f"{token.text} to {new}"
        if token.text in "!~":
            yield token.start, token.end, "", f"{token.text} dropped"
    elif token.kind == "number" and not _is_text_size(found, at):
        for new in _number(token.text):
            yield token.start, token.end, new, f"{token.text} to {new}"
    elif token.kind == "name":
        for new in [*WORDS.get(token.text, ()), *constants.get(token.text, ())]:
            yield token.start, token.end, new, f"{token.text} to {new}"


def _condition_changes(found, at):
    if found[at].text in ("if", "while") and found[at + 1].text == "(":
        close = _closing(found, at + 1)
        yield found[at + 1].start, found[at + 1].end, "(!(", f"{found[at].text} negated", found[close].end


def _statement(found, at):
    """The tokens of the statement that begins at `at`, without its semicolon; None if it is no simple one."""
    depth = 0
    for index in range(at, len(found)):
        text = found[index].text
        depth += text in ("(", "[", "{")
        depth -= text in (")", "]", "}")
        if depth < 0 or (text == "{" and index == at):
            return None
        if text == ";" and depth == 0:
            return found[at:index]
    return None


def _begins_statement(found, at):
    """Behind the end of another, or the body of an if, for or else without braces."""
    before = found[at - 1].text
    if before in (";", "{", "}", "else", ":"):
        return True
    if before != ")":
        return False
    depth = 0
    for index in range(at - 1, -1, -1):
        depth += found[index].text == ")"
        depth -= found[index].text == "("
        if depth == 0:
            return found[index - 1].text in ("if", "for", "while")
    return False


def _drops(found, at, owners):
    statement = _begins_statement(found, at) and _statement(found, at)
    if not statement:
        return
    first = statement[0].text
    if first in ("break", "continue") or (first == "return" and not _ends_function(found, at, len(statement), owners)):
        yield statement[0].start, statement[-1].end, "", f"{first} dropped"
    elif first not in KEYWORDS and not _is_declaration(statement):
        words = [token.text for token in statement]
        if "(" in words or "=" in words or any(word in OPERATORS for word in words):
            yield statement[0].start, statement[-1].end, "", "statement dropped"


def _ends_function(found, at, length, owners):
    """Nothing but closing braces behind it: without it the function's value would be an accident."""
    behind = at + length + 1
    while behind < len(found) and found[behind].text == "}" and owners[behind][1] > 1:
        behind += 1
    return behind < len(found) and found[behind].text == "}" and owners[behind][1] == 1


def _is_in_for(found, at):
    """Between the parentheses of a `for`: a declaration's `=` and the like are no statements of their own."""
    depth = 0
    for index in range(at, max(-1, at - 60), -1):
        depth += found[index].text == ")"
        depth -= found[index].text == "("
        if depth < 0:
            return found[index - 1].text == "for"
    return False


def changes(path, source):
    """All of them, in the order of the text."""
    found = tokens(source)
    owners, constants = _owners(found), _constants(found, source)
    made = []
    for at in range(1, len(found) - 1):
        owner, depth = owners[at]
        if owner is None:
            continue
        for start, end, new, what in _token_changes(found, at, constants):
            made.append((start, end, new, what, owner))
        for start, end, new, what, close in _condition_changes(found, at):
            made.append((start, close, "(!" + source[start:close] + ")", what, owner))
        if not _is_in_for(found, at):
            for start, end, new, what in _drops(found, at, owners):
                made.append((start, end, new, what, owner))
    return [_named(path, source, made, index) for index in range(len(made))]


def _named(path, source, made, index):
    start, end, new, what, owner = made[index]
    first, last = source.rfind("\n", 0, start) + 1, source.find("\n", start)
    same = [one for one in made if first <= one[0] < last and one[3] == what]
    if len(same) > 1:
        what += f" ({same.index(made[index]) + 1} of {len(same)})"
    return Change(str(path), start, end, new, source.count("\n", 0, start) + 1, owner,
                  " ".join(source[first:last].split()), what)


def applied(source, change):
    return source[:change.start] + change.new + source[change.end:]

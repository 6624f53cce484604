# SPDX-License-Identifier: MIT
"""What the rules of lint share: the project's source files by kind, C without its comments and
strings, and the report of what breaks a rule."""

import collections
import os
import re
import sys

SKIPPED = {"build", ".git", "__pycache__"}
KINDS = {".c": "c", ".h": "c", ".def": "c", ".S": "asm", ".lds": "lds", ".py": "python",
         ".sh": "shell", ".mk": "make", ".rng": "data", ".xml": "data", ".cfg": "data"}
NAMES = {"Makefile": "make", "Kconfig": "data", ".clang-format": "data", ".gitignore": "data"}
INTERPRETERS = {"python3": "python", "bash": "shell", "sh": "shell"}
MAN_PAGE = re.compile(r"\.[1-9]$")


def kind_of(path):
    """c, asm, lds, python, shell, make, man, data, or None for what no rule reads."""
    name = os.path.basename(path)
    suffix = os.path.splitext(name)[1]
    if name in NAMES or suffix in KINDS:
        return NAMES.get(name) or KINDS[suffix]
    if MAN_PAGE.search(name):
        return "man"
    with open(path, "rb") as f:
        first = f.readline(100).decode("latin1")
    m = re.match(r"#!\s*\S*/(?:env\s+)?(\w+)", first)
    return INTERPRETERS.get(m[1]) if m else None


def sources(*kinds, under=""):
    """Paths of the source files of these kinds, from the top, sorted."""
    found = []
    for folder, folders, names in os.walk(under or "."):
        folders[:] = [f for f in folders if f not in SKIPPED]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name))
            if not os.path.islink(path) and kind_of(path) in kinds:
                found.append(path)
    return sorted(found)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


# ---- C

PIECE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)", re.S)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """The same text, comments blanked out, line by line where it was."""
    return PIECE.sub(lambda m: blank(m[0]) if m[0][0] == "/" else m[0], text)


def bare(text):
    """The same without what comments and strings say."""
    def emptied(m):
        piece = m[0]
        return blank(piece) if piece[0] == "/" else piece[0] + blank(piece[1:-1]) + piece[-1]

    return PIECE.sub(emptied, text)


def without_directives(code):
    return DIRECTIVE.sub(lambda m: blank(m[0]), code)


Function = collections.namedtuple("Function", "name first body last")


def functions(text):
    """Each function defined there: its name, and the lines of its first word, of its `{` and of its
    `}`."""
    code = without_directives(bare(text))
    found, start, depth, opened, head = [], 0, 0, 0, ""
    for m in re.finditer(r"[{};]", code):
        if m[0] == "{":
            if depth == 0:
                opened, head = m.start(), code[start:m.start()]
            depth += 1
        elif m[0] == "}":
            depth -= 1
        if depth:
            continue
        if m[0] == "}" and is_function(head):
            first = start + len(head) - len(head.lstrip())
            lines = [code.count("\n", 0, at) + 1 for at in (first, opened, m.start())]
            found.append(Function(name_of(head), *lines))
        start = m.end()
    return found


def is_function(head):
    """Whether `head {` begins a function: its parameters come last, and nothing is assigned."""
    head = ATTRIBUTE.sub("", head).rstrip()
    return head.endswith(")") and "=" not in head


def name_of(head):
    """The word before the last pair of brackets."""
    head = ATTRIBUTE.sub("", head).rstrip()
    depth, at = 1, len(head) - 1
    while depth and at > 0:
        at -= 1
        depth += (head[at] == ")") - (head[at] == "(")
    m = re.search(r"(\w+)\s*$", head[:at])
    return m[1] if m else "?"


# ---- the report

class Report:
    """Prints each breach as `FILE:LINE: what`, and at the end what was looked at."""

    def __init__(self, rule):
        self.rule = rule
        self.breaches = 0

    def breach(self, path, line, what):
        self.breaches += 1
        print(f"{path}:{line}: {what}" if line else f"{path}: {what}")

    def end(self, looked_at, least=1):
        """`looked_at` is (number, what); fewer than `least` would mean that the rule holds
        nothing."""
        number, what = looked_at
        if number < least:
            self.breaches += 1
            print(f"only {number} {what} were found")
        print(f"{self.rule}: {number} {what}, {self.breaches} breaches")
        return 1 if self.breaches else 0


def main(rule, check):
    """RULE [TOP]: runs check(report) at the top of the tree, and ends with its code."""
    here = os.path.dirname(os.path.abspath(__file__))
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else here + "/../..")
    sys.exit(check(Report(rule)))

# SPDX-License-Identifier: MIT
"""The shape of C code, by room: how long functions and files are, how often a body has a blank
line, how much is comment. It shows where reading is hard, and is no gate."""

import os
import re
import statistics
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lint")
import source

BLANK, COMMENT, CODE = range(3)


class Shape:
    """The figures of some files. Comment and columns are those of headers too, the rest of .c."""

    def __init__(self):
        self.functions, self.files = [], []     # their lines
        self.lines = [0, 0, 0]                  # BLANK, COMMENT, CODE
        self.body, self.body_blank = 0, 0       # lines inside of functions
        self.conditionals, self.c_lines = 0, 0
        self.columns = 0

    def add(self, path, text):
        lines, kinds = text.splitlines(), kinds_of(text)
        self.columns = max([self.columns, *(len(line.expandtabs(8)) for line in lines)])
        for kind in kinds:
            self.lines[kind] += 1
        if not path.endswith(".c"):
            return
        self.files.append(len(lines))
        self.c_lines += len(lines)
        self.conditionals += source.without_directives(source.bare(text)).count("?")
        for f in source.functions(text):
            self.functions.append(f.last - f.first + 1)
            body = kinds[f.body:f.last - 1]
            self.body_blank += body.count(BLANK)
            self.body += len(body)

    def row(self):
        """What stands in the table, as text."""
        return [f"{len(self.functions)}", *spread(self.functions), *spread(self.files),
                f"{ratio(self.body, self.body_blank):.1f}",
                f"{ratio(self.lines[COMMENT], self.lines[CODE]):.2f}", f"{self.columns}",
                f"{1000 * ratio(self.conditionals, self.c_lines):.0f}"]


def ratio(a, b):
    return a / max(1, b)


COLUMNS = ["functions", "median lines", "nine in ten", "longest", "files: median", "nine in ten",
           "longest", "body lines to a blank", "comment to code", "widest", "?: in 1,000 lines"]


def spread(lengths):
    """Median, what nine in ten do not exceed, and the longest."""
    if not lengths:
        return ["-"] * 3
    ordered = sorted(lengths)
    return [f"{statistics.median(ordered):.0f}", f"{ordered[(len(ordered) * 9 - 1) // 10]}",
            f"{ordered[-1]}"]


def kinds_of(text):
    """BLANK, COMMENT or CODE for each line; a line with both is code."""
    bare = source.without_comments(text).splitlines()
    kinds = []
    for line, rest in zip(text.splitlines(), bare):
        kinds.append(BLANK if not line.strip() else CODE if rest.strip() else COMMENT)
    return kinds


def measure(paths):
    shape = Shape()
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as f:
            shape.add(path, f.read())
    return shape


def by_room(*trees):
    """(room, Shape) of each folder with C below these trees, then of each tree as a whole."""
    found = []
    for tree in trees:
        paths = [p for p in source.sources("c", under=tree) if re.search(r"\.[ch]$", p)]
        for room in sorted({os.path.dirname(p) for p in paths}):
            shape = measure(p for p in paths if os.path.dirname(p) == room)
            if shape.functions:
                found.append((room, shape))
        found.append((f"**{tree}**", measure(paths)))
    return found

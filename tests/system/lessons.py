# SPDX-License-Identifier: MIT
"""Texts that a reader follows at a keyboard, followed by a test. A text's blocks of code are taken
in their order: one in C is a file, whose name its first line says; one of `sh` is typed; one of
`text` is what must be on the screen after it: these lines in this order, maybe with others between
them, where a number may be another and `...` is anything."""

import os
import re
import subprocess

import vm

BLOCK = re.compile(r"^```(c|sh|text)\n(.*?)^```$", re.M | re.S)
NAME = re.compile(r"/\* (\w+\.c)\b")
LIMIT = 120  # seconds for what is typed


def blocks(path):
    with open(path, encoding="utf-8") as f:
        return BLOCK.findall(f.read())


def pattern(line):
    """A line of the screen, as it must be found."""
    parts = re.split(r"(\.\.\.|\d+)", line.strip())
    return "".join(r".*" if p == "..." else r"\d+" if p.isdigit() else re.escape(p) for p in parts)


def missing(text, out):
    """The first line of the text that is not in the output behind those before; None: all are."""
    at = 0
    for line in filter(str.strip, text.splitlines()):
        m = re.compile(pattern(line)).search(out, at)
        if not m:
            return line
        at = m.end()
    return None


def typed(commands, folder):
    """What a shell says to them; a guest that did not end well is no reason to stop."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    run = subprocess.run(["bash", "-c", commands], cwd=folder, env=dict(env, HOSPES=vm.TOP),
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                         stderr=subprocess.STDOUT, timeout=LIMIT * vm.SLOWER)
    return run.stdout.decode("utf-8", "replace").replace("\r", "")


def follow(r, path, folder):
    """A claim for each screen that the text shows."""
    name, out, commands = os.path.relpath(path, vm.TOP), "", ""
    for kind, text in blocks(path):
        if kind == "c":
            with open(f"{folder}/{NAME.match(text)[1]}", "w", encoding="utf-8") as f:
                f.write(text)
        elif kind == "sh":
            commands = text
            out = typed(text, folder)
        else:
            lost = missing(text, out)
            r.check(lost is None, f"{name}: `{commands.splitlines()[-1]}` shows what the text says",
                    f"not there: {lost}\n{out}")

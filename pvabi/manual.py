#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# manual.py PVABI_FOLDER: prints the reference manual of the hypercalls, in Markdown, from
# hypercalls.def and the headers: each call and its sub-operations with who may use them, and the
# structs that they take, as the headers declare them. Refuses a table that is not sorted.

import os
import re
import sys

DECLARATION = re.compile(r"^(?:typedef )?((?:struct|union) \w+) \{\n.*?^\}[^;]*;", re.S | re.M)
WHO = ("any", "priv", "control")

INTRODUCTION = """# Hypercalls

A guest makes a hypercall with `syscall` in its kernel, or through its hypercall page: the number in
rax, arguments in rdi, rsi, rdx, r10, r8 and r9. The result comes in rax, a negative number being
an error of `pvabi/errno.h`; rcx and r11 are lost. Where a call takes a sub-operation, its number is
the first argument or the `cmd` of its struct. Pointers are virtual addresses of the caller, and
what they lead to is read once. Calls that are not listed answer ENOSYS.

Who may: *any*, every domain; *priv*, the domain that drives the hardware; *control*, a domain that
controls the one it names. Today dom0 is both of the latter.
"""


def fail(message):
    raise SystemExit(f"manual.py: {message}")


def split_arguments(text):
    """Splits at commas outside parentheses and strings."""
    parts, depth, quoted, current = [], 0, False, ""
    for c in text:
        if c == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(c, 0)
        if c == "," and depth == 0 and not quoted:
            parts.append(current.strip())
            current = ""
        else:
            current += c
    return parts + [current.strip()]


def string_of(literals):
    return "".join(re.findall(r'"([^"]*)"', literals))


def statements(text):
    """Each HC(...) and OP(...) from its start to its closing parenthesis."""
    for m in re.finditer(r"^(HC|OP)\(", text, re.M):
        depth, quoted = 1, False
        for i in range(m.end(), len(text)):
            c = text[i]
            if c == '"':
                quoted = not quoted
            elif not quoted:
                depth += {"(": 1, ")": -1}.get(c, 0)
            if depth == 0:
                yield m.group(1), split_arguments(text[m.end():i])
                break


def read_table(path):
    text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    calls = {}
    last = -1
    for kind, row in statements(text):
        if len(row) < (6 if kind == "HC" else 7):
            fail(f"a row of {kind} has {len(row)} arguments: {row[:3]}")
        who = row[3 if kind == "HC" else 4]
        if who not in WHO:
            fail(f"nobody is called {who}: {row[:3]}")
        if kind == "HC":
            if int(row[0]) <= last:
                fail(f"call {row[0]} is out of order")
            last = int(row[0])
            calls[row[1]] = {"nr": last, "args": row[2], "who": row[3],
                             "meaning": string_of(row[5]), "ops": []}
        else:
            ops = calls.get(row[0], {"ops": None})["ops"]
            if ops is None:
                fail(f"sub-operation {row[2]} comes before its call {row[0]}")
            if ops and int(row[1]) <= ops[-1]["nr"]:
                fail(f"{row[0]} {row[1]} is out of order")
            ops.append({"nr": int(row[1]), "name": row[2], "arg": row[3], "who": row[4],
                        "meaning": string_of(row[6])})
    return calls


def read_structs(folder):
    """Text of every struct and union that stands at the left margin, by its name."""
    structs = {}
    for base, _, files in sorted(os.walk(folder)):
        for name in sorted(f for f in files if f.endswith(".h")):
            text = open(os.path.join(base, name)).read()
            header = os.path.relpath(os.path.join(base, name), folder)
            for m in DECLARATION.finditer(text):
                structs[m.group(1)] = (header, m.group(0).replace("\t", "    "))
    return structs


def structs_named(text):
    return re.findall(r"\b(?:struct|union) \w+", text)


def code_block(name, structs, shown):
    """The declaration of a struct, the first time it is met."""
    if name not in structs or name in shown:
        return []
    shown.add(name)
    header, text = structs[name]
    return [f"`pvabi/{header}`:", "", "```c", text, "```", ""]


def write_call(name, call, structs, shown):
    out = [f"## {call['nr']} {name}", "", f"`{name}{call['args']}`", "",
           f"{call['meaning']} Who: {call['who']}.", ""]
    wanted = structs_named(call["args"])
    if call["ops"]:
        out += ["| nr | name | argument | who | meaning |", "|---:|---|---|---|---|"]
        for op in call["ops"]:
            arg = "" if op["arg"] == "void" else f"`{op['arg']}`"
            out.append(f"| {op['nr']} | {op['name']} | {arg} | {op['who']} | {op['meaning']} |")
            wanted += structs_named(op["arg"])
        out.append("")
    for s in wanted:
        out += code_block(s, structs, shown)
    return out


def main():
    if len(sys.argv) != 2:
        fail("usage: manual.py PVABI_FOLDER")
    folder = sys.argv[1]
    calls = read_table(os.path.join(folder, "hypercalls.def"))
    structs = read_structs(folder)
    shown = set()
    out = [INTRODUCTION]
    for name, call in calls.items():
        out += write_call(name, call, structs, shown)
    total = sum(len(c["ops"]) for c in calls.values())
    out.append(f"{len(calls)} hypercalls with {total} sub-operations.")
    print("\n".join(out))


main()

# SPDX-License-Identifier: MIT
"""Reads hypercalls.def and the headers, and says in words what a row says in columns."""

import os
import re
from dataclasses import dataclass, field

DECLARATION = re.compile(r"^(?:typedef )?((?:struct|union) \w+) \{\n.*?^\}[^;]*;", re.S | re.M)

CALLING = """\
A guest makes a hypercall with `syscall` in its kernel, or through its hypercall page: the number in
rax, arguments in rdi, rsi, rdx, r10, r8 and r9. The result comes in rax, a negative number being
an error of `pvabi/errno.h`; rcx and r11 are lost."""

WHO_MAY = """\
Who may: *any*, every domain; *priv*, the domain that drives the hardware; *control*, a domain that
controls others. Today dom0 is both of the latter, and is called the control domain."""

HOW = """\
A call or operation is answered, or refused on purpose, and then its page says why. A refusal
leaves a line in the log of the domain that asked (`hospes log NAME`), unless stock kernels or
tools ask at each start. A reason that begins with "not yet" names work that is planned."""

WHO = {
    "any": "every domain",
    "priv": "the domain that drives the hardware (dom0)",
    "control": "a domain that controls others (dom0)",
}

ON = {
    "domain": "",
    "domain_at": "Acts on the domain whose number stands in `{}`: the caller's own, or for the"
                 " control domain any.",
    "vcpu": "",
    "vcpu_at": "Acts on the vcpu whose number stands in `{}`, of the domain that the call names.",
    "own": "Acts on the calling vcpu; the list must be about the caller's own domain.",
    "each": "",
    "id": "The number of the domain, in the call's head, is read and given back.",
    "call": "",
}

ARGUMENT = {
    "OUT": "The argument is read, and given back after success.",
    "PROGRESS": "The argument is read, and given back whatever the result.",
    "POINTER": "The argument is read or written in place.",
    "IN": "The argument is read.",
}
FLAGS = set(ARGUMENT) | {"AT_ONCE", "PREEMPTIBLE", "DYING", "OTHER"}


def fail(message):
    raise SystemExit(f"hypercalls.def: {message}")


@dataclass
class Row:
    nr: int
    name: str
    arg: str  # of an operation
    who: str
    meaning: str
    errors: list  # (name, when)
    answered: bool = True
    on: str = ""
    at: str = ""  # the field of domain_at, vcpu_at
    flags: set = field(default_factory=set)
    error: str = ""  # of a refused row
    why: str = ""
    silent: bool = False
    args: str = ""  # of a call
    ops: list = field(default_factory=list)


# ---- reading

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


def read_how(row, how):
    m = re.fullmatch(r"(ANSWERED|REFUSED|SILENT)\((.*)\)", how, re.S)
    if not m:
        fail(f"{row.name} is neither answered nor refused: {how}")
    first, second = split_arguments(m.group(2))
    row.answered = m.group(1) == "ANSWERED"
    if not row.answered:
        row.error, row.why = first, string_of(second)
        row.silent = m.group(1) == "SILENT"
        return
    on = re.fullmatch(r"(\w+)(?:\(([\w.]+)\))?", first)
    row.on, row.at = on.group(1), on.group(2) or ""
    row.flags = {f.strip() for f in second.split("|")}
    if row.on not in ON or not row.flags <= FLAGS:
        fail(f"{row.name}: nothing is called {how}")


def read_errors(row, literals, known):
    for text in map(string_of, literals):
        m = re.fullmatch(r"(E\w+|GNTST_\w+): (.+)", text)
        if not m or m.group(1) not in known:
            fail(f"{row.name}: no error of the ABI: {text}")
        if m.group(1) in dict(row.errors):
            fail(f"{row.name}: {m.group(1)} is told twice")
        row.errors.append(m.groups())


def read_row(kind, columns, known):
    """A row and the name of the call that it belongs to."""
    if len(columns) < (6 if kind == "HC" else 7):
        fail(f"a row of {kind} has {len(columns)} columns: {columns[:3]}")
    if kind == "HC":
        nr, name, args, who, how, meaning, *errors = columns
        call, arg = name, "void"
    else:
        call, nr, name, arg, who, how, meaning, *errors = columns
        args = ""
    if who not in WHO:
        fail(f"{name}: nobody is called {who}")
    row = Row(int(nr), name, arg, who, string_of(meaning), [], args=args)
    read_how(row, how)
    read_errors(row, errors, known)
    return call, row


def known_errors(folder):
    errno = open(os.path.join(folder, "errno.h"), encoding="utf-8").read()
    grant = open(os.path.join(folder, "grant_table.h"), encoding="utf-8").read()
    return set(re.findall(r"\bXEN_(E\w+)", errno)) | set(re.findall(r"\b(GNTST_\w+)", grant))


def read_table(folder):
    """The calls, each with its operations."""
    text = open(os.path.join(folder, "hypercalls.def"), encoding="utf-8").read()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    known = known_errors(folder)
    calls = {}
    last = -1
    for kind, columns in statements(text):
        call, row = read_row(kind, columns, known)
        if kind == "HC":
            if row.nr <= last:
                fail(f"call {row.nr} is out of order")
            last = row.nr
            calls[call] = row
            continue
        if call not in calls or calls[call].nr != last:
            fail(f"operation {row.name} does not stand behind its call {call}")
        ops = calls[call].ops
        if ops and row.nr <= ops[-1].nr:
            fail(f"{call} {row.nr} is out of order")
        ops.append(row)
    return list(calls.values())


def read_structs(folder):
    """Header and text of every struct and union that stands at the left margin, by its name."""
    structs = {}
    for base, _, files in sorted(os.walk(folder)):
        for name in sorted(f for f in files if f.endswith(".h")):
            text = open(os.path.join(base, name), encoding="utf-8").read()
            header = os.path.relpath(os.path.join(base, name), folder)
            for m in DECLARATION.finditer(text):
                structs[m.group(1)] = (header, m.group(0).expandtabs(4))
    return structs


def structs_named(text):
    return re.findall(r"\b(?:struct|union) \w+", text)


# ---- saying

def preemptible(row):
    if "PREEMPTIBLE" in row.flags:
        return "yes; it may be interrupted, and is made again by itself until it is done"
    return "no"


def refusal(row):
    quiet = ", without a line in the log" if row.silent else ""
    return f"Refused with `{row.error}`{quiet}: {row.why}."


def manner(call, op):
    """Sentences: who, on whom, what becomes of the argument, preemptible."""
    out = [f"For {WHO[op.who]}." if op.who != call.who else "", ON[op.on].format(op.at)]
    if op.arg != "void" and op.on != "call":
        out += [text for flag, text in ARGUMENT.items() if flag in op.flags]
    if "OTHER" in op.flags:
        out.append("Not for the caller's own domain.")
    if "DYING" in op.flags:
        out.append("Also for a domain that is dying.")
    out.append("Preemptible." if "PREEMPTIBLE" in op.flags else "Not preemptible.")
    return [text for text in out if text]


def call_errors(call):
    """With that which follows from who may make the call."""
    errors = list(call.errors)
    if call.who != "any":
        errors.insert(0, ("EPERM", "the caller is not the control domain"))
    return errors


def follows(call, op):
    """Errors that an operation's columns tell."""
    out = []
    if op.who != "any" and call.who == "any":
        out.append(("EPERM", "the caller is not the control domain"))
    if op.on == "domain_at":
        if op.who == "any":
            out.append(("EPERM", "another domain is named, and the caller is not the control"
                                 " domain"))
        out.append(("ESRCH", "there is no such domain"))
    if op.on == "vcpu_at":
        out.append(("ESRCH", "the domain has no such vcpu"))
    if "OTHER" in op.flags:
        out.append(("EINVAL", "the caller's own domain"))
    if op.arg != "void" and op.on not in ("each", "call") and op.flags & (set(ARGUMENT)):
        out.append(("EFAULT", "the argument, or what it points to, can not be accessed"))
    return out


def all_errors(call, op):
    """An operation's errors: those that follow, and those that its row tells. Each once."""
    out = {}
    for name, when in follows(call, op) + op.errors if op.answered else []:
        out[name] = f"{out[name]}; {when}" if name in out else when
    return list(out.items())

#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes the reference manual of the hypercalls from hypercalls.def and the headers of this folder.

  manual.py markdown FOLDER     a page for each hypercall, and README.md as their index
  manual.py man FOLDER VERSION  the same as man pages: NAME.2x, and hospes-abi.7

Refuses a table that is not sorted, names an error that the ABI has not, or is not told as
hypercalls.def says. What the rows say is read by rows.py, pages are written here."""

import os
import sys

sys.dont_write_bytecode = True  # nothing of ours in the sources' folder
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import man  # noqa: E402
import rows  # noqa: E402

BY_HAND = "differences.md"  # what is not written here, and stays

INTRODUCTION = f"""# Hypercalls

{rows.CALLING}

A call that has operations takes the operation's number as its first argument, or in the `cmd` of
its struct. What a pointer leads to is read once. What has no number here is refused with `ENOSYS`.

{rows.WHO_MAY}

{rows.HOW}
"""


def error_table(errors):
    if not errors:
        return []
    out = ["| error | when |", "|---|---|"]
    return out + [f"| `{name}` | {when} |" for name, when in errors] + [""]


def error_list(errors):
    return [f"- `{name}`: {when}" for name, when in errors] + ([""] if errors else [])


def struct_blocks(text, structs, shown):
    """The declarations of the structs that a text names and that this page has not shown yet."""
    out = []
    for name in rows.structs_named(text):
        if name not in structs or name in shown:
            continue
        shown.add(name)
        header, declaration = structs[name]
        out += [f"`pvabi/{header}`:", "", "```c", declaration, "```", ""]
    return out


def operation_table(call):
    out = ["| nr | name | argument | who | answered | meaning |", "|---:|---|---|---|---|---|"]
    for op in call.ops:
        arg = "" if op.arg == "void" else f"`{op.arg}`"
        how = "yes" if op.answered else f"refused: {op.why}"
        out.append(f"| {op.nr} | {op.name} | {arg} | {op.who} | {how} | {op.meaning} |")
    return out + [""]


def write_operation(call, op, structs, shown):
    out = [f"### {op.name} ({op.nr})", "", op.meaning, ""]
    if op.answered:
        out += [" ".join(rows.manner(call, op)), ""]
    else:
        out += [rows.refusal(op), ""]
    out += error_list(rows.all_errors(call, op))
    return out + struct_blocks(op.arg, structs, shown)


def write_call(call, structs):
    shown = set()
    out = [f"# {call.name} ({call.nr})", "", "```c", f"long {call.name}{call.args};", "```", "",
           call.meaning, ""]
    if call.answered:
        out += [f"- who may call it: {rows.WHO[call.who]}",
                f"- preemptible: {rows.preemptible(call)}", ""]
    else:
        out += [rows.refusal(call), ""]
    if call.answered and rows.call_errors(call):
        out += ["## Errors", ""] + error_table(rows.call_errors(call))
    out += struct_blocks(call.args, structs, shown)
    if call.ops:
        out += ["## Operations", ""] + operation_table(call)
        for op in call.ops:
            out += write_operation(call, op, structs, shown)
    return "\n".join(out).rstrip() + "\n"


def write_index(calls):
    out = [INTRODUCTION, "| nr | call | who | answered | operations | meaning |",
           "|---:|---|---|---|---|---|"]
    for c in calls:
        how = "yes" if c.answered else f"refused: {c.why}"
        answered = sum(op.answered for op in c.ops)
        ops = f"{answered} of {len(c.ops)}" if c.ops else ""
        out.append(f"| {c.nr} | [{c.name}]({c.name}.md) | {c.who} | {how} | {ops} | {c.meaning} |")
    ops = [op for c in calls for op in c.ops]
    out += ["", f"{len(calls)} hypercalls, {sum(c.answered for c in calls)} of them answered, with"
            f" {len(ops)} operations, {sum(op.answered for op in ops)} of them answered.", "",
            "Made by `make docs` from `pvabi/hypercalls.def`, which is what the hypervisor"
            " dispatches by: change it there."]
    return "\n".join(out) + "\n"


def save(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
        f.write(text)


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("markdown", "man"):
        sys.exit(__doc__)
    folder = sys.argv[2]
    here = os.path.dirname(os.path.abspath(__file__))
    calls = rows.read_table(here)
    structs = rows.read_structs(here)
    os.makedirs(folder, exist_ok=True)
    if sys.argv[1] == "man":
        for c in calls:
            save(folder, f"{c.name}.2x", man.write_call(c, structs, sys.argv[3]))
        save(folder, "hospes-abi.7", man.write_overview(calls, sys.argv[3]))
        return
    for name in os.listdir(folder):
        if name.endswith(".md") and name != BY_HAND:
            os.remove(os.path.join(folder, name))
    for c in calls:
        save(folder, f"{c.name}.md", write_call(c, structs))
    save(folder, "README.md", write_index(calls))


main()

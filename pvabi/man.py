# SPDX-License-Identifier: MIT
"""Man pages of hypercalls: a row's words as roff. What rows say is read by rows.py."""

import re

import rows


def escape(text):
    """Prose: code between backticks becomes bold, *words* italic; hyphens stay what they are."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fP", text)
    text = re.sub(r"\*(\w[^*]*)\*", r"\\fI\1\\fP", text)
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def verbatim(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return ".EX\n" + re.sub(r"^([.'])", r"\\&\1", text, flags=re.M) + "\n.EE"


def tagged(tag, text):
    return f".TP\n.B {escape(tag)}\n{escape(text)}"


def heading(name, section, version):
    return f'.\\" SPDX-License-Identifier: MIT\n.TH {escape(name)} {section} "" ' \
           f'"Hospes {version}" "Hospes hypercalls"'


def error_section(errors):
    if not errors:
        return []
    return [".SH ERRORS"] + [tagged(name, when) for name, when in errors]


def struct_texts(text, structs, shown):
    out = []
    for name in rows.structs_named(text):
        if name in structs and name not in shown:
            shown.add(name)
            out += [".P", verbatim(structs[name][1])]
    return out


def write_operation(call, op, structs, shown):
    words = rows.manner(call, op) if op.answered else [rows.refusal(op)]
    out = [f".SS {escape(op.name)} ({op.nr})", escape(op.meaning)]
    if op.arg != "void":
        out.append(escape(f"Argument: `{op.arg}`."))
    out += [".P", escape(" ".join(words))]
    out += [tagged(name, when) for name, when in rows.all_errors(call, op)]
    return out + struct_texts(op.arg, structs, shown)


def summary(call):
    """The meaning's first sentence, without its end, as NAME has it."""
    return re.split(r"(?<=\w)[.;:]", call.meaning, maxsplit=1)[0]


def write_call(call, structs, version):
    shown = set()
    out = [heading(call.name, "2x", version), ".SH NAME",
           f"{escape(call.name)} \\- {escape(summary(call))}", ".SH SYNOPSIS",
           ".B #include <pvabi/xen.h>", ".P",
           verbatim(f"long {call.name}{call.args};    /* hypercall {call.nr} */"),
           ".SH DESCRIPTION", escape(call.meaning), ".P"]
    if call.answered:
        out.append(escape(f"Who may call it: {rows.WHO[call.who]}."))
        out.append(escape(f"Preemptible: {rows.preemptible(call)}."))
    else:
        out.append(escape(rows.refusal(call)))
    out += struct_texts(call.args, structs, shown)
    if call.ops:
        out.append(".SH OPERATIONS")
        for op in call.ops:
            out += write_operation(call, op, structs, shown)
    if call.answered:
        out += error_section(rows.call_errors(call))
    out += [".SH SEE ALSO", ".BR hospes\\-abi (7)"]
    return "\n".join(out) + "\n"


def write_overview(calls, version):
    out = [heading("hospes-abi", "7", version), ".SH NAME",
           "hospes\\-abi \\- hypercalls that guests of Hospes may make", ".SH DESCRIPTION",
           escape(rows.CALLING), ".P", escape(rows.WHO_MAY), ".P", escape(rows.HOW),
           ".SH HYPERCALLS"]
    for c in calls:
        how = "" if c.answered else f" Refused: {c.why}."
        out += [".TP", f".BR {escape(c.name)} \" (2x), {c.nr}\"", escape(c.meaning + how)]
    out += [".SH SEE ALSO", ".BR hospes (1),", ".BR xen_version (2x)"]
    return "\n".join(out) + "\n"

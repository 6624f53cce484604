#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# names.py ours|theirs FOLDER HEADER...: reads the ABI headers given and writes a C program that
# prints the size of every struct, the place and size of every field, and the value of every
# constant that they define. "ours" includes the headers as pvabi/, "theirs" as xen/: the list of
# names is one, so the two outputs can be compared. Understands C only as far as these headers do.

import re
import sys

# What is ours alone, with the reason; nothing else may be left out.
OURS = {
    "GUEST_HANDLE": "a way of writing, not a fact",
    "blkif_vdev_t": "a type",
    "blkif_sector_t": "a type",
    "XEN_E820_*": "the firmware's, which Xen's headers do not name alike",
    "struct xen_e820_entry": "as above",
    "HOSPES*": "our own additions",
    "struct hospes_*": "as above",
    "__HYPERVISOR_hospes": "as above",
    "HYPERCALL_COUNT": "Xen's headers do not count them",
    "HYPERCALL_STUB_SIZE": "Xen's headers do not name it",
    "HYPERCALL_MAX_ARGS": "Xen's headers do not name it",
    "XEN_TRAP_VECTORS": "Xen's headers give the number alone",
    "XEN_DEBUG_REGISTERS": "as above",
    "XEN_LDT_ENTRIES_MAX": "as above",
    "XEN_RING_HEADER_SIZE": "checked below as the offset of ring",
    "struct xen_domctl_assign_device.u.pad": "stands for members that PV has no use for",
}

# What the reading below does not find by itself.
MORE_STRUCTS = {
    f"struct {n}_sring": ["req_prod", "req_event", "rsp_prod", "rsp_event", "pvt.pvt_pad", "ring"]
    for n in ("blkif", "netif_tx", "netif_rx")
}
MORE_VALUES = [
    "XEN_CPUID_LEAF(5)", "XENMEMF_node(3)", "XENMEMF_get_node(0x412)", "XENMEMF_exact_node(7)",
    "XENMEMF_address_bits(32)", "XENMEMF_get_address_bits(0x1234)",
    "XEN_DOMCTL_GRANT_version(0x42)",
    "MASK_XENSTORE_IDX(5000)", "MASK_XENCONS_IDX(5000, ((struct xencons_interface *)0)->out)",
    "xen_pfn_to_cr3(0x123456789)", "xen_cr3_to_pfn(0x123456789000)",
    "TI_GET_DPL(&(struct trap_info){ .flags = 7 })", "TI_GET_IF(&(struct trap_info){ .flags = 7 })",
]


def is_ours(name):
    return name in OURS or any(k.endswith("*") and name.startswith(k[:-1]) for k in OURS)


def strip_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def matching(text, start):
    """Index after the brace that closes the one at start."""
    depth = 0
    for i in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    raise SystemExit("names.py: a brace is not closed")


def fields_of(body):
    """Paths of all fields in a struct's body, members of nested structs by their path."""
    paths, pos = [], 0
    while pos < len(body):
        end = body.find(";", pos)
        brace = body.find("{", pos)
        if end < 0:
            break
        if 0 <= brace < end and "GUEST_HANDLE" not in body[pos:brace]:
            close = matching(body, brace)
            end = body.index(";", close)
            inner = fields_of(body[brace + 1:close - 1])
            names = [n.strip() for n in body[close:end].split(",") if n.strip()]
            for name in names:
                name = re.sub(r"\[.*", "", name)
                paths += [name] + [f"{name}.{i}" for i in inner]
            if not names:
                paths += inner
        else:
            paths += declarators(body[pos:end])
        pos = end + 1
    return paths


def declarators(text):
    """Names in one declaration without a nested struct; `name[]` where it has no size."""
    text = re.sub(r"GUEST_HANDLE\([^)]*\)", "handle", text).strip()
    if not text or ":" in text:     # a bit-field has no address
        return []
    first, *rest = text.split(",")
    if first.rstrip().endswith("[]"):
        return [first.split()[-1]]
    names = [re.search(r"(\w+)\s*(\[.*)?$", first.strip()).group(1)]
    return names + [re.search(r"(\w+)", r).group(1) for r in rest]


def read_header(path, structs, values, scalars):
    raw = open(path).read()
    for m in re.finditer(r"^[ \t]*#define[ \t]+(\w+)(\(?)(.*)$", raw, re.M):
        name, paren, rest = m.groups()
        if not paren and rest.strip() and not name.startswith("PVABI_") and not is_ours(name) \
                and not name.startswith("PRI"):
            values.append(name)
    text = re.sub(r"#define(.*\\\n)*.*", "", strip_comments(raw))
    for m in re.finditer(r"^(typedef\s+)?(struct|union|enum)\s*(\w*)\s*\{", text, re.M):
        close = matching(text, m.end() - 1)
        body = text[m.end():close - 1]
        if m.group(2) == "enum":
            values += [e for e in re.findall(r"^\s*(\w+)\s*(?:=[^,]*)?,?\s*$", body, re.M) if e]
            continue
        name = f"{m.group(2)} {m.group(3)}"
        if not m.group(3):
            name = re.match(r"\s*(\w+)", text[close:]).group(1)
        if not is_ours(name):
            structs[name] = [f for f in fields_of(body) if not is_ours(f"{name}.{f}")]
    for m in re.finditer(r"^typedef\s+[\w ]+?\s+(\w+)(\[\d+\])?;", text, re.M):
        scalars.append(m.group(1))


PROLOGUE = """#include <stdio.h>
#include <stddef.h>
#include <string.h>
#define SAY(x) _Generic((x), char *: say_string, const char *: say_string, default: say_number)
static void say_string(const char *name, const char *value)
{
	printf("%s = \\"%s\\"\\n", name, value);
}
static void say_number(const char *name, long long value) { printf("%s = %lld\\n", name, value); }
#define VALUE(x) SAY(x)(#x, x)
#define STRUCT(s) printf(#s " size %zu align %zu\\n", sizeof(s), _Alignof(s))
#define FIELD(s, f) printf(#s "." #f " at %zu size %zu\\n", offsetof(s, f), sizeof(((s *)0)->f))
#define PLACE(s, f) printf(#s "." #f " at %zu\\n", offsetof(s, f))
#define SCALAR(t) printf(#t " size %zu\\n", sizeof(t))
"""


def write_program(whose, headers, structs, values, scalars):
    lines = []
    if whose == "theirs":
        # The toolstack's view of Xen's headers, in their newest form; two of them want help.
        lines += ["#define __XEN_TOOLS__ 1", "#include <stdint.h>", "#include <errno.h>"]
    prefix = "pvabi" if whose == "ours" else "xen"
    only_ours = ("base.h", "hypercall.h", "hospes.h")
    for h in headers:
        if whose == "ours" or h not in only_ours:
            lines.append(f"#include <{prefix}/{h}>")
    lines.append(PROLOGUE)
    lines.append("int main(void)\n{")
    for name, fields in structs.items():
        lines.append(f"\tSTRUCT({name});")
        lines += [f"\tPLACE({name}, {f[:-2]});" if f.endswith("[]") else f"\tFIELD({name}, {f});"
                  for f in fields]
    lines += [f"\tVALUE({v});" for v in values]
    lines += [f"\tSCALAR({t});" for t in scalars]
    lines.append("\treturn 0;\n}")
    return "\n".join(lines) + "\n"


def main():
    whose, top, headers = sys.argv[1], sys.argv[2], sys.argv[3:]
    structs, values, scalars = dict(MORE_STRUCTS), [], []
    headers.remove("rows.h")  # takes our table apart, and says nothing of the ABI
    for h in headers:
        read_header(f"{top}/{h}", structs, values, scalars)
    unique = list(dict.fromkeys(values + MORE_VALUES))
    sys.stdout.write(write_program(whose, headers, structs, unique, scalars))


main()

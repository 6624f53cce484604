#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""complete.py FOLDER: every hypercall and operation that Xen's headers in FOLDER name has a row in
hypercalls.def, answered or refused. The headers tell what is a number of an operation by its prefix
only; what else has such a prefix is named here."""

import os
import re
import sys

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, os.path.join(TOP, "pvabi"))
import rows  # noqa: E402

PREFIXES = {
    "callback_op": "CALLBACKOP_", "console_io": "CONSOLEIO_", "domctl": "XEN_DOMCTL_",
    "event_channel_op": "EVTCHNOP_", "grant_table_op": "GNTTABOP_", "memory_op": "XENMEM_",
    "mmuext_op": "MMUEXT_", "nmi_op": "XENNMI_", "physdev_op": "PHYSDEVOP_",
    "platform_op": "XENPF_", "sched_op": "SCHEDOP_", "set_segment_base": "SEGBASE_",
    "sysctl": "XEN_SYSCTL_", "vcpu_op": "VCPUOP_", "vm_assist": "VMASST_TYPE_",
    "xen_version": "XENVER_",
}

# Subjects, kinds and parts of an operation's argument, and continuations inside Xen.
NO_OPERATION = re.compile(
    r"XEN_DOMCTL_(vmtrace_(?!op)\w+|soft_reset_cont)|EVTCHNOP_reset_cont"
    r"|XENMEM_((paging|access|sharing)_op_|resource_)\w+"
    r"|XEN_SYSCTL_cpu_(featureset|policy)_\w+|__HYPERVISOR_arch_[1-7]")


def named(folder):
    """Constants with lower-case names, and those of mmuext_op and set_segment_base, by number."""
    prefixes = "|".join(list(PREFIXES.values()) + ["__HYPERVISOR_"])
    line = re.compile(rf"^#define\s+((?:{prefixes})(?:[a-z0-9]\w*)|MMUEXT_\w+|SEGBASE_\w+)"
                      r"\s+(\d+)\b", re.M)
    for base, _, files in os.walk(folder):
        for name in files:
            if name.endswith(".h"):
                text = open(os.path.join(base, name), encoding="utf-8").read()
                yield from (m.group(1) for m in line.finditer(text))


def main():
    have = {"__HYPERVISOR_arch_0"}
    for call in rows.read_table(os.path.join(TOP, "pvabi")):
        have.add(f"__HYPERVISOR_{call.name}")
        have |= {PREFIXES.get(call.name, "") + op.name for op in call.ops}
    names = {n for n in named(sys.argv[1]) if not NO_OPERATION.fullmatch(n)}
    for name in sorted(names - have):
        print(f"{name} has no row in hypercalls.def")
    if len(names) < 250:
        print(f"only {len(names)} names were found")
        return 1
    return 1 if names - have else 0


sys.exit(main())

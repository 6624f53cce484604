# SPDX-License-Identifier: MIT
"""What operations of a process cost: ops.c as the first program of a machine whose translator
counts (counting.py), of the bare kernel and of the control domain of a hypervisor."""

import math
import re
import tempfile

import vm
from counting import LIMIT, Count, between, build, calls, image, number, print_profile, total

PROGRAM = vm.BUILD + "/bench/ops"
# In the order of ops.c, whose numbers they have from 1 on.
OPERATIONS = {
    "syscall": "a system call",
    "signal": "a signal to oneself",
    "yield": "sched_yield",
    "protection": "a protection fault and its handler",
    "mmap": "mmap, touch and munmap a page",
    "faults": "mmap, touch and munmap 1,024 pages",
    "pipe": "a byte through two pipes, there and back",
    "fork": "fork, exit, wait",
    "exec": "fork, exec, wait",
    "fork32": "fork, exit, wait with 32 MiB",
    "exec32": "fork, exec, wait with 32 MiB",
}


def mark(operation):
    return 2 * (1 + list(OPERATIONS).index(operation))


def counted(hv, hv_args, count):
    """Boots it, with all operations: (lines of the plugin, {name: times})."""
    build(PROGRAM)
    with tempfile.NamedTemporaryFile() as initrd:
        initrd.write(image("-i", PROGRAM))
        initrd.flush()
        with vm.Machine(hv=hv, hv_args=hv_args, initrd=initrd.name, kernel_args="quiet",
                        icount=True, cpu=vm.CPU, qemu_args=count.qemu_args) as m:
            m.expect(r"OPS over", LIMIT)
            m.wait_end(LIMIT)
            times = {name: int(n) for name, n in re.findall(r"OP \d+ (\w+) (\d+)", m.text)}
    return count.lines(), times


def costs(hv, hv_args):
    """{operation: {counter: how many, each time}}."""
    told, times = counted(hv, hv_args, Count(hv))
    return {name: between(told, mark(name), times[name]) for name in OPERATIONS}


def table(bare, xen, ours):
    """Rows of cells, and the geometric mean of the last column."""
    shares = []
    for name, what in OPERATIONS.items():
        b, x, o = bare[name], xen[name], ours[name]
        over = [total(c) - total(b) for c in (o, x)]
        shares.append(over[0] / over[1])
        yield (what, number(total(b)), number(total(x)), number(total(o)), number(x["ring0"]),
               number(o["ring0"]), f"{o['ring0'] / x['ring0']:.2f}",
               f"{calls(x):.0f} / {calls(o):.0f}",
               f"{x['cr3_loads']:.0f} / {o['cr3_loads']:.0f}", f"{shares[-1]:.2f}")
    mean = math.exp(sum(math.log(s) for s in shares) / len(shares))
    yield ("**geometric mean**", *[""] * 8, f"**{mean:.2f}**")


def profile(operation, hv="release", hv_args=""):
    """Prints what ring 0 executes for it, each time, by function."""
    count = Count(hv, mark(operation))
    told, times = counted(hv, hv_args, count)
    print_profile(OPERATIONS[operation], count.spent(told), times[operation])

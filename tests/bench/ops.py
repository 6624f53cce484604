# SPDX-License-Identifier: MIT
"""What operations of a process cost: ops.c as the first program of a machine whose translator
counts (count/count.c), of the bare kernel and of the control domain of a hypervisor."""

import bisect
import math
import re
import subprocess
import tempfile

import vm

PROGRAM = vm.BUILD + "/bench/ops"
PLUGIN = vm.BUILD + "/bench/count.so"
LIMIT = 900  # seconds: counting makes the translator three times as slow
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


def build():
    subprocess.run(["make", "-s", "-C", vm.TOP, "B=" + vm.BUILD, PROGRAM, PLUGIN], check=True)


def text_of(image):
    """(first address, bytes) of a hypervisor's code, and its functions: [(address, name)]."""
    out = subprocess.run(["nm", image], check=True, text=True, stdout=subprocess.PIPE).stdout
    found = [line.split() for line in out.splitlines()]
    functions = sorted((int(x[0], 16), x[2]) for x in found if len(x) == 3 and x[1] in "tT")
    first, last = functions[0][0], functions[-1][0]
    return first, last - first + 1, functions


def counted(hv, hv_args, profile=None):
    """Boots it, with all operations: (lines of the plugin, {name: times})."""
    build()
    with tempfile.TemporaryDirectory() as folder:
        initrd, out = folder + "/initrd", folder + "/counts"
        words = f"{PLUGIN},out={out}"
        if profile:
            first, size, _ = text_of(vm.hypervisor_file(hv))
            mark = 2 * (1 + list(OPERATIONS).index(profile))
            words += f",profile={mark},text={first:x}:{size:x}"
        make = [vm.TOP + "/tests/system/mkinitramfs", initrd, "-i", PROGRAM]
        subprocess.run(make, check=True)
        with vm.Machine(hv=hv, hv_args=hv_args, initrd=initrd, kernel_args="quiet", icount=True,
                        cpu=vm.CPU, qemu_args=["-plugin", words]) as m:
            m.expect(r"OPS over", LIMIT)
            m.wait_end(LIMIT)
            times = {name: int(n) for name, n in re.findall(r"OP \d+ (\w+) (\d+)", m.text)}
        with open(out, encoding="utf-8") as f:
            return f.read().splitlines(), times


def costs(hv, hv_args):
    """{operation: {counter: how many, each time}}."""
    told, times = counted(hv, hv_args)
    names = told[0].split()
    marks = {}
    for line in told[1:]:
        row = dict(zip(names, (int(x) for x in line.split())))
        marks[row["mark"]] = row

    found = {}
    for number, name in enumerate(OPERATIONS, 1):
        before, after = marks[2 * number], marks[2 * number + 1]
        each = {c: (after[c] - before[c]) / times[name] for c in names[1:]}
        found[name] = {c: n for c, n in each.items() if n}
    return found


def total(cost):
    return sum(cost.get(c, 0) for c in ("user", "kernel", "ring0"))


def calls(cost):
    return sum(n for c, n in cost.items() if c.startswith("call_"))


def number(n):
    return f"{n:,.0f}" if n < 1e6 else f"{n / 1e6:,.2f} M"


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
    told, times = counted(hv, hv_args, operation)
    _, _, functions = text_of(vm.hypervisor_file(hv))
    starts = [a for a, _ in functions]
    spent = {}
    for line in told:
        words = line.split()
        if words[0] != "at":
            continue
        name = functions[bisect.bisect(starts, int(words[1], 16)) - 1][1]
        spent[name] = spent.get(name, 0) + int(words[2])

    whole = sum(spent.values())
    print(f"{OPERATIONS[operation]}: {whole / times[operation]:,.0f} instructions of ring 0")
    for name, n in sorted(spent.items(), key=lambda x: -x[1]):
        if n < whole / 1000:
            break
        print(f"{n / times[operation]:14,.1f} {100 * n / whole:5.1f} % {name}")

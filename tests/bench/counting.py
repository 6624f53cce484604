# SPDX-License-Identifier: MIT
"""A machine whose translator counts what it executes between marks (count/count.c): what to give
QEMU, and what is in the file that it leaves."""

import bisect
import os
import subprocess
import tempfile

import vm

PLUGIN = vm.BUILD + "/bench/count.so"
LIMIT = 900  # seconds: counting makes the translator three times as slow


def build(*programs):
    subprocess.run(["make", "-s", "-C", vm.TOP, "B=" + vm.BUILD, PLUGIN, *programs], check=True)


def functions_of(image):
    """Of a hypervisor's code: [(address, name)], ascending."""
    out = subprocess.run(["nm", image], check=True, text=True, stdout=subprocess.PIPE).stdout
    found = [line.split() for line in out.splitlines()]
    return sorted((int(x[0], 16), x[2]) for x in found if len(x) == 3 and x[1] in "tT")


class Count:
    """What one machine executes. profile: a mark; ring 0 is told by function from there to the
    mark after it."""

    def __init__(self, hv, profile=None):
        self.folder = tempfile.TemporaryDirectory()
        self.file = self.folder.name + "/counts"
        self.functions = functions_of(vm.hypervisor_file(hv)) if profile else []
        words = f"{PLUGIN},out={self.file}"
        if profile:
            first, last = self.functions[0][0], self.functions[-1][0]
            words += f",profile={profile},text={first:x}:{last - first + 1:x}"
        self.qemu_args = ["-plugin", words]

    def lines(self):
        """What the machine left, once it has ended."""
        with open(self.file, encoding="utf-8") as f:
            told = f.read().splitlines()
        self.folder.cleanup()
        return told

    def spent(self, told):
        """{function of ring 0: instructions} of the profile."""
        starts = [a for a, _ in self.functions]
        spent = {}
        for line in told:
            words = line.split()
            if words[0] == "at":
                name = self.functions[bisect.bisect(starts, int(words[1], 16)) - 1][1]
                spent[name] = spent.get(name, 0) + int(words[2])
        return spent


def between(told, mark, times=1):
    """{counter: how many from that mark to the next, each time}, without those that are 0. Of marks
    that several came to: from the first of all to the last of all."""
    names = told[0].split()
    first, last = {}, {}
    for line in told[1:]:
        words = line.split()
        if words[0] != "at":
            row = dict(zip(names, (int(x) for x in words)))
            first.setdefault(row["mark"], row)
            last[row["mark"]] = row
    before, after = first[mark], last[mark + 1]
    each = {c: (after[c] - before[c]) / times for c in names[1:]}
    return {c: n for c, n in each.items() if n}


def total(cost):
    return sum(cost.get(c, 0) for c in ("user", "kernel", "ring0"))


def calls(cost):
    return sum(n for c, n in cost.items() if c.startswith("call_"))


def number(n):
    return f"{n:,.0f}" if n < 1e6 else f"{n / 1e6:,.2f} M"


def print_profile(what, spent, times=1):
    whole = sum(spent.values())
    print(f"{what}: {whole / times:,.0f} instructions of ring 0")
    for name, n in sorted(spent.items(), key=lambda x: -x[1]):
        if n < whole / 1000:
            break
        print(f"{n / times:14,.1f} {100 * n / whole:5.1f} % {name}")


def image(*args):
    """A small initramfs of its own, as the bytes of tests/system/mkinitramfs."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "initrd")
        subprocess.run([vm.TOP + "/tests/system/mkinitramfs", out, *args], check=True)
        with open(out, "rb") as f:
            return f.read()

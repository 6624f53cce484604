# SPDX-License-Identifier: MIT
"""docs/figures.md: a file of sections, each made from figures of its own. Those that were not
measured anew stay as they stand in the file."""

import os
import re
import subprocess

import domains
import many
import ops
import shape
import smp
import vm
from source import read

import lines

WALL_REPEATS = 3
IDLE_GUESTS = 32   # free memory is told in MiB: so many guests make a fair mean
XEN_PV_LINES = 109499


def row(*cells):
    return "| " + " | ".join(str(c) for c in cells) + " |"


def paragraph(*parts):
    return [" ".join(parts), ""]


def verdict(value, limit):
    return f"{value:.3f} (at most {limit:.3f}: {'met' if value <= limit else 'MISSED'})"


def mean(numbers):
    return sum(numbers) / len(numbers)


# ---- times

CREATES = (("create a guest of 256 MiB, disk, network: the first time", "first", "first", 2),
           ("the same again", "again", "first", 10),
           ("create a guest with a small kernel, no devices", "small", "small", 4))


def create_rows(*found, one):
    """one: of several measurements the one that counts."""
    hospes, xl = ({k: one(v) if isinstance(v, list) else v for k, v in f.items()} for f in found)
    for what, key, beside, part in CREATES:
        yield row(what, verdict(hospes[key], xl[beside] / part), f"{xl[key]:.3f}", "")


def times(f):
    kernel = os.path.basename(vm.kernel_file()).replace("vmlinuz-", "")
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.split()[3]
    text = paragraph(
        f"One CPU emulated by QEMU {qemu}, whose clock counts instructions",
        "(`-icount shift=0,sleep=off`): the figures repeat, and say nothing about caches.",
        f"Control domain and guests run Debian's kernel {kernel}.",
        "Seconds; the mean of creations that are repeated.")
    text += [row("what", "Hospes", "Debian's Xen 4.17", "bare machine"), row(*["---"] * 4),
             row("control domain reaches user space (its own uptime)",
                 verdict(f["boot/hospes"], 3.0), f"{f['boot/xen']:.2f}", f"{f['boot/bare']:.2f}"),
             *create_rows(f["create/hospes"], f["create/xen"], one=mean), ""]
    text += paragraph(
        "The first time its kernel is unpacked (XZ, 8 MiB to 63 MiB), and kept unpacked for the",
        "others: about a second of a real processor, once for each version of a kernel. Each",
        "creation digests its kernel, and loads the tools' shared libraries, as Debian packages",
        "do: 0.01 s. The limits are of a time when `hospes` was linked from archives, and hospesd",
        "unpacked kernels ahead; a person does not feel what that gained.")
    return text + paragraph(
        "Most of the way to user space is the kernel's own: of 3.34 G instructions from its first",
        "one on, 3.15 G were Linux 6.1's and 0.19 G the hypervisor's (counted by translated",
        "block). 1.34 G of them walk the table of all frames that a PV kernel might ever be given",
        "(512 GiB, a constant of Debian's build), whatever runs below it.")


def wall(f):
    return paragraph(
        "Creation again, without counting instructions, on the computer that made these figures:",
        f"seconds, the shortest of {WALL_REPEATS}.") + [
        row("what", "Hospes", "Debian's Xen 4.17", ""), row(*["---"] * 4),
        *create_rows(f["wall/hospes"], f["wall/xen"], one=min), ""]


# ---- costs

COSTS = (("call", "a hypercall that does nothing"),
         ("switch", "a context switch: from vcpu to vcpu by yield"),
         ("wake", "a wake-up: from a vcpu that sends to one that polls, goes on"),
         ("ipi", "an IPI: from a vcpu that sends to the handler of one that is blocked"),
         ("timer", "a timer: from its time to the handler of a blocked vcpu, on an idle CPU"))


def costs(f):
    found = [f["costs/" + name] for name in ("hospes", "isolated", "unguarded", "xen")]
    return paragraph(
        "Two vcpus of one guest on one CPU (`tests/guest/bench.c`), the mean of some thousand",
        "times (of the timer: the middle of 201), the guest's own part included. Hospes with what",
        "the emulated processor needs against speculation, with page-table isolation besides, and",
        "without any of it (`spec-ctrl=isolation`, `spec-ctrl=off`).") + [
        row("what", "Hospes", "with isolation", "with `off`", "Debian's Xen 4.17"),
        row("---", *["---:"] * len(found)),
        *(row(what, *(x.get(key, "?") for x in found)) for key, what in COSTS), ""]


def operations(f):
    columns = ("operation", "bare", "Xen", "Hospes", "ring 0: Xen", "Hospes", "Hospes / Xen",
               "hypercalls: Xen / Hospes", "loads of CR3: Xen / Hospes", "overhead, of Xen's")
    return paragraph(
        "What a process of the control domain asks of its kernel (`tests/bench/ops.c`), one CPU,",
        "features of the processor the same on all three; counted in the translator",
        "(`tests/bench/count/count.c`), apart for user space, kernel and ring 0. Instructions of",
        "all three, then those of ring 0; overhead is what is above the bare machine.") + [
        row(*columns), row("---", *["---:"] * (len(columns) - 1)),
        *(row(*cells) for cells in ops.table(f["ops/bare"], f["ops/xen"], f["ops/hospes"])), ""
        ] + paragraph("`make profile OP=fork32` tells which functions of ring 0 it is.")


def between_domains(f):
    columns = ("operation", "Xen", "Hospes", "Hospes / Xen", "ring 0: Xen", "Hospes",
               "Hospes / Xen", "hypercalls: Xen / Hospes", "loads of CR3: Xen / Hospes")
    return paragraph(
        "What two small guests do with each other (`tests/guest/bench_pair.c`), each time; then",
        "two guests of 128 MiB and the control domain (`tests/bench/domains.c`). Counted in the",
        "same way: instructions of all domains and of ring 0, then those of ring 0. A disk is a",
        "file in the control domain's memory. Who is created stays paused, and the tools' part is",
        "counted with it.") + [
        row(*columns), row("---", *["---:"] * (len(columns) - 1)),
        *(row(*cells) for cells in domains.table(f["domains/xen"], f["domains/hospes"])), ""]


def many_guests(f):
    found = f["many/hospes"]
    return paragraph(
        "The same with one guest on the host, with a hundred and with a thousand, all idle",
        f"(`tests/bench/many.py`): guests of {many.MIB} MiB with the demo's smallest kernel.",
        "Instructions of one CPU; a command's own part is in them, which alone, to be started and",
        "to say its version, is some 12 million.") + [
        row("operation", *(f"{n:,} guests" for n in many.STEPS), "ratio"),
        row("---", *["---:"] * (len(many.STEPS) + 1)),
        *(row(*cells) for cells in many.table(found)), ""] + paragraph(
        f"An idle guest takes {found['kib']:.0f} KiB of ours beyond its own memory.")


def several_cpus(f):
    columns = ["operation"]
    for name in ("Xen", "Hospes"):
        columns += [f"{name}: 1 CPU", *(f"{cpus}: of linear" for cpus in smp.CPUS[1:])]
    return paragraph(
        "Pairs of small guests (`tests/bench/smp.py`), each on a CPU of its own, do the same at",
        "the same time, a thousand times at least. Instructions of ring 0 each time on one CPU;",
        "then what part of them it is of those on more: 1 is linear, the goal is",
        f"{smp.LEAST}. CPUs take turns in the emulator, and who finds a lock taken gives his turn",
        "away: so waiting for locks shows in the counts below.") + [
        row(*columns), row("---", *["---:"] * (len(columns) - 1)),
        *(row(*cells) for cells in smp.table(f["smp/xen"], f["smp/hospes"])), ""] + paragraph(
        *smp.waits_told(f["smp/hospes"]))


def scheduler(f):
    return ["On simulated CPUs (`tests/host/sched`).", "", f["scheduler"].strip(), ""]


def memory(f):
    found = f["create/hospes"]
    return [f"- The hypervisor after boot: {found['image'] or 'not told'}.",
            f"- An idle guest costs {found['idle']:.0f} KiB beyond its own memory "
            f"(mean of {IDLE_GUESTS} guests of 16 MiB).", ""]


# ---- code

def code_lines(_):
    rooms = lines.ring0()
    resident, boot, loaders = lines.total(rooms)
    return paragraph(
        "Lines of code of ring 0 as `cloc` counts them: blank and comment lines are free. boot is",
        "given back when dom0 starts, and with it the loaders that it shares with the tools.") + [
        row("room", "lines of code"), row("---", "---:"),
        *(row(room, rooms[room]) for room in sorted(rooms) if room not in lines.GONE),
        row("**resident** (at most 20000)", f"**{resident}**"),
        row("**boot** (at most 4000)", f"**{boot}**"),
        row("**pvabi/load** (at most 1500)", f"**{loaders}**"),
        row("Xen 4.17, what of it serves PV guests only", XEN_PV_LINES), ""]


# Measured once, by the same definitions; what was not is left out.
OTHERS_KNOWN = {
    "Jailhouse": {"median lines": "14", "nine in ten": "under 50", "body lines to a blank": "6.3",
                  "?: in 1,000 lines": "4"},
    "NOVA": {"body lines to a blank": "3.9"},
    "xv6": {"nine in ten": "under 37", "body lines to a blank": "8.7", "comment to code": "0.21"},
    "Hospes before its rooms were aired": {
        "functions": "1045", "median lines": "10", "nine in ten": "20", "longest": "38",
        "body lines to a blank": "12.6", "comment to code": "0.14", "widest": "148",
        "?: in 1,000 lines": "23"},
}
TREES = ("hypervisor", "pvabi", "xenstore-like", "dom0-tools", "tests")


def known_row(name, known):
    """A row of the table from what is known; the first of two columns of one name is functions'."""
    left = dict(known)
    return row(name, *(left.pop(column, "") for column in shape.COLUMNS))


def code_shape(_):
    return paragraph(
        "How the C looks, by room: lengths of functions and files (of .c files, in lines), lines",
        "of a function's body to one that is blank, comment lines to code lines (headers",
        "included), the widest line, conditional expressions. It shows where reading is hard; it",
        "is no gate, and no comment is written to reach a number.") + [
        row("room", *shape.COLUMNS), row("---", *["---:"] * len(shape.COLUMNS)),
        *(row(room, *found.row()) for room, found in shape.by_room(*TREES)),
        *(known_row(name, known) for name, known in OTHERS_KNOWN.items()), ""] + paragraph(
        "Jailhouse, NOVA and xv6 were measured once, by the same definitions, not in every column.")


# ---- the file

# (title, what it is made from, what makes it), in the order in which they stand.
SECTIONS = (
    ("Times", ("boot/hospes", "boot/xen", "boot/bare", "create/hospes", "create/xen"), times),
    ("By the clock on the wall", ("wall/hospes", "wall/xen"), wall),
    ("Costs in instructions", ("costs/hospes", "costs/isolated", "costs/unguarded", "costs/xen"),
     costs),
    ("Operations of a process", ("ops/bare", "ops/hospes", "ops/xen"), operations),
    ("Between domains", ("domains/hospes", "domains/xen"), between_domains),
    ("Many guests", ("many/hospes",), many_guests),
    ("On several CPUs", ("smp/hospes", "smp/xen"), several_cpus),
    ("Scheduler", ("scheduler",), scheduler),
    ("Memory", ("create/hospes",), memory),
    ("Search", (), None),
    ("Lines of code", ("shape",), code_lines),
    ("Shape", ("shape",), code_shape),
)
HEAD = """# Figures

Made by `make bench`; `make shape` renews what is told of the code. What is told of the search is
added up by hand, from what long runs of `tests/fuzz/run` print.

"""


def sections_of(path):
    """{title: text} of the file as it is."""
    if not os.path.exists(path):
        return {}
    _, *found = re.split(r"^## ", read(path), flags=re.M)
    return dict(part.split("\n", 1) for part in found)


def write(path, figures, measured):
    """Makes those sections anew of which something was measured, and for which all is known."""
    old, text = sections_of(path), HEAD
    for title, needs, make in SECTIONS:
        missing = [n for n in needs if n not in figures]
        if set(needs) & set(measured) and not missing:
            text += f"## {title}\n\n" + "\n".join(make(figures)).rstrip("\n") + "\n\n"
            continue
        if set(needs) & set(measured):
            print(f"{title}: stays as it was; never measured: {', '.join(missing)}")
        if title in old:
            text += f"## {title}\n" + old[title].rstrip("\n") + "\n\n"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.rstrip("\n") + "\n")

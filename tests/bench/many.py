# SPDX-License-Identifier: MIT
"""What operations cost on a host with one guest, a hundred and a thousand, all of them idle: in
instructions of one CPU, whose time counts them. Guests are the demo's smallest kernel."""

import json
import re

import system
from toolstack import LIMIT, prepared, took

STEPS = (1, 100, 1000)
MIB = 4            # of a guest
MEMORY = "6G"      # of the machine
IDLE_SECONDS = 10
REPEATS = 2        # the shortest counts
# What is asked of the toolstack: NAME: what it is, its command. @ is the number of the last guest.
COMMANDS = {
    "create": ("create one more guest", "one_more"),
    "list": ("list all guests", "hospes list"),
    "named": ("list one by its name", "hospes list g@"),
    "pause": ("pause one", "hospes pause g@"),
    "unpause": ("unpause it", "hospes unpause g@"),
    "write": ("write a node of the store", "xenstore-write /x y"),
}
# What tests/guest/bench.c tells of itself.
COSTS = {
    "wake": "an event: from a vcpu that sends to one that polls, goes on",
    "ipi": "an event: from a vcpu that sends to the handler of one that is blocked",
    "switch": "a context switch: from vcpu to vcpu by yield",
}
IDLE = f"all of them idle for {IDLE_SECONDS} s: CPU time of all domains"

SHELL = [
    "guest() { sed s/NAME/$1/ /srv/t/guest.xml >/tmp/guest.xml; hospes create /tmp/guest.xml; }",
    "guests() { i=$1; while [ $i -le $2 ]; do guest g$i >/dev/null || return 1;"
    " i=$((i+1)); done; }",
    "one_more() { n=$((n+1)); guest more$n; }",
]
FREE = "hospes info | awk '/^free_memory/{print $3}'"


def files():
    xml = system.small_xml("NAME", "small")
    found = system.small_kernels(["bench"])
    found["srv/t/guest.xml"] = xml.replace("/srv/t/", "/boot/").replace(">16<", f">{MIB}<")
    found["srv/t/bench.xml"] = system.small_xml("bench", "bench", vcpus=2)
    return found


def cpu_time(m):
    return sum(d["cpu_time_ns"] for d in json.loads(m.ok("hospes list --json", LIMIT)))


def idle(m):
    """Beyond what asking costs."""
    m.ok("sleep 5", LIMIT)
    a, b = cpu_time(m), cpu_time(m)
    m.ok(f"sleep {IDLE_SECONDS}", LIMIT)
    return cpu_time(m) - b - (b - a)


def guest_costs(m, t):
    m.ok(f"rm -f {t.log}; " + t.create("/srv/t/bench"), LIMIT)
    m.ok(f"t=0; until grep -q 'BENCH over' {t.log}; do"
         " sleep 1; t=$((t+1)); [ $t -lt 60 ] || break; done", LIMIT)
    told = dict(re.findall(r"BENCH (\w+) (\d+)", m.ok("cat " + t.log)))
    m.ok(t.destroy("bench"), LIMIT)
    return {name: int(told[name]) for name in COSTS}


def measured(m, t, count):
    found = guest_costs(m, t)
    for name, (_, command) in COMMANDS.items():
        command = command.replace("@", str(count))
        found[name] = min(took(m, command) for _ in range(REPEATS)) * 1e9
    m.ok("for x in $(hospes list -n | grep more); do hospes destroy $x; done", LIMIT)
    return found | {"idle": idle(m)}


def costs(t):
    """{count of guests: {operation: instructions}}, and the KiB that an idle guest takes."""
    found, there = {}, 0
    with t.machine(files=files(), memory=MEMORY) as m:
        prepared(m)
        for line in SHELL:
            m.ok(line)
        free = {}
        for count in STEPS:
            m.ok(f"guests {there + 1} {count}", 4 * LIMIT)
            there = count
            free[count] = int(m.ok(FREE))
            found[str(count)] = measured(m, t, count)
            print(count, free[count], found[str(count)], flush=True)
    used = (free[STEPS[0]] - free[STEPS[-1]]) / (STEPS[-1] - STEPS[0])
    return found | {"kib": (used - MIB) * 1024}


def table(found):
    """Rows of cells."""
    names = {name: what for name, (what, _) in COMMANDS.items()} | COSTS | {"idle": IDLE}
    for name, what in names.items():
        each = [found[str(count)][name] for count in STEPS]
        yield (what, *(f"{n:,.0f}" for n in each), f"{each[-1] / each[0]:.2f}")

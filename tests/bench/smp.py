# SPDX-License-Identifier: MIT
"""What the same costs when several CPUs do it at a time: pairs of small guests (bench_pair.c), each
on a CPU of its own, on machines of one, four and eight. The clock counts instructions, and the CPUs
take turns; so a CPU whose turn ends in ring 0 is found there, locks and all, by those that come
after it. Who finds a lock taken gives his turn away: the waits are counted beside the
instructions."""

import json

import domains
import system
import vm
from counting import LIMIT, Count, between, number
from toolstack import Toolstack

CPUS = (1, 4, 8)
PACE = 2            # seconds, of which each is 10^9 instructions: longer than any operation of all
LEAST = 0.9         # of what so many CPUs would do if none were in another's way


def pairs_of(cpus):
    return [(f"a{i}", f"b{i}") for i in range(cpus)]


def files(suffix, cpus):
    """The kernel, and a configuration for each guest of each pair, on a CPU of its own."""
    found = system.small_kernels(["bench_pair"])
    for cpu, pair in enumerate(pairs_of(cpus)):
        for name, side in zip(pair, "ab"):
            words = f"side={side} turns={domains.PAIR_TURNS} pace={PACE}"
            found[f"srv/t/{name}.{suffix}"] = domains.pair_config(suffix, name, words, cpu)
    return found


def waits(m, t):
    """How often a CPU waited for a lock, by kind of lock, since this was asked last."""
    if t.tool != "hospes":
        return {}
    return {x["lock"]: x["waits"] for x in json.loads(m.ok("hospes --json perf -l -c", LIMIT))}


def together(told):
    """Nobody began an operation while another was at the one before it."""
    at = [int(line.split()[0]) // 2 for line in told[1:]]
    if at != sorted(at):
        raise vm.Failure("the pairs did not keep pace: " + " ".join(str(m) for m in at))


def on_cpus(t, cpus):
    """What each operation cost in ring 0, each time, and all waits for locks."""
    count = Count(t.hv)
    pairs = pairs_of(cpus)
    with t.machine(files=files(t.suffix, cpus), qemu_args=count.qemu_args, cpus=cpus) as m:
        m.expect(system.PROMPT, LIMIT)
        domains.pairs_begin(m, t, pairs)
        waits(m, t)
        domains.pairs_end(m, t, pairs, (2 * len(domains.PAIR) + 6) * PACE)
        waited = waits(m, t)
    told = count.lines()
    together(told)
    return {"waits": waited} | {
        name: between(told, domains.mark(name), cpus * domains.pair_times(name))["ring0"]
        for name in domains.PAIR}


def costs(toolstack):
    """{CPUs: what on_cpus says}."""
    t = Toolstack(toolstack.name, toolstack.hv, toolstack.tool, toolstack.suffix, toolstack.log,
                  "dom0_max_vcpus=1")
    return {str(cpus): on_cpus(t, cpus) for cpus in CPUS}


def table(xen, ours):
    """Rows of cells."""
    for name, (what, _) in domains.PAIR.items():
        cells = []
        for f in (xen, ours):
            alone = f[str(CPUS[0])][name]
            cells += [number(alone)] + [f"{alone / f[str(c)][name]:.2f}" for c in CPUS[1:]]
        yield (what, *cells)


def waits_told(ours):
    """Sentences on the waits for locks."""
    for cpus in CPUS:
        waited = ours[str(cpus)]["waits"]
        done = cpus * sum(domains.pair_times(name) for name in domains.PAIR)
        kinds = ", ".join(f"{n:,} for {lock}" for lock, n in sorted(waited.items()))
        yield f"Of {done:,} operations on {cpus} CPUs so many waited: {kinds or 'none'}."

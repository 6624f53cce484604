# SPDX-License-Identifier: MIT
"""The small guest kernels of this folder: how the head of each says that it is run, and what its
verdicts are counted as. Where they run is said by those who use this: run, on Hospes, and
reference, on Xen."""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../system")
import system  # noqa: E402
import vm  # noqa: E402

LIMIT = 60  # seconds a guest may take, those of a race apart
FUZZ_SECONDS = os.environ.get("FUZZ_SECONDS", "6")
RACE_SECONDS = 8  # of a race, at most
RACES_SECONDS = int(os.environ.get("RACES_SECONDS", "60"))  # all races together, each once or more
SEED = int(os.environ.get("SEED", "1"))


# Functions of dom0's shell. over NAME SECONDS: waits until it has stopped, and says its state's
# letters. tell NAME: its console and what the hypervisor says of it, between marks, and its end.
SHELL = """
over() { t=0; while :; do s=$(TOOL list $1 2>/dev/null | awk 'END{print $5}')
	case $s in *s*|*c*|'') break;; esac
	t=$((t+1)); [ $t -lt $(($2*5)) ] || { s=late; break; }; sleep 0.2; done; eval state_$1=$s; }
tell() { eval s=\\$state_$1; echo "@""c $1"; cat CONSOLE; echo
	TELL
	echo "@""e $1 $s"; }
one() { CREATE /srv/t/$1.SUFFIX && over $1 $2; tell $1; }
two() { CREATE /srv/t/$1.SUFFIX && CREATE /srv/t/$2.SUFFIX
	a=$(TOOL domid $1); b=$(TOOL domid $2)
	xenstore-write /local/domain/$a/data/peer $b; xenstore-write /local/domain/$b/data/peer $a
	over $2 $3; tell $2; over $1 $3; tell $1; }
"""


def shell(tool, create, suffix, console, tell):
    """SHELL for a toolstack. `tell`: ends the domain $1, in the state $s, and prints the mark l and
    behind it what the hypervisor says of it."""
    text = SHELL
    for word, value in (("TOOL", tool), ("CREATE", create), ("SUFFIX", suffix),
                        ("CONSOLE", console), ("TELL", tell)):
        text = text.replace(word, value)
    return text


def told(out, name):
    """(console, the hypervisor's words, the state's letters) of what tell printed, or None."""
    m = re.search(rf"@c {name}\n(.*?)@l {name}\n(.*?)@e {name} ?(\S*)", out, re.S)
    return m and m.groups()


def finished(text, state):
    """Whether the kernel with these lines on its console came to its end."""
    return any(re.match(r"DONE \d+ passed, \d+ failed", x) for x in text) and "s" in state


class Run:
    """One start of a kernel, or of a pair of them."""

    def __init__(self, kernel, words="", kind="run", index="", vcpus=1, cpus=1):
        self.kernel, self.kind, self.vcpus, self.cpus = kernel, kind, vcpus, cpus
        words, _, crash = words.partition("crash:")
        self.words = words.replace("SECONDS", FUZZ_SECONDS).strip()
        self.crash = crash.strip() or None
        self.pair, self.race = kind.endswith("pair"), kind.startswith("race")
        self.disturbed = "disturbed" in words.split()
        self.name = f"{kernel}_{index}" if index else kernel

    def with_seed(self, seed, seconds):
        """A race, from another seed."""
        return Run(self.kernel, f"{self.words} seed={seed} seconds={seconds}", self.kind,
                   f"{self.name[len(self.kernel) + 1:]}s{seed}", self.vcpus, self.cpus)

    def domains(self):
        return [self.name + "_a", self.name + "_b"] if self.pair else [self.name]

    def lines(self):
        """(domain, its command line)."""
        for i, name in enumerate(self.domains()):
            yield name, self.words + (f" side={'ab'[i]}" if self.pair else "")

    def xml(self):
        for name, words in self.lines():
            yield name, system.small_xml(name, self.kernel, words, self.vcpus)

    def command(self):
        limit = int((LIMIT + RACE_SECONDS * self.race) * vm.SLOWER)
        names = " ".join(self.domains())
        begin = f"disturbed '{names}' {self.vcpus} {self.cpus} " if self.disturbed else ""
        return f"{begin}{'two' if self.pair else 'one'} {names} {limit}"


def runs_of(source):
    kernel = os.path.basename(source)[:-2]
    with open(source, encoding="utf-8") as f:
        text = f.read()
    if not re.search(r"^void test_main\(void\)$", text, re.M):
        return []  # a kernel that is no test
    head = text.split("#include")[0]
    said = re.findall(r"^ \* (run|pair|race|race-pair|vcpus|cpus|run by): *(.*)", head, re.M)
    machine = {name: int(value) for name, value in said if name in ("vcpus", "cpus")}
    runs = [x for x in said if x[0] not in machine] or [("run", "")]
    if any(kind == "run by" for kind, _ in runs):
        return []
    return [Run(kernel, words, kind, str(i + 1) if len(runs) > 1 else "", **machine)
            for i, (kind, words) in enumerate(runs)]


def races_of(runs):
    """All of them from seed to seed until the time is over."""
    of_each = RACES_SECONDS // max(1, len(runs))
    seconds = max(1, min(RACE_SECONDS, of_each))
    return [
        run.with_seed(SEED + i, seconds)
        for i in range(max(1, of_each // RACE_SECONDS))
        for run in runs
    ]


def all_runs(names, races):
    runs = [] if races else [Run("hello")]
    for f in sorted(os.listdir(HERE)):
        if f.endswith(".c"):
            runs += [r for r in runs_of(f"{HERE}/{f}") if r.race == races]
    runs = [r for r in runs if not names or r.kernel in names or r.name in names]
    return races_of(runs) if races else runs


def judge(r, run, name, console, log, state):
    """Counts one domain's verdicts."""
    text = [line.strip() for line in console.splitlines()]
    for line in text:
        m = re.match(r"(ok|not ok|skip) \d+ - (.*)", line)
        if m and m[1] == "skip":
            print(f"# skipped: {name}: {m[2]}")
        elif m:
            r.check(m[1] == "ok", f"{name}: {m[2]}", log)
    crash = next((line for line in log.splitlines() if "crashed:" in line), "")
    if run.crash:
        r.check(
            "CRASH EXPECTED" in text and "c" in state and re.search(run.crash, crash),
            f"{name}: is crashed ({run.words}: {run.crash})",
            f"state {state}\n{console}\n{log}",
        )
    elif run.words.endswith(" any"):
        r.check(
            bool(set("sc") & set(state)),
            f"{name}: came to an end ({run.words}): {crash or 'by itself'}",
            f"state {state}\n{console}\n{log}",
        )
    else:
        r.check(finished(text, state) and not crash, f"{name}: came to its end",
                f"state {state}\n{console}\n{log}")

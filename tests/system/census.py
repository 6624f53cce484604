# SPDX-License-Identifier: MIT
"""What guests could leave behind on a host, to be compared before and after."""

import json
import re

# What the hypervisor and the control domain may have grown by for good, in KiB: room for the first
# grants that are mapped, ports, small objects. A guest that leaves something leaves more.
GROWTH_KIB = 256
PAGE_KIB = 4
FREE = "free memory, KiB"
LOOKS = 10


def info(s):
    return json.loads(s.ok("hospes info --json"))


def free_kib(s):
    """To the frame: `hospes info` tells MiB."""
    s.ok("hospes debug-keys m")
    said = s.ok("hospes dmesg | grep -o 'memory: .* frames, .* free' | tail -n 1")
    return int(re.search(r"(\d+) free", said)[1]) * PAGE_KIB


def processes(s):
    """Of the tools, once two looks agree: hospesd has things done by children of a moment."""
    before = None
    for _ in range(LOOKS):
        now = s.ok("ps -e -o comm | sort | uniq -c | grep -E 'hospes|vif|xvd' || true")
        if now == before:
            break
        before = now
        s.run("sleep 0.5")
    return now


def taken(s):
    """What there is now on the machine @s, as text to compare: {name: text}."""
    return {
        FREE: str(free_kib(s)),
        "domains": s.ok("hospes list | awk 'NR>1{print $1, $2}'"),
        # A hospesd that was started anew gives consoles any terminals that are free.
        "store tree": re.sub(r"(/dev/pts/)\d+", r"\1N", s.ok("xenstore-ls -f /")),
        "loop devices": s.ok("losetup -a"),
        "network links": s.ok("ls /sys/class/net"),
        "bridge ports": s.ok("ls /sys/class/net/*/brif"),
        "processes": processes(s),
    }


def differences(before, after):
    """What changed, one line for each difference; '' when nothing did."""
    lines = []
    for what, old in before.items():
        new = after[what]
        if what == FREE and abs(int(new) - int(old)) <= GROWTH_KIB:
            continue
        if old != new:
            lines.append(f"{what}:")
            a, b = old.splitlines(), new.splitlines()
            lines += [f"  - {x}" for x in a if x not in b] + [f"  + {x}" for x in b if x not in a]
    return "\n".join(lines)

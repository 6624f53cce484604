# SPDX-License-Identifier: MIT
"""What guests could leave behind on a host, to be compared before and after."""

import json
import re


def info(s):
    return json.loads(s.ok("hospes info --json"))


def taken(s):
    """What there is now on the machine @s, as text to compare: {name: text}."""
    host = info(s)
    free = host.get("free_memory_kib", host.get("free_memory"))
    return {
        "free memory": str(free),
        "domains": s.ok("hospes list | awk 'NR>1{print $1, $2}'"),
        # A hospesd that was started anew gives consoles any terminals that are free.
        "store tree": re.sub(r"(/dev/pts/)\d+", r"\1N", s.ok("xenstore-ls -f /")),
        "loop devices": s.ok("losetup -a"),
        "network links": s.ok("ls /sys/class/net"),
        "bridge ports": s.ok("ls /sys/class/net/*/brif"),
        "processes": s.ok("ps -e -o comm | sort | uniq -c | grep -E 'hospes|vif|xvd' || true"),
    }


def differences(before, after):
    """What changed, one line for each difference; '' when nothing did."""
    lines = []
    for what, old in before.items():
        new = after[what]
        if old != new:
            lines.append(f"{what}:")
            a, b = old.splitlines(), new.splitlines()
            lines += [f"  - {x}" for x in a if x not in b] + [f"  + {x}" for x in b if x not in a]
    return "\n".join(lines)

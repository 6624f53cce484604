# SPDX-License-Identifier: MIT
"""How long ring 0 made others wait: with interrupts off, and with a lock held. On a machine whose
clock counts instructions `hospes perf` tells the longest times exactly; 200,000 instructions are
the most, whatever is done. Elsewhere the clock goes on while the emulator does something else, and
the times mean nothing. tests/tools/runner finds the longest of all tests by the lines that end()
prints."""

import json
import sys

LIMIT = 120  # seconds
WHAT = {False: "stretch", True: "lock hold"}


def words(row):
    held = f"with a lock of rank {row['lock']} held" if row.get("lock") else "with interrupts off"
    return (f"{row['cycles']} instructions {held}"
            f" ({row['cause']} {row['number']}, operation {row['operation']})")


class Longest:
    """Asks the hypervisor, which forgets what it has told, and remembers the longest of all."""

    def __init__(self, s, r):
        self.s, self.r = s, r
        self.rows = {}  # is it a lock's: the longest, and what it was seen at
        self.told = s.icount and s.hv != "reference"

    def check(self, what):
        """A claim: nothing since the last was too long."""
        if not self.told:
            return
        rows = json.loads(self.s.ok("hospes perf -c --json", LIMIT))
        tops = []
        for of_lock in WHAT:
            top = next((x for x in rows if bool(x.get("lock")) == of_lock), None)
            if not top:
                continue
            tops.append(words(top))
            if of_lock not in self.rows or top["cycles"] > self.rows[of_lock][0]["cycles"]:
                self.rows[of_lock] = top, what
        self.r.check(all(x["cycles"] <= x["limit"] for x in rows), f"{what}: {', '.join(tops)}",
                     "\n".join(words(x) for x in rows if x["cycles"] > x["limit"]))

    def end(self):
        for of_lock, (row, what) in self.rows.items():
            print(f"# longest {WHAT[of_lock]}: {words(row)}: {what}", flush=True)


if __name__ == "__main__":
    sys.exit("longest.py is used by the tests beside it")

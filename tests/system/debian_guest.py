# SPDX-License-Identifier: MIT
"""A guest with a Debian of its own, as its administrator sees it: by ssh from the host."""

import time

import vm

NAME = "debian"
ANSWER_LIMIT = 240
BOOT_ID = "cat /proc/sys/kernel/random/boot_id"


class Guest:
    LIMITS = "-o ConnectTimeout=5 -o ServerAliveInterval=5"

    def __init__(self, s, ssh):
        self.s, self.ssh = s, f"{ssh} -o BatchMode=yes {self.LIMITS}"

    def run(self, command, timeout=60):
        return self.s.run(f"{self.ssh} '{command}' </dev/null", timeout)

    def ok(self, command, timeout=60):
        return self.s.ok(f"{self.ssh} '{command}' </dev/null", timeout)

    def answers(self, other_than=None):
        """Waits until it does, in another life than that; returns which life this is."""
        end = time.monotonic() + ANSWER_LIMIT * vm.SLOWER
        while time.monotonic() < end:
            rc, out = self.run(BOOT_ID)
            if rc == 0 and out.strip() != other_than:
                return out.strip()
            time.sleep(2)
        tail = self.s.run(f"hospes list; tail -n 15 /var/log/hospes/{NAME}.log")[1]
        raise vm.Failure(f"the guest does not answer by ssh: {out}\n{tail}")

    def write(self, name):
        """A file that must stay."""
        self.ok(f"echo {name} >/root/{name} && sync")

    def has(self, name):
        return self.run(f"cat /root/{name}")[1].strip() == name

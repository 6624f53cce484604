# SPDX-License-Identifier: MIT
"""Those that are measured beside each other: Hospes and its tools, Debian's Xen 4.17 and its."""

import os
import subprocess

import system
import vm

# Words of guests and of refusals would come between what the shell prints.
HV_ARGS = "console=com1 com1=115200,8n1 dom0_mem=700M loglvl=info guest_loglvl=none"


LIMIT = 900  # seconds, of what takes long
# How long a command takes, in seconds of the control domain's clock.
TIMER = """tm() { a=$EPOCHREALTIME; "$@" >/dev/null 2>/tmp/err || cat /tmp/err
echo "TOOK $a $EPOCHREALTIME"; }"""


def prepared(m):
    """At the shell."""
    m.expect(system.PROMPT, LIMIT)
    m.ok(TIMER)


def took(m, command):
    out = m.ok("tm " + command, LIMIT)
    line = next((x for x in out.splitlines() if x.startswith("TOOK")), None)
    if not line or out.strip() != line:
        raise vm.Failure(f"`{command}`: {out.strip()}")
    a, b = (float(x) for x in line.split()[1:])
    return b - a


class Toolstack:
    """Hospes' own or Debian's: what boots it, its words, and more of them for the hypervisor."""

    def __init__(self, name, hv, tool, suffix, log, hv_words=""):
        self.name, self.hv, self.tool, self.suffix, self.log = name, hv, tool, suffix, log
        self.hv_args = f"{HV_ARGS} {hv_words}"

    def image(self):
        """Its control domain's initramfs."""
        if self.tool == "hospes":
            return system.dom0_image()
        image = vm.BUILD + "/dom0-debian.cpio"
        subprocess.run([vm.TOP + "/tests/system/mkdom0", image, "debian"], check=True)
        return image

    def machine(self, icount=True, files=None, **kw):
        """Its control domain, at the shell."""
        # By the clock on the wall Xen 4.17 needs the CPU on which it keeps its guests' registers
        # apart.
        return system.System("bench-" + self.name, files, hv=self.hv, icount=icount,
                             hv_args=self.hv_args, initrd=self.image(),
                             cpu=vm.CPU if icount else None, **kw)

    def create(self, guest):
        return f"{self.tool} create {guest}.{self.suffix}"

    def destroy(self, guest):
        return f"{self.tool} destroy {guest}"


def hospes(name, hv_words=""):
    return Toolstack(name, os.environ.get("HV", "release"), "hospes", "xml",
                     "/var/log/hospes/bench.log", hv_words)


OURS = hospes("hospes")
# As on a processor that needs all, of what this one can do, and as without any defence.
ISOLATED, UNGUARDED = (
    hospes("isolated", "spec-ctrl=isolation"), hospes("unguarded", "spec-ctrl=off"))
XENS = Toolstack("xen", "reference", "xl", "cfg", "/var/log/xen/console/guest-bench.log")

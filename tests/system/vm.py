# SPDX-License-Identifier: MIT
"""A machine in QEMU that boots a hypervisor by GRUB and talks by its serial console.

Machine(hv, initrd).start() boots; expect() waits for text, run() gives a command to the shell there
and returns its exit code and output, close() ends it. A test uses `Report` to count what held and
what did not. MACHINE=bochs takes that emulator. HV=reference boots Debian's Xen 4.17 in place of
Hospes; HV=release boots Hospes as users get it, without the checks of its locks; HV=none boots the
bare kernel; HV=FILE an image. HV_ARGS= gives the hypervisor more words
(HV_ARGS=spec-ctrl=isolation), QEMU_ARGS= gives QEMU more. What the initrd does is not known here,
only that its shell answers."""

import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import bochs

TOP = os.path.realpath(os.path.dirname(os.path.abspath(__file__)) + "/../..")
BUILD = os.environ.get("B", TOP + "/build")
IMAGES = {"hospes": BUILD + "/xen-hospes-debug", "release": BUILD + "/xen-hospes"}
XEN_PACKAGE = "xen-hypervisor-4.17-amd64"
# A command may compile nothing but boots under emulation: a slow, shared builder must not fail it.
SLOWER = float(os.environ.get("TIMEOUT_FACTOR", "1"))
TAIL = 60
# The emulated CPU faults at `iret` in ring 3 when SMAP is on. Xen 4.17 on it mixes up what
# processes keep in extended registers as soon as two domains run user code, with its own tools too:
# it goes without XSAVE. Its string instructions move a byte at a time, so it must not promise, to a
# hypervisor, its guests or a bare kernel, that they are fast (ERMS, FSRM).
CPU = "max,-smap,-erms,-fsrm"
CPU_FOR_XEN = CPU + ",-xsave"


class Failure(Exception):
    """What a machine did not do."""


def fetch(*names):
    out = subprocess.run([TOP + "/tests/tools/fetch", *names], check=True, text=True,
                         stdout=subprocess.PIPE).stdout.split()
    return out if len(out) > 1 else out[0]


def kernel_file(name="kernel"):
    boot = fetch(name) + "/boot"
    return boot + "/" + next(f for f in sorted(os.listdir(boot)) if f.startswith("vmlinuz"))


def hypervisor_file(hv):
    if hv == "reference":
        boot = fetch(XEN_PACKAGE) + "/boot/"
        return boot + next(f for f in sorted(os.listdir(boot)) if re.match(r"xen-.*\.gz$", f))
    return IMAGES.get(hv, hv)


class Machine:
    """hv: hospes, release, reference, none or a file. icount: virtual time counts instructions.
    monitor: it takes QEMU's own commands."""

    def __init__(self, hv=None, kernel=None, initrd=None, hv_args="", kernel_args="", memory="2G",
                 cpus=1, cpu=None, icount=False, iso=None, qemu_args=(), log=None, echo=None,
                 monitor=False):
        self.hv = hv or os.environ.get("HV", "hospes")
        self.kernel, self.initrd, self.iso = kernel, initrd, iso
        more_args = os.environ.get("HV_ARGS", "")
        self.hv_args_given = bool(hv_args or more_args)
        self.hv_args = (
            hv_args or "console=com1 com1=115200,8n1 dom0_mem=700M loglvl=all guest_loglvl=all/all"
        )
        if more_args and self.hv != "reference":
            self.hv_args += " " + more_args
        self.kernel_args = kernel_args
        self.memory, self.cpus, self.icount = memory, cpus, icount
        self.cpu = cpu or (CPU_FOR_XEN if self.hv == "reference" else CPU)
        self.qemu_args = list(qemu_args)
        self.echo = os.environ.get("VERBOSE", "") != "" if echo is None else echo
        self.text, self.seen, self.pid_fd = "", 0, None
        self.proc, self.dir, self.serial = None, None, 0
        self.line, self.reader, self.writer = None, None, None  # the serial console
        self.has_monitor, self.monitor_line = monitor, None
        self.log = open(log, "w", encoding="utf-8") if log else None

    def make_iso(self):
        self.dir = tempfile.mkdtemp(prefix="hospes-vm-")
        boot = self.dir + "/iso/boot"
        os.makedirs(boot + "/grub")
        shutil.copy(self.kernel or kernel_file(), boot + "/kernel")
        lines = ["set timeout=0", "serial --unit=0 --speed=115200", "terminal_output serial",
                 "menuentry t {"]
        if self.hv == "none":
            lines.append(f" linux /boot/kernel console=ttyS0 {self.kernel_args}")
            lines.append(" initrd /boot/initrd" if self.initrd else "")
        else:
            shutil.copy(hypervisor_file(self.hv), boot + "/hv")
            lines.append(f" multiboot2 /boot/hv placeholder {self.hv_args}")
            lines.append(f" module2 /boot/kernel placeholder console=hvc0 {self.kernel_args}")
            lines.append(" module2 /boot/initrd" if self.initrd else "")
        lines.append("}")
        if self.initrd:
            shutil.copy(self.initrd, boot + "/initrd")
        with open(boot + "/grub/grub.cfg", "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        iso = self.dir + "/t.iso"
        run = subprocess.run(
            ["grub-mkrescue", "-o", iso, self.dir + "/iso"],
            text=True,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if run.returncode:
            raise Failure("grub-mkrescue: " + run.stdout)
        shutil.rmtree(self.dir + "/iso")
        return iso

    def start(self):
        iso = self.iso or self.make_iso()
        if os.environ.get("MACHINE") == "bochs":
            self.start_bochs(iso)
        else:
            self.start_qemu(["-cdrom", iso])
        return self

    def start_bochs(self, iso):
        if self.icount or self.qemu_args or self.has_monitor:
            raise Failure("this machine is one for QEMU")
        self.dir = self.dir or tempfile.mkdtemp(prefix="hospes-vm-")
        self.proc, self.line = bochs.launch(TOP, self.dir, iso, self.memory, die_with_parent)
        self.reader, self.writer = self.line.fileno(), self.line.makefile("wb")
        os.set_blocking(self.reader, False)

    def start_qemu(self, media):
        cmd = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", self.cpu, "-m", self.memory,
               "-smp", str(self.cpus), "-display", "none", "-serial", "stdio", "-monitor",
               self.monitor_place(), "-no-reboot", "-net", "none", *media, *self.qemu_args,
               *os.environ.get("QEMU_ARGS", "").split()]
        if self.icount:
            cmd += ["-icount", "shift=0,sleep=off"]
        self.proc = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, preexec_fn=die_with_parent)
        self.reader, self.writer = self.proc.stdout.fileno(), self.proc.stdin
        os.set_blocking(self.reader, False)

    def monitor_place(self):
        if not self.has_monitor:
            return "none"
        self.dir = self.dir or tempfile.mkdtemp(prefix="hospes-vm-")
        return f"unix:{self.dir}/monitor,server=on,wait=off"

    def monitor(self, command):
        """Gives QEMU a command of its own, and waits until it is done; returns what it says."""
        if not self.monitor_line:
            self.monitor_line = socket.socket(socket.AF_UNIX)
            self.monitor_line.connect(self.dir + "/monitor")
            self.monitor_line.settimeout(60)
            self.monitor_answer()
        try:
            self.monitor_line.sendall(command.encode() + b"\n")
            return self.monitor_answer()
        except OSError as e:
            raise Failure(f"QEMU's monitor, at {command}: {e}") from e

    def monitor_answer(self):
        said = b""
        while not said.endswith(b"(qemu) "):
            piece = self.monitor_line.recv(4096)
            if not piece:
                raise Failure("QEMU's monitor is closed")
            said += piece
        return said.decode("utf-8", "replace")

    def pump(self, seconds):
        """Takes what the console has said; False when the machine has ended."""
        ready, _, _ = select.select([self.reader], [], [], max(0.0, seconds))
        if not ready:
            return True
        data = os.read(self.reader, 65536)
        if not data:
            return False
        s = data.decode("utf-8", "replace").replace("\r", "")
        self.text += s
        if self.log:
            self.log.write(s)
            self.log.flush()
        if self.echo:
            sys.stdout.write(s)
            sys.stdout.flush()
        return True

    def expect(self, pattern, timeout=60, what=None):
        """Waits for the pattern beyond what was matched before; returns the match."""
        rx = re.compile(pattern)
        end = time.monotonic() + timeout * SLOWER
        alive = True
        while True:
            m = rx.search(self.text, self.seen)
            if m:
                self.seen = m.end()
                return m
            left = end - time.monotonic()
            if not alive:
                raise Failure(f"the machine ended while waiting for {what or repr(pattern)}")
            if left <= 0:
                raise Failure(f"no {what or repr(pattern)} within {timeout * SLOWER:.0f} s")
            alive = self.pump(left)

    def send(self, line):
        self.write(line + "\n")

    def write(self, s):
        # The emulated UART takes 16 bytes at a time; a guest that polls it slowly loses what comes
        # faster.
        for i in range(0, len(s), 8):
            self.writer.write(s[i:i + 8].encode())
            self.writer.flush()
            self.pump(0.01)

    def run(self, command, timeout=60):
        """Gives the shell one command; returns (exit code, what it printed)."""
        self.serial += 1
        n = self.serial
        # The markers are quoted in the command line, so that its echo does not look like them.
        self.send(f"echo \"@\"b{n}; {command}; echo \"@\"{n}:$?@")
        begin = self.expect(rf"@b{n}\n", timeout, "the shell to answer")
        m = self.expect(rf"@{n}:(\d+)@\n?", timeout, f"the end of `{command}`")
        out = self.text[begin.end():m.start()]
        return int(m[1]), out

    def ok(self, command, timeout=60):
        rc, out = self.run(command, timeout)
        if rc:
            raise Failure(f"`{command}` exited {rc}: {out.strip()}")
        return out

    def wait_end(self, timeout=60):
        """Waits until the machine has powered itself off."""
        end = time.monotonic() + timeout * SLOWER
        while time.monotonic() < end:
            if not self.pump(end - time.monotonic()):
                return self.proc.wait(10)
        raise Failure(f"the machine did not power off within {timeout * SLOWER:.0f} s")

    def autopsy(self):
        """What a machine on which a claim has failed knows of itself, as text; '' if it is mute."""
        return ""

    def tail(self, lines=TAIL):
        return "\n".join(self.text.splitlines()[-lines:])

    def close(self):
        if self.proc and self.proc.poll() is None:
            self.proc.send_signal(signal.SIGKILL)
            self.proc.wait()
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
        if self.log:
            self.log.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.close()


def die_with_parent():
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Report:
    """Counts claims and prints one line for each; its exit code is that of the test. After the
    first that fails it prints what the machine itself knows."""

    def __init__(self, machine=None):
        self.passed = self.failed = 0
        self.machine = machine
        self.found = ""

    def check(self, holds, claim, detail=""):
        if holds:
            self.passed += 1
            print(f"ok {self.passed + self.failed} - {claim}", flush=True)
        else:
            self.failed += 1
            print(f"not ok {self.passed + self.failed} - {claim}", flush=True)
            for line in str(detail).strip().splitlines()[-20:]:
                print("#   " + line, flush=True)
            if self.failed == 1 and self.machine:
                self.found = self.machine.autopsy()
                for line in self.found.splitlines():
                    print("# : " + line, flush=True)
        return holds

    def step(self, claim, action, *args, **kw):
        """The claim holds if the action does not fail; returns the action's value."""
        try:
            value = action(*args, **kw)
        except Failure as e:
            self.check(False, claim, e)
            return None
        self.check(True, claim)
        return value

    def end(self):
        if self.failed and self.machine and not self.found:
            print(f"# the last {TAIL} lines of the console:")
            for line in self.machine.tail().splitlines():
                print("# | " + line)
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0

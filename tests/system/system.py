# SPDX-License-Identifier: MIT
"""The demo system as the whole-system tests use it: boot it, wait for what guests say, and compare
what is left over with what was there before. The machine and its console are vm.py's business."""

import fcntl
import os
import re
import subprocess
import sys
import tempfile

import census
import vm

differences = census.differences
PROMPT = "hospes# "
DISK_MIB = 32
# How often a test does again what must leave nothing behind: once in a check, twice by night.
ROUNDS = int(os.environ.get("ROUNDS", "1"))

# Shell functions of the control domain that the tests call; typed in once after the boot.
# said NAME REGEX [COUNT [SECONDS]]: waits until the guest's console log holds the regex so many
# times.
SHELL = [
    "logged() { n=$(grep -c -E \"$2\" /var/log/hospes/$1.log 2>/dev/null); echo ${n:-0}; }",
    "said() { t=0; while [ $(logged $1 \"$2\") -lt ${3:-1} ]; do sleep 1; t=$((t+1));"
    " [ $t -lt ${4:-120} ] || return 1; done; }",
    "state() { hospes list $1 2>/dev/null | awk 'NR>1{print $5}'; }",
]


def dom0_image():
    """The control domain's initramfs, made anew if its parts may have changed."""
    path = vm.BUILD + "/dom0.cpio"
    if not os.path.exists(path) or os.environ.get("REMAKE"):
        subprocess.run([vm.TOP + "/tests/system/mkdom0", path], check=True)
    return path


# A guest on a kernel of tests/guest. Both its ends are kept, so that its log can be read.
SMALL_XML = """<domain type='xen'><name>{name}</name>
<memory unit='MiB'>16</memory><vcpu>{vcpus}</vcpu>
<os><type>linux</type><kernel>/srv/t/{kernel}</kernel><cmdline>{words}</cmdline></os>{more}
<on_poweroff>preserve</on_poweroff><on_reboot>preserve</on_reboot>
<on_crash>preserve</on_crash></domain>
"""


def small_xml(name, kernel, words="", vcpus=1, more=""):
    return SMALL_XML.format(name=name, kernel=kernel, words=words.strip(), vcpus=vcpus, more=more)


def small_kernels(kernels):
    """Files for System(files=), built if need be: the kernels of tests/guest, as /srv/t/NAME. Tests
    that run side by side must not build the same file twice at once: the lock lets one build and
    the next find it done. """
    os.makedirs(vm.BUILD, exist_ok=True)
    with open(vm.BUILD + "/guest-kernels.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-s", "-C", vm.TOP, "B=" + vm.BUILD, "guest-kernels"], check=True)
    files = {}
    for kernel in kernels:
        with open(f"{vm.BUILD}/tests/guest/{kernel}", "rb") as f:
            files[f"srv/t/{kernel}"] = f.read()
    return files


def cpio(files):
    """An archive in the newc form, as the kernel unpacks it behind another one; of {path in srv/t:
    content}."""
    out = b""
    for i, (dest, data) in enumerate(
        [("srv/t", b"")] + sorted(files.items()) + [("TRAILER!!!", b"")]
    ):
        data = data.encode() if isinstance(data, str) else data
        mode = 0o40755 if dest == "srv/t" else 0o100644
        name = dest.encode() + b"\0"
        head = [900000 + i, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        entry = b"070701" + b"".join(b"%08X" % n for n in head) + name
        out += entry + b"\0" * (-len(entry) % 4) + data + b"\0" * (-len(data) % 4)
    return out

# What is asked of a machine on which a claim has failed: who is there, what the vcpus do.
AUTOPSY = (
    "hospes list; hospes vcpu-list; hospes debug-keys q; sleep 1; hospes dmesg | tail -n 30;"
    " tail -n 4 /var/log/hospes/*.log"
)
AUTOPSY_LIMIT = 30


class System(vm.Machine):
    """The demo system, up to its shell. files: {path in srv/t: content} that its dom0 has besides.
    More arguments are those of Machine."""

    def __init__(self, name, files=None, **kw):
        log = f"{vm.BUILD}/logs/{name}-console.log"
        os.makedirs(os.path.dirname(log), exist_ok=True)
        kw.setdefault("kernel_args", "quiet")
        kw.setdefault("initrd", dom0_image())
        super().__init__(log=log, **kw)
        if files:
            self.image = tempfile.NamedTemporaryFile(prefix="dom0-", suffix=".cpio")
            with open(self.initrd, "rb") as f:
                self.image.write(f.read() + cpio(files))
            self.image.flush()
            self.initrd = self.image.name
        elif self.hv == "release" and not self.kernel and not self.hv_args_given:
            self.iso = vm.BUILD + "/hospes.iso"

    def boot(self, timeout=180):
        self.start()
        self.expect(PROMPT, timeout, "the control domain's shell")
        for line in SHELL:
            self.ok(line)
        return self

    def said(self, guest, pattern, count=1, timeout=180):
        """Waits for a line of the guest's console."""
        rc, _ = self.run(
            f"said {guest} '{pattern}' {count} {int(timeout * vm.SLOWER)}", timeout + 60
        )
        if rc:
            _, tail = self.run(f"tail -n 15 /var/log/hospes/{guest}.log; hospes list")
            raise vm.Failure(f"{guest} did not say '{pattern}' {count} times:\n{tail}")
        line = self.ok(f"grep -E '{pattern}' /var/log/hospes/{guest}.log | tail -n 1").strip()
        if not line:
            raise vm.Failure(f"{guest}'s log lost the line '{pattern}'")
        return line

    def state(self, guest):
        """The guest's state letters, or '' when there is no such guest."""
        rc, out = self.run(f"state {guest}")
        return out.strip() if rc == 0 else ""

    def gone(self, guest):
        """Waits until a guest that has stopped is removed, too."""
        self.wait_for(f"! hospes domid {guest} >/dev/null 2>&1")

    def wait_for(self, command, timeout=60):
        """Repeats a shell command until it succeeds."""
        self.ok(
            f"t=0; until {command}; do sleep 1; t=$((t+1));"
            f" [ $t -lt {int(timeout * vm.SLOWER)} ] || break; done; {command}",
            timeout + 60,
        )

    def autopsy(self):
        if not self.proc or self.proc.poll() is not None:
            return ""
        try:
            return self.run(AUTOPSY, AUTOPSY_LIMIT)[1]
        except vm.Failure:
            return ""

    def info(self):
        return census.info(self)

    def leftovers(self):
        """What a guest could leave behind, as text to compare: {name: text}."""
        return census.taken(self)


def variant(source, target, *edits):
    """A shell command that makes an XML file from another by sed."""
    return "sed " + " ".join(f"-e '{e}'" for e in edits) + f" {source} >{target}"


def words(text):
    """A sed edit that puts hospes.do= on the guest's command line."""
    return f"s|</cmdline>| hospes.do={text}</cmdline>|"


def main(name, body, **kw):
    """Runs body(system, report) on a booted system; the exit code of the test."""
    system = System(name, **kw)
    report = vm.Report(system)
    try:
        if report.step("the system boots to its shell", system.boot) is not None:
            body(system, report)
    except vm.Failure as e:
        report.check(False, "the test went on", e)
    except KeyboardInterrupt:
        report.check(False, "the test was not interrupted")
    finally:
        code = report.end()
        system.close()
    return code


def checksum_line(text):
    m = re.search(r"DONE pattern ([0-9a-f]{32})", text)
    return m[1] if m else None


if __name__ == "__main__":
    sys.exit("system.py is used by the tests beside it")

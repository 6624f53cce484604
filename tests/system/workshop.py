#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The workshop: a machine with Hospes and a small control domain that waits for one guest.

  workshop.py OUT     boots it once, and keeps it as it stands then: all of its memory, in a file

Who reads that file goes on from there within a second or two: `make guest` (try-guest) does."""

import fcntl
import os
import socket
import subprocess
import sys
import tempfile
import time

import vm

MEMORY_MIB = 2048  # of the machine; what dom0 leaves is the guest's
DOM0_MIB = 768
HV_ARGS = f"console=com1 com1=115200,8n1 dom0_mem={DOM0_MIB}M loglvl=error guest_loglvl=none"
READY = "hospes# "
KEEP_SECONDS = 300  # for all of the machine's memory to be written
LOAD_SECONDS = 60


class Workshop(vm.Machine):
    """A machine that always has the same devices: a state fits no other. Of its two disks the first
    brings what the guest is made of, the second is the guest's own."""

    def __init__(self, initrd=None, state=None, box=None, disk=None, port=None):
        self.files = tempfile.TemporaryDirectory(prefix="hospes-workshop-")
        forward = f",hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:80" if port else ""
        args = [
            *self.drive("box", box),
            *self.drive("disk", disk),
            "-netdev", "user,id=net" + forward,
            "-device", "virtio-net-pci,netdev=net,romfile=,mac=52:54:00:12:34:56",
        ]
        if state:
            args += ["-incoming", "exec:cat " + state]
        super().__init__(hv="release", initrd=initrd, hv_args=HV_ARGS, kernel_args="quiet",
                         memory=f"{MEMORY_MIB}M", qemu_args=args, monitor=True)
        self.state = state

    def drive(self, name, path):
        if not path:
            path = f"{self.files.name}/{name}"
            with open(path, "wb") as f:
                f.truncate(1 << 20)
        path = path.replace(",", ",,")
        return ["-drive", f"if=none,id={name},format=raw,file={path}",
                "-device", f"virtio-blk-pci,drive={name}"]

    def start(self):
        if not self.state:
            return super().start()
        self.start_qemu([])
        self.await_running()
        return self

    def runs(self):
        try:
            return "running" in self.monitor("info status")
        except OSError:  # QEMU has not come so far
            self.monitor_line = None
            return False

    def await_running(self):
        """What is typed before the state is read would be lost."""
        end = time.monotonic() + LOAD_SECONDS * vm.SLOWER
        while time.monotonic() < end:
            if self.runs():
                return
            if not self.pump(0.05):
                break
        raise vm.Failure(f"the state {self.state} can not be read (make it anew: rm {self.state}): "
                         + self.tail(5))

    def keep(self, out):
        """Writes all of it to a file; whoever reads that goes on from there."""
        self.monitor("migrate_set_parameter max-bandwidth 4G")
        said = self.monitor(f'migrate "exec:cat >{out}"')
        end = time.monotonic() + KEEP_SECONDS * vm.SLOWER
        while "completed" not in said:
            said = self.monitor("info migrate")
            if "failed" in said or time.monotonic() > end:
                raise vm.Failure("the machine's state could not be kept: " + said)
            time.sleep(0.2)

    def close(self):
        super().close()
        self.files.cleanup()


def port_free():
    """The first port from 8080 on that nobody has here."""
    for port in range(8080, 8180):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise vm.Failure("no port from 8080 to 8179 is free on 127.0.0.1")


def make(out):
    """Boots the workshop to its shell, and keeps it: with the network up, and what happens to
    guests told into a file."""
    image = f"{vm.BUILD}/workshop.cpio"
    subprocess.run([vm.TOP + "/tests/system/mkdom0", image, "workshop"], check=True)
    with Workshop(initrd=image) as m:
        m.expect(READY, 240, "the workshop's shell")
        m.ok("modprobe virtio_pci; modprobe virtio_net; ip link set eth0 up")
        m.ok("brctl addif xenbr0 eth0; ip addr flush dev xenbr0")
        m.ok("hospes events --json >/tmp/events & sleep 1; hospes list >/dev/null")
        m.keep(out + ".new")
    os.replace(out + ".new", out)
    print(f"{out} is ready ({os.path.getsize(out) >> 20} MiB)")


def ready():
    """For tests, which run side by side: one of them lets it be made, the next finds it."""
    os.makedirs(vm.BUILD, exist_ok=True)
    with open(vm.BUILD + "/workshop.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "-s", "-C", vm.TOP, "B=" + vm.BUILD, vm.BUILD + "/workshop.state"],
                       check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: workshop.py OUT")
    try:
        make(sys.argv[1])
    except vm.Failure as failure:
        sys.exit(f"workshop: {failure}")

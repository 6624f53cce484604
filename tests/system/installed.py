#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A machine with Debian 12 on its disk (tests/system/mkdebian), for the tests of the packages.

Machine(disk).boot() boots by the disk's own GRUB; firmware="uefi" does so under OVMF. kernel= and
initrd= leave GRUB out. A second disk, read only, carries files: an archive of tar, which the
system's shell unpacks. Its time counts instructions: systemd's limits are for a machine that is
not as slow as one emulated beside others.

  installed.py DISK KERNEL INITRD: installs GRUB on a disk that has none yet."""

import shutil
import subprocess
import sys
import tempfile

import vm

PROMPT = "hospes# "
FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
FIRMWARE_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
BOOT_LIMIT = 300

GRUB = (
    "mount /boot/efi; grub-install --target=i386-pc /dev/vda",
    "grub-install --target=x86_64-efi --removable --no-nvram --efi-directory=/boot/efi",
    "update-grub",
    "sync",
)


def firmware_media(variables):
    """QEMU's words for UEFI firmware that keeps its variables in a file."""
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}",
            "-drive", f"if=pflash,format=raw,file={variables}"]


class Machine(vm.Machine):
    def __init__(self, disk, firmware="bios", files=None, kernel=None, initrd=None, **kw):
        super().__init__(kernel=kernel, initrd=initrd, icount=True, **kw)
        self.disk, self.firmware, self.files = disk, firmware, files

    def media(self):
        media = ["-drive", f"file={self.disk},if=virtio,format=raw"]
        if self.files:
            media += ["-drive", f"file={self.files},if=virtio,format=raw,readonly=on"]
        if self.firmware == "uefi":
            variables = self.dir + "/variables.fd"
            shutil.copy(FIRMWARE_VARIABLES, variables)
            media += firmware_media(variables)
        if self.kernel:
            media += ["-kernel", self.kernel, "-initrd", self.initrd,
                      "-append", "root=LABEL=root console=ttyS0 quiet"]
        return media

    def start(self):
        self.dir = self.dir or tempfile.mkdtemp(prefix="hospes-vm-")
        self.start_qemu(self.media())
        return self

    def boot(self):
        self.start()
        return self.arrive()

    def arrive(self):
        """Waits for the shell, and tells programs that nobody looks at what they print."""
        self.expect(PROMPT, BOOT_LIMIT, "a root shell")
        self.ok("export TERM=dumb SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 SYSTEMD_URLIFY=0")
        return self

    def power_off(self):
        self.send("systemctl poweroff")
        self.wait_end(120)


def copy(disk, path):
    """A disk to spoil, with holes where the other has nothing."""
    subprocess.run(["cp", "--sparse=always", disk, path], check=True)


def main():
    disk, kernel, initrd = sys.argv[1:]
    machine = Machine(disk, kernel=kernel, initrd=initrd, log=disk + ".log")
    try:
        machine.boot()
        for command in GRUB:
            machine.ok(command, 120)
        machine.power_off()
    except vm.Failure as e:
        print(f"installed.py: {e}\n{machine.tail()}", file=sys.stderr)
        return 1
    finally:
        machine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

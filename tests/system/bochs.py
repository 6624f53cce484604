# SPDX-License-Identifier: MIT
"""Bochs in the place of QEMU, for all whole-system tests: MACHINE=bochs TIMEOUT_FACTOR=10. It is
slow, but its processor has what QEMU's translator has not (PCIDs), and its devices are written by
others. Debian's build has one CPU, whatever a test asks for. No network."""

import socket
import subprocess

PROCESSOR = "corei7_haswell_4770"
SPEED = 100000000  # instructions of a virtual second
SHARE = "/usr/share/seabios/"

CONFIG = f"""megs: {{megs}}
cpu: model={PROCESSOR}, ips={SPEED}, reset_on_triple_fault=0
romimage: file={SHARE}bios.bin
vgaromimage: file={SHARE}vgabios-stdvga.bin
plugin_ctrl: unmapped=1, biosdev=1, speaker=0, e1000=0, parallel=0
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={{iso}}, status=inserted
boot: cdrom
com1: enabled=1, mode=socket-client, dev=localhost:{{port}}
display_library: rfb, options="timeout=0"
log: {{dir}}/bochs.log
clock: sync=none
"""


def megabytes(memory):
    return int(memory[:-1]) * {"G": 1024, "M": 1}[memory[-1]]


def launch(top, where, iso, memory, preexec):
    """Starts the machine; its log goes into the folder where. Returns (process, socket of the
    serial line)."""
    subprocess.run([top + "/tests/tools/deps", "bochs"], check=True)
    with socket.create_server(("localhost", 0)) as server:
        text = CONFIG.format(
            megs=megabytes(memory), iso=iso, dir=where, port=server.getsockname()[1]
        )
        with open(where + "/bochsrc", "w", encoding="utf-8") as f:
            f.write(text)
        # Debian's build comes up in its debugger, which is told to go on.
        process = subprocess.Popen(
            ["bochs", "-q", "-f", where + "/bochsrc"],
            stdin=subprocess.PIPE,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=preexec,
        )
        process.stdin.write("c\n")
        process.stdin.close()
        server.settimeout(60)
        line, _ = server.accept()
    return process, line

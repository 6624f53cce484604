# SPDX-License-Identifier: MIT
"""What domains do with each other and with their devices: domains.c in the control domain and in
two guests, on a machine whose translator counts (counting.py), under Hospes and under Xen."""

import os

import system
import vm
from counting import LIMIT, Count, between, build, calls, image, number, print_profile, total

PROGRAM = vm.BUILD + "/bench/domains"
HERE = vm.TOP + "/tests/bench"
MIB = 1 << 20
FIRST, SECOND = "10.77.0.21", "10.77.0.22"
# NAME: what it is, and what domains.c does for it in the control domain, without its mark.
OPERATIONS = {
    "to-dom0": ("TCP, 16 MiB, guest to control domain", f"get {FIRST} {16 * MIB}"),
    "to-guest": ("TCP, 16 MiB, control domain to guest", f"put {FIRST} {16 * MIB}"),
    "between": ("TCP, 16 MiB, guest to guest", f"at {FIRST} put {SECOND} {16 * MIB}"),
    "write": ("32 MiB to a guest's disk", f"at {FIRST} write /dev/xvda {32 * MIB}"),
    "read": ("32 MiB from a guest's disk", f"at {FIRST} read /dev/xvda {32 * MIB}"),
}
# As the smallest that Debian's kernel is at ease in.
XML = """<domain type='xen'><name>{name}</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os><type>linux</type><kernel>/boot/vmlinuz</kernel><initrd>/srv/t/domains.initrd</initrd>
<cmdline>{words}</cmdline></os><devices>
<disk type='file' device='disk'><source file='/srv/guests/{disk}.img'/>
<target dev='xvda' bus='xen'/></disk>
<interface type='bridge'><mac address='00:16:3e:00:00:{mac}'/><source bridge='xenbr0'/></interface>
<console type='pty'/></devices></domain>
"""
CFG = """name = "{name}"
kernel = "/boot/vmlinuz"
ramdisk = "/srv/t/domains.initrd"
cmdline = "{words}"
memory = 128
vcpus = 1
disk = [ "format=raw, vdev=xvda, access=rw, target=/srv/guests/{disk}.img" ]
vif = [ "bridge=xenbr0,mac=00:16:3e:00:00:{mac}" ]
"""
GUESTS = (("first", "demo", FIRST), ("second", "demo2", SECOND))


def mark(operation):
    return 2 * (1 + list(OPERATIONS).index(operation))


def files(suffix):
    """What the control domain has besides: the program, its guests and their configuration."""
    with open(PROGRAM, "rb") as f:
        program = f.read()
    found = {
        "srv/t/domains": program,
        "srv/t/domains.initrd": image("-z", "-m", "xen-blkfront", "-m", "xen-netfront", "-i",
                                      HERE + "/domains.init", "-f", PROGRAM + ":usr/bin/domains"),
    }
    for name, disk, address in GUESTS:
        words = f"console=hvc0 quiet hospes.ip={address}/24"
        form = XML if suffix == "xml" else CFG
        found[f"srv/t/{name}.{suffix}"] = form.format(name=name, disk=disk, words=words,
                                                      mac=address[-2:])
    return found


def serving(m, address):
    """Waits until the guest there answers."""
    m.ok(f"t=0; until /srv/t/domains at {address} run 16 true 2>/dev/null; do sleep 1;"
         " t=$((t+1)); [ $t -lt 60 ] || break; done", LIMIT)


def counted(toolstack, count, names):
    """Boots it, and does these operations: the lines of the plugin."""
    build(PROGRAM)
    os.makedirs(vm.BUILD + "/logs", exist_ok=True)
    with toolstack.machine(files=files(toolstack.suffix), qemu_args=count.qemu_args) as m:
        m.expect(system.PROMPT, LIMIT)
        m.ok("mkdir -p /usr/bin; cp /srv/t/domains /usr/bin/domains; chmod +x /srv/t/domains")
        for name, _, address in GUESTS:
            m.ok(toolstack.create(f"/srv/t/{name}"), LIMIT)
            serving(m, address)
        for name in names:
            m.ok(f"/srv/t/domains {OPERATIONS[name][1]} {mark(name)}", LIMIT)
    return count.lines()


def costs(toolstack):
    """{operation: {counter: how many}}."""
    told = counted(toolstack, Count(toolstack.hv), OPERATIONS)
    return {name: between(told, mark(name)) for name in OPERATIONS}


def table(xen, ours):
    """Rows of cells."""
    for name, (what, _) in OPERATIONS.items():
        x, o = xen[name], ours[name]
        yield (what, number(total(x)), number(total(o)), number(x["ring0"]), number(o["ring0"]),
               f"{o['ring0'] / x['ring0']:.2f}", f"{calls(x):,.0f} / {calls(o):,.0f}",
               f"{x['cr3_loads']:,.0f} / {o['cr3_loads']:,.0f}")


def profile(operation, toolstack):
    """Prints what ring 0 executes for it, by function."""
    count = Count(toolstack.hv, mark(operation))
    told = counted(toolstack, count, [operation])
    print_profile(OPERATIONS[operation][0], count.spent(told))

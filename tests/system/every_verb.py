# SPDX-License-Identifier: MIT
"""Every verb that changes a running guest, twice, on one with a Debian of its own: while it
answers, while it does not, and with a daemon killed in the midst. Afterwards the host is as before,
and the guest, too: its memory, disks, interfaces, name."""

import census
from debian_guest import NAME

DISK, DISK_MIB, MORE_MIB = "/srv/more.img", 16, 24
SECTORS = 2048  # of a MiB
MIB, LESS_MIB, NEAR_MIB = 256, 208, 8
THIRD, CORE = "/srv/third.img", "/srv/debian.core"

# A bridge for large packets, and the guest's interface there.
BRIDGE, MTU = "xenbr9", 9000
MAC = "00:16:3e:77:00:02"
OUTSIDE, INSIDE = "10.79.0.1", "10.79.0.2"
# What fits into a packet of that size, and is not to be cut into several.
LARGE = f"ping -c 1 -W 10 -M do -s {MTU - 28}"
# A Linux frontend begins with 1500, whatever the host's end has.
FIRST_MTU = 1500

# The guest's one CPU does nothing else for so long: not even its kernel's threads run. Its cap
# spares the machine that emulates it all.
BUSY_S, PATIENCE_S, BUSY_CAP = 40, 2, 10
BUSY = ("echo -1 >/proc/sys/kernel/sched_rt_runtime_us;"
        " systemd-run -q --on-active=2 --timer-property=AccuracySec=100ms chrt -f 99"
        f" bash -c \"let e=EPOCHSECONDS+{BUSY_S}; while ((EPOCHSECONDS < e)); do :; done\"")


def nic(mtu=""):
    return f"bridge={BRIDGE},mac={MAC}{mtu}"


def prepare(s, guest):
    s.ok(f"truncate -s {DISK_MIB}M {DISK} {THIRD}")
    s.ok(f"ip link add {BRIDGE} type bridge && ip link set {BRIDGE} mtu {MTU} up"
         f" && ip addr add {OUTSIDE}/24 dev {BRIDGE}")
    # The guest's own networking leaves the second interface to us.
    guest.ok("mkdir -p /etc/systemd/network; printf \"[Match]\\nMACAddress="
             f"{MAC}\\n[Link]\\nUnmanaged=yes\\n\" >/etc/systemd/network/00-more.network; sync")


def clean(s):
    s.ok(f"ip link del {BRIDGE}; rm -f {DISK} {THIRD} {CORE}*")


def until(guest, command, answer):
    """What the guest says to it, asked again until that is the answer or for the last time."""
    for _ in range(10):
        got = guest.run(command)[1].strip()
        if got == answer:
            break
    return got


def verb(s, r, line, timeout=120):
    return r.step(f"hospes {line}", s.ok, f"hospes {line}", timeout)


# ---- while it answers

def memory(s, r, guest):
    for mib in (LESS_MIB, MIB):
        verb(s, r, f"mem-set -w {NAME} {mib}")
        has = int(s.ok(f"hospes list {NAME} | tail -n 1").split()[2])
        r.check(abs(has - mib) <= NEAR_MIB, f"it has {mib} MiB", has)
        if mib < MIB:
            verb(s, r, f"mem-max {NAME} {mib}")
            verb(s, r, f"mem-max {NAME} {MIB}")


def disks(s, r, guest):
    verb(s, r, f"block-attach {NAME} {DISK} xvdb")
    size = until(guest, "cat /sys/block/xvdb/size", str(DISK_MIB * SECTORS))
    r.check(size == str(DISK_MIB * SECTORS), "the guest sees the disk", size)
    verb(s, r, f"block-resize {NAME} xvdb {MORE_MIB}")
    size = until(guest, "cat /sys/block/xvdb/size", str(MORE_MIB * SECTORS))
    r.check(size == str(MORE_MIB * SECTORS), "and that it grows", size)
    rc, out = guest.run("mkfs.ext4 -q /dev/xvdb && mount /dev/xvdb /mnt && echo here >/mnt/file"
                        " && umount /mnt")
    r.check(rc == 0, "it has a file system on it", out)
    out = s.ok(f"hospes block-list {NAME}")
    r.check(DISK in out, "it is listed", out)
    verb(s, r, f"block-detach {NAME} xvdb")
    gone = until(guest, "ls /sys/block | grep -c xvdb", "0")
    r.check(gone == "0", "the guest has let go of it", gone)
    out = s.ok(f"debugfs -R 'cat file' {DISK} 2>&1")
    r.check("here" in out, "the file is in the image", out)
    s.ok(f"rm {DISK}; truncate -s {DISK_MIB}M {DISK}")


def nics(s, r, guest, mtu):
    verb(s, r, f"network-attach {NAME} {nic(mtu)}")
    device = guest.ok(f"grep -l {MAC} /sys/class/net/*/address").strip().split("/")[4]
    first = guest.ok(f"cat /sys/class/net/{device}/mtu").strip()
    r.check(first == str(FIRST_MTU), f"the guest begins with an MTU of {FIRST_MTU}", first)
    guest.ok(f"ip addr add {INSIDE}/24 dev {device}; ip link set {device} mtu {MTU} up")
    rc, out = guest.run(f"{LARGE} {OUTSIDE}")
    r.check(rc == 0, f"and takes one of {MTU}: large packets go out", out)
    rc, out = s.run(f"{LARGE} {INSIDE}; cat /sys/class/net/{BRIDGE}/mtu")
    r.check(rc == 0 and out.split()[-1] == str(MTU), "and in, and the bridge keeps its MTU", out)
    out = s.ok(f"hospes network-list {NAME}")
    r.check(MAC in out and str(MTU) in out, "it is listed", out)

    verb(s, r, f"update-device {NAME} 1 down")
    rc, out = s.run(f"ping -c 1 -W 2 {INSIDE}")
    r.check(rc != 0, "nothing goes through a link that is down", out)
    verb(s, r, f"update-device {NAME} {MAC} up --rate 512KB/s")
    rc, out = s.run(f"for t in $(seq 10); do ping -c 1 -W 2 {INSIDE} && break; done")
    r.check(rc == 0, "up again it answers", out)
    verb(s, r, f"network-detach {NAME} {MAC}")
    gone = until(guest, f"cat /sys/class/net/*/address | grep -c {MAC}", "0")
    r.check(gone == "0", "the guest has let go of it", gone)


def life(s, r, guest, turn):
    out = s.ok(f"hospes uptime {NAME}")
    r.check(NAME in out, "uptime", out)
    verb(s, r, f"rename {NAME} web")
    out = s.ok("hospes domid web; ls /etc/hospes/domains /etc/hospes/autostart")
    r.check(out.count("web") == 2 and NAME not in out, "all that is kept has the new name", out)
    verb(s, r, f"rename web {NAME}")
    verb(s, r, f"sysrq {NAME} s")
    said = until(guest, "dmesg | grep -c \"Emergency Sync$\"", str(turn))
    r.check(said == str(turn), "the kernel has done it", said)
    verb(s, r, f"trigger {NAME} nmi")
    said = until(guest, "dmesg | grep -c \"NMI received for unknown\"", str(turn))
    r.check(said == str(turn), "and tells of the interrupt", said)
    verb(s, r, f"dump-core {NAME} {CORE}", 240)
    out = s.ok(f"head -c 4 {CORE} | tail -c 3; stat -c %s {CORE}; rm {CORE}").split("F")
    r.check(out[0] == "EL" and int(out[1]) > (MIB - NEAR_MIB) << 20, "a core of all its memory",
            out)


# ---- while it does not

def refused(s, r, line):
    rc, out = s.run(f"hospes {line}", 60)
    r.check(rc != 0 and "does not answer" in out, f"hospes {line}: it does not answer", (rc, out))


def silent(s, r, guest):
    """What needs its answer is given up in time, what does not is done."""
    s.ok(f"hospes block-attach {NAME} {DISK} xvdb && hospes network-attach {NAME} {nic()}", 120)
    guest.ok(BUSY)
    s.ok(f"sleep 5; hospes sched -c {BUSY_CAP} {NAME}")
    patience = f"-t {PATIENCE_S} {NAME}"
    refused(s, r, f"mem-set {patience} {LESS_MIB}")
    for line in (f"mem-set {NAME} {MIB}", f"mem-max {NAME} {MIB}"):
        verb(s, r, line)
    for line in (f"block-detach {patience} xvdb", f"network-detach {patience} {MAC}",
                 f"block-attach {patience} {THIRD} xvdc", f"sysrq {patience} s",
                 f"network-attach {patience} bridge={BRIDGE}"):
        refused(s, r, line)
    for line in (f"rename {NAME} web", f"rename web {NAME}", f"uptime {NAME}",
                 f"trigger {NAME} nmi", f"update-device {NAME} {MAC} down",
                 f"block-resize {NAME} xvdb {MORE_MIB}", f"block-detach --force {NAME} xvdb",
                 f"network-detach --force {NAME} {MAC}"):
        verb(s, r, line)
    out = s.ok(f"hospes block-list {NAME}; hospes network-list {NAME}")
    r.check("xvdb" not in out and "xvdc" not in out and BRIDGE not in out, "nothing is left", out)
    s.ok(f"sleep {BUSY_S}; hospes sched -c 0 {NAME}", 240)


# ---- with a daemon killed in the midst

MIDST_S = 0.3


def killed(s, r, unit, line, undo):
    """The command does it all the same, or says that it could not: then it can be given again."""
    kill = f"systemctl kill -s KILL {unit}"
    rc, out = s.run(f"hospes {line} & p=$!; sleep {MIDST_S}; {kill}; wait $p", 120)
    s.ok("t=0; until hospes doctor >/dev/null; do sleep 1; t=$((t+1)); [ $t -lt 30 ] || break; done"
         "; hospes doctor", 120)
    if rc:
        print(f"# hospes {line}, {unit} killed: {out.strip()}")
        s.run(f"hospes {line}", 120)
    rc, out = s.run(f"hospes {undo}", 120)
    r.check(rc == 0, f"hospes {line} with {unit} killed in the midst; then {undo}", out)


KILLED = (
    (f"mem-set -w {NAME} {LESS_MIB}", f"mem-set -w {NAME} {MIB}"),
    (f"block-attach {NAME} {DISK} xvdb", f"block-detach {NAME} xvdb"),
    (f"network-attach {NAME} {nic()}", f"network-detach {NAME} {MAC}"),
    (f"rename {NAME} web", f"rename web {NAME}"),
    (f"dump-core {NAME} {CORE}", f"sysrq {NAME} h"),
)


def run(s, r, guest):
    prepare(s, guest)
    r.step("the guest is shut down", s.ok, f"hospes shutdown -w {NAME}", 300)
    before = census.taken(s)
    r.step("and started", s.ok, f"hospes start {NAME}", 120)
    life_before = guest.answers()

    for turn, mtu in ((1, f",mtu={MTU}"), (2, "")):
        memory(s, r, guest)
        disks(s, r, guest)
        nics(s, r, guest, mtu)
        life(s, r, guest, turn)

    for _ in range(2):
        silent(s, r, guest)
        now = r.step("it answers again", guest.answers)
        r.check(now == life_before, "... in the same life", now)

    for unit in ("hospesd", "hospes-stored"):
        for line, undo in KILLED:
            killed(s, r, unit, line, undo)
    r.check(guest.answers() == life_before, "all in one life of the guest")

    r.step("it is shut down", s.ok, f"hospes shutdown -w {NAME}", 300)
    s.ok("sleep 4")
    diff = census.differences(before, census.taken(s))
    r.check(not diff, "memory, nodes, loop devices, links and processes are as before", diff)
    clean(s)
    r.step("and started again", s.ok, f"hospes start {NAME}", 120)
    guest.answers()

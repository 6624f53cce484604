# SPDX-License-Identifier: MIT
"""What domains do with each other and with their devices: domains.c in the control domain and in
two guests, and bench_pair.c in two small ones, on a machine whose translator counts (counting.py),
under Hospes and under Xen."""

import os

import system
import vm
from counting import LIMIT, Count, between, build, calls, image, number, print_profile, total

PROGRAM = vm.BUILD + "/bench/domains"
HERE = vm.TOP + "/tests/bench"
MIB = 1 << 20
FIRST, SECOND = "10.77.0.21", "10.77.0.22"
DOMAINS = "/srv/t/domains "
# NAME: what it is, what the control domain does for it, before it and afterwards.
OPERATIONS = {
    "to-dom0": ("TCP, 16 MiB, guest to control domain",
                DOMAINS + f"get {FIRST} {16 * MIB} {{mark}}", "", ""),
    "to-guest": ("TCP, 16 MiB, control domain to guest",
                 DOMAINS + f"put {FIRST} {16 * MIB} {{mark}}", "", ""),
    "between": ("TCP, 16 MiB, guest to guest",
                DOMAINS + f"at {FIRST} put {SECOND} {16 * MIB} {{mark}}", "", ""),
    "write": ("32 MiB to a guest's disk",
              DOMAINS + f"at {FIRST} write /dev/xvda {32 * MIB} {{mark}}", "", ""),
    "read": ("32 MiB from a guest's disk",
             DOMAINS + f"at {FIRST} read /dev/xvda {32 * MIB} {{mark}}", "", ""),
    "create": ("create a guest of 128 MiB, again", DOMAINS + "run {mark} {create}",
               "{create}; {destroy}", "{destroy}"),
    "destroy": ("destroy it", DOMAINS + "run {mark} {destroy}", "{create}", ""),
    "save": ("save a guest of 128 MiB, with disk and network",
             DOMAINS + "run {mark} {tool} save first /tmp/first.saved", "",
             "rm /tmp/first.saved"),
}
SERVES = 2 * (1 + len(OPERATIONS))  # a mark that is none of theirs
# What two small guests do (tests/guest/bench_pair.c), in the order of its marks, and how often for
# each of their turns.
PAIR = {
    "call": ("a hypercall that does nothing", 50),
    "event": ("an event to another guest, and one back", 3),
    "map": ("a page of another guest mapped and unmapped", 5),
    "copy": ("a page of another guest copied", 5),
    "table": ("a page table of 256 entries pinned and unpinned", 1),
    "page": ("a page of one's own mapped and unmapped", 10),
    "balloon": ("a page given back, and another taken", 5),
}
PAIR_MARK = 64
PAIR_TURNS = 1000
PAIR_GUESTS = ("pair1", "pair2")
PAIR_OVER = "PAIR over, 0 failed"
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
BARE_XML = """<domain type='xen'><name>bare</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
<os><type>linux</type><kernel>/boot/vmlinuz</kernel><initrd>/srv/t/domains.initrd</initrd></os>
</domain>
"""
BARE_CFG = """name = "bare"
kernel = "/boot/vmlinuz"
ramdisk = "/srv/t/domains.initrd"
memory = 128
vcpus = 1
"""
PAIR_CFG = """name = "{name}"
kernel = "/srv/t/bench_pair"
cmdline = "{words}"
memory = 16
vcpus = 1
on_poweroff = "preserve"
"""
GUESTS = (("first", "demo", FIRST), ("second", "demo2", SECOND))


def mark(name):
    if name in PAIR:
        return PAIR_MARK + 2 * list(PAIR).index(name)
    return 2 * (1 + list(OPERATIONS).index(name))


def pair_times(name):
    return PAIR_TURNS * PAIR[name][1]


def pair_config(suffix, name, words, cpu=None):
    """Of one guest of a pair; on this CPU alone if it is told."""
    if suffix == "xml":
        xml = system.small_xml(name, "bench_pair", words)
        return xml if cpu is None else xml.replace("<vcpu>", f"<vcpu cpuset='{cpu}'>")
    cfg = PAIR_CFG.format(name=name, words=words)
    return cfg if cpu is None else cfg + f'cpus = "{cpu}"\n'


def pair_files(suffix):
    found = system.small_kernels(["bench_pair"])
    for name, side in zip(PAIR_GUESTS, "ab"):
        words = f"side={side} turns={PAIR_TURNS}"
        found[f"srv/t/{name}.{suffix}"] = pair_config(suffix, name, words)
    return found


def files(suffix):
    """What the control domain has besides: the program, its guests and their configuration."""
    with open(PROGRAM, "rb") as f:
        program = f.read()
    found = {
        "srv/t/domains": program,
        "srv/t/domains.initrd": image("-z", "-m", "xen-blkfront", "-m", "xen-netfront", "-i",
                                      HERE + "/domains.init", "-f", PROGRAM + ":usr/bin/domains"),
        f"srv/t/bare.{suffix}": BARE_XML if suffix == "xml" else BARE_CFG,
    }
    for name, disk, address in GUESTS:
        words = f"console=hvc0 quiet hospes.ip={address}/24"
        form = XML if suffix == "xml" else CFG
        found[f"srv/t/{name}.{suffix}"] = form.format(name=name, disk=disk, words=words,
                                                      mac=address[-2:])
    return found | pair_files(suffix)


def serving(m, address):
    """Waits until the guest there answers."""
    m.ok(f"t=0; until {DOMAINS} at {address} run {SERVES} true 2>/dev/null; do sleep 1;"
         " t=$((t+1)); [ $t -lt 60 ] || break; done", LIMIT)


def operate(m, t, name):
    """Does one of OPERATIONS, with what it needs around it; silently, for words cost too."""
    _, what, before, after = OPERATIONS[name]
    words = {"mark": mark(name), "tool": t.tool, "create": f"{t.tool} create -p /srv/t/bare."
             + t.suffix, "destroy": t.destroy("bare")}
    for command in (before, what, after):
        if command:
            m.ok(f"{{ {command.format(**words)}; }} >/tmp/said 2>&1 || {{ cat /tmp/said; false; }}",
                 LIMIT)


def pairs_begin(m, t, pairs):
    """All their guests are made; then they are told of each other, and the second of each pair
    begins."""
    for pair in pairs:
        for name in pair:
            m.ok(t.create("/srv/t/" + name), LIMIT)
            m.ok(f"{name}=$({t.tool} domid {name})")
    for pair in pairs:
        for name, other in (pair, pair[::-1]):
            m.ok(f"xenstore-write /local/domain/${name}/data/peer ${other}")


def pairs_end(m, t, pairs, seconds):
    """Waits until all are done with all of PAIR, but does not look before so many seconds; then
    they are gone."""
    names = [name for pair in pairs for name in reversed(pair)]  # the second has the first's pages
    m.ok(f"sleep {seconds}", LIMIT)
    for name in names:
        log = t.log.replace("bench", name)
        m.ok(f"t=0; until grep -q '{PAIR_OVER}' {log}; do sleep 5; t=$((t+1));"
             f" [ $t -lt 60 ] || {{ cat {log}; break; }}; done; grep -q '{PAIR_OVER}' {log}",
             LIMIT)
    for name in names:
        m.ok(t.destroy(name), LIMIT)


def counted(toolstack, count, names):
    """Boots it, and does these operations: the lines of the plugin."""
    build(PROGRAM)
    os.makedirs(vm.BUILD + "/logs", exist_ok=True)
    with toolstack.machine(files=files(toolstack.suffix), qemu_args=count.qemu_args) as m:
        m.expect(system.PROMPT, LIMIT)
        m.ok("mkdir -p /usr/bin; cp /srv/t/domains /usr/bin/domains;"
             " chmod +x /srv/t/domains /usr/bin/domains")
        if set(names) & set(PAIR):
            pairs_begin(m, toolstack, [PAIR_GUESTS])
            pairs_end(m, toolstack, [PAIR_GUESTS], 5)
        if set(names) & set(OPERATIONS):
            for name, _, address in GUESTS:
                m.ok(toolstack.create(f"/srv/t/{name}"), LIMIT)
                serving(m, address)
        for name in names:
            if name in OPERATIONS:
                operate(m, toolstack, name)
    return count.lines()


def costs(toolstack):
    """{operation: {counter: how many, each time}}."""
    told = counted(toolstack, Count(toolstack.hv), [*PAIR, *OPERATIONS])
    return {name: between(told, mark(name), pair_times(name)) for name in PAIR} | {
        name: between(told, mark(name)) for name in OPERATIONS}


def table(xen, ours):
    """Rows of cells."""
    for name, (what, *_) in (PAIR | OPERATIONS).items():
        x, o = xen[name], ours[name]
        yield (what, number(total(x)), number(total(o)), f"{total(o) / total(x):.2f}",
               number(x["ring0"]), number(o["ring0"]), f"{o['ring0'] / x['ring0']:.2f}",
               f"{calls(x):,.0f} / {calls(o):,.0f}",
               f"{x.get('cr3_loads', 0):,.0f} / {o.get('cr3_loads', 0):,.0f}")


def profile(operation, toolstack):
    """Prints what ring 0 executes for it, by function."""
    count = Count(toolstack.hv, mark(operation))
    told = counted(toolstack, count, [operation])
    what = (PAIR | OPERATIONS)[operation][0]
    times = pair_times(operation) if operation in PAIR else 1
    print_profile(what, count.spent(told), times)

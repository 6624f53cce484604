# SPDX-License-Identifier: MIT
"""The rooms of the house and what each rests on: the one table of it. A room includes and calls
itself and what it rests on, never what rests on it."""

# Ring 0, lowest floor first. A room rests on all below it; those of one floor do not know each
# other.
HYPERVISOR = [
    ("lib",), ("x86",), ("console",), ("frame",), ("irq",), ("time",), ("sched",), ("dom",),
    ("insn",), ("ptable",), ("event", "grant"), ("guest",), ("memory", "devices"), ("life",),
    ("ctl",), ("boot",),
]

# User space: each room with those that it rests on. The ABI is below them all.
BASE, ACCESS = "dom0-tools/base", "dom0-tools/access"
CLIENT = "xenstore-like/client"
TOOL_ROOMS = ("stream", "config", "builder", "device", "console", "domain")
TOOL_LIBRARY = [f"dom0-tools/{room}" for room in TOOL_ROOMS]
USER = {
    "pvabi/load": [],
    "pvabi/kit": [],
    "pvabi/kit/examples": ["pvabi/kit"],
    BASE: [],
    ACCESS: [BASE],
    "xenstore-like/tree": [BASE],
    "xenstore-like/wire": [BASE],
    "xenstore-like/txn": [BASE, "xenstore-like/tree"],
    "xenstore-like/daemon": [BASE, ACCESS, "xenstore-like/tree", "xenstore-like/txn",
                             "xenstore-like/wire"],
    CLIENT: [BASE, "xenstore-like/wire"],
    "xenstore-like/commands": [BASE, CLIENT],
    "dom0-tools/stream": [BASE],
    "dom0-tools/config": [BASE, ACCESS],
    "dom0-tools/builder": [BASE, ACCESS, "dom0-tools/config", "pvabi/load"],
    "dom0-tools/device": [BASE, ACCESS, CLIENT, "dom0-tools/config"],
    "dom0-tools/console": [BASE, ACCESS, CLIENT, "dom0-tools/config"],
    "dom0-tools/domain": [BASE, ACCESS, CLIENT, *TOOL_LIBRARY],
    "dom0-tools/hospes": [BASE, ACCESS, CLIENT, *TOOL_LIBRARY],
    "dom0-tools/pages": [BASE, "dom0-tools/hospes"],
    "dom0-tools/hospesd": [BASE, ACCESS, CLIENT, *TOOL_LIBRARY],
}

# The hypervisor's boot part uses the loaders of the ABI.
BOOT_LOADS = "pvabi/load"


def hypervisor_floor(room):
    """From 0 on; None for a room that is not in the table."""
    return next((floor for floor, rooms in enumerate(HYPERVISOR) if room in rooms), None)


def may_use(room, other):
    """Whether files of `room` may use what `other` has. Both are folders from the top."""
    if room == other:
        return True
    if room.startswith("hypervisor/"):
        return hypervisor_may_use(room.removeprefix("hypervisor/"), other)
    return other in USER.get(room, [])


def hypervisor_may_use(room, other):
    if other == BOOT_LOADS:
        return room == "boot"
    if not other.startswith("hypervisor/"):
        return False
    floors = hypervisor_floor(room), hypervisor_floor(other.removeprefix("hypervisor/"))
    return None not in floors and floors[1] < floors[0]

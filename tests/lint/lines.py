# SPDX-License-Identifier: MIT
"""Lines of code as cloc counts them: blank and comment lines are free."""

import csv
import os
import subprocess

LANGUAGES = ("C", "Assembly")
CLOC = ["cloc", "--quiet", "--csv", "--by-file", "--include-lang=" + ",".join(LANGUAGES),
        "--force-lang=C,h", "--force-lang=Assembly,S"]

# What ring 0 consists of: each room's folder, and the loaders that boot/ takes from the ABI. What
# goes when dom0 starts are these loaders and the room boot (hypervisor/boot/image.lds.S). Of
# offsets.c the compiler makes numbers, and the image has nothing.
LOADERS = "pvabi/load"
BOOT = "boot"
GONE = (BOOT, LOADERS)
NO_CODE = ("hypervisor/x86/offsets.c",)


def count(*folders):
    """{path: lines of code} of all C and assembly below these folders."""
    folders = [f for f in folders if os.path.isdir(f)]
    done = subprocess.run([*CLOC, *folders], stdout=subprocess.PIPE, text=True, check=True)
    rows = [row for row in csv.reader(done.stdout.splitlines()) if len(row) >= 5]
    return {os.path.normpath(row[1]): int(row[4]) for row in rows if row[0] in LANGUAGES}


def room_of(path):
    """Of a file of ring 0."""
    if path.startswith(LOADERS):
        return LOADERS
    return path.split("/")[1]


def ring0():
    """{room: lines of code}."""
    rooms = {}
    for path, lines in count("hypervisor", LOADERS).items():
        if path not in NO_CODE:
            rooms[room_of(path)] = rooms.get(room_of(path), 0) + lines
    return rooms


def total(rooms):
    """(resident, boot, loaders) of what ring0() gave."""
    gone = [rooms.get(room, 0) for room in GONE]
    return sum(rooms.values()) - sum(gone), *gone

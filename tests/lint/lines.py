# SPDX-License-Identifier: MIT
"""Lines of code as cloc counts them: blank and comment lines are free."""

import csv
import os
import subprocess

LANGUAGES = ("C", "Assembly")
CLOC = ["cloc", "--quiet", "--csv", "--by-file", "--include-lang=" + ",".join(LANGUAGES),
        "--force-lang=C,h", "--force-lang=Assembly,S"]

# What ring 0 consists of: each room's folder, and the loaders that boot/ takes from the ABI.
LOADERS = "pvabi/load"
BOOT = "boot"


def count(*folders):
    """{path: lines of code} of all C and assembly below these folders."""
    folders = [f for f in folders if os.path.isdir(f)]
    done = subprocess.run([*CLOC, *folders], stdout=subprocess.PIPE, text=True, check=True)
    rows = [row for row in csv.reader(done.stdout.splitlines()) if len(row) >= 5]
    return {os.path.normpath(row[1]): int(row[4]) for row in rows if row[0] in LANGUAGES}


def ring0():
    """{room: lines of code}."""
    rooms = {}
    for path, lines in count("hypervisor", LOADERS).items():
        room = LOADERS if path.startswith(LOADERS) else path.split("/")[1]
        rooms[room] = rooms.get(room, 0) + lines
    return rooms


def total(rooms):
    """(resident, boot, loaders) of what ring0() gave."""
    boot, loaders = rooms.get(BOOT, 0), rooms.get(LOADERS, 0)
    return sum(rooms.values()) - boot - loaders, boot, loaders

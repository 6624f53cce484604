# SPDX-License-Identifier: MIT
"""The commands of the README, for tests that type them: what it says is what was tried."""

import re

import vm


def commands(heading):
    """The lines of all blocks of code below a heading of the README."""
    with open(vm.TOP + "/README.md", encoding="utf-8") as f:
        part = f.read().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"^```\n(.*?)^```$", part, re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]

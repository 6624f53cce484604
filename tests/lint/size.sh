#!/bin/bash
# SPDX-License-Identifier: MIT
# size.sh [TOP]: ring 0 stays small. Lines of code count, as cloc counts them: blank and comment lines are free.
# The rooms that stay have one limit, boot/, whose memory is given back when dom0 starts, another. The image is
# made of nothing else but pvabi/load and Debian's decompressors, which go with boot/.
set -eu
cd "${1:-$(dirname "$0")/../..}"
resident_most=20000
boot_most=2500
load_most=1500

code_lines() { # code_lines FOLDER
	cloc --quiet --csv --force-lang='C,h' --force-lang='Assembly,S' --include-lang=C,Assembly "$1" |
		awk -F, '$2 == "C" || $2 == "Assembly" { n += $5 } END { print n + 0 }'
}

resident=0 boot=0
for room in hypervisor/*/; do
	room=$(basename "$room")
	lines=$(code_lines "hypervisor/$room")
	printf '%6d %s\n' "$lines" "$room"
	if [ "$room" = boot ]; then
		boot=$lines
	else
		resident=$((resident + lines))
	fi
done

verdict() { # verdict WHAT LINES MOST
	if [ "$2" -gt "$3" ] || [ "$2" = 0 ]; then
		echo "not ok - $1: $2 lines of code, at most $3"
		return 1
	fi
	echo "ok - $1: $2 lines of code, at most $3"
}

rc=0
verdict "resident ring 0" "$resident" "$resident_most" || rc=1
verdict "boot" "$boot" "$boot_most" || rc=1
verdict "pvabi/load" "$(code_lines pvabi/load)" "$load_most" || rc=1
exit $rc

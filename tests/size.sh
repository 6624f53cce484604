#!/bin/bash
# SPDX-License-Identifier: MIT
# size.sh [TOP]: ring 0 stays small. All lines of the hypervisor's sources count, blank and comment lines too;
# the image is made of nothing else but Debian's decompressors, which are freed at boot.
set -eu
cd "${1:-$(dirname "$0")/..}"
most=20000
lines=$(find hypervisor -name '*.[chS]' -print0 | xargs -0 cat | wc -l)
for room in hypervisor/*/; do
	printf '%6d %s\n' "$(find "$room" -name '*.[chS]' -print0 | xargs -0 cat | wc -l)" "$(basename "$room")"
done
if [ "$lines" -ge $most ]; then
	echo "not ok - ring 0: $lines lines, not under $most"
	exit 1
fi
echo "ok - ring 0: $lines lines, under $most"

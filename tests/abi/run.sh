#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh: holds pvabi/ to its promises. Every struct, field and constant is as in Debian's
# libxen-dev; the table of hypercalls agrees with the headers, has a row for whatever they name, and
# its manual is of today; each header compiles alone, hosted,
# freestanding, and from assembly where it says so. XEN_INCLUDE names another place of xen/.
set -eu
cd "$(dirname "$0")/../.."
cc=${CC:-gcc}
xen=${XEN_INCLUDE:-/usr/include}
python=/usr/bin/python3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
flags="-std=gnu11 -Wall -Wextra -Werror -I."
bare="-ffreestanding -nostdinc -isystem $($cc -print-file-name=include)"
passed=0 failed=0

verdict() { # verdict WHAT STATUS
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $1"
	fi
}

compile() { # compile LANGUAGE FLAGS... < source
	local language=$1
	shift
	$cc "$@" -x "$language" -c -o /dev/null - 2>"$tmp/errors" && return 0
	head -n 20 "$tmp/errors"
	return 1
}

if [ ! -f "$xen/xen/xen.h" ]; then
	echo "FAIL: no headers of Xen in $xen/xen (Debian package libxen-dev)"
	exit 1
fi

mapfile -t headers < <(cd pvabi && find . -path ./kit -prune -o -name '*.h' -printf '%P\n' | sort)

for h in "${headers[@]}"; do
	status=0
	# shellcheck disable=SC2086
	compile c $flags <<<"#include <pvabi/$h>" || status=1
	# shellcheck disable=SC2086
	compile c $flags $bare <<<"#include <pvabi/$h>" || status=1
	if grep -q 'from assembly' "pvabi/$h"; then
		compile assembler-with-cpp -I. <<<"#include <pvabi/$h>" || status=1
	fi
	verdict "pvabi/$h does not compile alone" $status
done

# How a kernel is loaded is our own: Xen's headers have no such names.
mapfile -t headers < <(printf '%s\n' "${headers[@]}" | grep -v '^load/')

status=0
# shellcheck disable=SC2086
compile c $flags <tests/abi/table.c || status=1
verdict "hypercalls.def does not agree with the headers" $status

status=0
"$python" pvabi/manual.py markdown "$tmp/abi" || status=1
verdict "the manual cannot be made from hypercalls.def" $status
diff -r -x differences.md docs/abi "$tmp/abi" >"$tmp/differences" || status=1
head -n 5 "$tmp/differences"
verdict "docs/abi is not of today: make docs" $status

status=0
"$python" pvabi/manual.py man "$tmp/man" 0 || status=1
for page in "$tmp"/man/*; do
	groff -man -Tutf8 -ww "$page" >/dev/null
done 2>"$tmp/errors"
head -n 5 "$tmp/errors"
[ ! -s "$tmp/errors" ] || status=1
verdict "the man pages cannot be made from hypercalls.def, or are not clean" $status

status=0
"$python" tests/abi/complete.py "$xen/xen" || status=1
verdict "operations of Xen's headers have no row" $status

status=0
for whose in ours theirs; do
	"$python" tests/abi/names.py $whose pvabi "${headers[@]}" >"$tmp/$whose.c" || status=1
	dir=.
	[ $whose = ours ] || dir=$xen
	$cc -std=gnu11 -w -isystem "$dir" -o "$tmp/$whose" "$tmp/$whose.c" 2>"$tmp/errors" ||
		{ grep error: "$tmp/errors"; status=1; }
	[ $status != 0 ] || "$tmp/$whose" >"$tmp/$whose.txt" || status=1
done
verdict "the comparison with Xen's headers does not compile" $status
if [ $status = 0 ]; then
	diff "$tmp/ours.txt" "$tmp/theirs.txt" >"$tmp/differences" || status=1
	sed -n 's/^</  ours:  /p; s/^>/  Xen'"'"'s: /p' "$tmp/differences"
	verdict "pvabi differs from Xen's headers" $status
	echo "$(wc -l <"$tmp/ours.txt") layouts and constants compared"
fi
# An empty comparison would prove nothing.
status=0
[ "$(wc -l <"$tmp/ours.txt")" -gt 2000 ] || status=1
verdict "fewer than 2000 names were compared" $status

echo "$passed passed, $failed failed"
[ $failed = 0 ]

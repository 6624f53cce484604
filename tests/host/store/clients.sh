#!/bin/bash
# SPDX-License-Identifier: MIT
# What the xenstore-* clients print and their exit codes, against the daemon on a socket. The layout
# is that of Debian's clients: scripts depend on it.
# Values that end in a backslash:
# shellcheck disable=SC1003
set -u

B=${B:-build}
dir=$(mktemp -d)
export XENSTORED_PATH=$dir/socket

"$B"/hospes-stored -F --no-domains --no-state -s "$dir/socket" &
daemon=$!
trap 'kill $daemon; wait $daemon 2>/dev/null; rm -rf "$dir"' EXIT
for _ in $(seq 200); do [ -S "$dir/socket" ] && break; sleep 0.05; done

for mode in ls read write list rm chmod watch exists control; do
	ln -s "$(realpath "$B/xenstore")" "$dir/xenstore-$mode"
done
PATH=$dir:$PATH
failed=0

# is STATUS EXPECTED COMMAND...: the command's exit code and what it prints (its errors too).
is() {
	local status=$1 expected=$2 out got
	shift 2
	out=$("$@" 2>&1; echo "status $?")
	got=${out##*status }
	out=${out%status *}
	if [ "$got" != "$status" ] || [ "${out%$'\n'}" != "$expected" ]; then
		printf 'FAILED: %s\n' "$*"
		printf 'expected (%s):\n%s\n' "$status" "$expected"
		printf 'got (%s):\n%s\n' "$got" "$out"
		failed=1
	fi
}

# ls, and write
is 0 $'tool = ""\n xenstored = ""' xenstore-ls
is 0 '' xenstore-write /a/b hello /a/c 'x y'
is 0 $'a = ""\n b = "hello"\n c = "x y"\ntool = ""\n xenstored = ""' xenstore-ls
is 0 $'/a/b = "hello"\n/a/c = "x y"' xenstore-ls -f /a

# permissions
is 0 '' xenstore-chmod /a/b n3 r4 b5 w6
dots=$(printf '. %.0s' {1..24})
is 0 "b = \"hello\"  $dots (n3,r4,b5,w6)
c = \"x y\"  $dots.  (n0)" xenstore-ls -p /a
is 0 $'/a/b = "hello"   (n3,r4,b5,w6)\n/a/c = "x y"   (n0)' xenstore-ls -f -p /a

# read, list, exists
is 0 $'hello\nx y' xenstore-read /a/b /a/c
is 0 '/a/b: hello' xenstore-read -p /a/b
is 1 'xenstore-read: couldn'\''t read path /nope' xenstore-read /nope
is 0 $'b\nc' xenstore-list /a
is 0 $'/a/b\n/a/c' xenstore-list -p /a
is 0 '' xenstore-exists /a /a/b
is 1 '' xenstore-exists /a /nope

# escapes
# shellcheck disable=SC1003
is 0 '' xenstore-write /e 'tab\tnl\n\101\x42\\'
# shellcheck disable=SC1003
is 0 'tab\tnl\nAB\\' xenstore-read /e
is 0 $'tab\tnl\nAB\\' xenstore-read -R /e
is 0 '' xenstore-write -R /e 'tab\t'
is 0 'tab\\t' xenstore-read /e

# rm, and the empty nodes above
is 0 '' xenstore-rm /e
is 0 '' xenstore-write /t/u/v 1
is 0 '' xenstore-rm -t /t/u/v
is 1 '' xenstore-exists /t
is 1 'xenstore-rm: could not remove path /nope/x' xenstore-rm /nope/x

# chmod
is 1 'xenstore-chmod: Invalid permission specification: '\''q'\''' xenstore-chmod /a q
is 0 '' xenstore-chmod -r /a r7
is 0 $'/a/b = "hello"   (r7)\n/a/c = "x y"   (r7)' xenstore-ls -fp /a

# watch, control, usage
is 0 $'/a\n/a/n' bash -c '(sleep 0.3; xenstore-write /a/n 1) & xenstore-watch -n 2 /a; wait'
is 0 'right: 7 nodes, 7 accounted' xenstore-control check
is 1 "Usage: $dir/xenstore-read [-h] [-p] [-s] [-R] key [...]" "$dir/xenstore-read"
is 0 $'hello' "$B/xenstore" read /a/b

# values longer than a line
long=$(printf '%100s' '' | tr ' ' x)
is 0 '' xenstore-write /l/n "$long"
is 0 "n = \"${long:0:71}\\...\"" xenstore-ls /l
is 0 "/l/n = \"$long\"" xenstore-ls -f /l

hint='No such file or directory (is hospes-stored running?)'
XENSTORED_PATH=$dir/none is 1 "xenstore-ls: could not connect to the store: $hint" xenstore-ls

[ $failed = 0 ] && echo "store clients: all as expected"
exit $failed

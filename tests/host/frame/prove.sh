#!/bin/bash
# SPDX-License-Identifier: MIT
# prove.sh: proves the contracts of the page-type state machine (hypervisor/frame/type.c) and the
# absence of run-time errors in it, with Frama-C's WP, cvc4 and z3. Fails unless every goal is
# proved. Takes a minute.
set -eu
cd "$(dirname "$0")/../../.."
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
source=${1:-hypervisor/frame/type.c}
HOME=$home why3 config detect >/dev/null 2>&1 || { echo "not ok why3 finds no provers"; exit 1; }
HOME=$home frama-c -wp -wp-rte -wp-prover cvc4,z3 -wp-timeout 60 -wp-par 2 \
	-cpp-extra-args=-Ihypervisor "$source" >"$home/log" 2>&1 ||
	{ tail -20 "$home/log"; echo "not ok frama-c ends with an error"; exit 1; }
goals=$(sed -n 's/^\[wp\] Proved goals: *//p' "$home/log")
grep -E '^\[wp\] \[(Failed|Timeout|Unknown)' -A2 "$home/log" || true
if grep -qE '\b(axiom|admit)' "$source"; then
	echo "not ok something is assumed in $source"
	exit 1
fi
read -r proved _ all <<<"$goals"
if [ -z "${all:-}" ] || [ "$proved" != "$all" ] || [ "$all" -lt 100 ]; then
	echo "not ok goals proved: ${goals:-none}"
	exit 1
fi
echo "ok goals proved: $goals"

#!/bin/bash
# SPDX-License-Identifier: MIT
# rows.sh: the table of hypercalls and the hypervisor's handlers can not part. For each call that
# has operations: a row more that says it is answered, and the hypervisor does not build; a handler
# more that has no row, and it does not build; unchanged, it does. The same for a call as a whole,
# and for a handler that takes another argument than its row says.
set -eu
cd "$(dirname "$0")/../.."
cc=${CC:-gcc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/pvabi"
# shellcheck disable=SC2016
flags=$(make -s --no-print-directory --eval 'flags: ; @echo $(HV_CFLAGS)' flags)
passed=0 failed=0

verdict() { # verdict WHAT STATUS
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $1"
	fi
}

# Compiles FILE with MORE behind it, and with the table in $tmp. The object, or the reason why there
# is none, is in $tmp.
build() { # build FILE [MORE]
	{ cat "$1" && echo "${2:-}"; } >"$tmp/source.c"
	# shellcheck disable=SC2086
	$cc "-I$tmp" $flags "-I$(dirname "$1")" -c -o "$tmp/object.o" "$tmp/source.c" \
		2>"$tmp/errors"
}

# FILE is not built, or asks the linker for SYMBOL, which nobody has.
breaks() { # breaks FILE SYMBOL [MORE]
	build "$1" "${3:-}" || { grep -q "$2" "$tmp/errors" && return; }
	nm -u "$tmp/object.o" 2>/dev/null | grep -q " $2\$"
}

add_row() { # add_row CALL ROW: the table with one row more, behind its call's own
	awk -v call="$1," -v row="$2" '
		{ print }
		/^HC\(/ { here = $2 == call }
		here && /\)$/ { print row; here = 0 }' pvabi/hypercalls.def \
		>"$tmp/pvabi/hypercalls.def"
	grep -qF "$2" "$tmp/pvabi/hypercalls.def"
}

# FILE makes the table of CALL, whose handlers are named PREFIX_name; HANDLER is the head of one
# more.
each() { # each CALL FILE PREFIX ON HANDLER
	local status=0 free=90 row
	[ "$1" != hospes ] || free=9 # its rows are bits of a word
	cp pvabi/hypercalls.def "$tmp/pvabi"
	build "hypervisor/$2" || status=1
	verdict "hypervisor/$2 does not compile as it is: $(head -n 3 "$tmp/errors")" $status

	status=0
	row="OP($1, $free, no_such, void, any, ANSWERED($4, AT_ONCE), \"Nothing.\")"
	add_row "$1" "$row" || status=1
	breaks "hypervisor/$2" "$3_no_such" || status=1
	verdict "$1: a row without a handler goes unnoticed" $status
	cp pvabi/hypercalls.def "$tmp/pvabi"

	status=0
	! build "hypervisor/$2" "$5 { return 0; }" || status=1
	verdict "$1: a handler without a row goes unnoticed" $status
}

of_domain='(struct domain *d, void *a)'
of_vcpu='(struct vcpu *v, void *a)'
of_call='(struct hypercall *hc, void *a)'

each callback_op guest/callbacks.c op_callback vcpu "long op_callback_no_such$of_vcpu"
each console_io ctl/console.c op_console call "long op_console_no_such$of_call"
each domctl ctl/domctl.c op_domctl domain "long op_domctl_no_such$of_domain"
each event_channel_op event/ops.c op_event domain "long op_event_no_such$of_domain"
each grant_table_op grant/ops.c op_grant domain "long op_grant_no_such$of_domain"
each hospes ctl/hospes.c op_hospes call "long op_hospes_no_such$of_call"
each memory_op memory/memory.c op_memory domain "long op_memory_no_such$of_domain"
each mmu_update ptable/mmu_update.c op_mmu each "static int op_mmu_no_such(void)"
each mmuext_op ptable/mmuext.c op_mmuext vcpu "static int op_mmuext_no_such(void)"
each nmi_op guest/callbacks.c op_nmi vcpu "long op_nmi_no_such$of_vcpu"
each physdev_op devices/physdev.c op_physdev domain "long op_physdev_no_such$of_domain"
each platform_op devices/platform.c op_platform domain "long op_platform_no_such$of_domain"
each sched_op ctl/sched_op.c op_sched domain "long op_sched_no_such$of_domain"
each sched_op_compat ctl/sched_op.c op_sched domain "long op_sched_no_such$of_domain"
each set_segment_base guest/callbacks.c op_segbase vcpu "static long op_segbase_no_such(void)"
each sysctl ctl/sysctl.c op_sysctl domain "long op_sysctl_no_such$of_domain"
each vcpu_op ctl/vcpu_op.c op_vcpu vcpu "long op_vcpu_no_such$of_vcpu"
each xen_version ctl/version.c op_version domain "long op_version_no_such$of_domain"

status=0
add_row hypfs_op 'HC(43, no_such, (void), any, ANSWERED(call, AT_ONCE), "Nothing.")' || status=1
breaks hypervisor/ctl/hypercall.c hc_no_such || status=1
verdict "a call without a handler goes unnoticed" $status
cp pvabi/hypercalls.def "$tmp/pvabi"

status=0
! build hypervisor/ctl/hypercall.c 'long hc_no_such(struct hypercall *hc) { return 0; }' || status=1
verdict "a call's handler without a row goes unnoticed" $status

status=0
sed '/^OP(platform_op, 62, settime64,/s/struct xenpf_settime64/void/' \
	pvabi/hypercalls.def >"$tmp/pvabi/hypercalls.def"
! build hypervisor/devices/platform.c || status=1
grep -q "conflicting types for .op_platform_settime64" "$tmp/errors" || status=1
verdict "an argument that is not the row's goes unnoticed" $status

# Every call whose rows have handlers must have been tried: all but the bits of vm_assist.
tried=$(grep -c '^each ' "$0")
calls=$(sed -n 's/^OP(\([a-z_0-9]*\),.*/\1/p' pvabi/hypercalls.def | sort -u | grep -vcx vm_assist)
[ "$tried" = "$calls" ] && status=0 || status=1
verdict "$tried calls were tried, $calls have operations" $status

echo "$passed passed, $failed failed"
[ $failed = 0 ]

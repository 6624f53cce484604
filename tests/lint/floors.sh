#!/bin/bash
# SPDX-License-Identifier: MIT
# floors.sh [TOP]: keeps the floors of the house. Over the include lines of hypervisor/: a file
# includes its own room and lower ones, the ABI, and what a freestanding compiler has. In user
# space: a folder includes itself and lower ones. pvabi includes nothing of ours. A room's state.h
# goes into dom/domain.h, and so stands on dom's floor. Then each header of the hypervisor compiles
# alone. Says each line that breaks a rule, with the rule.
set -eu
cd "${1:-$(dirname "$0")/../..}"
cc=${CC:-gcc}
build=${B:-build}
errors=0 lines=0 headers=0

# Rooms of the hypervisor by floor; those of one floor do not include each other.
room_floor() {
	case $1 in
	lib) echo 1 ;; x86) echo 2 ;; console) echo 3 ;; frame) echo 4 ;; irq) echo 5 ;;
	time) echo 6 ;; sched) echo 7 ;; dom) echo 8 ;; insn) echo 9 ;; ptable) echo 10 ;;
	event | grant) echo 11 ;; guest) echo 12 ;; memory | devices) echo 13 ;;
	life) echo 14 ;; ctl) echo 15 ;; boot) echo 16 ;; *) echo 0 ;;
	esac
}

# Folders of user space by floor.
folder_floor() {
	case $1 in
	pvabi | pvabi/*) echo 1 ;; dom0-tools/base) echo 2 ;; dom0-tools/access) echo 3 ;;
	xenstore-like | xenstore-like/*) echo 4 ;; dom0-tools/config) echo 5 ;;
	dom0-tools/builder | dom0-tools/device | dom0-tools/console) echo 6 ;;
	dom0-tools/domain) echo 7 ;; dom0-tools/hospes | dom0-tools/hospesd) echo 8 ;;
	*) echo 0 ;;
	esac
}

# What each room of the store includes, besides itself and the ABI.
store_includes() {
	case $1 in
	tree | wire) echo dom0-tools/base ;;
	txn) echo tree dom0-tools/base ;;
	daemon) echo tree txn wire dom0-tools/access dom0-tools/base ;;
	client) echo wire dom0-tools/base ;;
	commands) echo client dom0-tools/base ;;
	*) return 1 ;;
	esac
}

may_reach_in_store() { # may_reach_in_store FROM TO
	local from=${1#xenstore-like/} to=${2#xenstore-like/}
	[ "${to%%/*}" != pvabi ] && [ "$to" != "$from" ] || return 0
	[[ " $(store_includes "$from") " = *" $to "* ]]
}

# What a freestanding compiler brings; the unpacker of kernels may use the libraries of its trade.
may_use_system() { # may_use_system ROOM HEADER
	case $2 in
	stdarg.h | stdbool.h | stddef.h | stdint.h | limits.h) return 0 ;;
	lzma.h | zstd.h | zlib.h) [ "$1" = boot ] ;;
	cpuid.h) [ "$1" = x86 ] ;;
	*) return 1 ;;
	esac
}

broken() { # broken FILE LINE INCLUDE RULE
	errors=$((errors + 1))
	echo "$1:$2: includes $3: $4"
}

# One floor against another: equal floors only within the same folder.
may_reach() { # may_reach FROM_FLOOR FROM TO_FLOOR TO
	[ "$4" = "$2" ] || { [ "$3" -gt 0 ] && [ "$3" -lt "$1" ]; }
}

check_hypervisor() { # check_hypervisor FILE LINE QUOTE HEADER
	# Compiled for the offsets it tells assembly, and never linked.
	[ "$1" != hypervisor/x86/offsets.c ] || return 0
	local room=${1#hypervisor/} to=${4%%/*}
	room=${room%%/*}
	case $3$4 in
	'"'*)
		[ "${4#*..}" = "$4" ] && [ -f "hypervisor/$room/$4" ] ||
			broken "$1" "$2" "$4" "quotes are for the file's own room"
		return ;;
	'<pvabi/'*) return ;;
	'<config.h' | '<hypervisor/offsets.h') return ;; # made by the build
	esac
	if [ "$to" != "$4" ] && [ -d "hypervisor/$to" ]; then
		# What a room keeps in a domain or vcpu: dom/domain.h embeds it, so it rests on what is below dom/.
		[ "$1:${4#*/}" != hypervisor/dom/domain.h:state.h ] || return 0
		if [ "${1##*/}" = state.h ]; then
			may_reach "$(room_floor dom)" "$1" "$(room_floor "$to")" "$to" ||
				broken "$1" "$2" "$4" "a room's state.h is not above $to"
			return
		fi
		may_reach "$(room_floor "$room")" "$room" "$(room_floor "$to")" "$to" ||
			broken "$1" "$2" "$4" "$room is not above $to"
	else
		may_use_system "$room" "$4" || broken "$1" "$2" "$4" "not of the hypervisor"
	fi
}

# The file that an include names: beside the includer, or from the top.
resolve() { # resolve FILE QUOTE HEADER
	if [ "$2" = '"' ] && [ -f "$(dirname "$1")/$3" ]; then
		realpath --relative-to=. "$(dirname "$1")/$3"
	elif [ -f "$3" ]; then
		realpath --relative-to=. "$3"
	fi
}

check_user() { # check_user FILE LINE QUOTE HEADER
	local target from to
	target=$(resolve "$1" "$3" "$4")
	if [ -z "$target" ]; then
		case $1:$3$4 in
		pvabi/*:'<'std*.h) ;;
		pvabi/*) broken "$1" "$2" "$4" "pvabi includes only itself and std*.h" ;;
		*:'"'*) broken "$1" "$2" "$4" "no such file" ;;
		esac
		return
	fi
	from=$(dirname "$1") to=$(dirname "$target")
	if [ "${from%%/*}" = xenstore-like ]; then
		may_reach_in_store "$from" "$to" || broken "$1" "$2" "$4" "$from does not rest on $to"
		return
	fi
	may_reach "$(folder_floor "$from")" "${from#pvabi/}" "$(folder_floor "$to")" "${to#pvabi/}" ||
		{ [ "${from%%/*}" = pvabi ] && [ "${to%%/*}" = pvabi ]; } ||
		broken "$1" "$2" "$4" "$from is not above $to"
}

include_line='^[[:space:]]*#[[:space:]]*include[[:space:]]*(["<])([^">]+)[">]'
while IFS=: read -r file line text; do
	[[ $text =~ $include_line ]] || continue
	lines=$((lines + 1))
	if [ "${file%%/*}" = hypervisor ]; then
		check_hypervisor "$file" "$line" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	else
		check_user "$file" "$line" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
	fi
done < <(grep -rn --include='*.[chS]' --include='*.def' '^[[:space:]]*#[[:space:]]*include' \
	hypervisor dom0-tools xenstore-like pvabi 2>/dev/null)

# A header that compiles only after another hides what it rests on.
bare="-ffreestanding -nostdinc -isystem $($cc -print-file-name=include)"
for h in hypervisor/*/*.h; do
	[ -f "$h" ] || continue
	headers=$((headers + 1))
	# shellcheck disable=SC2086
	$cc -std=gnu11 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function $bare \
		-mno-red-zone -mgeneral-regs-only -Ihypervisor -I. "-I$build" -include hypervisor/lib/pie.h \
		-x c -c -o /dev/null - <<<"#include \"${h#hypervisor/}\"" || {
		errors=$((errors + 1))
		echo "$h: does not compile alone"
	}
done

# Floors that nothing stands on would hold anything.
if [ "$lines" -lt 50 ] || [ "$headers" -lt 5 ]; then
	errors=$((errors + 1))
	echo "only $lines include lines and $headers headers were found"
fi
echo "$lines include lines and $headers headers of the hypervisor: $errors broken"
[ "$errors" = 0 ]

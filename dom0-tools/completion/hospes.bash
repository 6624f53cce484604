# SPDX-License-Identifier: MIT
# bash completion for hospes(1). The build puts what the verbs take in the place of the marked line.

_hospes_verbs() {
	hospes --json help 2>/dev/null | sed -n 's/^    "name":"\(.*\)",$/\1/p'
}

# Options and operands of the verb $1, in the caller's variables. Each option that takes a word has
# the word's kind behind a "="; the operand for all that follow has a "*" behind it.
_hospes_verb() {
	case $1 in
	@bash-verbs@
	*) options= operands= ;;
	esac
}

# What a word of kind $1 may be.
_hospes_words() {
	case $1 in
	domain) hospes list --all --name 2>/dev/null ;;
	verb) _hospes_verbs ;;
	any | number | file | '') ;;
	*) tr , '\n' <<<"$1" ;;
	esac
}

# The kind that the option $1 takes, "" where it takes none.
_hospes_kind() {
	local option
	for option in $options; do
		case $option in "$1="*) echo "${option#*=}" ;; esac
	done
}

_hospes_reply() {
	if [ "$1" = file ]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$2")
	else
		mapfile -t COMPREPLY < <(compgen -W "$(_hospes_words "$1")" -- "$2")
	fi
}

_hospes() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local at=1 i place=0 kind options='' operands=''

	while [ "$at" -lt "$COMP_CWORD" ] && [[ ${COMP_WORDS[at]} == -* ]]; do at=$((at + 1)); done
	if [ "$at" = "$COMP_CWORD" ]; then
		case $current in
		-*) mapfile -t COMPREPLY < <(compgen -W '--json --help --version' -- "$current") ;;
		*) _hospes_reply verb "$current" ;;
		esac
		return
	fi

	_hospes_verb "${COMP_WORDS[at]}"
	kind=$(_hospes_kind "$before")
	if [ -n "$kind" ]; then
		_hospes_reply "$kind" "$current"
		return
	fi
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed 's/=[^ ]*//g' <<<"$options")" -- "$current")
		return
	fi

	# Which operand this is: options and the words that they take do not count.
	for ((i = at + 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] && continue
		[ -n "$(_hospes_kind "${COMP_WORDS[i - 1]}")" ] || place=$((place + 1))
	done
	for kind in $operands; do
		case $kind in *'*') break ;; esac
		[ "$place" = 0 ] && break
		place=$((place - 1)) kind=
	done
	_hospes_reply "${kind%'*'}" "$current"
}

complete -F _hospes hospes

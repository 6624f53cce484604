# SPDX-License-Identifier: MIT
# The rules that the sources are held to: each is a script, and one claim. The quick ones are part
# of every check; the others build everything once more.
LINT_QUICK := $(addprefix tests/lint/,columns shape form scripts words size floors calls headers \
	errors fixups indices advisories messages)
LINT_SLOW := $(addprefix tests/lint/,compilers folders selftest)
CHECK_SCRIPTS += $(LINT_QUICK)
SLOW_SCRIPTS += $(LINT_SLOW)

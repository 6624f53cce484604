# SPDX-License-Identifier: MIT
# The ABI: its manual, its checks, and how a kernel is loaded: sources for boot and for the tools.

LOAD_SRCS := $(wildcard pvabi/load/*.c)

ABI_MANUAL := $(B)/hypercalls.md
$(ABI_MANUAL): pvabi/manual.py pvabi/hypercalls.def $(wildcard pvabi/*.h pvabi/*/*.h)
	@mkdir -p $(@D)
	$(PYTHON) pvabi/manual.py pvabi > $@

CHECK_SCRIPTS += tests/abi/run.sh tests/abi/rows.sh

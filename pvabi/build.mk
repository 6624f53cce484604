# SPDX-License-Identifier: MIT
# The ABI: nothing to build but its manual; its checks.

ABI_MANUAL := $(B)/hypercalls.md
$(ABI_MANUAL): pvabi/manual.py pvabi/hypercalls.def $(wildcard pvabi/*.h pvabi/*/*.h)
	@mkdir -p $(@D)
	$(PYTHON) pvabi/manual.py pvabi > $@

CHECK_SCRIPTS += tests/abi/run.sh

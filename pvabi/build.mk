# SPDX-License-Identifier: MIT
# The ABI: its manual, its checks, and how a kernel is loaded: sources for boot and for the tools.

LOAD_SRCS := $(wildcard pvabi/load/*.c)

ABI_SOURCES := pvabi/hypercalls.def $(wildcard pvabi/*.py pvabi/*.h pvabi/*/*.h)
ABI_CALLS := $(shell sed -n 's/^HC.[0-9]*, \([a-z_0-9]*\),.*/\1/p' pvabi/hypercalls.def)
ABI_PAGES := $(ABI_CALLS:%=$(B)/man/%.2x) $(B)/man/hospes-abi.7
MAN_PAGES += $(ABI_PAGES)

ABI_HEADERS := pvabi/hypercalls.def $(filter-out pvabi/kit/% pvabi/load/%,\
	$(wildcard pvabi/*.h pvabi/*/*.h))

$(ABI_PAGES) &: $(ABI_SOURCES)
	@mkdir -p $(B)/man
	$(call say,MAN,$(B)/man)
	$(Q)$(PYTHON) pvabi/manual.py man $(B)/man $(VERSION)

# docs/abi is committed, to be read without building; tests/abi/run.sh holds it to the table.
.PHONY: docs
docs: $(ABI_SOURCES)
	$(PYTHON) pvabi/manual.py markdown docs/abi

CHECK_SCRIPTS += tests/abi/run.sh tests/abi/rows.sh

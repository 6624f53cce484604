# SPDX-License-Identifier: MIT
# Grant tables: the entry words, the maptrack, and all operations on domains made up here.
GRANT_TEST_SRC := $(wildcard tests/host/grant/*.c hypervisor/grant/*.c) hypervisor/dom/ops.c \
	$(call fake,cpu domain fail guest heap lock log memory panic poll)
$(eval $(call host_test,grant,$(GRANT_TEST_SRC),-include tests/host/fake/memory.h -pthread))

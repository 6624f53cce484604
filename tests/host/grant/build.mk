# SPDX-License-Identifier: MIT
# Grant tables: the entry words, the maptrack, and all operations on domains made up here.
GRANT_TEST_SRC := $(wildcard tests/host/grant/*.c hypervisor/grant/*.c) \
	tests/host/event/host.c hypervisor/dom/ops.c
$(eval $(call host_test,grant,$(GRANT_TEST_SRC),-include tests/host/grant/world.h -pthread))

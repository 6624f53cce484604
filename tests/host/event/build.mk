# SPDX-License-Identifier: MIT
# Event channels: the port states, the shared bits, and all operations on domains made up here.
EVENT_TEST_SRC := $(wildcard tests/host/event/*.c hypervisor/event/*.c) hypervisor/dom/ops.c \
	$(call fake,cpu domain fail guest heap lock log panic poll)
$(eval $(call host_test,event,$(EVENT_TEST_SRC),-include tests/host/fake/cpu.h -pthread))

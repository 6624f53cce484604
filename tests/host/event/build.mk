# SPDX-License-Identifier: MIT
# Event channels: the port states, the shared bits, and all operations on domains made up here.
EVENT_TEST_SRC := $(wildcard tests/host/event/*.c hypervisor/event/*.c) hypervisor/dom/ops.c
$(eval $(call host_test,event,$(EVENT_TEST_SRC),-include tests/host/event/host.h -pthread))

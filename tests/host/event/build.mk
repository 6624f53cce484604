# SPDX-License-Identifier: MIT
# Event channels: the port states, the shared bits, and all operations on domains made up here.
EVENT_TEST_SRC := $(wildcard tests/host/event/*.c hypervisor/event/*.c) hypervisor/dom/ops.c
HOST_TESTS += $(B)/tests/event

$(B)/tests/event: $(EVENT_TEST_SRC) $(wildcard tests/host/event/*.h hypervisor/event/*.h hypervisor/dom/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -Wno-unused-parameter -fno-strict-aliasing \
		-include tests/host/event/host.h -o $@ $(EVENT_TEST_SRC) \
		$(CHECK_LIBS) -pthread

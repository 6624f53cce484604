# SPDX-License-Identifier: MIT
# Device interrupts over an I/O APIC made up here: routes, ends of interrupts, moves to other CPUs.
IRQ_TEST_SRC := $(wildcard tests/host/irq/*.c) $(addprefix hypervisor/irq/,irq.c ioapic.c)
HOST_TESTS += $(B)/tests/irq

$(B)/tests/irq: $(IRQ_TEST_SRC) $(wildcard tests/host/irq/*.h hypervisor/irq/*.h hypervisor/lib/*.h) $(B)/config.h
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -Ihypervisor -I$(B) -Wno-unused-parameter -include tests/host/irq/host.h -o $@ $(IRQ_TEST_SRC) \
		$(CHECK_LIBS)

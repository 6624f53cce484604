# SPDX-License-Identifier: MIT
# Device interrupts over an I/O APIC made up here: routes, ends of interrupts, moves to other CPUs.
IRQ_TEST_SRC := $(wildcard tests/host/irq/*.c) $(call fake,cpu lock log panic poll) \
	$(addprefix hypervisor/irq/,irq.c ioapic.c)
$(eval $(call host_test,irq,$(IRQ_TEST_SRC),-include tests/host/irq/host.h))

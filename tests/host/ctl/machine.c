/* SPDX-License-Identifier: MIT */
/* The devices of the small machine: one on the PCI bus, and interrupts that a test raises. */
#include "suites.h"

#include <irq/irq.h>
#include <x86/hooks.h>

#include <string.h>

u8 world_pci[256];
bool world_irq_taken[256];
u32 world_eois;

/* --- configuration space of device 00:03.0 ---------------------------------------------------- */

u32 pci_config_read(u32 address, u8 offset, u8 size)
{
	u32 at = (address & 0xfc) + offset, val = 0;

	if ((address >> 8 & 0xffff) != 0x0018)
		return ~0u >> (32 - 8 * size);

	memcpy(&val, world_pci + at, size);
	return val;
}

void pci_config_write(u32 address, u8 offset, u8 size, u32 val)
{
	assert((address >> 8 & 0xffff) == 0x0018);
	memcpy(world_pci + (address & 0xfc) + offset, &val, size);
}

/* --- interrupts ------------------------------------------------------------------------------- */

static struct irq irqs[256];

static struct irq *irq_take(u8 n, bool level, irq_handler_t *handler, void *arg)
{
	if (world_irq_taken[n])
		return NULL;

	world_irq_taken[n] = true;
	irqs[n] = (struct irq){ .handler = handler, .arg = arg, .vector = n, .level = level };
	return &irqs[n];
}

/* Vectors of the test: the gsi, or 0x80 and up for messages. */
struct irq *irq_claim(u32 gsi, bool level, bool low, irq_handler_t *handler, void *arg)
{
	if (gsi != GSI_NONE)
		return irq_take(gsi, level, handler, arg);

	for (u32 n = 0x80; n < 0x84; n++) {
		if (!world_irq_taken[n])
			return irq_take(n, false, handler, arg);
	}

	return NULL;
}

bool irq_move(struct irq *irq, u32 cpu)
{
	bool moves = irq->cpu != cpu;

	irq->cpu = cpu;
	return moves;
}

u32 world_irq_cpu(u8 vector)
{
	return irqs[vector].cpu;
}

void irq_free(struct irq *irq)
{
	assert(world_irq_taken[irq->vector]);
	world_irq_taken[irq->vector] = false;
}

void irq_eoi(struct irq *irq)
{
	world_eois++;
}

u32 irq_gsi_count(void)
{
	return 24;
}

u32 irq_isa_to_gsi(u8 isa, bool *level, bool *low)
{
	*level = *low = isa == 9;
	if (isa == 0)
		return 2;

	return isa;
}

int ioapic_read(u64 maddr, u32 reg, u32 *val)
{
	*val = 0x17;
	if (maddr != 0xfec00000 || reg >= 3)
		return -1;

	return 0;
}

bool ioapic_owns(mfn_t m)
{
	return m.n == 0xfec00;
}

void world_irq(u8 vector)
{
	if (world_irq_taken[vector])
		irqs[vector].handler(&irqs[vector], irqs[vector].arg);
}

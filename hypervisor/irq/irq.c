/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts: who has which vector, and what happens when one arrives. A level-triggered pin
 * is masked and acknowledged at once and opened again by irq_eoi, so a slow or dead user (dom0)
 * holds back its own line and nothing else. Vectors are the same on all CPUs.
 */
#include <console/console.h>
#include <irq/irq.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>
#include <x86/hooks.h>

#define VECTOR_INT80 0x80 /* a gate of the guests' */
#define APIC_ID_LAST 0xfe /* that a device can name; 0xff is everybody */

/* Guarded by irq_lock, with the pins. Handlers run without it. */
static struct irq irqs[VECTOR_DEVICE_LAST + 1];
static struct spinlock irq_lock = SPINLOCK(LOCK_IRQ);
static vector_handler_t *fixed[256];

void vector_set(u8 vector, vector_handler_t *handler)
{
	WRITE_ONCE(fixed[vector], handler);
}

/* Takes a free vector for @gsi. NULL: none is left, or the gsi has one. irq_lock is held. */
static struct irq *vector_take(u32 gsi, irq_handler_t *handler, void *arg)
{
	struct irq *irq = NULL;

	assert(spin_held(&irq_lock));
	for (u32 v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
		if (irqs[v].handler && irqs[v].gsi == gsi && gsi != GSI_NONE)
			return NULL;
		if (!irq && !irqs[v].handler && v != VECTOR_INT80)
			irq = &irqs[v];
	}
	if (!irq)
		return NULL;

	*irq = (struct irq){ .handler = handler, .arg = arg, .gsi = gsi, .vector = irq - irqs };
	return irq;
}

struct irq *irq_claim(u32 gsi, bool level, bool low, irq_handler_t *handler, void *arg)
{
	struct irq *irq;

	assert(handler);
	if (gsi != GSI_NONE && !ioapic_has(gsi))
		return NULL;

	spin_lock(&irq_lock);
	irq = vector_take(gsi, handler, arg);
	if (irq && gsi != GSI_NONE) {
		irq->level = level;
		ioapic_route(gsi, irq->vector, cpu_public[irq->cpu].apic_id, level, low);
	}
	spin_unlock(&irq_lock);
	return irq;
}

bool irq_move(struct irq *irq, u32 cpu)
{
	u32 apic = cpu_public[cpu].apic_id;
	bool moves = cpu != irq->cpu && apic <= APIC_ID_LAST;

	spin_lock(&irq_lock);
	assert(irq->handler);
	if (moves) {
		irq->cpu = cpu;
		if (irq->gsi != GSI_NONE)
			ioapic_aim(irq->gsi, apic);
	}
	spin_unlock(&irq_lock);
	return moves;
}

void irq_free(struct irq *irq)
{
	spin_lock(&irq_lock);
	assert(irq->handler);
	if (irq->gsi != GSI_NONE)
		ioapic_mask(irq->gsi, true);
	irq->handler = NULL;
	spin_unlock(&irq_lock);
}

void irq_eoi(struct irq *irq)
{
	spin_lock(&irq_lock);
	if (irq->handler && irq->level)
		ioapic_mask(irq->gsi, false);
	spin_unlock(&irq_lock);
}

static void irq_arrived(u8 vector)
{
	struct irq *irq = &irqs[vector];
	irq_handler_t *handler;
	void *arg;

	spin_lock(&irq_lock);
	handler = irq->handler;
	arg = irq->arg;
	irq->arrived++;
	irq->last_cpu = cpu_id();
	if (handler && irq->level)
		ioapic_mask(irq->gsi, true);
	spin_unlock(&irq_lock);

	/* Only once it is masked: a level pin would send it again. */
	apic_eoi();
	if (handler)
		handler(irq, arg);
	else if (is_power_of_two(irq->arrived))
		log_debug("%lu interrupts at vector %#x, which nobody has", irq->arrived, vector);
}

void hook_interrupt(u8 vector)
{
	vector_handler_t *handler = READ_ONCE(fixed[vector]);

	/* Spurious ones, of the APIC and the 8259s, are not acknowledged. */
	if (vector == VECTOR_SPURIOUS || vector < VECTOR_DEVICE_FIRST)
		return;

	if (vector <= VECTOR_DEVICE_LAST) {
		irq_arrived(vector);
		return;
	}

	apic_eoi();
	if (handler)
		handler();
}

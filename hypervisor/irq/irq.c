/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts: who has which vector, and what happens when one arrives. A level-triggered pin is
 * masked and acknowledged at once and opened again by irq_eoi, so a slow or dead user (dom0) holds back
 * its own line and nothing else. Vectors are the same on all CPUs.
 */
#include <console/console.h>
#include <irq/ioapic.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>
#include <x86/upcalls.h>

#define GSI_NONE (~0u)
#define VECTOR_INT80 0x80 /* a gate of the guests' */
#define MSI_ADDRESS 0xfee00000ul

struct irq {
	irq_handler_t *handler; /* NULL: vector is free; written last */
	void *arg;
	u32 gsi; /* GSI_NONE: message-signalled */
	u32 cpu;
	u8 vector;
	bool level, taken;
	bool masked; /* its user's wish */
	bool held;   /* level: arrived and not ended */
};

/* Guarded by irq_lock: .taken, .masked, .held, and the pins. Handlers run without it. */
static struct irq irqs[VECTOR_DEVICE_LAST + 1];
static struct spinlock irq_lock = SPINLOCK(LOCK_IRQ);
static vector_handler_t *fixed[256];

void vector_set(u8 vector, vector_handler_t *handler)
{
	WRITE_ONCE(fixed[vector], handler);
}

static struct irq *vector_take(void)
{
	for (u32 v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++) {
		if (irqs[v].taken || v == VECTOR_INT80)
			continue;
		irqs[v] = (struct irq){ .vector = v, .taken = true, .masked = true, .gsi = GSI_NONE };
		return &irqs[v];
	}
	return NULL;
}

static bool gsi_taken(u32 gsi)
{
	for (u32 v = VECTOR_DEVICE_FIRST; v <= VECTOR_DEVICE_LAST; v++)
		if (irqs[v].taken && irqs[v].gsi == gsi)
			return true;
	return false;
}

struct irq *irq_claim_gsi(u32 gsi, bool level, bool low, irq_handler_t *handler, void *arg)
{
	struct irq *irq = NULL;

	spin_lock(&irq_lock);
	if (ioapic_has(gsi) && !gsi_taken(gsi))
		irq = vector_take();
	if (irq) {
		irq->gsi = gsi;
		irq->level = level;
		irq->arg = arg;
		__atomic_store_n(&irq->handler, handler, __ATOMIC_RELEASE);
		ioapic_route(gsi, irq->vector, cpu_public[irq->cpu].apic_id, level, low);
	}
	spin_unlock(&irq_lock);
	return irq;
}

struct irq *irq_claim_msi(irq_handler_t *handler, void *arg)
{
	struct irq *irq;

	spin_lock(&irq_lock);
	irq = vector_take();
	if (irq) {
		irq->arg = arg;
		irq->masked = false;
		__atomic_store_n(&irq->handler, handler, __ATOMIC_RELEASE);
	}
	spin_unlock(&irq_lock);
	return irq;
}

void irq_msi_message(const struct irq *irq, u64 *addr, u32 *data)
{
	*addr = MSI_ADDRESS | (u64)(cpu_public[irq->cpu].apic_id & 0xff) << 12;
	*data = irq->vector;
}

void irq_release(struct irq *irq)
{
	spin_lock(&irq_lock);
	if (irq->gsi != GSI_NONE)
		ioapic_mask(irq->gsi, true);
	__atomic_store_n(&irq->handler, NULL, __ATOMIC_RELEASE);
	irq->taken = false;
	spin_unlock(&irq_lock);
}

/* Opens or closes the pin as its user and an unfinished arrival want it. irq_lock held. */
static void irq_apply(struct irq *irq)
{
	if (irq->gsi != GSI_NONE)
		ioapic_mask(irq->gsi, irq->masked || irq->held);
}

void irq_mask(struct irq *irq)
{
	spin_lock(&irq_lock);
	irq->masked = true;
	irq_apply(irq);
	spin_unlock(&irq_lock);
}

void irq_unmask(struct irq *irq)
{
	spin_lock(&irq_lock);
	irq->masked = false;
	irq_apply(irq);
	spin_unlock(&irq_lock);
}

void irq_eoi(struct irq *irq)
{
	spin_lock(&irq_lock);
	if (irq->held) {
		irq->held = false;
		irq_apply(irq);
	}
	spin_unlock(&irq_lock);
}

bool irq_is_level(const struct irq *irq)
{
	return irq->level;
}

static void irq_hold(struct irq *irq)
{
	spin_lock(&irq_lock);
	irq->held = true;
	irq_apply(irq);
	spin_unlock(&irq_lock);
}

static void irq_arrived(u8 vector)
{
	struct irq *irq = &irqs[vector];
	irq_handler_t *handler = __atomic_load_n(&irq->handler, __ATOMIC_ACQUIRE);

	if (handler && irq->level)
		irq_hold(irq);
	apic_eoi(); /* after the mask: a level pin would send it again */
	if (handler)
		handler(irq, irq->arg);
	else
		log_debug("interrupt at vector 0x%x, which nobody has", vector);
}

void upcall_interrupt(u8 vector)
{
	vector_handler_t *handler = READ_ONCE(fixed[vector]);

	if (vector == VECTOR_SPURIOUS || vector < VECTOR_DEVICE_FIRST)
		return; /* spurious ones of the APIC and the 8259s: not to be acknowledged */
	if (vector <= VECTOR_DEVICE_LAST) {
		irq_arrived(vector);
		return;
	}
	apic_eoi();
	if (handler)
		handler();
}

void irq_vectors_init(void)
{
	vector_set(VECTOR_KICK, cpu_poll);
}

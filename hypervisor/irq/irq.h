/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: vectors of the IDT, the local APIC, I/O APICs and MSI, physical irqs lent to dom0.
 * A gsi is the ACPI number of an I/O APIC pin; a vector is the processor's number.
 */
#ifndef IRQ_IRQ_H
#define IRQ_IRQ_H

#include <lib/types.h>

/* Vectors: 0-31 exceptions; then devices 0x30-0xdf; ours from 0xf0. */
#define VECTOR_DEVICE_FIRST 0x30
#define VECTOR_DEVICE_LAST  0xdf
#define VECTOR_TIMER        0xf0
#define VECTOR_KICK         0xf1 /* leave guest mode and look at the softirqs */
#define VECTOR_ERROR        0xfe
#define VECTOR_SPURIOUS     0xff

/* Local APIC of this CPU (x2APIC where the processor has it). */
void apic_init_cpu(void);
void apic_eoi(void);
u32 apic_id(void);
u32 apic_id_max(void); /* the highest id that apic_send can name */
/* Sends a vector, or one of these, to the CPU whose APIC has @id; STARTUP with a page number. */
enum { APIC_NMI = 4 << 8, APIC_INIT = 5 << 8, APIC_STARTUP = 6 << 8 };
void apic_send(u32 id, u32 command);
/* One-shot timer: VECTOR_TIMER after @ns nanoseconds (0: at once), or at that TSC. */
void apic_timer_set(u64 deadline_tsc, u64 ns);
/* Calibration: it counts from the start; then @ticks of it took @ns. Later CPUs: ..._init_cpu. */
void apic_timer_start_count(void);
u32 apic_timer_counted(void);
void apic_timer_init(u64 ticks, u64 ns);
void apic_timer_init_cpu(void);

/* I/O APICs as ACPI described them (boot/acpi.c calls these before irq_init). */
struct ioapic_desc {
	u32 id;
	u64 maddr;
	u32 gsi_base;
};
struct irq_override {
	u8 isa;
	u32 gsi;
	bool level, low;
};
void irq_add_ioapic(const struct ioapic_desc *d);
void irq_add_override(const struct irq_override *o);
/*
 * Boot, in this order: pic_disable masks the 8259s, before apic_init_cpu closes the way that their
 * interrupts take (one that is on its way then would never be taken back); irq_init masks all pins.
 */
void pic_disable(void);
void irq_init(void);
u32 irq_gsi_count(void);
/* ISA number -> gsi with its trigger mode. */
u32 irq_isa_to_gsi(u8 isa, bool *level, bool *low);

/*
 * Device interrupts. An irq is a descriptor: its source (gsi pin or MSI), its vector, CPU and user.
 * The handler runs with interrupts off on the CPU that got it. Others read the fields as hints.
 */
struct irq;
typedef void irq_handler_t(struct irq *irq, void *arg);
#define GSI_NONE (~0u)

struct irq {
	irq_handler_t *handler; /* NULL: vector is free */
	void *arg;
	u32 gsi;      /* GSI_NONE: message-signalled */
	u32 cpu;      /* where it is sent: CPU 0 until irq_move */
	u32 last_cpu; /* where the last one arrived */
	u64 arrived;  /* how many, on all CPUs */
	u8 vector;
	bool level;
};

/*
 * A vector for @gsi, whose pin is opened, or for a message (GSI_NONE), which the caller gives to
 * the device. NULL: no vector is left, or there is no such pin, or it is taken.
 */
struct irq *irq_claim(u32 gsi, bool level, bool low, irq_handler_t *handler, void *arg);
/*
 * Sends it to @cpu from now on. What is under way still arrives where it was sent, at the same
 * vector. A pin's entry is changed here; for an MSI the caller gives the device the new message.
 * False: it goes there already, or can not: without a remapper, devices name APIC ids of 8 bits
 * only. The caller orders the calls for one irq.
 */
bool irq_move(struct irq *irq, u32 cpu);
/* Masks the pin and frees the vector. The handler may still be running on another CPU. */
void irq_free(struct irq *irq);
/* Ends an interrupt: a level pin was masked when it arrived and is opened; edge: nothing. */
void irq_eoi(struct irq *irq);

/* Pins of the I/O APICs, between the files of irq/. @gsi must exist (ioapic_has). */
bool ioapic_has(u32 gsi);
void ioapic_route(u32 gsi, u8 vector, u32 apic, bool level, bool low); /* a masked one: opens it */
void ioapic_mask(u32 gsi, bool masked);
void ioapic_aim(u32 gsi, u32 apic);
/* Raw I/O APIC register access for PHYSDEVOP_apic_read (dom0 may look, not write). */
int ioapic_read(u64 maddr, u32 reg, u32 *val); /* -1: no such register */
bool ioapic_owns(mfn_t m); /* the page of an I/O APIC's registers: nobody else's */

/*
 * Handlers of our own, for the fixed vectors (VECTOR_TIMER and up). They run with interrupts off.
 */
typedef void vector_handler_t(void);
void vector_set(u8 vector, vector_handler_t *handler);

#endif

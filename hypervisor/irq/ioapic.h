/* SPDX-License-Identifier: MIT */
/* Between the files of irq/: pins of the I/O APICs. A gsi given here must exist (ioapic_has). */
#ifndef IRQ_IOAPIC_H
#define IRQ_IOAPIC_H

#include <irq/irq.h>

bool ioapic_has(u32 gsi);
void ioapic_route(u32 gsi, u8 vector, u32 apic, bool level, bool low); /* leaves it masked */
void ioapic_mask(u32 gsi, bool masked);
void irq_vectors_init(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts as dom0 numbers them (pirqs): a gsi has its own number, an MSI one of those
 * behind.
 *
 *   +------+   map_pirq    +--------+   bind_pirq   +-------+
 *   | free | ------------> | mapped | ------------> | bound |  raises its event port
 *   |      | <------------ |        | <------------ |       |
 *   +------+  unmap_pirq   +--------+  port closed  +-------+
 *
 * A gsi's pin is open while it is bound; an MSI's message is in its device from map to unmap.
 */
#ifndef DEVICES_PIRQ_H
#define DEVICES_PIRQ_H

#include <devices/devices.h>
#include <irq/irq.h>

#define ISA_LINES 16u /* gsis that there are in any case */

/* Where an MSI's message is written. */
struct msi_place {
	u16 segment;
	u8 bus, devfn;
	u32 entry; /* of the MSI-X table */
	bool is_msix;
	u64 base; /* of the BAR that holds the table */
	u8 *slot; /* MSI-X: its entry, as we map it; NULL before */
};

/* dom0's table, with all free. 0 or -ENOMEM. */
int __must_check pirqs_create(void);
/* Only for a dom0 that could not be built: otherwise it ends with the machine. */
void pirqs_destroy(void);
/* Prints all that are bound, for the debug key. No lock. */
void pirqs_dump(void);

/*
 * Writes @irq's message to the device that @place names, unmasked, and finds the MSI-X slot first.
 * Calls for one place are ordered by the caller. 0, -ENODEV (no such device or capability), -EINVAL
 * (the table is not where @place says), -EOPNOTSUPP or -ENOMEM. (msi.c)
 */
int __must_check msi_write(struct msi_place *place, const struct irq *irq);
/* Masks it again, where that can be done. */
void msi_mask(const struct msi_place *place);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts as dom0 numbers them (pirqs): a gsi has its own number, an MSI one of those
 * behind. The path of each is: free -> mapped -> bound to an event port -> mapped -> free.
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

int pirqs_create(void);
void pirqs_destroy(void);
void pirqs_dump(void); /* for a debug key */

/* msi.c: writes @irq's message where @place says, unmasked; masks it again. */
int msi_write(struct msi_place *place, const struct irq *irq);
void msi_mask(const struct msi_place *place);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts as dom0 numbers them (pirqs): a gsi has its own number, an MSI one of those behind. The
 * path of each is: free -> mapped -> bound to an event port -> mapped -> free.
 */
#ifndef CTL_PIRQ_H
#define CTL_PIRQ_H

#include <dom/domain.h>
#include <irq/irq.h>

/* Where an MSI's message is written. */
struct msi_place {
	u16 segment;
	u8 bus, devfn;
	u32 entry;   /* of the MSI-X table */
	bool is_msix;
	u64 base;    /* of the BAR that holds the table */
	u8 *slot;    /* MSI-X: its entry, as we map it; NULL before */
};

int pirqs_make(struct domain *d);
void pirqs_drop(struct domain *d);

/* *pirq < 0: choose. 0, also if it is mapped so already; -errno with a reason. */
int pirq_map_gsi(struct domain *d, u32 gsi, int *pirq);
int pirq_map_msi(struct domain *d, const struct msi_place *place, int *pirq);
int pirq_unmap(struct domain *d, int pirq);
int pirq_setup_gsi(struct domain *d, u32 gsi, bool level, bool low);
void pirq_eoi(struct domain *d, u32 pirq);
/* Does it want an eoi after each arrival? -EINVAL: there is no such pirq. */
int pirq_needs_eoi(struct domain *d, u32 pirq);
int pirq_free_number(struct domain *d);
/* Writes the messages of a device anew, after it lost them. */
int pirq_restore_msi(struct domain *d, u16 segment, u8 bus, u8 devfn);

/* msi.c: writes @addr, @data where @place says, unmasked; masks it again. */
int msi_write(struct msi_place *place, u64 addr, u32 data);
void msi_mask(const struct msi_place *place);

#endif

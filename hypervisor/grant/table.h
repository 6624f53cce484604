/* SPDX-License-Identifier: MIT */
/*
 * A domain's grant table and maptrack. Inside grant/ only.
 *
 * The lock guards both. No operation holds two domains' locks: a map takes a maptrack record under
 * the grantee's lock, then pins the entry under the granter's. In between the record is busy, which
 * keeps other vcpus off it.
 */
#ifndef GRANT_TABLE_H
#define GRANT_TABLE_H

#include <dom/ops.h>
#include <grant/entry.h>
#include <grant/grant.h>
#include <grant/maptrack.h>

#define ENTRIES_PER_FRAME  (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GRANT_FRAMES_LIMIT 1024 /* half a million entries; the toolstack asks for 32 to 64 frames */
#define GRANT_BATCH        16   /* elements of a list that are worked on together, at most */
#define GRANT_LOOKS        300  /* of the budget, for an element: mapped, unmapped, copied */
#define GNTMAP_KINDS       (GNTMAP_device_map | GNTMAP_host_map)

struct grant_table {
	struct spinlock lock;
	bool dead; /* the shared frames are gone */
	u32 frames, max_frames;
	struct grant_entry_v1 **shared; /* frames of the table; NULL once dead */
	struct active_entry **active;   /* as many entries */
	u64 pins;                       /* the active entries' readers and writers together */
	struct maptrack maptrack;       /* what the domain has mapped of others' grants */
	u32 swept;                      /* teardown's progress: all handles below are free */
	u32 ended;                      /* the same: all frames below are taken away */
};

/* --- table.c --------------------------------------------------------------------------------- */

/*
 * The domain that @id means to @self, with a reference, and with a grant table. GNTST_okay or
 * GNTST_bad_domain.
 */
int __must_check grant_domain_get(struct domain *self, domid_t id, struct domain **out);
/* How many entries @t has today: grant references are below it. */
static inline u32 table_entries(const struct grant_table *t)
{
	return t->frames * ENTRIES_PER_FRAME;
}
/* Entry @ref, which is below table_entries: shared (NULL if the table is dead), and active. */
struct grant_entry_v1 *table_shared(const struct grant_table *t, u32 ref);
struct active_entry *table_active(const struct grant_table *t, u32 ref);

/* --- pin.c ----------------------------------------------------------------------------------- */

/*
 * What holds a frame for a map or a copy: a pin of a grant, with a reference on its granter, or
 * (granter NULL) none, for a frame of the caller's own. A reference on the frame in any case, a
 * writable one if @write.
 */
struct grant_pin {
	struct domain *granter;
	u32 ref;
	bool write;
	struct frame *frame;
};

/*
 * Pins of a list, one after the other: as long as they are about one granter its lock is held. All
 * zero but self at first; grant_run_end gives the lock back. No other lock held meanwhile.
 */
struct grant_run {
	struct domain *self;    /* who uses the grants; NULL: they are only unpinned */
	struct domain *granter; /* the last one, locked and referenced; NULL: none */
	domid_t id;             /* by which it was named */
};

/*
 * Pins entry @ref of domain @id; grant_run_unpin or grant_pin_put gives it back. GNTST_okay,
 * GNTST_bad_domain, GNTST_bad_gntref or GNTST_general_error.
 */
int __must_check grant_run_pin(struct grant_run *run, domid_t id, u32 ref, bool write,
			       struct grant_pin *pin);
/* The pin that a mapped or busy record stands for, to be given back. */
void grant_run_pin_of(struct grant_run *run, const struct maptrack_record *r,
		      struct grant_pin *pin);
/* Gives @pin's references back and tells the granter. */
void grant_run_unpin(struct grant_run *run, const struct grant_pin *pin);
void grant_run_end(struct grant_run *run);
/* A run of one: no lock held. */
void grant_pin_put(const struct grant_pin *pin);

/* --- map.c, unmap.c, copy.c ------------------------------------------------------------------- */

/*
 * Operations: @op are @n elements of a list, at most GRANT_BATCH, copied in; each gets its status,
 * GNTST_*. No lock held. One is no list, and about the caller's table as a whole: set_version.
 */
#define OP_grant_table_op(nr, name, arg, who, how, ...) \
	ROW_PASTE(GRANT_HANDLER_, ROW_ON(how))(op_grant_##name, arg)
#define GRANT_HANDLER_each(handler, arg)   void handler(struct domain *self, arg *op, u32 n);
#define GRANT_HANDLER_domain(handler, arg) OP_HANDLER_domain(handler, arg)
#define GRANT_HANDLER_refused(handler, arg)
#include <pvabi/hypercalls.def>

#endif

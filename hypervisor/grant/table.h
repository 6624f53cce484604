/* SPDX-License-Identifier: MIT */
/*
 * A domain's grant table and mapping records. Inside grant/ only.
 *
 * The lock guards both. No operation holds two domains' locks: a map takes a record under the
 * grantee's, then a use of the entry under the granter's. In between the record is TAKEN, which
 * keeps other vcpus off it.
 */
#ifndef GRANT_TABLE_H
#define GRANT_TABLE_H

#include <grant/entry.h>
#include <grant/grant.h>
#include <grant/track.h>

#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GRANT_FRAMES_LIMIT 1024 /* half a million entries; the toolstack asks for 32 to 64 frames */

struct grant_table {
	struct spinlock lock;
	bool dead; /* the shared frames are gone */
	u32 frames, max_frames;
	struct grant_entry_v1 **shared; /* frames of the table; NULL once dead */
	struct entry_use **use;		/* as many entries */
	struct tracks tracks;		/* what the domain has mapped of others */
	u32 swept;			/* teardown's progress */
};

/*
 * A use of a grant in progress: a reference on the frame, a writable one if @write, and on the
 * granter.
 */
struct grant_use {
	struct domain *granter;
	u32 ref;
	bool write;
	struct frame *frame;
};

/* Grows the table of @d to @frames. Lock held. */
int table_grow(struct domain *d, u32 frames);
/* Begins and ends a use of entry @ref of @granter by @who. No lock held. GNTST_*. */
int grant_use_begin(struct domain *granter, u32 ref, domid_t who, bool write,
		    struct grant_use *out);
void grant_use_end(const struct grant_use *u);
/* The use that a mapping record stands for, to be ended. */
void grant_use_of_track(const struct track *t, struct grant_use *out);

/* The domain that @id means to @self; referenced, with a grant table; NULL if there is none. */
struct domain *grant_domain_get(struct domain *self, domid_t id);

/* Operations: @op is one element of the list, copied in; they set its status. */
void grant_op_map(struct domain *self, void *op);
void grant_op_copy(struct domain *self, void *op);
void grant_op_swap(struct domain *self, void *op);
/*
 * @n elements of unmap_grant_ref at @list, in batches that share a flush. *done counts. 0 or
 * -EFAULT.
 */
#define UNMAP_BATCH 32
int grant_unmap_batch(struct domain *self, struct gnttab_unmap_grant_ref *list, u32 n);

#endif

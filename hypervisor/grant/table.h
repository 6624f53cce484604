/* SPDX-License-Identifier: MIT */
/*
 * A domain's grant table and mapping records. Inside grant/ only.
 *
 * The lock guards both. No operation holds two domains' locks: a map takes a record under the grantee's, then a
 * use of the entry under the granter's. In between the record is TAKEN, which keeps other vcpus off it.
 */
#ifndef GRANT_TABLE_H
#define GRANT_TABLE_H

#include <grant/entry.h>
#include <grant/grant.h>
#include <grant/track.h>

#define ENTRIES_PER_FRAME  (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GRANT_FRAMES_LIMIT 1024 /* half a million entries; the toolstack asks for 32 to 64 frames */
#define GRANT_BATCH        32   /* elements of a list between two looks at other work */
#define GNTMAP_KINDS       (GNTMAP_device_map | GNTMAP_host_map)

struct grant_table {
	struct spinlock lock;
	bool dead; /* the shared frames are gone */
	u32 frames, max_frames;
	struct grant_entry_v1 **shared; /* frames of the table; NULL once dead */
	struct entry_use **use;         /* as many entries */
	struct tracks tracks;           /* what the domain has mapped of others */
	u32 swept;                      /* teardown's progress */
};

/*
 * What holds a frame: a use of a grant, with a reference on its granter, or (granter NULL) none, for a frame of
 * the caller's own. A reference on the frame in any case, a writable one if @write.
 */
struct grant_use {
	struct domain *granter;
	u32 ref;
	bool write;
	struct frame *frame;
};

/* Begins a use of entry @ref of domain @id by @self; grant_use_end ends it. No lock held. GNTST_*. */
int grant_use_begin(struct domain *self, domid_t id, u32 ref, bool write, struct grant_use *u);
void grant_use_end(const struct grant_use *u);
/* The use that a mapping record stands for, to be ended. */
void grant_use_of_track(const struct track *t, struct grant_use *out);

/* The domain that @id means to @self, referenced, with a grant table. GNTST_*. */
int grant_domain_get(struct domain *self, domid_t id, struct domain **out);

/* A run of a list's elements: those that unmap share a flush at its end. */
struct grant_batch {
	struct domain *self;
	u32 n_unmapped;
	struct unmapping {
		struct track *track; /* taken */
		u32 handle, left;    /* left: mappings of the handle that stay */
		struct grant_use use;
	} unmapped[GRANT_BATCH];
};

/* Operations: @op is one element of the list, copied in. They return its status, GNTST_*. */
typedef int grant_op_fn(struct grant_batch *b, void *op);
grant_op_fn grant_op_map, grant_op_unmap, grant_op_copy;
/* The flush, after which the granters are told. */
void grant_unmap_finish(struct grant_batch *b);

#endif

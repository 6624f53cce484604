/* SPDX-License-Identifier: MIT */
/*
 * The frame table: one struct frame per machine frame of RAM, 32 bytes each, at FRAMETABLE_VIRT.
 * Reference counting of frames and their owners. Contents of page tables are ptable/'s business.
 */
#ifndef FRAME_FRAME_H
#define FRAME_FRAME_H

#include <frame/type.h>
#include <lib/types.h>
#include <x86/layout.h>

struct domain; /* known by address only at this floor */

/* 32-bit frame numbers inside the table: 16 TiB of RAM, more than the direct map reaches. */
#define FRAME_NIL 0xffffffffu

struct frame {
	fstate_t state; /* frame/type.h; changed by compare-and-swap only */
	struct domain
		*owner; /* stable while a reference is held; NULL: free or the hypervisor's own */
	u32 next, prev; /* mfns: the owner's list (d->page_lock) or a free list (buddy lock) */
	u32 stamp;      /* flush clock when its last use ended (frame/tlb.c) */
	u16 progress;   /* next entry to validate or tear down while changing */
	u8 order;       /* of a free block */
	u8 flags;       /* FRAME_* */
};

#define FRAME_RAM 1 /* the entry stands for RAM: everything else has flags 0 */
#define FRAME_SHARED \
	2 /* hypervisor's memory that its owner may map (shared info, grant frames): not on the owner's list */
#define FRAME_PARTIAL 4 /* validation was preempted: entries below ->progress hold references */
#define FRAME_UNDO    8 /* teardown was preempted: entries below ->progress still hold references */
#define FRAME_FREE    16 /* head of a free block of 2^order frames */

#define frame_table ((struct frame *)FRAMETABLE_VIRT)
extern u64 frame_count; /* entries in the table: mfns at and above it have none */

static inline mfn_t frame_mfn(const struct frame *f)
{
	return MFN(f - frame_table);
}

/* The frame of @m, or NULL if @m is not RAM (device memory, holes, firmware). */
static inline struct frame *frame_of(mfn_t m)
{
	if (m.n >= frame_count || !(frame_table[m.n].flags & FRAME_RAM))
		return NULL;
	return &frame_table[m.n];
}

/* Takes a reference if @f is owned by @d (and not free). No lock. Returns false otherwise or on overflow. */
bool frame_get(struct frame *f, struct domain *d);
/*
 * Type reference, which counts as a reference too; the caller holds another. 0; -EINVAL with a reason if it has
 * another type in use or is changing. *fresh: nothing stale reaches it any more, and its contents are the caller's
 * to check; until state_validated or state_torn_down is applied, others find it changing.
 */
int frame_get_type(struct frame *f, enum ftype t, bool *fresh);

/* What a mapping of @f, which @d must own, holds: a reference, a writable type reference if @write. 0 or -EINVAL. */
int frame_get_mapping(struct frame *f, struct domain *d, bool write);
/* Drops that; the last reference frees the frame (hook_frame_freed, then to the allocator). */
void frame_put_mapping(struct frame *f, bool write);

static inline void frame_put(struct frame *f)
{
	frame_put_mapping(f, false);
}

/*
 * Stale translations. tlb_clock rises with every full flush of any CPU (frame/tlb.c); a frame's stamp is the clock
 * when its last type or reference went away. A CPU whose last flush is not younger than the stamp may still reach it.
 */
extern u64 tlb_clock;

/*
 * Before any reference is dropped that may have been a mapping's, whose entry is gone already. A stamp never goes
 * back, not even when two drop references at a time: the slower one's clock is compared with what the stamp was
 * before it was read.
 */
static inline void frame_stamp(struct frame *f)
{
	u32 was = READ_ONCE(f->stamp), now;

	do {
		now = (u32)__atomic_load_n(&tlb_clock, __ATOMIC_SEQ_CST);
	} while (now != was && !__atomic_compare_exchange_n(&f->stamp, &was, now, false,
							    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

/* The youngest clock value that @stamp can stand for now: an upper bound of the true one. */
static inline u64 stamp_time(u32 stamp, u64 clock)
{
	return clock - (u32)((u32)clock - stamp);
}

/* Stores the transition @next of the state if it still is @from. */
static inline bool frame_cas(struct frame *f, fstate_t from, fstate_t next)
{
	return __atomic_compare_exchange_n(&f->state, &from, next, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

/* Applies a transition to what the state is now; frees the frame if its last reference went. */
enum verdict frame_apply(struct frame *f, transition_t *transition);

/* Gives a fresh block of 2^order frames to @owner: state allocated, one reference each. @flags: FRAME_SHARED or 0. */
void frame_assign(struct frame *f, u32 order, struct domain *owner, u8 flags);
/* Takes back the allocation's own reference (once); the frame is freed when the other references go. False if already taken. */
bool frame_unallocate(struct frame *f);

/* Doubly linked list of frames by mfn; all zero: empty. The owner of the list gives the lock. */
struct frame_list {
	u32 head, tail; /* of a list that is not empty */
	u64 count;
};
void frame_list_add_tail(struct frame_list *l, struct frame *f);
void frame_list_del(struct frame_list *l, struct frame *f);
struct frame *frame_list_first(const struct frame_list *l); /* NULL if empty */

/* m2p: machine frame -> pfn of its owner, readable by guests at M2P_VIRT. */
void m2p_set(mfn_t m, pfn_t p); /* PFN_NONE: invalid */

/* A writable alias of the m2p for us, at the upper half of the frame table's slot. */
#define M2P_RW_VIRT (FRAMETABLE_VIRT + 0x4000000000)

/* Before dom0: builds frame table, m2p and all L3s of our slots from the memory map, feeds the allocator. */
struct ram_range {
	u64 start, end; /* bytes, page aligned, free for use */
};
void frame_init(const struct ram_range *free, u32 n_free, u64 ram_top);

/*
 * RAM that frame_init was not given, page-aligned: marks it as RAM that is nobody's (an initrd in place, to be assigned), or
 * marks it and gives it to the allocator (modules, the boot part of the image).
 */
void frame_mark_ram(u64 start, u64 end);
void frame_add_ram(u64 start, u64 end);
/* Takes pages of the image out of the address space: the boot part, before its memory is reused. */
void frame_unmap_image(const void *start, const void *end);

/* A page of zeros that nobody writes, to stand in where nothing is. */
extern const u8 zero_page[4096];

#endif

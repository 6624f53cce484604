/* SPDX-License-Identifier: MIT */
/*
 * The frame table: one struct frame per machine frame of RAM, 32 bytes each, at FRAMETABLE_VIRT.
 * Reference counting of frames and their owners. What page tables contain is ptable/'s business.
 */
#ifndef FRAME_FRAME_H
#define FRAME_FRAME_H

#include <frame/type.h>
#include <lib/index.h>
#include <lib/types.h>
#include <x86/layout.h>

struct domain; /* known by address only at this floor */

/* 32-bit frame numbers inside the table: 16 TiB of RAM, more than the direct map reaches. */
#define FRAME_NIL 0xffffffffu

struct frame {
	fstate_t state; /* frame/type.h; changed by compare-and-swap only */

	union {
		/* Stable while a reference is held. NULL: the frame is the hypervisor's own. */
		struct domain *owner;
		/* Of a free block's first frame: CPUs that may hold translations of the block. */
		u64 stale_cpus;
	};

	u32 next, prev; /* mfns: the owner's list (d->page_lock) or a free list (buddy lock) */
	u32 stamp;      /* flush clock when its last use ended (frame/tlb.c) */
	u16 progress;   /* next entry to validate or tear down while changing */
	union {
		u8 order;  /* of a free block, or of one of ours */
		u8 abroad; /* ABROAD_*, of a frame with an owner */
	};
	u8 flags; /* FRAME_* */
};

_Static_assert(sizeof(struct frame) == 32, "boot reserves 32 bytes a frame, two to a cache line");

enum {
	FRAME_RAM = 1, /* the entry stands for RAM; all others have flags 0 */
	FRAME_SHARED =
		2, /* ours, but its owner may map it (shared info, grant frames): not listed */
	FRAME_PARTIAL = 4, /* validation was preempted: entries below ->progress hold references */
	FRAME_UNDO = 8,    /* teardown was preempted: entries below ->progress still hold them */
	FRAME_FREE = 16,   /* head of a free block of 2^order frames */
	/* How all its mappings are cached: an index into the PAT, 0 for write-back. */
	FRAME_CACHE = 0xe0,
};

#define FRAME_CACHE_SHIFT 5

/*
 * Where tables of another domain map it, or did since it has its owner; to write: since its last
 * change of type. Not so by grants (tlb_holders). Changed atomically.
 */
enum { ABROAD_MAPPED = 1, ABROAD_WRITABLE = 2 };

#define frame_table ((struct frame *)FRAMETABLE_VIRT)
extern u64 frame_count; /* entries in the table: mfns at and above it have none */

//@ assigns \nothing;
static inline mfn_t frame_mfn(const struct frame *f)
{
	return MFN(f - frame_table);
}

/* The frame of @m, or NULL if @m is not RAM (device memory, holes, firmware). */
//@ assigns \nothing; ensures \result == \null || \valid(\result);
static inline struct frame *frame_of(mfn_t m)
{
	u64 n;

	if (m.n >= frame_count)
		return NULL;

	n = index_nospec(m.n, frame_count);
	if (!(frame_table[n].flags & FRAME_RAM))
		return NULL;

	return &frame_table[n];
}

/* --- references ------------------------------------------------------------------------------ */

/*
 * The contracts below, which tests/prove/run proves, are about one frame and what this CPU has of
 * it: held plain references, held_types of the type held_as, and the duty to end a change of it
 * (changes). These, frees, flushes and stamps are known to the prover only (tests/prove/model.h).
 *
 *   typed     the type references but for a pin's own, which nobody holds
 *   possible  what a look at the frame's word tells, whatever other CPUs did: what is held here is
 *             in it. Each change of the word must leave it so
 *   holds     what this CPU has of the frame
 *   at_hand   what each call asks for
 */
/*@
  logic integer plain(integer s) = refs(s) - trefs(s) - allocated(s);
  logic integer typed(integer s) = trefs(s) - pinned(s);

  predicate possible(integer s, integer h, integer t, integer as, integer c) =
    wf(s) && 0 <= h <= plain(s) && 0 <= t <= typed(s) &&
    (t > 0 ==> type(s) == as && changing(s) == c) && (t == 0 ==> c == 0);

  predicate holds(integer h, integer t, integer as, integer c) =
    held == h && held_types == t && (t > 0 ==> held_as == as) && changes == c;

  predicate at_hand(struct frame *f) = \valid(f) && 0 <= held && 0 <= held_types;
*/

/* What the frame's word is now. */
//@ assigns \nothing; ensures possible(\result, held, held_types, held_as, changes);
static inline fstate_t frame_state(const struct frame *f)
{
	return READ_ONCE(f->state);
}

/*
 * Takes a reference on @f if @d owns it. No lock is needed. False: another owns it, nobody does, or
 * there are too many references.
 */
/*@
  requires at_hand(f);
  assigns *f, held, held_types, held_as, changes, frees, stamps;
  ensures holds(\old(held) + (\result ? 1 : 0), \old(held_types), \old(held_as), \old(changes));
*/
bool __must_check frame_get(struct frame *f, struct domain *d);

/*
 * Takes a type reference on @f, which counts as a plain reference too; the caller holds another
 * one. 0, or -EINVAL with a reason: the frame is used as another type, or is changing.
 *
 * *fresh is true if it had not been in use as @t. Then no stale translation reaches it any more,
 * and its contents are the caller's to check: others find it changing until the caller applies
 * state_validated or state_torn_down. *fresh is false after an error.
 */
/*@
  requires at_hand(f) && \valid(fresh) && \separated(f, fresh) && FT_L1 <= t <= FT_WRITABLE;
  requires held_types == 0 && !changes;
  assigns *f, *fresh, held, held_types, held_as, changes, flushes;
  ensures \result == 0 ==> holds(\old(held), 1, t, *fresh);
  ensures \result == 0 ==> flushes == \old(flushes) + *fresh;
  ensures \result != 0 ==> !*fresh && holds(\old(held), 0, 0, 0);
*/
int __must_check frame_get_type(struct frame *f, enum ftype t, bool *fresh);

/*
 * Takes what a mapping of @f holds: a reference, of type FT_WRITABLE if it can @write. 0, or
 * -EINVAL with a reason: @d does not own the frame, or it is used as another type.
 */
/*@
  requires at_hand(f) && held_types == 0 && !changes;
  assigns *f, held, held_types, held_as, changes, flushes, frees, stamps;
  ensures \result == 0 && !write ==> holds(\old(held) + 1, 0, 0, 0);
  ensures \result == 0 && write ==> holds(\old(held), 1, FT_WRITABLE, 0);
  ensures \result != 0 ==> holds(\old(held), 0, 0, 0);
*/
int __must_check frame_get_mapping(struct frame *f, struct domain *d, bool write);

/*
 * Another domain's tables are about to map @f, writable if @write, by no grant. The caller holds
 * what the mapping holds.
 */
void frame_goes_abroad(struct frame *f, bool write);

/*
 * Puts what a mapping held, whose entry is gone already. The last reference frees the frame:
 * hook_frame_freed takes it off its owner, then it goes to the allocator.
 */
/*@
  requires at_hand(f);
  requires write ? held_types > 0 && held_as == FT_WRITABLE && !changes : held > 0;
  assigns *f, held, held_types, held_as, changes, frees, stamps;
  // What may still translate to it is told by its stamp.
  ensures stamps > \old(stamps);
  ensures holds(\old(held) - (write ? 0 : 1), \old(held_types) - (write ? 1 : 0), \old(held_as),
    \old(changes));
*/
void frame_put_mapping(struct frame *f, bool write);

/*@
  requires at_hand(f) && held > 0;
  assigns *f, held, held_types, held_as, changes, frees, stamps;
  ensures holds(\old(held) - 1, \old(held_types), \old(held_as), \old(changes));
*/
static inline void frame_put(struct frame *f)
{
	frame_put_mapping(f, false);
}

/* Stores the transition @next of the state if it still is @from. */
/*@
  requires \valid(f) && possible(from, held, held_types, held_as, changes);
  // Nothing goes that this CPU does not hold, and nothing is ended that another has begun.
  requires possible(next, held + plain(next) - plain(from), held_types + typed(next) - typed(from),
    type(next), held_types + typed(next) - typed(from) > 0 ? changing(next) : 0);
  requires changing(from) == 1 && next != from && changing(next) == 0 ==> changes;
  assigns f->state, held, held_types, held_as, changes;
  ensures \result ==> held == \old(held) + plain(next) - plain(from) &&
    held_types == \old(held_types) + typed(next) - typed(from) &&
    (held_types > 0 ==> held_as == type(next)) &&
    changes == (held_types > 0 && changing(next) == 1 ? 1 : 0);
  ensures !\result ==> holds(\old(held), \old(held_types), \old(held_as), \old(changes));
*/
static inline bool frame_cas(struct frame *f, fstate_t from, fstate_t next)
{
	return __atomic_compare_exchange_n(&f->state, &from, next, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

/* How all mappings of @f are cached (x86/paging.h: pte_cache). */
static inline u32 frame_cache(const struct frame *f)
{
	return READ_ONCE(f->flags) >> FRAME_CACHE_SHIFT;
}

/*
 * Makes it @cache, in our own direct map too, and flushes the frame from all caches. No other
 * mapping may be in use. The owner's pt.lock is held, or the frame is being freed. 0 or -ENOMEM;
 * never fails if it was changed before. (frame/alias.c)
 */
int __must_check frame_cache_set(struct frame *f, u32 cache);

/*
 * Gives a block of 2^order frames, fresh from the allocator, to @owner: each frame is allocated,
 * with one reference. @flags: FRAME_SHARED or 0.
 */
void frame_assign(struct frame *f, u32 order, struct domain *owner, u8 flags);

/*
 * Puts the allocation's own reference, once; the frame is freed when the others are put. False: it
 * was put already.
 */
/*@
  requires at_hand(f);
  assigns *f, held, held_types, held_as, changes, frees;
  ensures holds(\old(held), \old(held_types), \old(held_as), \old(changes));
*/
bool frame_unallocate(struct frame *f);

/* A type in words, as in "it is an L1 table". */
const char *ftype_name(enum ftype t);

/* --- stale translations ---------------------------------------------------------------------- */

/*
 * tlb_clock rises with every full flush of any CPU (frame/tlb.c). A frame's stamp is the clock when
 * its last type or reference went away: a CPU that has not flushed since may still reach the frame.
 */
extern u64 tlb_clock;

/*
 * Called before any reference is put that may have been a mapping's, whose entry is gone already. A
 * stamp never goes back, even if two CPUs put references at a time: the slower one compares its
 * clock with the stamp it had read before that clock.
 */
//@ assigns f->stamp, stamps; ensures stamps == \old(stamps) + 1;
static inline void frame_stamp(struct frame *f)
{
	u32 was = READ_ONCE(f->stamp), now;

	do {
		now = (u32)__atomic_load_n(&tlb_clock, __ATOMIC_SEQ_CST);
	} while (now != was && !__atomic_compare_exchange_n(&f->stamp, &was, now, false,
							    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

/* The latest time that @stamp can stand for at @clock: an upper bound of the true one. */
static inline u64 stamp_time(u32 stamp, u64 clock)
{
	return clock - (u32)((u32)clock - stamp);
}

/* --- lists of frames, and the m2p ------------------------------------------------------------ */

/* A doubly linked list of frames by mfn; all zero: empty. Whoever has the list has its lock. */
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

/* --- boot ------------------------------------------------------------------------------------ */

/*
 * RAM that frame_init (boot/frames.c) was not given, from byte @start to @end, page aligned.
 * frame_mark_ram marks it as RAM that is nobody's (an initrd in place, to be assigned);
 * frame_add_ram gives it to the allocator too (modules, the boot part of the image).
 */
void frame_mark_ram(u64 start, u64 end);
void frame_add_ram(u64 start, u64 end);

/* A page of zeros that nobody writes, to stand in where nothing is. */
extern const u8 zero_page[4096];

#endif

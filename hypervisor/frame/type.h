/* SPDX-License-Identifier: MIT */
/*
 * The page-type state machine: pure functions on one 64-bit word per frame. This is what makes
 * direct paging safe, so it is small and proved (frame/type.c, `make prove`).
 *
 *   63        62     61        60        59  58..55  54...........28  27...........0
 *   allocated pinned validated changing  0   type    type references  references
 *
 * A frame has one type at a time; it may change only while no type reference is held. Every type
 * reference is counted as a reference too, and so is the allocation itself. FT_WRITABLE is the type
 * that a writable mapping takes, so a frame can not be a page table or descriptor page and be
 * writable at once. With no type reference the type field remembers the last type: only a change of
 * it needs a TLB flush.
 *
 * "changing": the one type reference belongs to whoever is validating or tearing down the contents;
 * others get TV_BUSY. While type references are held, a frame is either changing or validated.
 *
 *   no type      get_type             validated
 *   reference -------------> changing ------------> validated
 *       ^                     |    ^                    |
 *       |      torn_down      |    |   put_type: last   |
 *       +---------------------+    +--------------------+
 *
 * Writable and descriptor pages need no teardown: their last put_type leads straight back. Nor does
 * a page that was writable last need validation to be writable again.
 *
 * The fields are read by division and remainder: the compiler makes shifts of them, and provers can
 * reason about them.
 */
#ifndef FRAME_TYPE_H
#define FRAME_TYPE_H

#include <lib/types.h>

typedef u64 fstate_t;

enum ftype { FT_NONE, FT_L1, FT_L2, FT_L3, FT_L4, FT_DESC, FT_WRITABLE, FT_COUNT };

#define FS_REF_ONE   0x1ul
#define FS_REF_MAX   0xffffffful /* 28 bits */
#define FS_TREF_ONE  0x10000000ul
#define FS_TREF_MAX  0x7fffffful /* 27 bits */
#define FS_TYPE_ONE  0x80000000000000ul
#define FS_CHANGING  0x1000000000000000ul
#define FS_VALIDATED 0x2000000000000000ul
#define FS_PINNED    0x4000000000000000ul
#define FS_ALLOCATED 0x8000000000000000ul

#define FS_REFS(s)      ((s) % 0x10000000ul)
#define FS_TREFS(s)     ((s) / FS_TREF_ONE % 0x8000000ul)
#define FS_TYPE(s)      ((s) / FS_TYPE_ONE % 16ul)
#define FS_HAS(s, flag) ((s) / (flag) % 2ul == 1ul)

/* A frame that was free and has an owner now. */
#define FS_FRESH (FS_ALLOCATED + FS_REF_ONE)

/* What a transition answers. The new word is stored to *to only with the first four. */
enum verdict {
	TV_OK,       /* done */
	TV_VALIDATE, /* done; the caller flushes stale translations, checks the contents, ends it */
	TV_TEARDOWN, /* done; the caller puts what the contents refer to, and ends it */
	TV_FREE,     /* done, and that was the last reference: the frame goes to the allocator */
	TV_BUSY,     /* it is changing: poll and try again, or finish the change */
	TV_REFUSED,  /* not allowed in this state */
	TV_OVERFLOW, /* a count is at its limit */
};

typedef enum verdict transition_t(fstate_t from, fstate_t *to);

static inline bool verdict_stores(enum verdict v)
{
	return v <= TV_FREE;
}

/* One reference more; refused if none is held now. One less; TV_FREE if it was the last. */
enum verdict state_get(fstate_t from, fstate_t *to);
enum verdict state_put(fstate_t from, fstate_t *to);

/* Gives the allocation's reference to the caller, who puts it. */
enum verdict state_unallocate(fstate_t from, fstate_t *to);

/* The pin takes over the caller's type reference of a page table; or gives it to the caller. */
enum verdict state_pin(fstate_t from, fstate_t *to);
enum verdict state_unpin(fstate_t from, fstate_t *to);

/* One of both more; TV_VALIDATE if the contents are not checked yet. */
enum verdict state_get_type(fstate_t from, fstate_t *to, enum ftype t);
/* One of both less; TV_TEARDOWN if it was the last type reference of a page table. */
enum verdict state_put_type(fstate_t from, fstate_t *to);

/* Ends TV_VALIDATE well. */
enum verdict state_validated(fstate_t from, fstate_t *to);
/* Ends TV_TEARDOWN, or TV_VALIDATE after bad contents: one of both less; may be TV_FREE. */
enum verdict state_torn_down(fstate_t from, fstate_t *to);

/* The type it has, or had last while no type reference is held. */
static inline enum ftype state_type(fstate_t s)
{
	return (enum ftype)FS_TYPE(s);
}

static inline bool ftype_is_table(enum ftype t)
{
	return t >= FT_L1 && t <= FT_L4;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The page-type state machine: pure functions on one 64-bit word per frame. This is what makes
 * direct paging safe, so it is small and proved (frame/type.c, `make prove`).
 *
 *   63        62     61       60        59       58..55  54...........28  27...........0
 *   allocated pinned validated changing  -        type    type references  references
 *
 * A frame has one type at a time; it may change only while no type reference is held. Every type
 * reference is counted as a reference too. FT_WRITABLE is the type that a writable mapping takes,
 * so a frame can not be a page table or descriptor page and be writable at once.
 * "changing": one CPU is validating or tearing down the contents; others get TV_BUSY.
 */
#ifndef FRAME_TYPE_H
#define FRAME_TYPE_H

#include <lib/types.h>

typedef u64 fstate_t;

enum ftype { FT_NONE, FT_L1, FT_L2, FT_L3, FT_L4, FT_DESC, FT_WRITABLE, FT_COUNT };

#define FS_REF_BITS 28
#define FS_REF_MAX ((1ul << FS_REF_BITS) - 1)
#define FS_TREF_SHIFT 28
#define FS_TREF_BITS 27
#define FS_TREF_MAX ((1ul << FS_TREF_BITS) - 1)
#define FS_TYPE_SHIFT 55
#define FS_TYPE_MASK 0xful
#define FS_CHANGING (1ul << 60)
#define FS_VALIDATED (1ul << 61)
#define FS_PINNED (1ul << 62)
#define FS_ALLOCATED (1ul << 63)

/* What a transition answers. The new word is stored to *to only with TV_OK, TV_VALIDATE, TV_TEARDOWN, TV_FREE. */
enum verdict {
	TV_OK,	     /* done */
	TV_VALIDATE, /* done, and the caller must now check the contents, then commit or abort */
	TV_TEARDOWN, /* done, and the caller must now drop what the contents refer to, then commit */
	TV_FREE,     /* done, and that was the last reference: the frame goes back to the allocator */
	TV_BUSY,     /* another CPU is changing it: poll and try again */
	TV_REFUSED,  /* not allowed in this state */
	TV_OVERFLOW, /* a count is at its limit */
};

/* The exact list of transitions (each (from, *to) -> verdict) is in frame/type.c's owner's hands: */
enum verdict state_alloc(fstate_t from, fstate_t *to);	       /* free word 0 -> allocated, one reference */
enum verdict state_get(fstate_t from, fstate_t *to);	       /* +1 reference; refused if none is held now */
enum verdict state_put(fstate_t from, fstate_t *to);	       /* -1 reference; TV_FREE at zero */
enum verdict state_unallocate(fstate_t from, fstate_t *to);    /* clears allocated and drops its reference; TV_FREE at zero */
enum verdict state_get_type(fstate_t from, fstate_t *to, enum ftype t); /* +1 both; VALIDATE if contents are not yet checked */
enum verdict state_validated(fstate_t from, fstate_t *to);     /* ends VALIDATE well */
enum verdict state_invalid(fstate_t from, fstate_t *to);       /* ends VALIDATE ill: both references dropped */
enum verdict state_put_type(fstate_t from, fstate_t *to);      /* -1 both; TEARDOWN if it was the last of a page table */
enum verdict state_torn_down(fstate_t from, fstate_t *to);     /* ends TEARDOWN: drops both; may be TV_FREE */
enum verdict state_pin(fstate_t from, fstate_t *to, enum ftype t);   /* takes over the caller's type reference as the pin */
enum verdict state_unpin(fstate_t from, fstate_t *to);	       /* gives the pin's reference to the caller, who puts it */

static inline u64 state_refs(fstate_t s)
{
	return s & FS_REF_MAX;
}

static inline u64 state_type_refs(fstate_t s)
{
	return s >> FS_TREF_SHIFT & FS_TREF_MAX;
}

static inline enum ftype state_type(fstate_t s)
{
	return (enum ftype)(s >> FS_TYPE_SHIFT & FS_TYPE_MASK);
}

#endif

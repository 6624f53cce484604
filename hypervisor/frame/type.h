/* SPDX-License-Identifier: MIT */
/*
 * The page-type state machine: pure functions on one 64-bit word per frame. This is what makes
 * direct paging safe, so it is small and proved: the contracts below are what callers may rely on
 * (`make prove`).
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

//@ assigns \nothing; ensures \result <==> TV_OK <= v <= TV_FREE;
static inline bool verdict_stores(enum verdict v)
{
	return v <= TV_FREE;
}

/* --- what is proved of all transitions (tests/prove/run) -------------------------------------- */

/*@
  logic integer refs(integer s) = s % 0x10000000;
  logic integer trefs(integer s) = (s / 0x10000000) % 0x8000000;
  logic integer type(integer s) = (s / 0x80000000000000) % 16;
  logic integer bit59(integer s) = (s / 0x800000000000000) % 2;
  logic integer changing(integer s) = (s / 0x1000000000000000) % 2;
  logic integer validated(integer s) = (s / 0x2000000000000000) % 2;
  logic integer pinned(integer s) = (s / 0x4000000000000000) % 2;
  logic integer allocated(integer s) = (s / 0x8000000000000000) % 2;

  predicate table_type(integer t) = FT_L1 <= t <= FT_L4;

  // The invariant of every word.
  predicate wf(integer s) = 0 <= s <= 0xffffffffffffffff && (s == 0 || (
    refs(s) >= 1 && refs(s) >= trefs(s) + allocated(s) && bit59(s) == 0 &&
    FT_NONE <= type(s) <= FT_WRITABLE &&
    (trefs(s) == 0 ==> changing(s) == 0 && validated(s) == 0) &&
    (trefs(s) > 0 ==> type(s) != FT_NONE && changing(s) + validated(s) == 1) &&
    (changing(s) == 1 ==> trefs(s) == 1) &&
    (pinned(s) == 1 ==> validated(s) == 1 && table_type(type(s)))));

  // What a frame can be used as.
  predicate is_writable(integer s) = trefs(s) > 0 && type(s) == FT_WRITABLE;
  predicate is_protected(integer s) = trefs(s) > 0 && (table_type(type(s)) || type(s) == FT_DESC);
  predicate is_trusted(integer s) = is_protected(s) && validated(s) == 1;

  predicate stored(integer v) = v == TV_OK || v == TV_VALIDATE || v == TV_TEARDOWN || v == TV_FREE;

  // What all transitions have in common. A refusal changes nothing; a good word stays good; a frame
  // is free exactly with TV_FREE, and then nothing is left of it; no frame in use changes its type;
  // none is writable and protected.
  predicate fair(integer v, integer from, integer before, integer after) =
    TV_OK <= v <= TV_OVERFLOW &&
    (!stored(v) ==> after == before) &&
    (stored(v) ==> wf(after)) &&
    (stored(v) ==> (v == TV_FREE <==> after == 0)) &&
    (v == TV_FREE ==> refs(from) == 1 && trefs(from) + allocated(from) <= 1 && pinned(from) == 0) &&
    (stored(v) && trefs(from) > 0 && trefs(after) > 0 ==> type(after) == type(from)) &&
    (stored(v) ==> !(is_writable(after) && is_protected(after))) &&
    (v == TV_VALIDATE ==> trefs(from) == 0 && changing(after) == 1) &&
    (v == TV_TEARDOWN ==> is_trusted(from) && changing(after) == 1);

  // The change of both counts, when a word is left.
  predicate moved(integer from, integer to, integer r, integer t) =
    refs(to) == refs(from) + r && trefs(to) == trefs(from) + t;

  // All else is as it was.
  predicate kept(integer from, integer to) =
    type(to) == type(from) && changing(to) == changing(from) && validated(to) == validated(from) &&
    pinned(to) == pinned(from) && allocated(to) == allocated(from);
*/

/* One reference more; refused if none is held now. One less; TV_FREE if it was the last. */
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures from == 0 ==> \result == TV_REFUSED;
  ensures from != 0 && refs(from) == FS_REF_MAX ==> \result == TV_OVERFLOW;
  ensures from != 0 && refs(from) < FS_REF_MAX ==>
    \result == TV_OK && *to == from + 1 && moved(from, *to, 1, 0) && kept(from, *to);
*/
enum verdict state_get(fstate_t from, fstate_t *to);
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures refs(from) == trefs(from) + allocated(from) <==> \result == TV_REFUSED;
  ensures \result != TV_REFUSED && refs(from) == 1 ==> \result == TV_FREE;
  ensures \result != TV_REFUSED && refs(from) > 1 ==>
    \result == TV_OK && *to == from - 1 && moved(from, *to, -1, 0) && kept(from, *to);
*/
enum verdict state_put(fstate_t from, fstate_t *to);

/* Gives the allocation's reference to the caller, who puts it. */
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures \result == TV_OK || \result == TV_REFUSED;
  ensures \result == TV_OK <==> allocated(from) == 1;
  ensures \result == TV_OK ==>
    allocated(*to) == 0 && moved(from, *to, 0, 0) && pinned(*to) == pinned(from) &&
    type(*to) == type(from) && changing(*to) == changing(from) && validated(*to) == validated(from);
*/
enum verdict state_unallocate(fstate_t from, fstate_t *to);

/* The pin takes over the caller's type reference of a page table; or gives it to the caller. */
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures \result == TV_OK || \result == TV_REFUSED;
  ensures \result == TV_OK <==> is_trusted(from) && table_type(type(from)) && pinned(from) == 0;
  ensures \result == TV_OK ==>
    pinned(*to) == 1 && moved(from, *to, 0, 0) && allocated(*to) == allocated(from);
*/
enum verdict state_pin(fstate_t from, fstate_t *to);
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures \result == TV_OK || \result == TV_REFUSED;
  ensures \result == TV_OK <==> pinned(from) == 1;
  ensures \result == TV_OK ==>
    pinned(*to) == 0 && moved(from, *to, 0, 0) && allocated(*to) == allocated(from) &&
    changing(*to) == changing(from);
*/
enum verdict state_unpin(fstate_t from, fstate_t *to);

/* One of both more; TV_VALIDATE if the contents are not checked yet. */
/*@
  requires wf(from) && \valid(to) && FT_NONE <= t <= FT_COUNT;
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures from == 0 || t == FT_NONE || t == FT_COUNT ==> \result == TV_REFUSED;
  ensures trefs(from) > 0 && type(from) != t ==> !stored(\result);
  ensures changing(from) == 1 ==> !stored(\result);
  ensures stored(\result) ==>
    moved(from, *to, 1, 1) && type(*to) == t && allocated(*to) == allocated(from) &&
    pinned(*to) == pinned(from);
  ensures \result == TV_OK ==> validated(*to) == 1;
  ensures \result == TV_OK && t != FT_WRITABLE ==> is_trusted(from);
  ensures \result == TV_OK && t == FT_WRITABLE && trefs(from) == 0 ==>
    type(from) == FT_NONE || type(from) == FT_WRITABLE;
  ensures \result == TV_OK || \result == TV_VALIDATE || !stored(\result);
*/
enum verdict state_get_type(fstate_t from, fstate_t *to, enum ftype t);
/* One of both less; TV_TEARDOWN if it was the last type reference of a page table. */
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures trefs(from) == 0 || changing(from) == 1 || (pinned(from) == 1 && trefs(from) == 1) <==>
    \result == TV_REFUSED;
  ensures stored(\result) || \result == TV_REFUSED;
  ensures \result == TV_OK ==>
    moved(from, *to, -1, -1) && pinned(*to) == pinned(from) && allocated(*to) == allocated(from);
  ensures \result == TV_TEARDOWN ==>
    moved(from, *to, 0, 0) && allocated(*to) == allocated(from) && table_type(type(from)) &&
    trefs(from) == 1;
  ensures \result == TV_OK && trefs(from) > 1 ==> kept(from, *to);
  ensures \result == TV_OK && trefs(from) == 1 || \result == TV_FREE ==> !table_type(type(from));
*/
enum verdict state_put_type(fstate_t from, fstate_t *to);

/* Ends TV_VALIDATE well. */
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures \result == TV_OK || \result == TV_REFUSED;
  ensures \result == TV_OK <==> changing(from) == 1;
  ensures \result == TV_OK ==>
    moved(from, *to, 0, 0) && validated(*to) == 1 && allocated(*to) == allocated(from) &&
    type(*to) == type(from) && pinned(*to) == pinned(from);
*/
enum verdict state_validated(fstate_t from, fstate_t *to);
/* Ends TV_TEARDOWN, or TV_VALIDATE after bad contents: one of both less; may be TV_FREE. */
/*@
  requires wf(from) && \valid(to);
  assigns *to;
  ensures fair(\result, from, \old(*to), *to);
  ensures \result == TV_OK || \result == TV_FREE || \result == TV_REFUSED;
  ensures changing(from) == 0 <==> \result == TV_REFUSED;
  ensures \result == TV_OK ==>
    moved(from, *to, -1, -1) && trefs(*to) == 0 && type(*to) == type(from) &&
    allocated(*to) == allocated(from);
*/
enum verdict state_torn_down(fstate_t from, fstate_t *to);

/* The type it has, or had last while no type reference is held. */
//@ assigns \nothing; ensures \result == type(s);
static inline enum ftype state_type(fstate_t s)
{
	return (enum ftype)FS_TYPE(s);
}

static inline bool ftype_is_table(enum ftype t)
{
	return t >= FT_L1 && t <= FT_L4;
}

#endif

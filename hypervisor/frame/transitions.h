/* SPDX-License-Identifier: MIT */
/*
 * The transitions of the page-type state machine, and the lemmas by which tests/prove/run proves
 * their contracts (frame/type.h). Nothing here touches memory but *to. Whoever applies a
 * transition (frame.c, ptable/type.c) does it by compare-and-swap and acts on the verdict.
 *
 * They stand in type.c for everybody, and inline in frame.c, which applies them to every entry of
 * every page table.
 */
#ifndef FRAME_TRANSITIONS_H
#define FRAME_TRANSITIONS_H

#include <frame/type.h>

#ifndef TRANSITION /* type.c says what it means there */
#define TRANSITION extern inline __attribute__((gnu_inline))
#endif

/*@
  // The word of given fields; bit 59 is never set.
  logic integer word(integer r, integer t, integer y, integer c, integer v, integer p, integer a) =
    r + t * 0x10000000 + y * 0x80000000000000 + c * 0x1000000000000000 + v * 0x2000000000000000 +
    p * 0x4000000000000000 + a * 0x8000000000000000;

  // A word cut at the start of a field, and again at the next: the lemmas below go by small steps.
  lemma cut55: \forall integer s; 0 <= s ==> s / 0x80000000000000 == (s / 0x10000000) / 0x8000000;
  lemma cut59: \forall integer s; 0 <= s ==> s / 0x800000000000000 == (s / 0x80000000000000) / 16;
  lemma cut60: \forall integer s; 0 <= s ==> s / 0x1000000000000000 == (s / 0x800000000000000) / 2;
  lemma cut61: \forall integer s; 0 <= s ==> s / 0x2000000000000000 == (s / 0x1000000000000000) / 2;
  lemma cut62: \forall integer s; 0 <= s ==> s / 0x4000000000000000 == (s / 0x2000000000000000) / 2;
  lemma cut63: \forall integer s; 0 <= s ==> s / 0x8000000000000000 == (s / 0x4000000000000000) / 2;
  lemma step28: \forall integer r, k; 0 <= k ==> 0 <= r < 0x10000000 ==>
    (r + k * 0x10000000) / 0x10000000 == k && (r + k * 0x10000000) % 0x10000000 == r;
  lemma step27: \forall integer r, k; 0 <= k ==> 0 <= r < 0x8000000 ==>
    (r + k * 0x8000000) / 0x8000000 == k && (r + k * 0x8000000) % 0x8000000 == r;
  lemma step4: \forall integer r, k; 0 <= k ==> 0 <= r < 16 ==>
    (r + k * 16) / 16 == k && (r + k * 16) % 16 == r;
  lemma step1: \forall integer r, k; 0 <= k ==> 0 <= r < 2 ==>
    (r + k * 2) / 2 == k && (r + k * 2) % 2 == r;

  predicate in_fields(integer r, integer t, integer y, integer c, integer v, integer p, integer a) =
    0 <= r < 0x10000000 && 0 <= t < 0x8000000 && 0 <= y < 8 &&
    0 <= c <= 1 && 0 <= v <= 1 && 0 <= p <= 1 && 0 <= a <= 1;

  logic integer above28(integer t, integer y, integer c, integer v, integer p, integer a) =
    t + 0x8000000 * (y + 32 * (c + 2 * (v + 2 * (p + 2 * a))));
  lemma at28: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
    word(r, t, y, c, v, p, a) / 0x10000000 == above28(t, y, c, v, p, a) &&
    word(r, t, y, c, v, p, a) % 0x10000000 == r;
  lemma at55: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
    word(r, t, y, c, v, p, a) / 0x80000000000000 == y + 32 * (c + 2 * (v + 2 * (p + 2 * a))) &&
    above28(t, y, c, v, p, a) % 0x8000000 == t;
  lemma at59: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
    word(r, t, y, c, v, p, a) / 0x800000000000000 == 2 * (c + 2 * (v + 2 * (p + 2 * a)));
  lemma at60: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
    word(r, t, y, c, v, p, a) / 0x1000000000000000 == c + 2 * (v + 2 * (p + 2 * a));
  lemma at61: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
    word(r, t, y, c, v, p, a) / 0x2000000000000000 == v + 2 * (p + 2 * a);
  lemma at62: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
    word(r, t, y, c, v, p, a) / 0x4000000000000000 == p + 2 * a;
  lemma at63: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
    word(r, t, y, c, v, p, a) / 0x8000000000000000 == a;

  // Fields do not disturb each other: what was put together is found again, and nothing else is in
  // a word.
  lemma fields: \forall integer r, t, y, c, v, p, a; in_fields(r, t, y, c, v, p, a) ==>
      refs(word(r, t, y, c, v, p, a)) == r && trefs(word(r, t, y, c, v, p, a)) == t &&
      type(word(r, t, y, c, v, p, a)) == y && bit59(word(r, t, y, c, v, p, a)) == 0 &&
      changing(word(r, t, y, c, v, p, a)) == c && validated(word(r, t, y, c, v, p, a)) == v &&
      pinned(word(r, t, y, c, v, p, a)) == p && allocated(word(r, t, y, c, v, p, a)) == a;
  lemma whole: \forall integer s; 0 <= s <= 0xffffffffffffffff ==> bit59(s) == 0 ==>
    s == word(refs(s), trefs(s), type(s), changing(s), validated(s), pinned(s), allocated(s));

  // A frame that was free and has an owner now.
  lemma fresh: FS_FRESH == word(1, 0, FT_NONE, 0, 0, 0, 1) && wf(FS_FRESH);
*/

TRANSITION enum verdict state_get(fstate_t from, fstate_t *to)
{
	if (FS_REFS(from) == 0)
		return TV_REFUSED;
	if (FS_REFS(from) == FS_REF_MAX)
		return TV_OVERFLOW;

	*to = from + FS_REF_ONE;
	/*@ assert *to == word(refs(from) + 1, trefs(from), type(from),
	      changing(from), validated(from), pinned(from), allocated(from)); */
	return TV_OK;
}

TRANSITION enum verdict state_put(fstate_t from, fstate_t *to)
{
	/* All that are left are type references and the allocation's: none is a plain one. */
	if (FS_REFS(from) <= FS_TREFS(from) + from / FS_ALLOCATED)
		return TV_REFUSED;

	if (FS_REFS(from) == 1) {
		*to = 0;
		return TV_FREE;
	}

	*to = from - FS_REF_ONE;
	/*@ assert *to == word(refs(from) - 1, trefs(from), type(from),
	      changing(from), validated(from), pinned(from), allocated(from)); */
	return TV_OK;
}

TRANSITION enum verdict state_unallocate(fstate_t from, fstate_t *to)
{
	if (!FS_HAS(from, FS_ALLOCATED))
		return TV_REFUSED;

	*to = from - FS_ALLOCATED;
	/*@ assert *to == word(refs(from), trefs(from), type(from),
	      changing(from), validated(from), pinned(from), 0); */
	return TV_OK;
}

TRANSITION enum verdict state_get_type(fstate_t from, fstate_t *to, enum ftype t)
{
	fstate_t next;

	if (FS_REFS(from) == 0 || t == FT_NONE || t == FT_COUNT)
		return TV_REFUSED;

	if (FS_HAS(from, FS_CHANGING))
		return TV_BUSY;

	if (FS_TREFS(from) > 0 && FS_TYPE(from) != (u64)t)
		return TV_REFUSED;

	if (FS_REFS(from) == FS_REF_MAX || FS_TREFS(from) == FS_TREF_MAX)
		return TV_OVERFLOW;

	next = from + FS_TREF_ONE + FS_REF_ONE;
	if (FS_TREFS(from) > 0) {
		*to = next;
		/*@ assert *to == word(refs(from) + 1, trefs(from) + 1, type(from),
		      changing(from), validated(from), pinned(from), allocated(from)); */
		return TV_OK;
	}

	/* The first one of this type. If it was writable last, there is nothing to check. */
	next = next - FS_TYPE(from) * FS_TYPE_ONE + (u64)t * FS_TYPE_ONE;
	if (t == FT_WRITABLE && (FS_TYPE(from) == FT_WRITABLE || FS_TYPE(from) == FT_NONE)) {
		*to = next + FS_VALIDATED;
		//@ assert *to == word(refs(from) + 1, 1, t, 0, 1, 0, allocated(from));
		return TV_OK;
	}

	*to = next + FS_CHANGING;
	//@ assert *to == word(refs(from) + 1, 1, t, 1, 0, 0, allocated(from));
	return TV_VALIDATE;
}

TRANSITION enum verdict state_validated(fstate_t from, fstate_t *to)
{
	if (!FS_HAS(from, FS_CHANGING))
		return TV_REFUSED;

	*to = from - FS_CHANGING + FS_VALIDATED;
	/*@ assert *to == word(refs(from), trefs(from), type(from),
	      0, 1, pinned(from), allocated(from)); */
	return TV_OK;
}

TRANSITION enum verdict state_torn_down(fstate_t from, fstate_t *to)
{
	if (!FS_HAS(from, FS_CHANGING))
		return TV_REFUSED;

	if (FS_REFS(from) == 1) {
		*to = 0;
		return TV_FREE;
	}

	*to = from - FS_CHANGING - FS_TREF_ONE - FS_REF_ONE;
	//@ assert *to == word(refs(from) - 1, 0, type(from), 0, 0, 0, allocated(from));
	return TV_OK;
}

TRANSITION enum verdict state_put_type(fstate_t from, fstate_t *to)
{
	if (FS_TREFS(from) == 0 || FS_HAS(from, FS_CHANGING))
		return TV_REFUSED;

	if (FS_TREFS(from) > 1) {
		*to = from - FS_TREF_ONE - FS_REF_ONE;
		/*@ assert *to == word(refs(from) - 1, trefs(from) - 1, type(from),
		      changing(from), validated(from), pinned(from), allocated(from)); */
		return TV_OK;
	}

	/* The last one is the pin's. */
	if (FS_HAS(from, FS_PINNED))
		return TV_REFUSED;

	if (FS_TYPE(from) != FT_DESC && FS_TYPE(from) != FT_WRITABLE) {
		*to = from - FS_VALIDATED + FS_CHANGING;
		//@ assert *to == word(refs(from), 1, type(from), 1, 0, 0, allocated(from));
		return TV_TEARDOWN;
	}

	if (FS_REFS(from) == 1) {
		*to = 0;
		return TV_FREE;
	}

	*to = from - FS_VALIDATED - FS_TREF_ONE - FS_REF_ONE;
	//@ assert *to == word(refs(from) - 1, 0, type(from), 0, 0, 0, allocated(from));
	return TV_OK;
}

TRANSITION enum verdict state_pin(fstate_t from, fstate_t *to)
{
	if (!FS_HAS(from, FS_VALIDATED) || FS_HAS(from, FS_PINNED))
		return TV_REFUSED;

	if (FS_TYPE(from) < FT_L1 || FS_TYPE(from) > FT_L4)
		return TV_REFUSED;

	*to = from + FS_PINNED;
	/*@ assert *to == word(refs(from), trefs(from), type(from),
	      changing(from), validated(from), 1, allocated(from)); */
	return TV_OK;
}

TRANSITION enum verdict state_unpin(fstate_t from, fstate_t *to)
{
	if (!FS_HAS(from, FS_PINNED))
		return TV_REFUSED;

	*to = from - FS_PINNED;
	/*@ assert *to == word(refs(from), trefs(from), type(from),
	      changing(from), validated(from), 0, allocated(from)); */
	return TV_OK;
}

#endif

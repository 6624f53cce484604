/* SPDX-License-Identifier: MIT */
/*
 * References on frames, inline: applies the transitions (transitions.h) by compare-and-swap, and
 * stamps a frame when a use of it ends, so that stale translations are flushed before its next one.
 *
 * frame_get and frame_put_mapping (frame.h) are those of everybody who does not take and put them
 * by the hundred, as the entries of page tables do.
 */
#ifndef FRAME_REFS_H
#define FRAME_REFS_H

#include <frame/frame.h>
#include <frame/transitions.h>
#include <x86/cpu.h>

/* The last reference of @f is gone. */
//@ assigns *f, frees; ensures frees == \old(frees) + 1;
void frame_free(struct frame *f);

/*
 * Applies a transition to what the state is now; frees the frame if its last reference went. Each
 * use names its transition, which becomes part of it.
 */
/*@
  requires at_hand(f);
  requires transition \in { &state_get, &state_put, &state_put_type, &state_validated,
    &state_torn_down, &state_pin, &state_unpin, &state_unallocate };
  requires transition == &state_put ==> held > 0;
  requires transition == &state_put_type ==> held_types > 0 && !changes;
  requires transition == &state_validated || transition == &state_torn_down ==> changes;
  requires transition == &state_pin ==> held_types > 0 && !changes;
  requires transition == &state_unpin ==> held_types == 0 && !changes;
  assigns *f, held, held_types, held_as, changes, frees;
  // A verdict is acted on: who put the last reference has freed the frame.
  ensures frees == \old(frees) + (\result == TV_FREE ? 1 : 0);
  ensures !stored(\result) ==>
    holds(\old(held), \old(held_types), \old(held_as), \old(changes));
  ensures transition == &state_get && stored(\result) ==> \result == TV_OK &&
    holds(\old(held) + 1, \old(held_types), \old(held_as), \old(changes));
  ensures transition == &state_put ==> (\result == TV_OK || \result == TV_FREE) &&
    holds(\old(held) - 1, \old(held_types), \old(held_as), \old(changes));
  ensures transition == &state_put_type && !table_type(\old(held_as)) ==>
    (\result == TV_OK || \result == TV_FREE) &&
    holds(\old(held), \old(held_types) - 1, \old(held_as), 0);
  // Whoever puts the last use of a table is to tear it down.
  ensures transition == &state_put_type && table_type(\old(held_as)) ==>
    (\result == TV_OK && holds(\old(held), \old(held_types) - 1, \old(held_as), 0)) ||
    (\result == TV_TEARDOWN && holds(\old(held), \old(held_types), \old(held_as), 1));
  ensures transition == &state_validated ==> \result == TV_OK &&
    holds(\old(held), \old(held_types), \old(held_as), 0);
  ensures transition == &state_torn_down ==> (\result == TV_OK || \result == TV_FREE) &&
    holds(\old(held), \old(held_types) - 1, \old(held_as), 0);
  // A pin takes a type reference of its own from who sets it, and gives it to who clears it.
  ensures transition == &state_pin && stored(\result) ==> \result == TV_OK &&
    holds(\old(held), \old(held_types) - 1, \old(held_as), 0);
  ensures transition == &state_unpin && stored(\result) ==> \result == TV_OK &&
    table_type(held_as) && holds(\old(held), 1, held_as, 0);
  ensures transition == &state_unallocate && stored(\result) ==> \result == TV_OK &&
    holds(\old(held) + 1, \old(held_types), \old(held_as), \old(changes));
*/
static inline __attribute__((always_inline)) enum verdict ref_apply(struct frame *f,
								    transition_t *transition)
{
	fstate_t from, next;
	enum verdict v;

	/*@
	  loop invariant holds(\at(held, Pre), \at(held_types, Pre), \at(held_as, Pre),
	    \at(changes, Pre));
	  loop assigns from, next, v, f->state, held, held_types, held_as, changes;
	*/
	do {
		from = frame_state(f);
		/*@ calls state_get, state_put, state_put_type, state_validated, state_torn_down,
		      state_pin, state_unpin, state_unallocate; */
		v = transition(from, &next);
	} while (verdict_stores(v) && !frame_cas(f, from, next));

	if (v == TV_FREE)
		frame_free(f);
	return v;
}

/* As frame_put_mapping. */
/*@
  requires at_hand(f);
  requires write ? held_types > 0 && held_as == FT_WRITABLE && !changes : held > 0;
  assigns *f, held, held_types, held_as, changes, frees, stamps;
  // What may still translate to it is told by its stamp.
  ensures stamps > \old(stamps);
  ensures holds(\old(held) - (write ? 0 : 1), \old(held_types) - (write ? 1 : 0), \old(held_as),
    \old(changes));
*/
static inline __attribute__((always_inline)) void ref_put_mapping(struct frame *f, bool write)
{
	enum verdict v;

	assert(!write || state_type(frame_state(f)) == FT_WRITABLE);
	frame_stamp(f);
	if (write)
		v = ref_apply(f, state_put_type);
	else
		v = ref_apply(f, state_put);
	assert(v == TV_OK || v == TV_FREE);
}

/* As frame_get. */
/*@
  requires at_hand(f);
  assigns *f, held, held_types, held_as, changes, frees, stamps;
  ensures holds(\old(held) + (\result ? 1 : 0), \old(held_types), \old(held_as), \old(changes));
*/
static inline __must_check bool ref_get(struct frame *f, struct domain *d)
{
	if (!d || READ_ONCE(f->owner) != d)
		return false;

	if (ref_apply(f, state_get) != TV_OK)
		return false;

	/* Until the reference was held the owner could still change: look again. */
	if (READ_ONCE(f->owner) == d)
		return true;

	frame_put(f);
	return false;
}

#endif

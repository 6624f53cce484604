/* SPDX-License-Identifier: MIT */
/*
 * One grant entry (version 1): the word that a hostile guest shares with us, and its active entry,
 * in which we keep what it is used for. The pure core of grants. The caller holds the granter's
 * lock, so only the guest itself races: the shared word is read once and changed by
 * compare-and-swap, the frame number is read once and kept. Inside grant/ only.
 *
 *                    pin: first of all                       pin: first writer
 *   +-------------+  sets GTF_reading  +-------------------+  sets GTF_writing +----------------+
 *   | not in use  | -----------------> | readers, no writer | ----------------> | writers        |
 *   | grantee and |                    | grantee and frame  |                   | (and readers)  |
 *   | frame: free | <----------------- | are fixed          | <---------------- |                |
 *   +-------------+  unpin: last one   +-------------------+  unpin: last      +----------------+
 *                    clears GTF_reading                       writer clears GTF_writing
 */
#ifndef GRANT_ENTRY_H
#define GRANT_ENTRY_H

#include <lib/fail.h>
#include <lib/types.h>
#include <pvabi/grant_table.h>

/* Pins: maps and copies in progress. While there is one, grantee and frame stay what they were. */
struct active_entry {
	u32 frame;
	domid_t grantee;
	u16 readers, writers;
};

//@ requires \valid_read(a); assigns \nothing; ensures \result <==> a->readers + a->writers > 0;
static inline bool active_pinned(const struct active_entry *a)
{
	return a->readers || a->writers;
}

/*
 * The contracts below, which tests/prove/run proves, speak of
 *
 *   uses        how many pins there are
 *   permits     what the granter must have written for @who to have it
 *
 * and of marked_from and marked_to, which only the prover has: the word of the guest's entry that
 * our last mark replaced, and what it became.
 */
/*@
  logic integer uses(struct active_entry *a) = a->readers + a->writers;

  predicate permits(integer word, integer who, integer write) =
    (((u16)word) & GTF_type_mask) == GTF_permit_access && (((u16)word) & GTF_sub_page) == 0 &&
    (domid_t)(word >> 16) == who && (write != 0 ==> (((u16)word) & GTF_readonly) == 0);

  predicate marked(integer from, integer to, integer write) =
    (write == 0 ==> to == (from | GTF_reading)) &&
    (write != 0 ==> to == (from | (GTF_reading | GTF_writing)));
*/

/* A GNTST_* status as a word, for messages. */
//@ requires GNTST_bad_copy_arg <= status <= GNTST_okay; assigns \nothing;
const char *grant_status_name(int status);

/* As fail() for a GNTST_* status: the reason is told with the status as a word. */
#define refuse(status, fmt, ...)                                                                \
	(fail_reason((status), __func__, "%s: " fmt, grant_status_name(status), ##__VA_ARGS__), \
	 (status))

/*
 * Pins the entry @e for @who, to write if @write: sets GTF_reading (and GTF_writing) and counts the
 * pin in @a. Then a->frame is what is granted; the caller takes its reference, or unpins. Returns
 * GNTST_okay, or GNTST_general_error with a reason and nothing changed.
 */
/*@
  requires \valid(e) && \valid(a) && \separated(e, a) && write <= 1;
  assigns *e, *a, marked_from, marked_to;
  ensures \result == GNTST_okay || \result == GNTST_general_error;
  ensures \result != GNTST_okay ==> *a == \old(*a);
  ensures \result == GNTST_okay ==>
    a->grantee == who && a->readers == \old(a->readers) + 1 - write &&
    a->writers == \old(a->writers) + write;
  // While there is a pin its frame and grantee are fixed, whatever the guest writes.
  ensures \old(uses(a)) > 0 ==> a->frame == \old(a->frame) && a->grantee == \old(a->grantee);
  // The granter permitted it by the very word that our mark replaced.
  ensures \result == GNTST_okay && (\old(uses(a)) == 0 || (write == 1 && \old(a->writers) == 0)) ==>
    permits(marked_from, who, write) && marked(marked_from, marked_to, write);
*/
int __must_check entry_pin(struct grant_entry_v1 *e, struct active_entry *a, domid_t who,
			   bool write);
/* Gives one pin back. @e is NULL when the granter died and its table is gone. */
/*@
  requires \valid(a) && (e == \null || \valid(e)) && \separated(e, a) && write <= 1;
  requires write == 1 ? a->writers > 0 : a->readers > 0;
  assigns e->flags, *a;
  ensures a->readers == \old(a->readers) - (1 - write) && a->writers == \old(a->writers) - write;
  ensures a->frame == \old(a->frame) && a->grantee == \old(a->grantee);
  // A mark goes with the last use that it tells of, and no sooner.
  ensures e != \null && uses(a) == 0 && write == 0 ==>
    e->flags == (\old(e->flags) & (u16)~GTF_reading);
  ensures e != \null && uses(a) == 0 && write == 1 ==>
    e->flags == (\old(e->flags) & (u16)~(GTF_reading | GTF_writing));
  ensures e != \null && uses(a) > 0 && write == 1 && a->writers == 0 ==>
    e->flags == (\old(e->flags) & (u16)~GTF_writing);
  ensures e != \null && uses(a) > 0 && (write == 0 || a->writers > 0) ==>
    e->flags == \old(e->flags);
*/
void entry_unpin(struct grant_entry_v1 *e, struct active_entry *a, bool write);

#endif

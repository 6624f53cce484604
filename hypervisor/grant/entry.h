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

static inline bool active_pinned(const struct active_entry *a)
{
	return a->readers || a->writers;
}

/* A GNTST_* status as a word, for messages. */
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
int __must_check entry_pin(struct grant_entry_v1 *e, struct active_entry *a, domid_t who,
			   bool write);
/* Gives one pin back. @e is NULL when the granter died and its table is gone. */
void entry_unpin(struct grant_entry_v1 *e, struct active_entry *a, bool write);

#endif

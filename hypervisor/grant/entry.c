/* SPDX-License-Identifier: MIT */
/*
 * Transitions of a grant entry (grant/entry.h). Pure: runs unmodified under the host's tests. The
 * frame behind the number, its owner and type are the callers' business.
 */
#include <grant/entry.h>

#include <lib/fail.h>

#define USES_MAX 0xffff /* of each kind at a time */
/* The guest may flip the word for ever; an honest one changes it once or twice. */
#define TRIES 16

/* flags and domid as the one word they are changed in. */
static u32 *entry_word(struct grant_entry_v1 *e)
{
	return (u32 *)e;
}

_Static_assert(offsetof(struct grant_entry_v1, domid) == 2, "flags and domid are one word");

/* May @who have what it asks for under @word? */
static int word_check(u32 word, domid_t who, bool write)
{
	u16 flags = word, grantee = word >> 16;

	if ((flags & GTF_type_mask) != GTF_permit_access || flags & GTF_sub_page)
		return fail(GNTST_general_error, "the entry permits no access (flags %x)", flags);
	if (grantee != who)
		return fail(GNTST_general_error, "the entry is for domain %u, not %u", grantee,
			    who);
	if (write && flags & GTF_readonly)
		return fail(GNTST_general_error, "the entry is read-only");
	return GNTST_okay;
}

static int word_mark(struct grant_entry_v1 *e, domid_t who, bool write)
{
	u16 mark = GTF_reading | (write ? GTF_writing : 0);
	u32 word = READ_ONCE(*entry_word(e));

	for (u32 i = 0; i < TRIES; i++) {
		int st = word_check(word, who, write);

		if (st)
			return st;
		if (__atomic_compare_exchange_n(entry_word(e), &word, word | mark, false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return GNTST_okay;
	}
	return fail(GNTST_general_error, "the granter keeps changing the entry");
}

int entry_acquire(struct grant_entry_v1 *e, struct entry_use *u, domid_t who, bool write)
{
	bool first = !entry_used(u);
	int st;

	if (!first && u->grantee != who)
		return fail(GNTST_general_error, "the entry is in use by domain %u", u->grantee);
	if (u->readers == USES_MAX || u->writers == USES_MAX)
		return fail(GNTST_general_error, "the entry is in use too many times");
	if (first || (write && !u->writers)) {
		st = word_mark(e, who, write);
		if (st)
			return st;
	}
	if (first) {
		u->frame = READ_ONCE(e->frame);
		u->grantee = who;
	}
	if (write)
		u->writers++;
	else
		u->readers++;
	return GNTST_okay;
}

void entry_release(struct grant_entry_v1 *e, struct entry_use *u, bool write)
{
	u16 over = 0;

	if (write && !--u->writers)
		over = GTF_writing;
	else if (!write)
		u->readers--;
	if (!entry_used(u))
		over |= GTF_reading;
	if (over && e)
		__atomic_fetch_and(&e->flags, (u16)~over, __ATOMIC_SEQ_CST);
}

/* SPDX-License-Identifier: MIT */
/*
 * Transitions of a grant entry (grant/entry.h). Pure: runs unmodified under the host's tests. The
 * frame behind the number, its owner and type are the callers' business.
 */
#include <grant/entry.h>

#include <x86/cpu.h>

#define PINS_MAX 0xffff /* of readers, and of writers */

/* The guest may flip the word for ever; an honest one changes it once or twice. */
#define TRIES 16

/* Flags and domid are changed together, as one word. */
_Static_assert(offsetof(struct grant_entry_v1, flags) == 0, "the word begins with the flags");
_Static_assert(offsetof(struct grant_entry_v1, domid) == 2, "the word ends with the domid");

const char *grant_status_name(int status)
{
	static const char *const name[] = {
		[-GNTST_okay] = "okay",
		[-GNTST_general_error] = "general_error",
		[-GNTST_bad_domain] = "bad_domain",
		[-GNTST_bad_gntref] = "bad_gntref",
		[-GNTST_bad_handle] = "bad_handle",
		[-GNTST_bad_virt_addr] = "bad_virt_addr",
		[-GNTST_bad_dev_addr] = "bad_dev_addr",
		[-GNTST_no_device_space] = "no_device_space",
		[-GNTST_permission_denied] = "permission_denied",
		[-GNTST_bad_page] = "bad_page",
		[-GNTST_bad_copy_arg] = "bad_copy_arg",
	};

	return name[-status];
}

//@ requires \valid(e); assigns \nothing; ensures \result == (u32 *)e;
static u32 *entry_word(struct grant_entry_v1 *e)
{
	return (u32 *)e;
}

/* May @who have what it asks for, as the granter wrote it in @word? */
/*@
  requires write <= 1;
  assigns \nothing;
  ensures \result == GNTST_okay || \result == GNTST_general_error;
  ensures \result == GNTST_okay <==> permits(word, who, write);
*/
static int word_check(u32 word, domid_t who, bool write)
{
	u16 flags = word;
	domid_t grantee = word >> 16;

	if ((flags & GTF_type_mask) != GTF_permit_access)
		return refuse(GNTST_general_error, "flags %#x permit no access", flags);

	if (flags & GTF_sub_page)
		return refuse(GNTST_general_error, "flags %#x grant a part of a page", flags);

	if (grantee != who)
		return refuse(GNTST_general_error, "it is granted to d%u, not d%u", grantee, who);

	if (write && flags & GTF_readonly)
		return refuse(GNTST_general_error, "it is granted read-only");

	return GNTST_okay;
}

/* Tells the granter, in its own entry, that it is in use. */
/*@
  requires \valid(e) && write <= 1;
  assigns *e, marked_from, marked_to;
  ensures \result == GNTST_okay || \result == GNTST_general_error;
  ensures \result == GNTST_okay ==> permits(marked_from, who, write) &&
    marked(marked_from, marked_to, write);
*/
static int word_mark(struct grant_entry_v1 *e, domid_t who, bool write)
{
	u32 word = READ_ONCE(*entry_word(e));
	u16 mark = GTF_reading;

	if (write)
		mark |= GTF_writing;

	//@ loop assigns word, i, *e, marked_from, marked_to; loop variant TRIES - i;
	for (u32 i = 0; i < TRIES; i++) {
		int status = word_check(word, who, write);

		if (status)
			return status;

		/* A failure reads the word again. */
		if (__atomic_compare_exchange_n(entry_word(e), &word, word | mark, false,
						__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return GNTST_okay;
	}

	return refuse(GNTST_general_error, "the granter keeps changing the entry");
}

int entry_pin(struct grant_entry_v1 *e, struct active_entry *a, domid_t who, bool write)
{
	bool first = !active_pinned(a);

	if (!first && a->grantee != who)
		return refuse(GNTST_general_error, "it is in use by d%u", a->grantee);

	if (a->readers == PINS_MAX || a->writers == PINS_MAX)
		return refuse(GNTST_general_error, "it is in use too many times");

	/* The granter is told of the first use, and of the first that writes. */
	if (first || (write && !a->writers)) {
		int status = word_mark(e, who, write);

		if (status)
			return status;
	}

	if (first) {
		a->frame = READ_ONCE(e->frame);
		a->grantee = who;
	}

	if (write)
		a->writers++;
	else
		a->readers++;

	return GNTST_okay;
}

void entry_unpin(struct grant_entry_v1 *e, struct active_entry *a, bool write)
{
	u16 *pins = write ? &a->writers : &a->readers;
	u16 over = 0;

	assert(*pins);
	--*pins;

	if (write && !a->writers)
		over |= GTF_writing;

	if (!active_pinned(a))
		over |= GTF_reading;

	if (over && e)
		__atomic_fetch_and(&e->flags, (u16)~over, __ATOMIC_SEQ_CST);
}

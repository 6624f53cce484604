/* SPDX-License-Identifier: MIT */
/*
 * What single entries may hold, and how they come to it: by grants, of other domains, cached in
 * which way, and not present. Domain 1 is not privileged.
 */
#include "machine.h"
#include "suites.h"

#include <x86/features.h>

static struct vcpu *v = &vcpus[1];

/* What a grant handle names is unmapped where it is, and nothing else. */
START_TEST(grant_mappings)
{
	u64 where = 5ul << 12;
	struct frame *f = &frame_table[7]; /* the other domain's */
	struct grant_mapping m = { .frame = MFN(7) }, other;

	ck_assert(frame_get(f, &doms[0]));
	held[7]++;
	ck_assert_int_eq(ptable_grant_map(v, where, false, PTE_RW, &m), 0);
	ck_assert(m.entry == at(own(3), 5) && m.write);
	machine_recount("map");
	other = m;
	other.frame = MFN(8);
	ck_assert_int_eq(ptable_grant_unmap(v, where, false, &other), -EINVAL);
	ck_assert_int_eq(ptable_grant_unmap(v, 0, false, &m), -EINVAL); /* own(10) */
	ck_assert_int_eq(ptable_grant_unmap(v, at(own(3), 0), true, &m), -EINVAL);
	ck_assert_int_eq(ptable_grant_unmap(v, at(own(3), 6), true, &m), -EINVAL);
	machine_recount("not unmapped");

	/* The same frame in another place, and with less rights: not the mapping that was made. */
	other = (struct grant_mapping){ .frame = MFN(7) };
	ck_assert_int_eq(ptable_grant_map(v, at(own(3), 6), true, 0, &other), 0);
	ck_assert_int_eq(ptable_grant_unmap(v, at(own(3), 6), true, &m), -EINVAL);
	ck_assert_int_eq(ptable_grant_unmap(v, where, false, &other), -EINVAL);
	ck_assert_int_eq(ptable_grant_unmap(v, at(own(3), 6), true, &other), 0);
	ck_assert_int_eq(ptable_grant_map(v, at(own(3), 6), true, PTE_RW, &other), 0);
	ck_assert_int_eq(ptable_grant_unmap(v, at(own(3), 6), true, &m), -EINVAL);
	ck_assert_int_eq(ptable_grant_unmap(v, at(own(3), 6), true, &other), 0);
	machine_recount("two places");

	other = m;
	other.write = false;
	ck_assert_int_eq(ptable_grant_unmap(v, where, false, &other), -EINVAL);
	ck_assert_int_eq(ptable_grant_unmap(v, at(own(3), 5), true, &m), 0);
	machine_recount("unmapped");

	/* Into L1 tables in use, and no others. */
	ck_assert_int_eq(ptable_grant_map(v, at(own(2), 5), true, PTE_RW, &m), -EINVAL);
	ck_assert_int_eq(ptable_grant_map(v, at(own(30), 5), true, PTE_RW, &m), -EINVAL);
	ck_assert_int_eq(ptable_grant_map(v, at(own(3), 5) + 4, true, PTE_RW, &m), -EINVAL);
	machine_recount("not mapped");
	held[7]--;
	frame_put(f);
}
END_TEST

/*
 * A frame that another's tables map is marked, so that it is flushed everywhere. Not so by a grant,
 * whose handle ends with a flush, nor when a grantee gives up its right to write.
 */
START_TEST(mapped_abroad)
{
	struct domain *d = &doms[1], *other = &doms[0];
	struct grant_mapping granted = { .frame = MFN(8) };
	pte_t e = 7ul << PAGE_SHIFT | PTE_P;

	ck_assert_int_eq(machine_update(d, other, at(own(3), 6), e, false), 0);
	ck_assert_uint_eq(frame_table[7].abroad, ABROAD_MAPPED);
	ck_assert_int_eq(machine_update(d, other, at(own(3), 6), e | PTE_RW, false), 0);
	ck_assert_uint_eq(frame_table[7].abroad, ABROAD_MAPPED | ABROAD_WRITABLE);

	ck_assert_int_eq(ptable_grant_map(v, at(own(3), 7), true, PTE_RW, &granted), 0);
	e = entries(own(3))[7] & ~PTE_RW;
	ck_assert_int_eq(machine_update(d, d, at(own(3), 7), e, false), 0);
	ck_assert_uint_eq(frame_table[8].abroad, 0);

	ck_assert_int_eq(machine_update(d, d, at(own(3), 0), entries(own(3))[0] & ~PTE_RW, false),
			 0);
	ck_assert_uint_eq(frame_table[own(10)].abroad, 0);
	machine_recount("mapped abroad");
}
END_TEST

/* What a guest without devices maps is write-back, whatever it asks for, and so are its tables. */
START_TEST(cache_bits)
{
	static const pte_t asked[] = { 0x077, 0x07f, 0x0e7, 0x06f, 0x0ff };
	struct domain *d = &doms[1];
	pte_t *entry = &entries(own(3))[1];

	for (u32 i = 0; i < ARRAY_SIZE(asked); i++) {
		pte_t e = own(10) << PAGE_SHIFT | asked[i];

		ck_assert_int_eq(machine_update(d, d, at(own(3), 1), e, false), 0);
		ck_assert_uint_eq(*entry, own(10) << PAGE_SHIFT | 0x067);

		/* The same frame once more: nothing is taken, but the bits are looked at. */
		ck_assert_int_eq(machine_update(d, d, at(own(3), 1), e, false), 0);
		ck_assert_uint_eq(*entry, own(10) << PAGE_SHIFT | 0x067);

		ck_assert_int_eq(ptable_update_va(v, d, 1ul << PAGE_SHIFT, e), 0);
		ck_assert_uint_eq(*entry, own(10) << PAGE_SHIFT | 0x067);
	}

	/* A table taken into use whole, and a link to a table. */
	entries(own(4))[0] = own(10) << PAGE_SHIFT | 0x0ff;
	ck_assert_int_eq(machine_update(d, d, at(own(2), 1), own(4) << PAGE_SHIFT | 0x07f, false),
			 0);
	ck_assert_uint_eq(entries(own(4))[0], own(10) << PAGE_SHIFT | 0x067);
	ck_assert_uint_eq(entries(own(2))[1], own(4) << PAGE_SHIFT | 0x067);
	machine_recount("cache bits");
}
END_TEST

/* The entry may be stored by all ways, or by none. */
static void absent_is(pte_t e, bool allowed)
{
	struct domain *d = &doms[1];
	u64 links = own(4) << PAGE_SHIFT | PTE_P | PTE_RW;
	int rc = allowed ? 0 : -EINVAL;

	ck_assert_int_eq(machine_update(d, d, at(own(3), 1), e, false), rc);
	ck_assert_int_eq(machine_update(d, d, at(own(3), 1), e, true), rc);
	ck_assert_int_eq(ptable_update_va(v, d, 1ul << PAGE_SHIFT, e), rc);
	ck_assert_int_eq(machine_update(d, d, at(own(2), 2), e, false), rc);

	/* Written while the page was no table. */
	entries(own(4))[511] = e;
	ck_assert_int_eq(machine_update(d, d, at(own(2), 1), links, false), rc);
	ck_assert_int_eq(machine_update(d, d, at(own(2), 1), 0, false), 0);
	machine_recount("absent");
}

START_TEST(absent_entries_name_no_memory)
{
	const u64 top = frame_count << PAGE_SHIFT, beyond = 1ul << features.phys_bits;

	machine_l1tf = true;
	absent_is(5 << PAGE_SHIFT | 0x6, false);
	absent_is(PAGE_SIZE, false);
	absent_is((top - PAGE_SIZE) | PTE_RW, false);
	absent_is(beyond | PAGE_SIZE, false); /* the processor does not see the bit above */

	/* Nothing; software's bits; above all memory; what Linux stores for offset and frame 5. */
	absent_is(0, true);
	absent_is(PTE_RW | PTE_AVAIL | PTE_NX, true);
	absent_is(top, true);
	absent_is(beyond - PAGE_SIZE, true);
	absent_is(~(5ul << 9) << 14 >> 5 & ~PTE_P, true);
	absent_is((~(5ul << PAGE_SHIFT) & PTE_ADDR) | PTE_G, true);

	machine_l1tf = false;
	absent_is(5 << PAGE_SHIFT | 0x6, true);
}
END_TEST

/* Whoever drives the machine reads all memory anyway. */
START_TEST(absent_entries_of_dom0)
{
	machine_l1tf = true;
	doms[1].privileged = true;
	absent_is(5 << PAGE_SHIFT | 0x6, true);
}
END_TEST

Suite *mappings_suite(void)
{
	Suite *s = suite_create("mappings");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, machine_tree, NULL);
	tcase_add_test(t, grant_mappings);
	tcase_add_test(t, mapped_abroad);
	tcase_add_test(t, cache_bits);
	tcase_add_test(t, absent_entries_name_no_memory);
	tcase_add_test(t, absent_entries_of_dom0);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: MIT */
/* What L1 entries map, and how they come to it: by grants. Domain 1 is not privileged. */
#include "machine.h"
#include "suites.h"

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

Suite *mappings_suite(void)
{
	Suite *s = suite_create("mappings");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, machine_tree, NULL);
	tcase_add_test(t, grant_mappings);
	tcase_add_test(t, mapped_abroad);
	suite_add_tcase(s, t);
	return s;
}

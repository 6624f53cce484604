/* SPDX-License-Identifier: MIT */
/*
 * What single entries may hold, and how they come to it: by grants, of other domains, cached in
 * which way, not present, and in runs. Domain 1 is not privileged.
 */
#include "machine.h"
#include "suites.h"

#include <x86/features.h>
#include <x86/spec.h>

static struct vcpu *v = &vcpus[1];

/* What a grant handle names is unmapped where it is, and nothing else. */
START_TEST(grant_mappings)
{
	u64 where = 5ul << 12;
	struct frame *f = &frame_table[7]; /* the other domain's */
	struct grant_mapping m = { .frame = MFN(7) }, other;

	ck_assert(frame_get(f, &doms[0]));
	held[7]++;
	ck_assert_int_eq(grant_map(v, where, false, PTE_RW, &m), 0);
	ck_assert(m.entry == at(own(3), 5) && m.write);
	machine_recount("map");
	other = m;
	other.frame = MFN(8);
	ck_assert_int_eq(grant_unmap(v, where, false, &other), -EINVAL);
	ck_assert_int_eq(grant_unmap(v, 0, false, &m), -EINVAL); /* own(10) */
	ck_assert_int_eq(grant_unmap(v, at(own(3), 0), true, &m), -EINVAL);
	ck_assert_int_eq(grant_unmap(v, at(own(3), 6), true, &m), -EINVAL);
	machine_recount("not unmapped");

	/* The same frame in another place, and with less rights: not the mapping that was made. */
	other = (struct grant_mapping){ .frame = MFN(7) };
	ck_assert_int_eq(grant_map(v, at(own(3), 6), true, 0, &other), 0);
	ck_assert_int_eq(grant_unmap(v, at(own(3), 6), true, &m), -EINVAL);
	ck_assert_int_eq(grant_unmap(v, where, false, &other), -EINVAL);
	ck_assert_int_eq(grant_unmap(v, at(own(3), 6), true, &other), 0);
	ck_assert_int_eq(grant_map(v, at(own(3), 6), true, PTE_RW, &other), 0);
	ck_assert_int_eq(grant_unmap(v, at(own(3), 6), true, &m), -EINVAL);
	ck_assert_int_eq(grant_unmap(v, at(own(3), 6), true, &other), 0);
	machine_recount("two places");

	other = m;
	other.write = false;
	ck_assert_int_eq(grant_unmap(v, where, false, &other), -EINVAL);
	ck_assert_int_eq(grant_unmap(v, at(own(3), 5), true, &m), 0);
	machine_recount("unmapped");

	/* Into L1 tables in use, and no others. */
	ck_assert_int_eq(grant_map(v, at(own(2), 5), true, PTE_RW, &m), -EINVAL);
	ck_assert_int_eq(grant_map(v, at(own(30), 5), true, PTE_RW, &m), -EINVAL);
	ck_assert_int_eq(grant_map(v, at(own(3), 5) + 4, true, PTE_RW, &m), -EINVAL);
	machine_recount("not mapped");
	held[7]--;
	frame_put(f);
}
END_TEST

/* In a batch the table that was found last is remembered: it is no other one, however named. */
START_TEST(grants_of_a_batch)
{
	struct frame *f = &frame_table[7];
	struct grant_mapping m[5];
	struct ptable_grants g;

	for (u32 i = 0; i < ARRAY_SIZE(m); i++)
		m[i] = (struct grant_mapping){ .frame = MFN(7) };
	ck_assert(frame_get(f, &doms[0]));
	held[7]++;

	ptable_grants_begin(&g, v);
	ck_assert_int_eq(ptable_grant_map(&g, 5ul << 12, false, PTE_RW, &m[0]), 0);
	ck_assert_int_eq(ptable_grant_map(&g, 6ul << 12, false, 0, &m[1]), 0);
	ck_assert_int_eq(ptable_grant_map(&g, 1ul << 21, false, 0, &m[4]), -EINVAL);
	ck_assert_int_eq(ptable_grant_map(&g, 1ul << 63 | 6ul << 12, false, 0, &m[4]), -EINVAL);
	ck_assert_int_eq(ptable_grant_map(&g, at(own(3), 7), true, 0, &m[2]), 0);
	ck_assert_int_eq(ptable_grant_map(&g, at(own(3), 7) + 4, true, 0, &m[4]), -EINVAL);
	ck_assert_int_eq(ptable_grant_map(&g, at(own(2), 7), true, 0, &m[4]), -EINVAL);
	ck_assert_int_eq(ptable_grant_map(&g, at(own(3), 8), true, 0, &m[3]), 0);
	ptable_grants_end(&g);
	for (u32 i = 0; i < 4; i++)
		ck_assert_uint_eq(m[i].entry, at(own(3), 5 + i));
	machine_recount("mapped");

	ptable_grants_begin(&g, v);
	ck_assert_int_eq(ptable_grant_unmap(&g, at(own(3), 5), true, &m[0]), 0);
	ck_assert_int_eq(ptable_grant_unmap(&g, 6ul << 12, false, &m[1]), 0);
	ck_assert_int_eq(ptable_grant_unmap(&g, 6ul << 12, false, &m[1]), -EINVAL);
	ck_assert_int_eq(ptable_grant_unmap(&g, 7ul << 12, false, &m[2]), 0);
	ck_assert_int_eq(ptable_grant_unmap(&g, at(own(3), 8), true, &m[3]), 0);
	ptable_grants_end(&g);
	machine_recount("unmapped");
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

	ck_assert_int_eq(grant_map(v, at(own(3), 7), true, PTE_RW, &granted), 0);
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

#define WC   (PTE_PAT | PTE_RW | PTE_P)
#define UC   (PTE_PCD | PTE_PWT | PTE_RW | PTE_P)
#define BITS (PTE_CACHE_L1 | PTE_RW | PTE_P)

/* What entry @i of own(3) is when @d has mapped own(@page) there so. */
static pte_t mapped(struct domain *d, u32 i, u32 page, pte_t bits)
{
	pte_t e = own(page) << PAGE_SHIFT | bits;

	ck_assert_int_eq(machine_update(d, d, at(own(3), i), e, false), 0);
	machine_recount("mapped");
	return entries(own(3))[i] & BITS;
}

/* Who drives devices chooses, but for all mappings of a frame at once. */
START_TEST(one_cache_type_a_frame)
{
	struct domain *d = &doms[1];
	struct frame *f = &frame_table[own(10)];

	d->privileged = true;
	entries(own(4))[0] = own(10) << PAGE_SHIFT | UC;

	/* In place, and back; then of the first mapping. */
	ck_assert_uint_eq(mapped(d, 0, 10, WC), WC);
	ck_assert_uint_eq(frame_cache(f), pte_cache(WC));
	ck_assert_uint_eq(mapped(d, 0, 10, PTE_RW | PTE_P), PTE_RW | PTE_P);
	ck_assert_uint_eq(frame_cache(f), 0);
	ck_assert_uint_eq(mapped(d, 5, 12, UC), UC);

	/* A second mapping is as the first one, whatever it asks for; then the first stays so. */
	ck_assert_uint_eq(mapped(d, 6, 12, PTE_RW | PTE_P), UC);
	ck_assert_uint_eq(mapped(d, 5, 12, WC), UC);
	ck_assert_uint_eq(mapped(d, 7, 10, WC), PTE_RW | PTE_P);

	/* So is one in a table taken into use whole. */
	ck_assert_int_eq(machine_update(d, d, at(own(2), 1), own(4) << PAGE_SHIFT | 0x07f, false),
			 0);
	ck_assert_uint_eq(entries(own(4))[0] & BITS, PTE_RW | PTE_P);

	/* A link to a table is write-back. */
	ck_assert(!(entries(own(2))[1] & PTE_CACHE));

	/* When the last mapping goes the frame stays as it is; no table is made of it. */
	mapped(d, 5, 12, 0);
	mapped(d, 6, 12, 0);
	ck_assert_uint_eq(frame_cache(&frame_table[own(12)]), pte_cache(UC));
	ck_assert_int_eq(table_pin(d, MFN(own(12)), FT_L1), -EINVAL);
	ck_assert_uint_eq(mapped(d, 5, 12, PTE_RW | PTE_P), PTE_RW | PTE_P);
	mapped(d, 5, 12, 0);
	ck_assert_int_eq(table_pin(d, MFN(own(12)), FT_L1), 0);
}
END_TEST

/* A grantee's mapping of such a frame is as the granter's; and it does not change another's. */
START_TEST(cache_type_of_a_grant)
{
	struct domain *d = &doms[1];
	struct grant_mapping m = { .frame = MFN(own(10)) };

	d->privileged = true;
	ck_assert_uint_eq(mapped(d, 0, 10, WC), WC);
	d->privileged = false;
	ck_assert_int_eq(grant_map(v, at(own(3), 6), true, PTE_RW, &m), 0);
	ck_assert_uint_eq(entries(own(3))[6] & BITS, WC);

	d->privileged = true;
	ck_assert_int_eq(machine_update(d, &doms[0], at(own(3), 7), 7ul << PAGE_SHIFT | WC, false),
			 0);
	ck_assert_uint_eq(entries(own(3))[7] & BITS, PTE_RW | PTE_P);
	ck_assert_uint_eq(frame_cache(&frame_table[7]), 0);
}
END_TEST

/* A frame that goes is write-back again. */
START_TEST(cache_type_ends)
{
	struct domain *d = &doms[1];
	struct frame *f = &frame_table[own(10)];

	d->privileged = true;
	ck_assert_uint_eq(mapped(d, 0, 10, UC), UC);
	ck_assert_uint_eq(alias_cache[own(10)], pte_cache(UC));
	ck_assert(frame_unallocate(f));
	ck_assert_int_eq(machine_update(d, d, at(own(3), 0), 0, false), 0);
	ck_assert(!f->state);
	ck_assert_uint_eq(frame_cache(f), 0);
	ck_assert_uint_eq(alias_cache[own(10)], 0);
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

	spec_defences = SPEC_BIT(DEFENCE_L1TF);
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

	spec_defences = 0;
	absent_is(5 << PAGE_SHIFT | 0x6, true);
}
END_TEST

/* Whoever drives the machine reads all memory anyway. */
START_TEST(absent_entries_of_dom0)
{
	spec_defences = SPEC_BIT(DEFENCE_L1TF);
	doms[1].privileged = true;
	absent_is(5 << PAGE_SHIFT | 0x6, true);
}
END_TEST

/* The processor sets A and D at any time: what was taken for the new entry is put again. */
START_TEST(an_entry_that_changed_is_left_alone)
{
	pte_t was = entries(own(3))[0];
	struct domain *d = &doms[1];
	struct pt_batch b;

	entries(own(3))[0] |= PTE_A;
	batch_begin(&b, d, d);
	ck_assert_int_eq(entry_update(&b, &frame_table[own(3)], 1, entries(own(3)),
				      own(12) << 12 | PTE_P | PTE_RW, false, &was),
			 -EAGAIN);
	batch_end(&b);
	ck_assert_uint_eq(entries(own(3))[0], was | PTE_A);
	machine_recount("changed");
}
END_TEST

/* A run keeps a page of data while it writes there, and no longer. */
START_TEST(a_run_lets_go_of_what_it_wrote)
{
	struct domain *d = &doms[1];
	u64 data = own(12);
	struct pt_batch b;

	machine_entered();
	batch_begin(&b, d, d);
	ck_assert_int_eq(batch_update(&b, at(data, 0), own(10) << 12 | PTE_P, false), 0);
	ck_assert_int_eq(batch_update(&b, at(data, 1), own(11) << 12 | PTE_P, false), 0);
	ck_assert_uint_eq(FS_TREFS(frame_table[data].state), 1);

	/* The next one makes a table of it, and what follows is checked. */
	ck_assert_int_eq(batch_update(&b, at(own(2), 1), data << 12 | PTE_P, false), 0);
	ck_assert_uint_eq(table_type(&frame_table[data]), FT_L1);
	ck_assert_int_eq(batch_update(&b, at(data, 2), own(3) << 12 | PTE_P | PTE_RW, false),
			 -EINVAL);

	/* One that is refused lets go, too. */
	ck_assert_int_eq(batch_update(&b, at(own(13), 0), 1, false), 0);
	ck_assert_int_eq(batch_update(&b, at(0, 0), 1, false), -EINVAL);
	ck_assert_uint_eq(FS_TREFS(frame_table[own(13)].state), 0);
	batch_end(&b);
	machine_recount("run");
}
END_TEST

Suite *mappings_suite(void)
{
	Suite *s = suite_create("mappings");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, machine_tree, NULL);
	tcase_add_test(t, grant_mappings);
	tcase_add_test(t, grants_of_a_batch);
	tcase_add_test(t, mapped_abroad);
	tcase_add_test(t, cache_bits);
	tcase_add_test(t, one_cache_type_a_frame);
	tcase_add_test(t, cache_type_of_a_grant);
	tcase_add_test(t, cache_type_ends);
	tcase_add_test(t, absent_entries_name_no_memory);
	tcase_add_test(t, absent_entries_of_dom0);
	tcase_add_test(t, an_entry_that_changed_is_left_alone);
	tcase_add_test(t, a_run_lets_go_of_what_it_wrote);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: MIT */
/*
 * The rules that guests must not break, one test each, on the small machine. Domain 1 is not
 * privileged.
 */
#include "machine.h"
#include "suites.h"

#include <string.h>

static struct domain *d;
static struct vcpu *v;

static void tree(void)
{
	machine_tree();
	d = &doms[1];
	v = &vcpus[1];
}

static int update(u64 maddr, pte_t e)
{
	int rc = machine_update(d, d, maddr, e, false);

	machine_recount("update");
	return rc;
}

START_TEST(entries_get_the_user_bit_and_lose_global)
{
	ck_assert_uint_eq(entries(own(3))[0], own(10) << 12 | PTE_P | PTE_RW | PTE_U);
	ck_assert_uint_eq(entries(own(0))[256], d->map.slots[0]);
	ck_assert_int_eq(update(at(own(3), 2), own(12) << 12 | PTE_P | PTE_G), 0);
	ck_assert_uint_eq(entries(own(3))[2], own(12) << 12 | PTE_P | PTE_U);
}
END_TEST

START_TEST(a_page_table_can_not_be_mapped_writable)
{
	for (u32 i = 0; i < 4; i++) {
		ck_assert_int_eq(update(at(own(3), 5), own(i) << 12 | PTE_P | PTE_RW), -EINVAL);
		ck_assert_int_eq(update(at(own(3), 5), own(i) << 12 | PTE_P), 0);
		ck_assert_int_eq(update(at(own(3), 5), own(i) << 12 | PTE_P | PTE_RW), -EINVAL);
	}
}
END_TEST

START_TEST(a_writable_page_can_not_become_a_table)
{
	ck_assert_int_eq(table_pin(d, MFN(own(10)), FT_L1), -EINVAL);
	ck_assert_int_eq(update(at(own(2), 1), own(10) << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(table_pin(d, MFN(own(11)), FT_L1), 0); /* read-only is fine */
	machine_recount("pin");
}
END_TEST

START_TEST(foreign_and_unowned_frames_are_refused)
{
	ck_assert_int_eq(update(at(own(3), 5), 7ul << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(update(at(own(3), 5), (FRAMES - 1ul) << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(update(at(own(3), 5), (FRAMES + 1ul) << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(update(at(own(2), 5), 7ul << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(table_pin(d, MFN(7), FT_L1), -EINVAL);
	ck_assert_int_eq(table_pin(d, MFN(FRAMES), FT_L1), -EINVAL);
	ck_assert_int_eq(update(at(7, 0), 0), -EINVAL);
	/* DOMID_IO stands for no RAM at all. */
	ck_assert_int_eq(machine_update(d, NULL, at(own(3), 5), own(12) << 12 | PTE_P, false),
			 -EINVAL);
}
END_TEST

START_TEST(bad_bits_are_refused)
{
	ck_assert_int_eq(update(at(own(2), 1), own(20) << 12 | PTE_P | PTE_PSE), -EINVAL);
	ck_assert_int_eq(update(at(own(1), 1), own(20) << 12 | PTE_P | PTE_PSE), -EINVAL);
	ck_assert_int_eq(update(at(own(3), 1), own(20) << 12 | PTE_P | 1ul << 40), -EINVAL);
	ck_assert_int_eq(update(at(own(3), 1) + 4, 0), -EINVAL);
	for (u32 i = HV_SLOT_FIRST; i <= HV_SLOT_LAST; i++) {
		ck_assert_int_eq(update(at(own(0), i), 0), -EINVAL);
		ck_assert_int_eq(update(at(own(0), i), own(1) << 12 | PTE_P), -EINVAL);
	}
}
END_TEST

/*
 * Bits of an address that the processor has not are refused by their own, whatever the owner of the
 * machine may map: the processor would fault on them while it walks.
 */
START_TEST(reserved_bits_are_refused)
{
	struct domain *owner = &doms[0];
	u64 l1 = 30;

	machine_iomem = true;
	ck_assert_int_eq(table_pin(owner, MFN(l1), FT_L1), 0);
	ck_assert_int_eq(machine_update(owner, owner, at(l1, 0), 1ul << 35 | PTE_P, false), 0);
	for (u32 bit = 36; bit < 52; bit++)
		ck_assert_int_eq(machine_update(owner, owner, at(l1, 0), 1ul << bit | PTE_P, false),
				 -EINVAL);

	/* In a table that is checked as a whole, too. */
	ck_assert_int_eq(machine_update(owner, owner, at(l1, 0), 0, false), 0);
	entries(31)[7] = 1ul << 51 | PTE_P;
	ck_assert_int_eq(table_pin(owner, MFN(31), FT_L1), -EINVAL);
	machine_recount("reserved");
}
END_TEST

/* Device memory is for who drives the machine. */
START_TEST(device_memory_is_not_for_all)
{
	machine_iomem = true;
	ck_assert_int_eq(machine_update(d, d, at(own(3), 5), 1ul << 30 | PTE_P, false), -EINVAL);
	ck_assert_int_eq(table_pin(&doms[0], MFN(30), FT_L1), 0);
	ck_assert_int_eq(machine_update(&doms[0], NULL, at(30, 0), 1ul << 30 | PTE_P, false), 0);
	ck_assert_int_eq(machine_update(&doms[0], NULL, at(30, 0), 0, false), 0);
}
END_TEST

/* Where our own tables lie is not for a guest to read. */
START_TEST(our_slots_go_with_the_table)
{
	ck_assert_int_eq(table_pin(d, MFN(own(20)), FT_L4), 0);
	ck_assert_uint_eq(entries(own(20))[HV_SLOT_FIRST], d->map.slots[0]);
	ck_assert_uint_eq(entries(own(20))[HV_SLOT_LAST], d->map.slots[HV_SLOTS - 1]);
	ck_assert_int_eq(table_unpin(d, MFN(own(20))), 0);
	for (u32 i = 0; i < PTE_COUNT; i++)
		ck_assert_uint_eq(entries(own(20))[i], 0);
}
END_TEST

START_TEST(tables_can_not_be_their_own_children)
{
	ck_assert_int_eq(update(at(own(0), 1), own(0) << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(update(at(own(1), 1), own(1) << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(update(at(own(0), 1), own(2) << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(update(at(own(2), 1), own(0) << 12 | PTE_P), -EINVAL);
}
END_TEST

START_TEST(pins_are_single_and_of_the_right_level)
{
	ck_assert_int_eq(table_pin(d, MFN(own(3)), FT_L2), -EINVAL);
	ck_assert_int_eq(table_pin(d, MFN(own(3)), FT_L1), 0);
	ck_assert_int_eq(table_pin(d, MFN(own(3)), FT_L1), -EINVAL);
	ck_assert_int_eq(table_unpin(d, MFN(own(3))), 0);
	ck_assert_int_eq(table_unpin(d, MFN(own(3))), -EINVAL);
	machine_recount("pins");
}
END_TEST

START_TEST(a_bad_table_leaves_nothing_behind)
{
	entries(own(20))[3] = own(21) << 12 | PTE_P | PTE_RW;
	entries(own(20))[4] = own(20) << 12 | PTE_P | PTE_RW; /* itself, writable */
	entries(own(22))[0] = own(20) << 12 | PTE_P;
	ck_assert_int_eq(table_pin(d, MFN(own(20)), FT_L1), -EINVAL);
	machine_recount("bad L1");
	ck_assert_int_eq(table_pin(d, MFN(own(22)), FT_L2), -EINVAL);
	machine_recount("bad L2");
	ck_assert_uint_eq(FS_TREFS(frame_table[own(21)].state), 0);
	entries(own(20))[4] = 0;
	ck_assert_int_eq(table_pin(d, MFN(own(22)), FT_L2), 0);
	machine_recount("good L2");
}
END_TEST

START_TEST(accessed_and_dirty_are_kept_on_request)
{
	entries(own(3))[0] |= PTE_A | PTE_D; /* as the processor does */
	ck_assert_int_eq(machine_update(d, d, at(own(3), 0), own(10) << 12 | PTE_P, true), 0);
	ck_assert_uint_eq(entries(own(3))[0], own(10) << 12 | PTE_P | PTE_U | PTE_A | PTE_D);
	ck_assert_int_eq(update(at(own(3), 0), own(10) << 12 | PTE_P), 0);
	ck_assert_uint_eq(entries(own(3))[0], own(10) << 12 | PTE_P | PTE_U);
}
END_TEST

START_TEST(a_mapped_frame_outlives_its_release)
{
	u64 before = released;

	ck_assert(frame_unallocate(&frame_table[own(10)]));
	ck_assert(!frame_unallocate(&frame_table[own(10)]));
	ck_assert_uint_eq(released, before);
	machine_recount("release");
	ck_assert_int_eq(update(at(own(3), 0), 0), 0);
	ck_assert_uint_eq(released, before + 1);
}
END_TEST

START_TEST(a_freed_table_is_flushed_before_it_is_written)
{
	u64 before;

	ck_assert_int_eq(update(at(own(3), 0), 0), 0); /* own(10) was writable a moment ago */
	before = flushes;
	ck_assert_int_eq(table_pin(d, MFN(own(10)), FT_L1), 0);
	ck_assert_uint_eq(flushes, before + 1);
	ck_assert_int_eq(table_unpin(d, MFN(own(10))), 0);
	ck_assert_int_eq(update(at(own(3), 0), own(10) << 12 | PTE_P | PTE_RW), 0);
	ck_assert_uint_eq(flushes, before + 2);
	machine_recount("flush");
}
END_TEST

/*
 * Whatever an entry held is stamped when it is put, also if others still hold it: the processor may
 * walk by the old entry until it is flushed.
 */
START_TEST(what_is_put_is_stamped)
{
	ck_assert_int_eq(table_pin(d, MFN(own(3)), FT_L1), 0);
	tlb_clock = 7000;
	ck_assert_int_eq(update(at(own(3), 1), 0), 0);
	ck_assert_uint_eq(frame_table[own(11)].stamp, 7000);

	/* A table that stays one by its pin. */
	tlb_clock = 8000;
	ck_assert_int_eq(update(at(own(2), 0), 0), 0);
	ck_assert_uint_eq(frame_table[own(3)].stamp, 8000);

	/* And one that ends. */
	tlb_clock = 9000;
	ck_assert_int_eq(table_unpin(d, MFN(own(3))), 0);
	ck_assert_uint_eq(frame_table[own(3)].stamp, 9000);
	ck_assert_uint_eq(frame_table[own(10)].stamp, 9000);
}
END_TEST

START_TEST(hypervisor_pages_lent_are_no_tables)
{
	frame_table[own(20)].flags |= FRAME_SHARED;
	ck_assert_int_eq(table_pin(d, MFN(own(20)), FT_L1), -EINVAL);
	ck_assert_int_eq(update(at(own(2), 1), own(20) << 12 | PTE_P), -EINVAL);
	ck_assert_int_eq(update(at(own(3), 5), own(20) << 12 | PTE_P | PTE_RW), 0);
}
END_TEST

START_TEST(foreign_mappings_may_only_lose_rights)
{
	u64 l1 = 30;

	ck_assert_int_eq(table_pin(&doms[0], MFN(l1), FT_L1), 0);
	ck_assert_int_eq(machine_update(&doms[0], d, at(l1, 0), own(15) << 12 | PTE_P | PTE_RW,
					false),
			 0);
	machine_recount("foreign");
	ck_assert_int_eq(machine_update(&doms[0], &doms[0], at(l1, 0), own(15) << 12 | PTE_P,
					false),
			 0);
	machine_recount("less");
	ck_assert_int_eq(machine_update(&doms[0], &doms[0], at(l1, 0),
					own(15) << 12 | PTE_P | PTE_RW, false),
			 -EINVAL);
	ck_assert_int_eq(machine_update(&doms[0], &doms[0], at(l1, 1), own(15) << 12 | PTE_P,
					false),
			 -EINVAL);
	machine_recount("more");
}
END_TEST

START_TEST(descriptors)
{
	static const u64 good[] = { 0,
				    0x00af9b000000ffff,
				    0x00cf93000000ffff,
				    0x00af9a000000ffff,
				    0x0000890000000067 & ~(1ul << 47),
				    0x0000800000000000 };
	static const u64 bad[] = { 0x0000890000000067, 0x00008200000000ff, 0x00008c0000080000,
				   0x00008e0000080000, 0x00008f0000080000, 0x0000e50000080000 };
	u64 x;

	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		x = good[i];
		ck_assert(desc_check(&x));
		ck_assert(!(x >> 47 & 1) || !(x >> 44 & 1) || (x >> 45 & 3) == 3);
	}
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		x = bad[i];
		ck_assert(!desc_check(&x));
	}
}
END_TEST

START_TEST(descriptor_pages_are_protected)
{
	mfn_t gdt = MFN(own(25)), many[16];

	entries(own(25))[2] = 0x00af9a000000ffff;
	ck_assert_int_eq(desc_set_gdt(v, &gdt, 512), 0);
	machine_recount("gdt");
	ck_assert_uint_eq(entries(own(25))[2], 0x00affa000000ffff); /* DPL 3 */
	ck_assert_int_eq(update(at(own(3), 5), own(25) << 12 | PTE_P | PTE_RW), -EINVAL);
	ck_assert_int_eq(desc_update(d, at(own(25), 3), 0x00008e0000080000), -EINVAL);
	ck_assert_int_eq(desc_update(d, at(own(25), 3), 0x00cf93000000ffff), 0);
	ck_assert_int_eq(desc_update(d, at(own(25), 3) + 4, 0x00cf93000000ffff), -EINVAL);
	ck_assert_int_eq(desc_update(d, at(own(3), 3), 0x00cf93000000ffff), -EINVAL); /* an L1 */
	ck_assert_int_eq(desc_set_gdt(v, NULL, 0), 0);
	ck_assert_int_eq(update(at(own(3), 5), own(25) << 12 | PTE_P | PTE_RW), 0);
	gdt = MFN(own(10)); /* mapped writable */
	ck_assert_int_eq(desc_set_gdt(v, &gdt, 512), -EINVAL);
	ck_assert_int_eq(desc_set_gdt(v, &gdt, 8192), -EINVAL);
	machine_recount("gdt gone");

	/* To the last entry before the hypervisor's own, and not one more. */
	for (u32 i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = MFN(own(25));
	ck_assert_int_eq(update(at(own(3), 5), 0), 0);
	ck_assert_int_eq(desc_set_gdt(v, many, GDT_RESERVED_FIRST + 1), -EINVAL);
	ck_assert_int_eq(desc_set_gdt(v, many, GDT_RESERVED_FIRST), 0);
	machine_recount("a long gdt");
}
END_TEST

START_TEST(ldt_pages_come_and_go)
{
	/* Two pages: own(11), and nothing behind it; a third is mapped there, and is none of it. */
	ck_assert_int_eq(update(at(own(3), 3), own(13) << 12 | PTE_P), 0);
	ck_assert_int_eq(desc_set_ldt(v, 0x1000, 600), 0);
	ck_assert(ldt_fault(v, v->desc.ldt_window));
	ck_assert(!ldt_fault(v, v->desc.ldt_window + PAGE_SIZE));
	ck_assert(!ldt_fault(v, v->desc.ldt_window + 2 * PAGE_SIZE));
	machine_recount("ldt");
	/* Written again: it is no longer an LDT page. */
	ck_assert_int_eq(update(at(own(3), 1), own(11) << 12 | PTE_P | PTE_RW), 0);
	ck_assert(!ldt_fault(v, v->desc.ldt_window));
	ck_assert_int_eq(desc_set_ldt(v, 0x1001, 1), -EINVAL);
	ck_assert_int_eq(desc_set_ldt(v, 0x1000, 8193), -EINVAL);
	machine_recount("ldt gone");
}
END_TEST

START_TEST(interrupted_work_is_resumed_or_dropped)
{
	int rc, calls = 0;

	for (u32 i = 0; i < 100; i++)
		entries(own(30))[i] = own(40) << 12 | PTE_P | PTE_RW;
	fake_budget_set(10);
	while (machine_again(rc = table_pin(d, MFN(own(30)), FT_L1))) {
		calls++;
		machine_recount("piece");
		/* Meanwhile it is nothing else, and can not be written. */
		ck_assert_int_eq(table_pin(d, MFN(own(30)), FT_L2), -EBUSY);
		ck_assert_int_eq(update(at(own(3), 5), own(30) << 12 | PTE_P | PTE_RW), -EINVAL);
		ck_assert_int_eq(update(at(own(30), 5), 0), -EBUSY);
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_ge(calls, 9);
	ck_assert_int_eq(table_unpin(d, MFN(own(30))), 0);
	ck_assert_ptr_nonnull(d->pt.pending);
	machine_recount("left undone");
	while (machine_again(table_pin(d, MFN(own(31)), FT_L1)))
		machine_recount("pending");
	ck_assert_ptr_null(d->pt.pending);
	ck_assert_uint_eq(FS_TREFS(frame_table[own(40)].state), 0);
}
END_TEST

/* A kernel unpins a table and maps it writable at once, however much there is to tear down. */
START_TEST(what_was_unpinned_can_be_written)
{
	int rc, calls = 0;

	for (u32 i = 0; i < 100; i++)
		entries(own(30))[i] = own(40) << 12 | PTE_P;
	ck_assert_int_eq(table_pin(d, MFN(own(30)), FT_L1), 0);
	fake_budget_set(10);
	ck_assert_int_eq(table_unpin(d, MFN(own(30))), 0);
	ck_assert_ptr_nonnull(d->pt.pending);
	while ((rc = update(at(own(3), 5), own(30) << 12 | PTE_P | PTE_RW)) == -ERESTART) {
		calls++;
		machine_recount("torn down");
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_int_ge(calls, 8);
	ck_assert_ptr_null(d->pt.pending);
	machine_recount("written");
}
END_TEST

/*
 * A table that only a table half torn down refers to is one until that work goes on. A call that
 * finishes the work and then changes the table's entry must not put what went with the table.
 */
START_TEST(what_goes_with_its_parent_is_put_once)
{
	entries(own(30))[0] = own(31) << 12 | PTE_P;
	entries(own(32))[0] = own(30) << 12 | PTE_P;
	entries(own(32))[511] = own(33) << 12 | PTE_P;
	entries(own(33))[0] = own(34) << 12 | PTE_P;
	for (u32 i = 0; i < 100; i++)
		entries(own(34))[i] = own(40) << 12 | PTE_P;
	ck_assert_int_eq(table_pin(d, MFN(own(31)), FT_L1), 0);
	ck_assert_int_eq(table_pin(d, MFN(own(32)), FT_L3), 0);
	fake_budget_set(10);
	ck_assert_int_eq(table_unpin(d, MFN(own(32))), 0);
	ck_assert_ptr_nonnull(d->pt.pending);
	ck_assert_int_eq(table_type(&frame_table[own(30)]), FT_L2);

	fake_budget_set(20000);
	ck_assert_int_eq(update(at(own(30), 0), 0), 0);
	ck_assert_uint_eq(FS_TREFS(frame_table[own(31)].state), 1); /* its pin */
	ck_assert_int_eq(table_type(&frame_table[own(30)]), FT_NONE);
	ck_assert_uint_eq(entries(own(30))[0], 0); /* a store like any other */
	ck_assert_int_eq(table_unpin(d, MFN(own(31))), 0);
}
END_TEST

/*
 * The control domain may pin, for a domain that it builds, what another of its processes destroys.
 */
START_TEST(who_dies_gets_no_table_any_more)
{
	u64 refs = FS_REFS(frame_table[own(20)].state);

	d->dying = LIFE_DYING;
	ck_assert_int_eq(table_pin(d, MFN(own(20)), FT_L1), -ESRCH);
	ck_assert_int_eq(update(at(own(2), 1), own(20) << 12 | PTE_P), -ESRCH);
	ck_assert_uint_eq(FS_REFS(frame_table[own(20)].state), refs);
	machine_recount("dying");
	ck_assert_int_eq(update(at(own(2), 0), 0), 0); /* what there is may still go */
}
END_TEST

START_TEST(walks_take_rights_together)
{
	ck_assert_uint_eq(walk_rights(v->roots.kernel, 0), PTE_P | PTE_RW);
	ck_assert_uint_eq(walk_rights(v->roots.kernel, 0x1000), PTE_P);
	ck_assert_uint_eq(walk_rights(v->roots.kernel, 0x2000), 0);
	ck_assert_int_eq(update(at(own(1), 0), own(2) << 12 | PTE_P | PTE_NX), 0);
	ck_assert_uint_eq(walk_rights(v->roots.kernel, 0), PTE_P | PTE_NX);
	ck_assert_ptr_null(walk(v->roots.kernel, HV_VIRT_START, NULL));
	ck_assert_ptr_null(walk(v->roots.kernel, 0x800000000000, NULL));
	ck_assert_ptr_null(walk(MFN_NONE, 0, NULL));
}
END_TEST

Suite *rules_suite(void)
{
	const TTest *const tests[] = {
		entries_get_the_user_bit_and_lose_global,
		a_page_table_can_not_be_mapped_writable,
		a_writable_page_can_not_become_a_table,
		foreign_and_unowned_frames_are_refused,
		bad_bits_are_refused,
		reserved_bits_are_refused,
		device_memory_is_not_for_all,
		our_slots_go_with_the_table,
		tables_can_not_be_their_own_children,
		pins_are_single_and_of_the_right_level,
		a_bad_table_leaves_nothing_behind,
		accessed_and_dirty_are_kept_on_request,
		a_mapped_frame_outlives_its_release,
		a_freed_table_is_flushed_before_it_is_written,
		what_is_put_is_stamped,
		hypervisor_pages_lent_are_no_tables,
		foreign_mappings_may_only_lose_rights,
		descriptors,
		descriptor_pages_are_protected,
		ldt_pages_come_and_go,
		interrupted_work_is_resumed_or_dropped,
		what_was_unpinned_can_be_written,
		what_goes_with_its_parent_is_put_once,
		who_dies_gets_no_table_any_more,
		walks_take_rights_together,
	};
	Suite *s = suite_create("rules");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, tree, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: MIT */
/*
 * What page-table hypercalls add to the rules: whose frames may be named, what is done to frames,
 * which CPUs are flushed; and page faults, of which some are ours. Domain 1 is not privileged.
 */
#include "machine.h"
#include "suites.h"

#include "../fake/guest.h"

#include <dom/ops.h>
#include <pvabi/xen.h>
#include <x86/traps.h>

#include <string.h>

/*
 * The guest's tables, from the root down, and its page at address 0. Entry 4 of its L1 is the L1
 * itself, to read, and entry 5 a page table of the other domain, as a grant would map it.
 */
#define ROOT       OWNED
#define L1         (OWNED + 3)
#define DATA       (OWNED + 10)
#define FOREIGN    30ul
#define TABLE_VA   (4 * PAGE_SIZE)
#define FOREIGN_VA (5 * PAGE_SIZE)

static struct domain *d;
static struct vcpu *v;

/* What the guest's pointers lead to. */
static struct {
	struct mmuext_op op;
	u64 mask;
	u8 code[64];
} __attribute__((aligned(4096))) guest;

static void up(void)
{
	struct grant_mapping foreign = { .frame = MFN(FOREIGN) };

	machine_start();
	fake_budget_set(20000);
	d = &doms[1];
	v = &vcpus[1];

	for (u64 table = ROOT; table < L1; table++)
		entries(table)[0] = (table + 1) << PAGE_SHIFT | PTE_P | PTE_RW;
	entries(L1)[0] = DATA << PAGE_SHIFT | PTE_P | PTE_RW;
	entries(L1)[4] = (u64)L1 << PAGE_SHIFT | PTE_P;
	ck_assert_int_eq(ptable_set_kernel_root(v, MFN(ROOT)), 0);

	ck_assert_int_eq(table_pin(&doms[0], MFN(FOREIGN), FT_L1), 0);
	ck_assert_int_eq(grant_map(v, FOREIGN_VA, false, 0, &foreign), 0);
	machine_recount("the tables");

	memset(&guest, 0, sizeof(guest));
	fake_guest_memory(&guest, &guest + 1);
	fake_current = v;
}

/* A table was unpinned, and there was more in it than a call's budget suffices for. */
static void left_half_torn_down(void)
{
	for (u32 i = 0; i < 100; i++)
		entries(own(30))[i] = own(40) << PAGE_SHIFT | PTE_P;
	ck_assert_int_eq(table_pin(d, MFN(own(30)), FT_L1), 0);
	fake_budget_set(10);
	ck_assert_int_eq(table_unpin(d, MFN(own(30))), 0);
	ck_assert_ptr_nonnull(d->pt.pending);
}

/* mmuext_op @cmd about @mfn, for frames of domain @id. */
static long ext(u32 cmd, u64 mfn, domid_t id)
{
	struct hypercall hc = { .arg = { (u64)&guest.op, 1, 0, id } };

	guest.op.cmd = cmd;
	guest.op.arg1.mfn = mfn;
	return hc_mmuext_op(&hc);
}

START_TEST(domains_are_named_by_dom0_alone)
{
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, DATA, DOMID_SELF), 0);
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, DATA, 1), 0);
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, FOREIGN, 0), -EPERM);
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, 7, 0), -EPERM);
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, DATA, DOMID_IO), -EPERM);

	fake_current = &vcpus[0];
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, DATA, 1), 0);
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, 7, 9), -ESRCH);
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, DATA, DOMID_IO), -EINVAL);
	d->dying = LIFE_DYING;
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, DATA, 1), -ESRCH);
}
END_TEST

START_TEST(pages_are_the_callers)
{
	u64 *data = mfn_to_virt(MFN(DATA)), *other = mfn_to_virt(MFN(7));

	data[0] = 1;
	other[0] = 2;
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, 7, DOMID_SELF), -EINVAL);
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, L1, DOMID_SELF), -EINVAL); /* a page table */
	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, FRAMES, DOMID_SELF), -EINVAL);
	ck_assert(other[0] == 2 && entries(L1)[0]);

	guest.op.arg2.src_mfn = 7;
	ck_assert_int_eq(ext(MMUEXT_COPY_PAGE, DATA, DOMID_SELF), -EINVAL);
	guest.op.arg2.src_mfn = DATA;
	ck_assert_int_eq(ext(MMUEXT_COPY_PAGE, L1, DOMID_SELF), -EINVAL);
	ck_assert_uint_eq(data[0], 1);

	ck_assert_int_eq(ext(MMUEXT_CLEAR_PAGE, DATA, DOMID_SELF), 0);
	ck_assert_uint_eq(data[0], 0);
	machine_recount("pages");
}
END_TEST

/* Everybody's, and slow: done for dom0 it would be a trap of this program. */
START_TEST(caches_are_not_for_guests)
{
	ck_assert_int_eq(ext(MMUEXT_FLUSH_CACHE, 0, DOMID_SELF), -EACCES);
	ck_assert_int_eq(ext(MMUEXT_FLUSH_CACHE_GLOBAL, 0, DOMID_SELF), -EACCES);
}
END_TEST

/* Those where one of the vcpus is loaded: of this domain, of those that are named. */
START_TEST(flushes_reach_the_vcpus)
{
	struct vcpu second = { .dom = d, .id = 1 };

	cpu_count = 4;
	cpu_public[0].running = v;
	cpu_public[1].running = &vcpus[0]; /* the other domain's */
	cpu_public[2].running = &second;
	cpu_public[3].running = NULL;

	ck_assert_int_eq(ext(MMUEXT_TLB_FLUSH_ALL, 0, DOMID_SELF), 0);
	ck_assert_uint_eq(flushed_cpus, 1 << 0 | 1 << 2);
	ck_assert_int_eq(ext(MMUEXT_TLB_FLUSH_LOCAL, 0, DOMID_SELF), 0);
	ck_assert_uint_eq(flushed_cpus, 1 << 0);
	ck_assert_int_eq(ext(MMUEXT_INVLPG_LOCAL, 0x5000, DOMID_SELF), 0);
	ck_assert(flushed_cpus == 1 << 0 && flushed_page == 0x5000);
	ck_assert_int_eq(ext(MMUEXT_INVLPG_ALL, 0x5000, DOMID_SELF), 0);
	ck_assert(flushed_cpus == (1 << 0 | 1 << 2) && !flushed_page);

	guest.op.arg2.vcpumask.p = &guest.mask;
	guest.mask = 2;
	ck_assert_int_eq(ext(MMUEXT_TLB_FLUSH_MULTI, 0, DOMID_SELF), 0);
	ck_assert_uint_eq(flushed_cpus, 1 << 2);
	guest.mask = ~1ul;
	ck_assert_int_eq(ext(MMUEXT_INVLPG_MULTI, 0x5000, DOMID_SELF), 0);
	ck_assert_uint_eq(flushed_cpus, 1 << 2);
	guest.op.arg2.vcpumask.p = (void *)8;
	ck_assert_int_eq(ext(MMUEXT_TLB_FLUSH_MULTI, 0, DOMID_SELF), -EFAULT);

	cpu_count = 1;
	cpu_public[0].running = cpu_public[1].running = cpu_public[2].running = NULL;
}
END_TEST

/* --- faults ----------------------------------------------------------------------------------- */

#define STORE (PF_PRESENT | PF_WRITE | PF_USER)

static struct cpu_user_regs regs;

/* The guest executes @code, which stores to @va, and faults; with these registers. */
static bool store_by(const u8 code[4], u64 va, u64 rax, u64 rcx)
{
	memcpy(guest.code, code, 4);
	regs = (struct cpu_user_regs){
		.rip = (u64)guest.code,
		.rax = rax,
		.rcx = rcx,
		.rdi = va,
		.rflags = EFLAGS_MBS,
	};
	return ptable_fault(v, &regs, va, STORE);
}

/* The guest stores @value by a MOV to @va, and faults. */
static bool store(u64 va, u64 value)
{
	static const u8 mov[4] = { 0x48, 0x89, 0x07 }; /* mov %rax, (%rdi) */

	return store_by(mov, va, value, 0);
}

START_TEST(stores_to_tables_are_done)
{
	u64 va = TABLE_VA + 9 * sizeof(pte_t);

	ck_assert(store(va, (u64)(DATA + 1) << PAGE_SHIFT | PTE_P));
	ck_assert_uint_eq(entries(L1)[9], (u64)(DATA + 1) << PAGE_SHIFT | PTE_P | PTE_U);
	ck_assert_uint_eq(regs.rip, (u64)guest.code + 3);

	/* Under the same rules as by a call. */
	ck_assert(!store(va, (u64)L1 << PAGE_SHIFT | PTE_P | PTE_RW));
	ck_assert(!store(va, 7ul << PAGE_SHIFT | PTE_P));
	ck_assert_uint_eq(entries(L1)[9], (u64)(DATA + 1) << PAGE_SHIFT | PTE_P | PTE_U);
	machine_recount("stores");
}
END_TEST

/* What else a store changes is changed when it is carried out, and only then. */
START_TEST(registers_follow_what_is_done)
{
	static const u8 xchg[4] = { 0x48, 0x87, 0x0f };          /* xchg %rcx, (%rdi) */
	static const u8 cmpxchg[4] = { 0x48, 0x0f, 0xb1, 0x0f }; /* cmpxchg %rcx, (%rdi) */
	u64 va = TABLE_VA + 9 * sizeof(pte_t);
	pte_t e = (u64)(DATA + 1) << PAGE_SHIFT | PTE_P | PTE_U, bad = 7ul << PAGE_SHIFT | PTE_P;

	ck_assert(store(va, e));
	ck_assert(!store_by(xchg, va, 1, bad));
	ck_assert(regs.rax == 1 && regs.rcx == bad && regs.rip == (u64)guest.code);
	ck_assert(!store_by(cmpxchg, va, e, bad));
	ck_assert(regs.rax == e && regs.rcx == bad && regs.rip == (u64)guest.code);
	ck_assert_uint_eq(regs.rflags, EFLAGS_MBS);

	/* It does not compare equal: what is there is written again, and read. */
	ck_assert(store_by(cmpxchg, va, 0, bad));
	ck_assert(regs.rax == e && regs.rcx == bad && regs.rip == (u64)guest.code + 4);
	ck_assert(store_by(cmpxchg, va, e, 0));
	ck_assert(regs.rax == e && regs.rcx == 0 && regs.rflags != EFLAGS_MBS);
	ck_assert(store_by(xchg, va, 1, e));
	ck_assert(regs.rax == 1 && regs.rcx == 0 && regs.rip == (u64)guest.code + 3);
	ck_assert_uint_eq(entries(L1)[9], e);
	machine_recount("stores with results");
}
END_TEST

START_TEST(stores_of_others_are_not)
{
	u64 va = TABLE_VA + 9 * sizeof(pte_t);

	/* Its user part, which has the same tables. */
	ck_assert_int_eq(ptable_set_user_root(v, MFN(ROOT)), 0);
	v->kernel_mode = false;
	ck_assert(!store(va, (u64)DATA << PAGE_SHIFT | PTE_P));
	v->kernel_mode = true;
	ck_assert_uint_eq(entries(L1)[9], 0);

	/* Its kernel does not want it. */
	d->vm_assist = 0;
	ck_assert(!store(va, (u64)DATA << PAGE_SHIFT | PTE_P));
	d->vm_assist = 1ul << VMASST_TYPE_writable_pagetables;
	ck_assert_uint_eq(entries(L1)[9], 0);

	/* To another domain's table; to what is no table. */
	ck_assert(!store(FOREIGN_VA, 7ul << PAGE_SHIFT | PTE_P));
	ck_assert(!store(FOREIGN_VA, 0));
	ck_assert_uint_eq(entries(FOREIGN)[0], 0);
	ck_assert_int_eq(ptable_update_va(v, d, PAGE_SIZE, (u64)DATA << PAGE_SHIFT | PTE_P), 0);
	ck_assert(!store(PAGE_SIZE, 1));

	ck_assert(!store(HV_VIRT_START, 0));
	machine_recount("no stores");
}
END_TEST

/* What an earlier call left half torn down may be all that refers to the table. */
START_TEST(stores_wait_for_what_is_torn_down)
{
	pte_t e = (u64)(DATA + 1) << PAGE_SHIFT | PTE_P;
	int calls = 0;

	left_half_torn_down();

	while (d->pt.pending) {
		ck_assert_uint_eq(entries(L1)[9], 0);
		machine_entered();
		ck_assert(store(TABLE_VA + 9 * sizeof(pte_t), e));
		machine_recount("store");
		calls++;
	}
	ck_assert_int_ge(calls, 8);
	ck_assert_uint_eq(entries(L1)[9], e | PTE_U);
}
END_TEST

/* The tables allow it: another CPU gave the right just now. */
START_TEST(stale_translations_are_forgotten)
{
	flushed_page = ~0ul;
	ck_assert(ptable_fault(v, &regs, 0x123, STORE));
	ck_assert_uint_eq(flushed_page, 0x123);

	/* Nobody else gave it. */
	ck_assert_int_eq(ptable_update_va(v, d, 0, (u64)DATA << PAGE_SHIFT | PTE_P | PTE_NX), 0);
	ck_assert(!ptable_fault(v, &regs, 0x123, STORE));
	ck_assert(!ptable_fault(v, &regs, 0x123, PF_PRESENT | PF_USER | PF_FETCH));
	ck_assert(ptable_fault(v, &regs, 0x123, PF_PRESENT | PF_USER));
	ck_assert(!ptable_fault(v, &regs, 0x123, PF_USER));         /* it was not there */
	ck_assert(!ptable_fault(v, &regs, 0x123, STORE | 1u << 5)); /* a protection key */
}
END_TEST

/* --- budgets ---------------------------------------------------------------------------------- */

/* All that is looked at is charged, an empty table too. */
START_TEST(empty_entries_are_charged)
{
	fake_budget_set(1000);
	ck_assert_int_eq(table_pin(d, MFN(own(30)), FT_L1), 0);
	ck_assert_int_le(cpu_info()->budget, 1000 - (s64)PTE_COUNT);

	fake_budget_set(1000);
	ck_assert_int_eq(table_unpin(d, MFN(own(30))), 0);
	ck_assert_int_le(cpu_info()->budget, 1000 - (s64)PTE_COUNT);
}
END_TEST

/* One that names a place in a swap file is checked, which costs more than to pass a zero. */
START_TEST(absent_entries_are_charged)
{
	for (u32 i = 0; i < PTE_COUNT; i++)
		entries(own(30))[i] = 1ul << 50;

	fake_budget_set(10000);
	ck_assert_int_eq(table_pin(d, MFN(own(30)), FT_L1), 0);
	ck_assert_int_le(cpu_info()->budget, 10000 - 8 * (s64)PTE_COUNT);

	/* So a check of many such tables stops. */
	ck_assert_int_eq(table_unpin(d, MFN(own(30))), 0);
	fake_budget_set(100);
	ck_assert_int_eq(table_pin(d, MFN(own(30)), FT_L1), -ERESTART);
}
END_TEST

/* What a call left half torn down is ended before it counts as done, or others have their turn. */
START_TEST(what_is_left_is_settled)
{
	left_half_torn_down();

	fake_preempt_after = 1;
	ck_assert_int_eq(ptable_settle(d), -ERESTART);
	fake_budget_set(20000);
	ck_assert_int_eq(ptable_settle(d), 0);
	ck_assert_ptr_null(d->pt.pending);
	machine_recount("settled");
}
END_TEST

/* A GDT can not be interrupted: it has a whole window when little is left of the last one. */
START_TEST(a_gdt_has_its_budget)
{
	struct hypercall hc = { .arg = { (u64)&guest, 0 } };

	cpu_info()->budget = DESC_GDT_LOOKS;
	ck_assert_int_eq(hc_set_gdt(&hc), 0);
	ck_assert_int_le(cpu_info()->budget, DESC_GDT_LOOKS);

	cpu_info()->budget = DESC_GDT_LOOKS - 1;
	ck_assert_int_eq(hc_set_gdt(&hc), 0);
	ck_assert_int_gt(cpu_info()->budget, DESC_GDT_LOOKS);
}
END_TEST

Suite *calls_suite(void)
{
	const TTest *const tests[] = {
		domains_are_named_by_dom0_alone,
		pages_are_the_callers,
		caches_are_not_for_guests,
		flushes_reach_the_vcpus,
		stores_to_tables_are_done,
		stores_of_others_are_not,
		registers_follow_what_is_done,
		stores_wait_for_what_is_torn_down,
		stale_translations_are_forgotten,
		empty_entries_are_charged,
		absent_entries_are_charged,
		what_is_left_is_settled,
		a_gdt_has_its_budget,
	};
	Suite *s = suite_create("calls and faults");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, up, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	return s;
}

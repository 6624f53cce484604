/* SPDX-License-Identifier: MIT */
/*
 * What guests did to their page tables in known advisories: large pages by a change of flags,
 * tables that name themselves, updates in another's name, references left over by what was refused
 * or interrupted, stale upper levels. A timer ticks all the while, so that long work is
 * interrupted.
 */
#include <pvabi/vcpu.h>
#include <tests/guest/xsa.h>

#define VA     0x20000000ul
#define VA_1G  (VA + 0x40000000ul) /* below another L2 entry, and another L3 entry */
#define DEVICE 0xfee00ul           /* the local APIC's frame: no guest's */
#define TABLES 80 /* full L1 tables: more entries than are looked at in one piece */
#define ROUNDS 3

static u64 data; /* an ordinary frame */
static u64 root; /* machine address of the running root */

static void tick(u32 port)
{
	(void)port;
}

static void timer_start(void)
{
	struct vcpu_set_periodic_timer p = { .period_ns = 1000000 };

	event_handle(event_bind_virq(VIRQ_TIMER), tick);
	ok_is(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &p), 0, "a timer ticks");
}

/* The entry that maps @va at this level, with these bits more, by each way to write it. */
static void bits_refused(u64 va, int level, u64 bits, const char *what)
{
	u64 *e = page_entry(va, level);
	u64 old = *e;
	struct mmu_update u = { .ptr = page_entry_maddr(va, level), .val = old | bits };

	ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "%s", what);
	u.ptr |= MMU_PT_UPDATE_PRESERVE_AD;
	ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF), "%s, keeping A and D", what);
	ok_is(try_write((u64)e, old | bits), 14, "%s, by a store", what);
	ok(!((*e ^ old) & ~(PTE_A | PTE_D)), "the entry is as it was");
}

static void large_pages(void)
{
	bits_refused(VA, 2, PTE_PSE, "XSA-148: an L2 entry becomes a large page");
	bits_refused(VA, 2, PTE_PSE | PTE_NX, "XSA-148: the same, not executable");
	bits_refused(VA, 3, PTE_PSE, "XSA-176: an L3 entry becomes one of 1 GiB");
	bits_refused(VA, 4, PTE_PSE, "XSA-176: an L4 entry with that bit");
	ok_is(page_op(MMUEXT_MARK_SUPER, data), -XEN_ENOSYS, "XSA-167: no large pages to mark");
	ok_is(page_op(MMUEXT_UNMARK_SUPER, ~0ul), -XEN_ENOSYS, "XSA-167: nor to unmark");
}

/* The root in one of its own slots, however little may be done through it. */
static void root_in_itself(void)
{
	static const u64 flags[] = { PTE_ROM, PTE_P, PTE_P | PTE_NX, PTE_DATA };
	u64 old = *page_entry(VA, 4);
	struct mmu_update u = { .ptr = root + 8 * 300 };

	for (u32 i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		u.val = root | flags[i];
		ok_refused(hc_mmu_update(&u, 1, NULL, DOMID_SELF),
			   "XSA-182: the root in itself with flags %lx", flags[i]);
	}
	ok(!((u64 *)start_info->pt_base)[300], "the slot is empty");

	u.ptr = page_entry_maddr(VA, 4);
	u.val = old ^ 1ul << 9;
	ok_is(hc_mmu_update(&u, 1, NULL, DOMID_SELF), 0, "a bit for software may change");
	u.val = old;
	ok_is(hc_mmu_update(&u, 1, NULL, DOMID_SELF), 0, "and change back");
}

static void tables_in_a_circle(void)
{
	u64 *a = page_alloc(), *b = page_alloc();

	a[0] = va_to_mfn(b) << PAGE_SHIFT | PTE_ROM;
	b[0] = va_to_mfn(a) << PAGE_SHIFT | PTE_ROM;
	page_readonly(a, va_to_mfn(a));
	page_readonly(b, va_to_mfn(b));
	for (u32 cmd = MMUEXT_PIN_L3_TABLE; cmd <= MMUEXT_PIN_L4_TABLE; cmd++) {
		ok_refused(page_op(cmd, va_to_mfn(a)), "XSA-240: L%u tables in a circle", cmd + 1);
		ok_refused(page_op(cmd, va_to_mfn(b)), "XSA-240: from the other one");
	}
	ok(page_given_back(a) && page_given_back(b), "XSA-242: which holds neither of them");
}

/* The upper half of the last argument: whose tables; the lower: whose frames. */
static void in_anothers_name(void)
{
	static const u32 others[] = { 0, 1, DOMID_IO, DOMID_XEN, DOMID_COW, DOMID_INVALID };
	struct mmu_update u = { .ptr = page_entry_maddr(VA, 1),
				.val = data << PAGE_SHIFT | PTE_DATA };
	struct mmuext_op op = { .cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = data };

	for (u32 i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ok_refused(hc_mmu_update(&u, 1, NULL, others[i]),
			   "XSA-109: a frame as one of domain %x", others[i]);
		ok_refused(hc_mmu_update(&u, 1, NULL, (others[i] + 1) << 16 | DOMID_SELF),
			   "XSA-109: a table as one of its");
		ok_refused(hc_mmuext_op(&op, 1, NULL, others[i]), "XSA-109: a page cleared as its");
	}
}

static void m2p_updates(void)
{
	void *page = page_alloc();
	u64 pfn = va_to_pfn(page), maddr = va_to_mfn(page) << PAGE_SHIFT;
	struct mmu_update u = { .ptr = maddr | MMU_MACHPHYS_UPDATE };

	for (u32 bit = 20; bit < 64; bit++) {
		u.val = 1ul << bit;
		hc_mmu_update(&u, 1, NULL, DOMID_SELF);
		hc_mmu_update(&u, 1, NULL, 0);
	}
	u.val = pfn;
	ok_is(hc_mmu_update(&u, 1, NULL, DOMID_SELF), 0, "the page has its pfn again");
	ok(page_given_back(page), "XSA-113: no update of the m2p holds the page");
}

/* An L3 over an L2 over full L1 tables of one page; @last is the last entry of all. */
static u64 *l3, *l2, *l1[TABLES], *page;

static void tree_fill(u64 last)
{
	page_writable(l3, va_to_mfn(l3));
	page_writable(l2, va_to_mfn(l2));
	l3[0] = va_to_mfn(l2) << PAGE_SHIFT | PTE_DATA;
	for (u32 t = 0; t < TABLES; t++) {
		page_writable(l1[t], va_to_mfn(l1[t]));
		page_fill(l1[t], va_to_mfn(page) << PAGE_SHIFT | PTE_DATA);
		l2[t] = va_to_mfn(l1[t]) << PAGE_SHIFT | PTE_DATA;
	}
	l1[TABLES - 1][511] = last;
	for (u32 t = 0; t < TABLES; t++)
		page_readonly(l1[t], va_to_mfn(l1[t]));
	page_readonly(l2, va_to_mfn(l2));
	page_readonly(l3, va_to_mfn(l3));
}

static bool tree_given_back(void)
{
	bool all = page_given_back(page) && page_given_back(l2) && page_given_back(l3);

	for (u32 t = 0; t < TABLES; t++)
		all &= page_given_back(l1[t]);
	return all;
}

/*
 * An L2 that only the L3 refers to, and the L3 unpinned with more to put than is put at once: an
 * update of the L2 must not put again what goes with it. Its L1 is pinned, and stays a table.
 */
static void half_torn_down(void)
{
	u64 *small = page_alloc(), *kept = page_alloc();
	u64 entry = va_to_mfn(small) << PAGE_SHIFT;

	tree_fill(0);
	page_writable(l3, va_to_mfn(l3));
	l3[511] = l3[0];
	small[0] = va_to_mfn(kept) << PAGE_SHIFT | PTE_DATA;
	l3[0] = entry | PTE_DATA;
	page_readonly(kept, va_to_mfn(kept));
	page_readonly(small, va_to_mfn(small));
	page_readonly(l3, va_to_mfn(l3));
	ok_is(page_op(MMUEXT_PIN_L1_TABLE, va_to_mfn(kept)), 0, "a pinned L1");
	ok_is(page_op(MMUEXT_PIN_L3_TABLE, va_to_mfn(l3)), 0, "below an L2, beside large ones");
	ok_is(page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(l3)), 0, "all but the L1 are let go");
	ok_is(page_entry_write(entry, 0), 0, "and the entry cleared at once");
	ok_refused(page_writable(kept, va_to_mfn(kept)), "XSA-58: the L1 is a table still");
	ok_is(page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(kept)), 0, "until it is unpinned");
	ok(page_given_back(kept) && page_given_back(small), "XSA-58: nothing holds the two");
}

/* The same work by calls of a list: it is interrupted there too, and goes on where it was. */
static void in_a_multicall(void)
{
	static struct mmuext_op ops[2];
	struct multicall_entry list[6];
	u32 wrong = 0;

	ops[0] = (struct mmuext_op){ .cmd = MMUEXT_PIN_L3_TABLE, .arg1.mfn = va_to_mfn(l3) };
	ops[1] = (struct mmuext_op){ .cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = va_to_mfn(l3) };
	for (u32 i = 0; i < 6; i++)
		list[i] =
			(struct multicall_entry){ .op = __HYPERVISOR_mmuext_op,
						  .result = 1,
						  .args = { (u64)&ops[i % 2], 1, 0, DOMID_SELF } };
	ok_is(hc_multicall(list, 6), 0, "a list of pins and unpins");
	for (u32 i = 0; i < 6; i++)
		wrong += list[i].result != 0;
	ok_is(wrong, 0, "XSA-264: each is done, interrupted or not");
}

static void long_work(void)
{
	page = page_alloc();
	l3 = page_alloc();
	l2 = page_alloc();
	for (u32 t = 0; t < TABLES; t++)
		l1[t] = page_alloc();
	for (u32 i = 0; i < ROUNDS; i++) {
		tree_fill(0);
		ok_is(page_op(MMUEXT_PIN_L3_TABLE, va_to_mfn(l3)), 0,
		      "XSA-45: %u entries are pinned, interrupted", TABLES * 512);
		ok_refused(page_writable(l1[TABLES / 2], va_to_mfn(l1[TABLES / 2])),
			   "XSA-58: those in the middle are tables");
		ok_is(page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(l3)), 0,
		      "XSA-252, XSA-290: and unpinned");
		tree_fill(DEVICE << PAGE_SHIFT | PTE_DATA);
		ok_refused(page_op(MMUEXT_PIN_L3_TABLE, va_to_mfn(l3)),
			   "XSA-299: a bad last entry is found, and what was done is undone");
	}
	half_torn_down();
	tree_fill(0);
	in_a_multicall();
	ok(tree_given_back(), "XSA-299: and nothing holds any of them");
}

static void shared_frame(u64 mfn, const char *what)
{
	xen_pfn_t list = mfn;
	long before = pages_reserved();
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	r.extent_start.p = &list;
	for (u32 cmd = MMUEXT_PIN_L1_TABLE; cmd <= MMUEXT_PIN_L4_TABLE; cmd++)
		ok_refused(page_op(cmd, mfn), "XSA-248: %s as an L%u table", what, cmd + 1);
	ok_refused(page_op(MMUEXT_NEW_BASEPTR, mfn), "XSA-248: as the root");
	ok_refused(hc_set_gdt(&list, 512), "XSA-248: as the GDT");
	ok(hc_memory_op(XENMEM_decrease_reservation, &r) <= 0, "XSA-248: given back");
	ok_is(pages_reserved(), before, "it does not count as a page of the domain");
}

/* Whichever way flushes one address, that may be any. */
static void strange_flushes(void)
{
	static const u64 at[] = { NON_CANONICAL, ~NON_CANONICAL, 0xffff7ffffffff000ul,
				  HV_INSIDE,     ~0ul,           1ul << 63 };
	u64 mask = ~0ul;

	for (u32 i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct mmuext_op op = { .cmd = MMUEXT_INVLPG_MULTI, .arg1.linear_addr = at[i] };

		op.arg2.vcpumask.p = &mask;
		page_op(MMUEXT_INVLPG_LOCAL, at[i]);
		page_op(MMUEXT_INVLPG_ALL, at[i]);
		hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
		hc_update_va_mapping((void *)at[i], 0, UVMF_INVLPG | UVMF_ALL);
		ok(hc_xen_version(0, NULL) > 0, "XSA-279: a flush of %lx does no harm", at[i]);
	}
}

/* An L1 table is unhung, one address flushed, and the table becomes data that look like entries. */
static void stale_upper_levels(void)
{
	u64 hook, *table, mfn;

	page_map(VA_1G, data << PAGE_SHIFT | PTE_DATA);
	ok_is(try_write(VA_1G, 1), VECTOR_NONE, "a page below a table of its own");
	hook = page_entry_maddr(VA_1G, 2);
	table = (u64 *)((u64)page_entry(VA_1G, 1) & ~(PAGE_SIZE - 1));
	mfn = va_to_mfn(table);
	ok_is(page_entry_write(hook, 0), 0, "which is unhung");
	page_op(MMUEXT_INVLPG_LOCAL, VA_1G + PAGE_SIZE);
	ok_is(page_writable(table, mfn), 0, "and becomes a page of data");
	page_fill(table, root | PTE_DATA);
	ok_is(try_write(VA_1G, 0), 14, "XSA-286: nothing is reached through it");
	ok(page_is(table, root | PTE_DATA), "and it is only data");
}

static void another_root(void)
{
	u64 *l4 = page_alloc();
	const u64 *running = (u64 *)start_info->pt_base;

	for (u32 i = 1; i < 512; i++)
		l4[i] = i >= 256 && i < 272 ? 0 : running[i];
	page_readonly(l4, va_to_mfn(l4));
	ok_is(page_op(MMUEXT_PIN_L4_TABLE, va_to_mfn(l4)), 0, "a root without the first slot");
	ok_is(try_read(VA, NULL), VECTOR_NONE, "on the old root the page is there");
	ok_is(page_op(MMUEXT_NEW_BASEPTR, va_to_mfn(l4)), 0, "the new one is run on");
	ok_is(try_read(VA, NULL), 14, "XSA-292: what it does not map is gone");
	ok_is(page_op(MMUEXT_NEW_BASEPTR, root >> PAGE_SHIFT), 0, "back");
	ok_is(try_read(VA, NULL), VECTOR_NONE, "and there again");
	ok_is(page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(l4)), 0, "unpinned");
	ok(page_given_back(l4), "XSA-292: and nothing holds it");
}

void test_main(void)
{
	data = va_to_mfn(page_alloc());
	root = va_to_mfn((void *)start_info->pt_base) << PAGE_SHIFT;
	page_map(VA, data << PAGE_SHIFT | PTE_DATA);
	timer_start();
	large_pages();
	root_in_itself();
	tables_in_a_circle();
	in_anothers_name();
	m2p_updates();
	long_work();
	shared_frame(start_info->shared_info >> PAGE_SHIFT, "the shared page");
	shared_frame((*page_entry((u64)grant_table, 1) & PTE_ADDR) >> PAGE_SHIFT,
		     "the grant table");
	strange_flushes();
	stale_upper_levels();
	another_root();
}

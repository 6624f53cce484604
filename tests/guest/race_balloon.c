/* SPDX-License-Identifier: MIT */
/*
 * Several vcpus give frames back and get others, by every call there is, while all of them write
 * through addresses that led to what was given back, and which nobody flushed. Who gets a frame
 * finds it cleared, fills it with its own words and looks again: another's word in it came
 * through a mapping that should be gone. After that a pool of frames is given back, traded,
 * mapped and pinned by all without any order, the same frame by several at once. In the end the
 * domain has no page more or less than is accounted for.
 *
 * vcpus: 4
 * cpus: 4
 * race: of=balloon
 */
#include <pvabi/memory.h>
#include <tests/guest/test.h>

#define PAGES       16 /* of one vcpu at a time */
#define POOL        12 /* of all */
#define ALIASES     6
#define MANY        16 /* frames got at once, so that the one just given may be among them */
#define VCPUS       4
#define REGION      0x10000000ul /* where the pages can be written by all */
#define PRIVATE     0x10200000ul /* where only their holder writes */
#define POOL_REGION 0x10400000ul
#define PFN_FIRST   0x100000ul /* far behind the domain's own */
/* As a table entry it is no memory's, as a descriptor a system segment. */
#define THEIRS 0x890000000067ul
#define OURS   0x660000000066ul

static u64 mfn[PAGES], pool[POOL]; /* mfn 0: none now */
static struct lock held[PAGES];
static u64 hot; /* where most write: a frame was mapped there until just now */
static struct lock hot_lock;
static u64 orderly_end; /* when the pool's time begins */
static u64 tries;       /* of writes */
static u64 again;       /* frames got that were just given */
static u64 given, got, traded, changes, writes, stale, dirty, lost;

static bool give(u64 m)
{
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	r.extent_start.p = &m;
	return hc_memory_op(XENMEM_decrease_reservation, &r) == 1;
}

/* A fresh frame, of no pfn: of many the one wished for, if it is among them. 0: there is none. */
static u64 get_wished(u64 wish)
{
	struct xen_memory_reservation r = { .nr_extents = MANY, .domid = DOMID_SELF };
	u64 list[MANY], m;
	long n;

	r.extent_start.p = list;
	n = hc_memory_op(XENMEM_increase_reservation, &r);
	if (n <= 0)
		return 0;
	for (long i = 1; i < n; i++)
		if (list[i] == wish) {
			list[i] = list[0];
			list[0] = wish;
		}
	if (list[0] == wish)
		count(&again);
	m = list[0];
	r.extent_start.p = list + 1;
	r.nr_extents = n - 1;
	if (n > 1)
		hc_memory_op(XENMEM_decrease_reservation, &r);
	return m;
}

/* A fresh frame, for this pfn or for none; 0: there is none. */
static u64 get(u64 pfn)
{
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	u64 list = pfn;

	r.extent_start.p = &list;
	if (hc_memory_op(pfn ? XENMEM_populate_physmap : XENMEM_increase_reservation, &r) != 1)
		return 0;
	return list;
}

/* Another frame for this one; 0: refused. */
static u64 trade(u64 m, u64 pfn)
{
	struct xen_memory_exchange x = { .in = { .nr_extents = 1, .domid = DOMID_SELF },
					 .out = { .nr_extents = 1, .domid = DOMID_SELF } };

	x.in.extent_start.p = &m;
	x.out.extent_start.p = &pfn;
	return hc_memory_op(XENMEM_exchange, &x) == 0 && x.nr_exchanged == 1 ? pfn : 0;
}

static void map(u64 va, u64 entry)
{
	hc_update_va_mapping((void *)va, entry, UVMF_NONE);
}

static void data_write(void)
{
	u64 va = __atomic_load_n(&hot, __ATOMIC_RELAXED);

	if (!va || !below(3))
		va = REGION + (u64)below(PAGES) * PAGE_SIZE;
	va += below(512) * 8;
	count(&tries);
	words_try(va, THEIRS, &writes);
}

/* Until the others have tried to write now and then, if that does not take too long. */
static void others_write(void)
{
	u64 enough = __atomic_load_n(&tries, __ATOMIC_RELAXED) + 6;

	for (u32 n = 0; __atomic_load_n(&tries, __ATOMIC_RELAXED) < enough && n < 3000; n++)
		cpu_relax(n);
}

/* A frame that just came: nobody else can know where it is. */
static void frame_look(u32 i)
{
	u64 *page = (u64 *)(PRIVATE + (u64)i * PAGE_SIZE);

	if (page_set(page, mfn[i] << PAGE_SHIFT | PTE_DATA)) {
		count(&lost);
		return;
	}
	if (!page_is(page, 0))
		count(&dirty);
	page_fill(page, OURS);
	others_write();
	if (!page_is(page, OURS))
		count(&stale);
	page_set(page, 0);
}

/* For a while all write it; then it goes, and they are not told. */
static void page_share(u32 i)
{
	u64 va = REGION + (u64)i * PAGE_SIZE;

	map(va, mfn[i] << PAGE_SHIFT | PTE_DATA);
	__atomic_store_n(&hot, va, __ATOMIC_RELAXED);
	others_write();
	map(va, 0);
}

static void page_replace(u32 i, bool same)
{
	u64 m = !mfn[i] || below(6) ? 0 : trade(mfn[i], PFN_FIRST + i);

	if (m) {
		count(&traded);
	} else {
		if (mfn[i])
			count(give(mfn[i]) ? &given : &lost);

		if (same)
			m = get_wished(mfn[i]);
		else
			m = get(below(2) ? PFN_FIRST + i : 0);

		if (m)
			count(&got);
	}
	mfn[i] = m;
}

static void page_life(void)
{
	u32 i = below(PAGES);

	if (!lock_try(&held[i]))
		return;
	if (lock_try(&hot_lock)) {
		if (mfn[i])
			page_share(i);
		page_replace(i, below(4));
		if (mfn[i])
			frame_look(i);
		lock_release(&hot_lock);
	} else {
		page_replace(i, false);
	}
	lock_release(&held[i]);
}

/* Changes of the pool with no order at all; a frame that is replaced is given back. */
static void pool_change(void)
{
	u32 i = below(POOL);
	u64 m = __atomic_load_n(&pool[i], __ATOMIC_RELAXED), fresh = 0, at;

	at = POOL_REGION + (u64)below(ALIASES) * PAGE_SIZE;
	switch (below(6)) {
	case 0:
		give(m);
		break;
	case 1:
		fresh = get(below(2) ? PFN_FIRST + PAGES + i : 0);
		break;
	case 2:
		fresh = trade(m, PFN_FIRST + PAGES + i);
		break;
	case 3:
		if (!page_op(MMUEXT_PIN_L1_TABLE, m))
			page_op(MMUEXT_UNPIN_TABLE, m);
		break;
	default:
		if (below(3))
			map(at, m << PAGE_SHIFT | (below(2) ? PTE_DATA : PTE_ROM));
		else
			map(at, 0);
	}
	count(&changes);
	if (fresh)
		give(__atomic_exchange_n(&pool[i], fresh, __ATOMIC_SEQ_CST));
}

static void racer(void *arg)
{
	(void)arg;
	while (time_ns() < orderly_end)
		for (u32 n = 0; n < 20; n++)
			if (below(6))
				data_write();
			else
				page_life();
}

static void pool_racer(void *arg)
{
	(void)arg;
	do
		for (u32 n = 0; n < 50; n++)
			pool_change();
	while (race_goes_on());
}

/* The frames, and room for as many as are got at once, come from the domain's first pages. */
static void start(void)
{
	page_map(REGION, 0);
	page_map(PRIVATE, 0);
	page_map(POOL_REGION, 0);
	for (u32 i = 0; i < PAGES + POOL; i++) {
		void *va = page_alloc();
		u64 m = va_to_mfn(va);

		*(i < PAGES ? &mfn[i] : &pool[i - PAGES]) = m;
		page_set(va, 0);
	}
	for (u32 i = 0; i < MANY * VCPUS; i++) {
		void *va = page_alloc();
		u64 m = va_to_mfn(va);

		page_set(va, 0);
		give(m);
	}
}

void test_main(void)
{
	long before;

	start();
	before = pages_reserved();
	race_goes_on(); /* from now on */
	orderly_end = time_ns() + cmdline_number("seconds", RACE_SECONDS) * SECOND / 2;
	ok_is(vcpus_run(vcpu_count(), racer, NULL), 0, "%u vcpus race", vcpu_count());
	ok_is(vcpus_run(vcpu_count(), pool_racer, NULL), 0, "and then in no order");
	ok_is((long)dirty, 0, "every frame came cleared");
	ok_is((long)stale, 0, "no word of another's in a frame that just came");
	ok(given > 5 && got > 5 && traded > 5 && writes > 5 && changes > 5,
	   "%lu given, %lu got (%lu just given), %lu traded, %lu words written, %lu pool changes",
	   given, got, again, traded, writes, changes);
	for (u32 i = 0; i < ALIASES; i++)
		map(POOL_REGION + (u64)i * PAGE_SIZE, 0);
	for (u32 i = 0; i < PAGES + POOL; i++) /* the pool may hold one twice, or none any more */
		give(i < PAGES ? mfn[i] : pool[i - PAGES]);
	ok_is(pages_reserved(), before - PAGES - POOL,
	      "all is given back, and nothing holds one still");
	ok_is((long)lost, 0, "nothing was refused that may not be");
}

/* SPDX-License-Identifier: MIT */
/*
 * What two domains do with each other, in the smallest pieces: the second does each so many times
 * between two marks, and the first gives it a page and answers its events. The marks begin at 64,
 * in the order of `operations`; the word turns= of the command line says how often. Where
 * several pairs are to do the same at a time, pace= is a number of seconds: trying an operation,
 * and doing it, each begins at a multiple of them, and the first at one of FIRST times as many.
 *
 * run by: tests/bench/run
 */
#include <tests/bench/mark.h>
#include <tests/guest/pair.h>
#include <tests/guest/reservation.h>

#define SHARED_VA  0x20000000ul
#define DATA_VA    0x20001000ul
#define MAGIC      0x7472616465000001ul
#define SHARED_REF GNTTAB_NR_RESERVED_ENTRIES /* the first that the first makes */
#define WARM       10                         /* of so many times one is tried first */
#define FIRST      4
#define ENTRIES    256 /* of a page table */

/* The page that the first grants. */
struct shared {
	volatile u64 magic; /* set last */
	volatile u32 port, data_ref, over;
};

static struct shared *s;
static domid_t peer;
static u32 port;
static volatile u32 taken; /* events */
static u64 failed;
static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char spare[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u64 table[PAGE_SIZE / 8] __attribute__((aligned(PAGE_SIZE)));

static void need(bool good)
{
	failed += !good;
}

static void sleep_until_taken(u32 count)
{
	events_mask();
	while (taken != count) {
		hc_sched_op(SCHEDOP_block, NULL);
		events_mask();
	}
	events_unmask();
}

/* ---- the first */

static void answer(u32 p)
{
	if (s->over)
		taken = 1;
	else
		event_send(p);
}

static void serve(void)
{
	void *data = page_alloc();

	s = page_alloc();
	port = event_alloc_unbound(peer);
	event_handle(port, answer);

	need(grant_access(peer, va_to_mfn(s), false) == SHARED_REF);
	s->port = port;
	s->data_ref = grant_access(peer, va_to_mfn(data), false);
	s->magic = MAGIC;

	sleep_until_taken(1);
}

/* ---- the second: operations, each done once */

static void do_call(void)
{
	hc_xen_version(0, NULL);
}

static void on_answer(u32 p)
{
	(void)p;
	taken++;
}

static void do_event(void)
{
	u32 before = taken;

	event_send(port);
	sleep_until_taken(before + 1);
}

static void do_map(void)
{
	u32 handle;

	need(grant_map(peer, s->data_ref, DATA_VA, 0, &handle) == GNTST_okay);
	need(grant_unmap(handle, DATA_VA) == GNTST_okay);
}

static void do_copy(void)
{
	struct gnttab_copy c = { .flags = GNTCOPY_source_gref, .len = PAGE_SIZE };

	c.source.domid = peer;
	c.source.u.ref = s->data_ref;
	c.dest.domid = DOMID_SELF;
	c.dest.u.gmfn = va_to_mfn(page);
	need(!hc_grant_table_op(GNTTABOP_copy, &c, 1));
	need(c.status == GNTST_okay);
}

/* As a process's page table begins and ends. */
static void do_table(void)
{
	need(!page_readonly(table, va_to_mfn(table)));
	need(!page_op(MMUEXT_PIN_L1_TABLE, va_to_mfn(table)));
	need(!page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(table)));
	need(!page_writable(table, va_to_mfn(table)));
}

/* As after a page fault, and before the page is given back. */
static void do_page(void)
{
	need(!page_set((void *)DATA_VA, va_to_mfn(page) << PAGE_SHIFT | PTE_DATA));
	need(!page_set((void *)DATA_VA, 0));
}

/* To the hypervisor and back, as a balloon does. */
static void do_balloon(void)
{
	xen_pfn_t frame = (page_entry((u64)spare, 1)[0] & PTE_ADDR) >> PAGE_SHIFT;
	struct xen_memory_reservation r = reservation(&frame, 1, 0);

	need(!page_set(spare, 0));
	need(hc_memory_op(XENMEM_decrease_reservation, &r) == 1);

	frame = va_to_pfn(spare);
	need(hc_memory_op(XENMEM_populate_physmap, &r) == 1);
	need(!page_set(spare, frame << PAGE_SHIFT | PTE_DATA));
}

/* ---- and all of them */

static void pace(u32 slots)
{
	u64 slot = cmdline_number("pace", 0) * slots * SECOND;
	u64 now = time_ns();

	if (slot)
		time_sleep(slot - now % slot);
}

static void times(u64 turns, void (*what)(void))
{
	for (u64 i = 0; i < turns; i++)
		what();
}

/* The marks are constants, so each operation has its own. A short one is done @more often. */
#define OP(number, more, what)                     \
	do {                                       \
		pace(1);                           \
		times(turns *(more) / WARM, what); \
		pace(1);                           \
		MARK(64 + 2 * (number));           \
		times(turns *(more), what);        \
		MARK(64 + 2 * (number) + 1);       \
	} while (0)

static void operations(u64 turns)
{
	char *pages = pages_alloc(ENTRIES);

	OP(0, 50, do_call);
	OP(1, 3, do_event);
	OP(2, 5, do_map);
	OP(3, 5, do_copy);

	for (u32 i = 0; i < ENTRIES; i++)
		table[i] = va_to_mfn(pages + i * PAGE_SIZE) << PAGE_SHIFT | PTE_DATA;
	OP(4, 1, do_table);
	OP(5, 10, do_page);
	OP(6, 5, do_balloon);
}

static bool meet(void)
{
	u32 handle;

	page_map(SHARED_VA, 0);
	page_map(DATA_VA, 0);
	s = (struct shared *)SHARED_VA;
	for (u32 i = 0; grant_map(peer, SHARED_REF, SHARED_VA, 0, &handle) != GNTST_okay; i++) {
		if (i == 100)
			return false;
		time_sleep(SECOND / 10);
	}
	while (s->magic != MAGIC)
		time_sleep(SECOND / 100);

	port = event_bind_interdomain(peer, s->port);
	event_handle(port, on_answer);
	return true;
}

void kernel_main(void)
{
	peer = pair_peer();
	if (pair_first()) {
		serve();
	} else if (meet()) {
		time_sleep(SECOND); /* the toolstack is done with us */
		pace(FIRST);
		operations(cmdline_number("turns", 1000));
		s->over = 1;
		event_send(port);
	} else {
		failed++;
	}
	print("PAIR over, %lu failed\n", failed);
}

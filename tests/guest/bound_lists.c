/* SPDX-License-Identifier: MIT */
/*
 * Long lists of grants, copied, mapped and unmapped, and a grant table at its largest: ring 0 never
 * keeps interrupts off for long, and each element has its answer. The domain ends with grants
 * mapped.
 *
 * run by: tests/system/test-bound, and for ever by tests/system/test-load
 */
#include <tests/guest/test.h>

#define COPIES 256
#define MAPS   400 /* references of the kit's grant page */
#define WINDOW 0xffffffffd0000000ul

static u32 me;
static u8 *from, *to;
static u32 refs[MAPS];

static void pages_prepare(void)
{
	from = page_alloc();
	to = page_alloc();

	for (u32 i = 0; i < MAPS; i++) {
		refs[i] = (u32)grant_access((domid_t)me, va_to_mfn(page_alloc()), false);
		page_map(WINDOW + i * PAGE_SIZE, 0);
	}
}

static void copies(void)
{
	static struct gnttab_copy list[COPIES];
	u32 wrong = 0;

	for (u32 i = 0; i < COPIES; i++) {
		list[i].source.u.gmfn = va_to_mfn(from);
		list[i].source.domid = DOMID_SELF;
		list[i].dest.u.gmfn = va_to_mfn(i % 2 ? to : from);
		list[i].dest.domid = DOMID_SELF;
		list[i].dest.offset = i % 2 ? 0 : 8;
		list[i].len = PAGE_SIZE - 8;
	}
	ok_is(hc_grant_table_op(GNTTABOP_copy, list, COPIES), 0, "%u copies", COPIES);
	for (u32 i = 0; i < COPIES; i++)
		wrong += list[i].status != GNTST_okay;
	ok_is(wrong, 0, "each is done");
}

/* The whole list, of the domain's own frames, mapped by itself. */
static struct gnttab_map_grant_ref map[MAPS];

static void maps(void)
{
	u32 wrong = 0;

	for (u32 i = 0; i < MAPS; i++)
		map[i] = (struct gnttab_map_grant_ref){
			.host_addr = WINDOW + i * PAGE_SIZE,
			.flags = GNTMAP_host_map,
			.ref = refs[i],
			.dom = (domid_t)me,
		};

	ok_is(hc_grant_table_op(GNTTABOP_map_grant_ref, map, MAPS), 0, "%u maps", MAPS);
	for (u32 i = 0; i < MAPS; i++)
		wrong += map[i].status != GNTST_okay;
	ok_is(wrong, 0, "each is done");
}

static void unmaps(void)
{
	static struct gnttab_unmap_grant_ref unmap[MAPS];
	u32 wrong = 0;

	for (u32 i = 0; i < MAPS; i++) {
		unmap[i].host_addr = map[i].host_addr;
		unmap[i].handle = map[i].handle;
	}

	ok_is(hc_grant_table_op(GNTTABOP_unmap_grant_ref, unmap, MAPS), 0, "%u unmaps", MAPS);
	for (u32 i = 0; i < MAPS; i++)
		wrong += unmap[i].status != GNTST_okay;
	ok_is(wrong, 0, "each is done");
}

static void table(void)
{
	static xen_pfn_t frames[1024];
	struct gnttab_query_size size = { .dom = DOMID_SELF };
	struct gnttab_setup_table setup = { .dom = DOMID_SELF };

	hc_grant_table_op(GNTTABOP_query_size, &size, 1);
	setup.nr_frames = size.max_nr_frames;
	setup.frame_list.p = frames;
	ok_is(hc_grant_table_op(GNTTABOP_setup_table, &setup, 1), 0, "a table of %u frames",
	      size.max_nr_frames);
	ok_is(setup.status, GNTST_okay, "it is there");
}

void test_main(void)
{
	char id[8] = "";

	store_read("domid", id, sizeof(id));
	me = (u32)number_parse(id);

	pages_prepare();

	do {
		copies();
		maps();
		unmaps();
		table();
	} while (test_again());

	maps();
}

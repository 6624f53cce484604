/* SPDX-License-Identifier: MIT */
/*
 * What two or three CPUs do with the same frame at a time, in every order: references, types and
 * the flushes between them. Each scenario is a rule of the memory core (hypervisor/README.md).
 */
#include "machine.h"

#include <stdio.h>
#include <string.h>

#define FRAME (&frame_table[0])

/* --- what a CPU does -------------------------------------------------------------------------- */

static struct frame *mapped[SLOTS]; /* with a reference, by slot */

static void map(u32 slot, bool write)
{
	if (frame_get_mapping(FRAME, &doms[0], write))
		return;

	mapped[slot] = FRAME;
	slot_set(slot, &doms[0], FRAME, write ? USE_WRITE : USE_READ);
}

static void unmap(u32 slot, bool write)
{
	if (!mapped[slot])
		return;

	slot_set(slot, NULL, NULL, USE_READ);
	mapped[slot] = NULL;
	frame_put_mapping(FRAME, write);
}

static void change_end(transition_t *how)
{
	frame_stamp(FRAME);
	step_apply(FRAME, how);
}

/* Takes the frame into use as an L1 table: its contents are good. False: refused. */
static bool table_get(void)
{
	bool fresh;
	int rc;

	if (!frame_get(FRAME, &doms[0]))
		return false;

	rc = frame_get_type(FRAME, FT_L1, &fresh);
	if (fresh)
		change_end(state_validated);
	frame_put(FRAME);
	return !rc;
}

static void table_put(void)
{
	enum verdict v;

	frame_stamp(FRAME);
	v = step_apply(FRAME, state_put_type);
	if (v == TV_TEARDOWN)
		change_end(state_torn_down);
}

static void table_use(u32 slot)
{
	if (!table_get())
		return;

	slot_set(slot, &doms[0], FRAME, USE_WALK);
	slot_set(slot, NULL, NULL, USE_WALK);
	table_put();
}

/* --- scenarios -------------------------------------------------------------------------------- */

/* At the end of each: the allocation's reference is left, and no type. */
static void only_allocated(void)
{
	if (FRAME->state % FS_TYPE_ONE != FS_REF_ONE || !FS_HAS(FRAME->state, FS_ALLOCATED))
		explore_failed("the frame's word is %#lx in the end", FRAME->state);
}

static void start_unmapped(void)
{
	machine_start();
	memset(mapped, 0, sizeof(mapped));
}

static void start_writable(void)
{
	start_unmapped();
	map(0, true);
}

static void unmaps_0(void)
{
	unmap(0, true);
}

static void maps_1(void)
{
	map(1, true);
	unmap(1, true);
}

static void uses_table_2(void)
{
	table_use(2);
}

static void uses_table_3(void)
{
	table_use(3);
}

/* Frees the frame; whoever finds it free takes it for the other domain. */
static void gives_away(void)
{
	frame_unallocate(FRAME);
	unmap(0, true);
}

static void takes(void)
{
	if (machine_take(FRAME, &doms[1]))
		slot_set(1, &doms[1], FRAME, USE_WRITE);
}

static void start_two_domains(void)
{
	start_writable();
	machine_runs(1, &doms[1]);
}

static void nothing(void)
{
}

/* One goes to sleep and comes back, while another changes what the frame is. */
static void sleeps(void)
{
	machine_switch(NULL);
	machine_switch(&doms[0]);
}

/* One goes over to another domain and back. */
static void visits(void)
{
	machine_switch(&doms[1]);
	machine_switch(&doms[0]);
}

/* It runs another domain, and comes to this one. */
static void comes(void)
{
	machine_switch(&doms[0]);
}

static void start_one_away(void)
{
	start_writable();
	machine_runs(2, &doms[1]);
}

static void start_two_mappings(void)
{
	start_writable();
	map(1, true);
}

static void flushes_and_unmaps_1(void)
{
	tlb_flush(1ul << fake_cpu);
	unmap(1, true);
}

static void flushes(void)
{
	tlb_flush(1ul << fake_cpu);
}

static void unmaps_and_uses(void)
{
	unmap(0, true);
	table_use(2);
}

/* For domain 0, whose frame it may be no more. */
static void maps_3(void)
{
	map(3, true);
	unmap(3, true);
}

/* clang-format off */
static const struct scenario scenarios[] = {
	{ "a writable page becomes a table", start_writable,
	  { unmaps_0, uses_table_2 }, machine_check, only_allocated, 3 },
	{ "a page is mapped and made a table", start_unmapped,
	  { maps_1, uses_table_2 }, machine_check, only_allocated, 3 },
	{ "two make it a table, a third writes", start_writable,
	  { unmaps_0, uses_table_2, uses_table_3 }, machine_check, only_allocated, 3 },
	{ "a CPU flushes while a mapping ends", start_writable,
	  { flushes, unmaps_and_uses }, machine_check, only_allocated, 3 },
	{ "two mappings end at a time", start_two_mappings,
	  { unmaps_0, flushes_and_unmaps_1, uses_table_2 }, machine_check, only_allocated, 3 },
	{ "a CPU idles meanwhile", start_writable,
	  { unmaps_0, uses_table_2, sleeps }, machine_check, only_allocated, 3 },
	{ "a CPU visits another domain meanwhile", start_writable,
	  { unmaps_0, uses_table_2, visits }, machine_check, only_allocated, 3 },
	{ "a CPU comes from another domain meanwhile", start_one_away,
	  { unmaps_0, uses_table_2, comes }, machine_check, only_allocated, 3 },
	{ "a frame gets another owner while a CPU visits", start_two_domains,
	  { gives_away, takes, visits }, machine_check, nothing, 3 },
	{ "a frame gets another owner", start_two_domains,
	  { gives_away, takes }, machine_check, nothing, 3 },
	{ "it is mapped while it does", start_two_domains,
	  { gives_away, takes, maps_3 }, machine_check, nothing, 3 },
};
/* clang-format on */

int main(void)
{
	u64 all = 0;

	fake_frame_table_up(FRAMES);
	for (u32 i = 0; i < ARRAY_SIZE(scenarios); i++) {
		u64 runs = explore(&scenarios[i]);

		printf("ok %u - %s: %lu schedules\n", i + 1, scenarios[i].name, runs);
		all += runs;
	}
	printf("# %lu schedules in all\n", all);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Calls that do little, in long lists: what one of them costs is charged, or a list of them is one
 * long stretch with interrupts off. Any guest may make nearly all of these; the control domain can
 * ask after each list how long it was.
 *
 * run by: tests/system/test-bound, as the control domain
 */
#include <pvabi/memory.h>
#include <pvabi/vcpu.h>
#include <pvabi/version.h>
#include <tests/guest/dom0.h>

#define CALLS   400  /* of a multicall */
#define UPDATES 8000 /* of a list of page-table updates */
#define TABLES  300  /* of a list of grant operations */
#define FRAMES  64   /* of a grant table */
#define GATES   256  /* of a trap table */
#define GATE    0xf0 /* a vector that is not used */

static struct multicall_entry calls[CALLS];
static u64 *page;

/* The call of the table's row, so often. What each answers does not matter. */
static void often(const struct multicall_entry *call, const char *what)
{
	for (u32 i = 0; i < CALLS; i++)
		calls[i] = *call;
	ok_is(hc_multicall(calls, CALLS), 0, "%u times: %s", CALLS, what);
	stretches_told(what);
}

static void updates(u64 ptr, const char *what)
{
	static struct mmu_update list[UPDATES];

	for (u32 i = 0; i < UPDATES; i++)
		list[i] = (struct mmu_update){ .ptr = ptr, .val = va_to_pfn(page) };
	ok_is(hc_mmu_update(list, UPDATES, NULL, DOMID_SELF), 0, "%u times: %s", UPDATES, what);
	stretches_told(what);
}

static void grant_tables(void)
{
	static struct gnttab_setup_table list[TABLES];
	static xen_pfn_t frames[FRAMES];
	struct gnttab_query_size size = { .dom = DOMID_SELF };

	hc_grant_table_op(GNTTABOP_query_size, &size, 1);
	for (u32 i = 0; i < TABLES; i++) {
		list[i] = (struct gnttab_setup_table){ .dom = DOMID_SELF };
		list[i].nr_frames = size.max_nr_frames < FRAMES ? size.max_nr_frames : FRAMES;
		list[i].frame_list.p = frames;
	}
	ok_is(hc_grant_table_op(GNTTABOP_setup_table, list, TABLES), 0, "a grant table's frames");
	stretches_told("a grant table's frames");
}

/* All are in use, and the search begins at the first. */
static void no_port_is_free(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct multicall_entry call = { .op = __HYPERVISOR_event_channel_op,
					.args = { EVTCHNOP_alloc_unbound, (u64)&alloc } };
	int first = event_alloc_unbound(DOMID_SELF);

	while (event_alloc_unbound(DOMID_SELF) >= 0)
		;
	event_close((u32)first);
	event_alloc_unbound(DOMID_SELF);
	stretches_forget();
	often(&call, "a port, when none is free");
}

static void ports_close(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct multicall_entry call = { .op = __HYPERVISOR_event_channel_op,
					.args = { EVTCHNOP_reset, (u64)&reset } };

	often(&call, "all ports closed");
}

static void small_calls(void)
{
	static u64 position, text[HOSPES_LOG_MOST / 8], flags[64];
	static evtchn_port_t ports[128];
	static struct trap_info traps[GATES + 1];
	struct xen_memory_map map = { .nr_entries = 128, .buffer.p = text };
	struct sched_poll poll = { .ports.p = ports, .nr_ports = 128, .timeout = 1 };
	struct evtchn_status status = { .dom = DOMID_SELF, .port = 1 };
	struct evtchn_send send = { .port = 1 };
	struct xen_memory_reservation none = { .extent_start.p = text, .domid = DOMID_SELF };
	const struct {
		const char *what;
		struct multicall_entry call;
	} rows[] = {
		{ "the log of refusals",
		  { .op = __HYPERVISOR_hospes,
		    .args = { HOSPESOP_read_log, DOMID_SELF, (u64)text, HOSPES_LOG_MOST,
			      (u64)&position } } },
		{ "the version",
		  { .op = __HYPERVISOR_xen_version, .args = { XENVER_commandline, (u64)text } } },
		{ "the machine's memory map",
		  { .op = __HYPERVISOR_memory_op,
		    .args = { XENMEM_machine_memory_map, (u64)&map } } },
		{ "an empty list of extents",
		  { .op = __HYPERVISOR_memory_op,
		    .args = { XENMEM_populate_physmap, (u64)&none } } },
		{ "a trap table", { .op = __HYPERVISOR_set_trap_table, .args = { (u64)traps } } },
		{ "a trap table that is not there",
		  { .op = __HYPERVISOR_set_trap_table, .args = { HV_INSIDE } } },
		{ "a poll of ports",
		  { .op = __HYPERVISOR_sched_op, .args = { SCHEDOP_poll, (u64)&poll } } },
		{ "a port's status",
		  { .op = __HYPERVISOR_event_channel_op,
		    .args = { EVTCHNOP_status, (u64)&status } } },
		{ "an event sent",
		  { .op = __HYPERVISOR_event_channel_op, .args = { EVTCHNOP_send, (u64)&send } } },
		{ "a vcpu's times",
		  { .op = __HYPERVISOR_vcpu_op,
		    .args = { VCPUOP_get_runstate_info, 0, (u64)flags } } },
		{ "no such call", { .op = 63 } },
		{ "an argument that can not be read",
		  { .op = __HYPERVISOR_sched_op, .args = { SCHEDOP_poll, 16 } } },
		{ "a timer", { .op = __HYPERVISOR_set_timer_op, .args = { ~0ul >> 1 } } },
		{ "a debug register", { .op = __HYPERVISOR_set_debugreg, .args = { 0, 0x1000 } } },
		{ "a stack",
		  { .op = __HYPERVISOR_stack_switch, .args = { FLAT_KERNEL_SS, (u64)text } } },
	};

	for (u32 i = 0; i < GATES; i++)
		traps[i] = (struct trap_info){ .vector = GATE, .address = KERNEL_BASE };

	for (u32 i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		often(&rows[i].call, rows[i].what);
}

void test_main(void)
{
	page = page_alloc();
	stretches_forget();

	updates(va_to_mfn(page) << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, "an entry of the m2p");
	updates(va_to_mfn(page) << PAGE_SHIFT, "a word that is no page table's");
	grant_tables();
	no_port_is_free();
	ports_close();
	small_calls();
}

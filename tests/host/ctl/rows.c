/* SPDX-License-Identifier: MIT */
/*
 * The control domain asks for every row of the calls that are its own: what a row says is refused
 * answers its error, with a reason or silently; for what it says is answered there is a handler.
 */
#include "suites.h"

#include <pvabi/hospes.h>
#include <pvabi/hypercall.h>
#include <pvabi/rows.h>

#include <string.h>

#define OPEN_TO_any     true
#define OPEN_TO_priv    false
#define OPEN_TO_control false

static const struct row {
	const char *name;
	u32 call, nr, error;
	bool quiet, open;
} rows[] = {
#define OP(call, nr, name, arg, who, how, ...)                 \
	{ #call " " #name,                                     \
	  __HYPERVISOR_##call,                                 \
	  nr,                                                  \
	  IF_ANSWERED(how, 0) IF_REFUSED(how, ROW_ERROR(how)), \
	  ROW_QUIET(how),                                      \
	  OPEN_TO_##who },
#include <pvabi/hypercalls.def>
};

/*
 * What guests must not do of the calls that they may make. The table says so too: here it is said
 * once more, so that a row does not open by a slip of the hand.
 */
static const char *const closed[] = {
	"memory_op machphys_mfn_list",
	"memory_op machine_memory_map",
	"memory_op set_memory_map",
	"memory_op set_pod_target",
	"memory_op get_pod_target",
	"memory_op claim_pages",
	"memory_op acquire_resource",
	"console_io read",
	"sched_op remote_shutdown",
	"sched_op pin_override",
	"physdev_op apic_read",
	"physdev_op apic_write",
	"physdev_op alloc_irq_vector",
	"physdev_op free_irq_vector",
	"physdev_op map_pirq",
	"physdev_op unmap_pirq",
	"physdev_op manage_pci_add",
	"physdev_op manage_pci_remove",
	"physdev_op restore_msi",
	"physdev_op manage_pci_add_ext",
	"physdev_op setup_gsi",
	"physdev_op pci_mmcfg_reserved",
	"physdev_op pci_device_add",
	"physdev_op pci_device_remove",
	"physdev_op restore_msi_ext",
	"physdev_op dbgp_op",
	"physdev_op prepare_msix",
	"physdev_op release_msix",
	"hospes stretch",
	"hospes forget_stretches",
	"hospes perf",
};

/* And calls that are closed as a whole. */
static const u32 closed_calls[] = {
	__HYPERVISOR_platform_op,
	__HYPERVISOR_sysctl,
	__HYPERVISOR_domctl,
};

/* The calls that this world has; the others' rows are asked by a guest (tests/guest/refused.c). */
static long ask_with(const struct row *r, u8 filling)
{
	u32 *head = (u32 *)arena;

	memset(arena, filling, sizeof(arena));
	head[0] = r->nr;
	switch (r->call) {
	case __HYPERVISOR_domctl:
		head[1] = XEN_DOMCTL_INTERFACE_VERSION;
		*(domid_t *)&head[2] = guest->id;
		return call(r->call, (u64)arena, 0, 0);
	case __HYPERVISOR_sysctl:
		head[1] = XEN_SYSCTL_INTERFACE_VERSION;
		return call(r->call, (u64)arena, 0, 0);
	case __HYPERVISOR_platform_op:
		head[1] = XENPF_INTERFACE_VERSION;
		return call(r->call, (u64)arena, 0, 0);
	case __HYPERVISOR_vcpu_op:
		return call(r->call, r->nr, 0, (u64)arena);
	case __HYPERVISOR_vm_assist:
		return call(r->call, VMASST_CMD_enable, r->nr, 0);
	case __HYPERVISOR_memory_op:
	case __HYPERVISOR_sched_op:
	case __HYPERVISOR_physdev_op:
	case __HYPERVISOR_event_channel_op:
	case __HYPERVISOR_hospes:
		return call(r->call, r->nr, (u64)arena, 0);
	default:
		return -(long)r->error;
	}
}

static long ask(const struct row *r)
{
	return ask_with(r, 0);
}

START_TEST(refused)
{
	u32 of_control = 0;

	world_as(dom0);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (!r->error)
			continue;

		fake_reason_clear();
		ck_assert_msg(ask(r) == -(long)r->error, "%s is not refused with %u", r->name,
			      r->error);
		if (r->call == __HYPERVISOR_domctl) {
			ck_assert_msg(fake_reason_has("is refused"), "%s: %s", r->name,
				      fake_reason);
			of_control++;
		}
		if (r->quiet)
			ck_assert_msg(!*fake_reason, "%s: %s", r->name, fake_reason);
	}
	ck_assert_uint_gt(of_control, 40);
}
END_TEST

/*
 * Those that end or stop something are tried elsewhere; the others may refuse what they are given.
 */
START_TEST(answered)
{
	world_as(dom0);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (r->error || (r->call != __HYPERVISOR_sysctl && r->call != __HYPERVISOR_domctl))
			continue;
		if (r->call == __HYPERVISOR_domctl &&
		    (r->nr == XEN_DOMCTL_destroydomain || r->nr == XEN_DOMCTL_createdomain))
			continue;

		fake_reason_clear();
		ask(r);
		ck_assert_msg(!fake_reason_has("operation") || !fake_reason_has("there is no"),
			      "%s: %s", r->name, fake_reason);
	}
	guest->pauses = guest->control.pauses = 0;
}
END_TEST

/* Whether an error says no more than that a list has ended. */
static bool ends_a_list(const struct row *r, long rc)
{
	if (r->call == __HYPERVISOR_domctl && r->nr == XEN_DOMCTL_getdomaininfo)
		return rc == -ESRCH;
	if (r->call == __HYPERVISOR_sysctl && r->nr == XEN_SYSCTL_cpupool_op)
		return rc == -ENOENT;

	return false;
}

/* What the control domain gets no answer to leaves a reason, whatever is wrong with it. */
START_TEST(no_refusal_is_silent)
{
	static const u8 fillings[] = { 0, 1, 0x7f, 0x80, 0xff };

	world_as(dom0);
	for (u32 i = 0; i < ARRAY_SIZE(rows) * ARRAY_SIZE(fillings); i++) {
		const struct row *r = &rows[i / ARRAY_SIZE(fillings)];
		long rc;

		if (r->error || (r->call != __HYPERVISOR_sysctl && r->call != __HYPERVISOR_domctl))
			continue;
		if (r->call == __HYPERVISOR_domctl && r->nr == XEN_DOMCTL_destroydomain)
			continue;

		fake_reason_clear();
		rc = ask_with(r, fillings[i % ARRAY_SIZE(fillings)]);
		ck_assert_msg(rc >= 0 || rc == -ERESTART || *fake_reason || ends_a_list(r, rc),
			      "%s: %ld without a reason", r->name, rc);
	}
	guest->pauses = guest->control.pauses = 0;
}
END_TEST

static const struct row *row_named(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	ck_abort_msg("there is no row %s", name);
}

static bool is_closed_call(u32 nr)
{
	for (u32 i = 0; i < ARRAY_SIZE(closed_calls); i++)
		if (closed_calls[i] == nr)
			return true;
	return false;
}

START_TEST(closed_to_guests)
{
	world_as(guest);
	for (u32 i = 0; i < ARRAY_SIZE(closed); i++) {
		const struct row *r = row_named(closed[i]);

		ck_assert_msg(!r->open, "%s is open to all", r->name);

		/* Those of calls that this world has, and that are not refused to dom0 too. */
		if (!r->error && r->call != __HYPERVISOR_console_io)
			ck_assert_msg(ask(r) == -EPERM, "%s is done for a guest", r->name);
	}

	/* Nobody looks at the argument: it may be anything. */
	for (u32 i = 0; i < ARRAY_SIZE(closed_calls); i++)
		ck_assert_int_eq(call(closed_calls[i], 16, 0, 0), -EPERM);

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_closed_call(rows[i].call))
			ck_assert_msg(ask(&rows[i]) == -EPERM, "%s is done for a guest",
				      rows[i].name);
}
END_TEST

/* The control domain reads one record after the other, to the end of each CPU's. */
START_TEST(stretches)
{
	struct hospes_stretch *s = (void *)arena;

	world_as(dom0);
	*s = (struct hospes_stretch){ .cpu = 1 };
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_stretch, (u64)s, 0), 0);
	ck_assert_uint_eq(s->cycles, 1001);
	ck_assert_uint_eq(s->ns, 1001);
	ck_assert_uint_eq(s->kind, HOSPES_STRETCH_interrupt);
	ck_assert_uint_eq(s->number, 0xf0);
	ck_assert_str_eq(s->lock, "");

	s->index = 1;
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_stretch, (u64)s, 0), 0);
	ck_assert_str_eq(s->lock, "PTABLE");

	s->index = 2;
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_stretch, (u64)s, 0), -ENOENT);
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_forget_stretches, 0, 0), 0);
	ck_assert_uint_eq(world_stretches_forgotten, 1);
}
END_TEST

START_TEST(costs)
{
	struct hospes_perf *p = (void *)arena;

	guest->vcpu[0]->perf[__HYPERVISOR_sched_op] = (struct perf_count){ 7, 700 };
	guest->vcpu[0]->perf[HOSPES_PERF_INTERRUPT] = (struct perf_count){ 3, 60 };
	world_as(dom0);
	*p = (struct hospes_perf){ .domain = guest->id };
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_perf, (u64)p, 0), 0);
	ck_assert_uint_eq(p->tsc_khz, time_tsc_khz());
	ck_assert_uint_eq(p->cause[__HYPERVISOR_sched_op].entries, 7);
	ck_assert_uint_eq(p->cause[HOSPES_PERF_INTERRUPT].cycles, 60);

	p->vcpu = guest->max_vcpus;
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_perf, (u64)p, 0), -ESRCH);
	p->vcpu = 0;
	p->domain = 0x10000 + guest->id;
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_perf, (u64)p, 0), -ESRCH);
}
END_TEST

/* Our own call says why it refuses, like all others; a guest may not have what is dom0's. */
START_TEST(our_own)
{
	world_as(guest);
	fake_reason_clear();
	ck_assert_int_eq(call(__HYPERVISOR_hospes, HOSPESOP_stretch, (u64)arena, 0), -EPERM);
	ck_assert(fake_reason_has("hospes operation 2 is for the control domain"));

	fake_reason_clear();
	ck_assert_int_eq(call(__HYPERVISOR_hospes, 999, 0, 0), -ENOSYS);
	ck_assert(fake_reason_has("there is no hospes operation 999"));

	fake_reason_clear();
	ck_assert_int_eq(call(__HYPERVISOR_hospes, (u64)arena, 0, 0), -ENOSYS);
	ck_assert(fake_reason_has("there is no hospes operation"));
}
END_TEST

START_TEST(assistances)
{
	static const u32 given[] = { VMASST_TYPE_4gb_segments, VMASST_TYPE_writable_pagetables,
				     VMASST_TYPE_pae_extended_cr3,
				     VMASST_TYPE_runstate_update_flag };

	world_as(guest);
	for (u32 i = 0; i < ARRAY_SIZE(given); i++) {
		ck_assert_int_eq(call(__HYPERVISOR_vm_assist, VMASST_CMD_enable, given[i], 0), 0);
		ck_assert(guest->vm_assist & 1ul << given[i]);
		ck_assert_int_eq(call(__HYPERVISOR_vm_assist, VMASST_CMD_disable, given[i], 0), 0);
		ck_assert(!(guest->vm_assist & 1ul << given[i]));
	}

	fake_reason_clear();
	ck_assert_int_eq(call(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_m2p_strict, 0),
			 -EINVAL);
	ck_assert(fake_reason_has("is refused: the m2p stands in all page tables"));
	ck_assert_int_eq(call(__HYPERVISOR_vm_assist, VMASST_CMD_enable, 6, 0), -EINVAL);
	ck_assert_int_eq(call(__HYPERVISOR_vm_assist, VMASST_CMD_enable, ~0u, 0), -EINVAL);
	ck_assert(!guest->vm_assist);
}
END_TEST

/* Numbers between and behind the rows. */
START_TEST(unknown)
{
	static const struct row none[] = {
		{ "domctl", __HYPERVISOR_domctl, 0, 1, false, true },
		{ "domctl", __HYPERVISOR_domctl, 999, 1, false, true },
		{ "domctl", __HYPERVISOR_domctl, 1004, 1, false, true },
		{ "domctl", __HYPERVISOR_domctl, ~0u, 1, false, true },
		{ "sysctl", __HYPERVISOR_sysctl, 13, 1, false, true },
		{ "sysctl", __HYPERVISOR_sysctl, 30, 1, false, true },
		{ "sysctl", __HYPERVISOR_sysctl, ~0u, 1, false, true },
		{ "platform", __HYPERVISOR_platform_op, 64, 1, false, true },
		{ "memory", __HYPERVISOR_memory_op, 63, 1, false, true },
		{ "physical device", __HYPERVISOR_physdev_op, 32, 1, false, true },
		{ "event channel", __HYPERVISOR_event_channel_op, 14, 1, false, true },
	};

	world_as(dom0);
	for (u32 i = 0; i < ARRAY_SIZE(none); i++) {
		ck_assert_int_eq(ask(&none[i]), -ENOSYS);
		ck_assert_msg(strstr(fake_reason, "there is no ") == fake_reason &&
				      fake_reason_has(none[i].name),
			      "%s", fake_reason);
	}
}
END_TEST

Suite *suite_rows(void)
{
	Suite *s = suite_create("rows");
	TCase *t = tcase_create("rows");

	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_test(t, refused);
	tcase_add_test(t, answered);
	tcase_add_test(t, no_refusal_is_silent);
	tcase_add_test(t, closed_to_guests);
	tcase_add_test(t, stretches);
	tcase_add_test(t, costs);
	tcase_add_test(t, our_own);
	tcase_add_test(t, assistances);
	tcase_add_test(t, unknown);
	suite_add_tcase(s, t);
	return s;
}

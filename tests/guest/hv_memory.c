/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's part of the address space (L4 slots 256-271) is closed to a guest in ring 3, but
 * for the m2p, which may be read. And no hypercall follows a guest's pointer there: the answer is
 * -EFAULT, or the refusal of the argument, never a read or a write.
 */
#include <tests/guest/test.h>
#include <pvabi/memory.h>
#include <pvabi/physdev.h>
#include <pvabi/vcpu.h>

static const u64 places[] = { HV_INSIDE,          HV_LAST_PAGE,
			      0xffff828000000000, 0xffff82d040000000,
			      0xffff838000000000, 0xffff804000000000,
			      NON_CANONICAL,      -8ul };
#define PLACES (sizeof(places) / sizeof(places[0]))

static void accesses(void)
{
	u64 value;

	for (u32 i = 0; i < PLACES - 1; i++) {
		int r = try_read(places[i], &value), w = try_write(places[i], 0);

		ok(r == 14 || r == 13, "reading %lx traps (%d)", places[i], r);
		ok(w == 14 || w == 13, "writing %lx traps (%d)", places[i], w);
	}
	ok_is(try_read(MACH2PHYS_VIRT_START + 8 * va_to_mfn(&value), &value), VECTOR_NONE,
	      "the m2p is read");
	ok_is(try_write(MACH2PHYS_VIRT_START + 8 * va_to_mfn(&value), 0), 14,
	      "the m2p is not written");
}

static const struct {
	u32 nr;
	u64 cmd, third;
	bool pointer_first; /* the list comes first, then its length */
	bool counts;        /* the answer is how many extents were done: 0 says none */
	const char *what;
} calls[] = {
	{ __HYPERVISOR_set_trap_table, 0, 0, true, false, "set_trap_table" },
	{ __HYPERVISOR_mmu_update, 1, 0, true, false, "mmu_update" },
	{ __HYPERVISOR_set_gdt, 512, 0, true, false, "set_gdt" },
	{ __HYPERVISOR_multicall, 1, 0, true, false, "multicall" },
	{ __HYPERVISOR_mmuext_op, 1, 0, true, false, "mmuext_op" },
	{ __HYPERVISOR_event_channel_op_compat, 0, 0, true, false, "event_channel_op_compat" },
	{ __HYPERVISOR_memory_op, XENMEM_increase_reservation, 0, false, true,
	  "memory_op increase" },
	{ __HYPERVISOR_memory_op, XENMEM_decrease_reservation, 0, false, true,
	  "memory_op decrease" },
	{ __HYPERVISOR_memory_op, XENMEM_populate_physmap, 0, false, true, "memory_op populate" },
	{ __HYPERVISOR_memory_op, XENMEM_exchange, 0, false, false, "memory_op exchange" },
	{ __HYPERVISOR_memory_op, XENMEM_current_reservation, 0, false, false,
	  "memory_op current" },
	{ __HYPERVISOR_memory_op, XENMEM_machphys_mapping, 0, false, false,
	  "memory_op machphys_mapping" },
	{ __HYPERVISOR_xen_version, 1, 0, false, false, "xen_version extraversion" },
	{ __HYPERVISOR_xen_version, 2, 0, false, false, "xen_version compile_info" },
	{ __HYPERVISOR_xen_version, 3, 0, false, false, "xen_version capabilities" },
	{ __HYPERVISOR_xen_version, 4, 0, false, false, "xen_version changeset" },
	{ __HYPERVISOR_xen_version, 5, 0, false, false, "xen_version platform_parameters" },
	{ __HYPERVISOR_xen_version, 6, 0, false, false, "xen_version get_features" },
	{ __HYPERVISOR_xen_version, 8, 0, false, false, "xen_version guest_handle" },
	{ __HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, 1, false, false, "grant map" },
	{ __HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, 1, false, false, "grant unmap" },
	{ __HYPERVISOR_grant_table_op, GNTTABOP_setup_table, 1, false, false, "grant setup" },
	{ __HYPERVISOR_grant_table_op, GNTTABOP_copy, 1, false, false, "grant copy" },
	{ __HYPERVISOR_grant_table_op, GNTTABOP_query_size, 1, false, false, "grant query" },
	{ __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, 0, false, false, "event alloc" },
	{ __HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, 0, false, false, "event bind_virq" },
	{ __HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, 0, false, false, "event bind_ipi" },
	{ __HYPERVISOR_event_channel_op, EVTCHNOP_send, 0, false, false, "event send" },
	{ __HYPERVISOR_event_channel_op, EVTCHNOP_status, 0, false, false, "event status" },
	{ __HYPERVISOR_event_channel_op, EVTCHNOP_close, 0, false, false, "event close" },
	{ __HYPERVISOR_sched_op, SCHEDOP_poll, 0, false, false, "sched poll" },
	{ __HYPERVISOR_sched_op, SCHEDOP_shutdown, 0, false, false, "sched shutdown" },
	{ __HYPERVISOR_sched_op, SCHEDOP_watchdog, 0, false, false, "sched watchdog" },
	{ __HYPERVISOR_callback_op, 0, 0, false, false, "callback register" },
	{ __HYPERVISOR_callback_op, 1, 0, false, false, "callback unregister" },
	{ __HYPERVISOR_nmi_op, 0, 0, false, false, "nmi register" },
	{ __HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, 0, false, false, "physdev set_iopl" },
	{ __HYPERVISOR_physdev_op, PHYSDEVOP_eoi, 0, false, false, "physdev eoi" },
	{ __HYPERVISOR_physdev_op, PHYSDEVOP_irq_status_query, 0, false, false,
	  "physdev irq_status_query" },
};

static void pointers(void)
{
	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (u32 p = 0; p < PLACES; p++) {
			long rc = calls[i].pointer_first
					  ? hypercall(calls[i].nr, places[p], calls[i].cmd, 0,
						      DOMID_SELF, 0)
					  : hypercall(calls[i].nr, calls[i].cmd, places[p],
						      calls[i].third, 0, 0);

			if (rc > 0 || (!rc && !calls[i].counts) || rc == -XEN_ENOSYS)
				ok(false, "%s with its pointer at %lx is refused (%ld)",
				   calls[i].what, places[p], rc);
			else if (p == 0)
				ok(true, "%s does not follow pointers to the hypervisor (%ld)",
				   calls[i].what, rc);
		}
}

static void vcpu_pointers(void)
{
	static const u8 ops[] = { VCPUOP_initialise,
				  VCPUOP_get_runstate_info,
				  VCPUOP_set_periodic_timer,
				  VCPUOP_register_runstate_memory_area,
				  VCPUOP_set_singleshot_timer,
				  VCPUOP_register_vcpu_info,
				  VCPUOP_register_vcpu_time_memory_area };
	u64 area;

	for (u32 i = 0; i < sizeof(ops); i++)
		ok_refused(hc_vcpu_op(ops[i], 0, (void *)HV_INSIDE),
			   "vcpu_op %u with a pointer there", ops[i]);
	area = HV_INSIDE;
	ok_refused(hc_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &area),
		   "a runstate area there");
	ok_refused(hc_vcpu_op(VCPUOP_register_vcpu_time_memory_area, 0, &area),
		   "a time area there");
}

/* Pointers inside of arguments. */
static void nested(void)
{
	struct sched_poll poll = { .nr_ports = 1 };
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct mmuext_op flush = { .cmd = MMUEXT_TLB_FLUSH_MULTI };
	struct multicall_entry call = { .op = __HYPERVISOR_console_io,
					.args = { CONSOLEIO_write, 16, HV_INSIDE } };

	poll.ports.p = (void *)HV_INSIDE;
	ok_is(hc_sched_op(SCHEDOP_poll, &poll), -XEN_EFAULT, "ports to poll there");
	r.extent_start.p = (void *)HV_INSIDE;
	ok(hc_memory_op(XENMEM_decrease_reservation, &r) <= 0, "frames to give back there");
	ok(hc_memory_op(XENMEM_populate_physmap, &r) <= 0, "frames to take there");
	setup.frame_list.p = (void *)HV_INSIDE;
	hc_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	ok(setup.status != 0, "a frame list there (%d)", setup.status);
	flush.arg2.vcpumask.p = (void *)HV_INSIDE;
	ok_refused(hc_mmuext_op(&flush, 1, NULL, DOMID_SELF), "a vcpu mask there");
	ok_is(hc_mmuext_op(&flush, 1, (void *)HV_INSIDE, DOMID_SELF) < 0, 1, "a count there");
	ok_is(hc_multicall(&call, 1), 0, "a multicall whose call has a pointer there");
	ok_is((long)call.result, -XEN_EFAULT, "that call is refused");
	ok_is(hc_console_io(CONSOLEIO_write, 16, (void *)HV_INSIDE), -XEN_EFAULT,
	      "console text there");
	ok_is(hc_console_io(CONSOLEIO_write, 0x7fffffff, (void *)-PAGE_SIZE), -XEN_EFAULT,
	      "console text that wraps");
}

void test_main(void)
{
	accesses();
	pointers();
	vcpu_pointers();
	nested();
}

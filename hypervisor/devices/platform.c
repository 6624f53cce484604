/* SPDX-License-Identifier: MIT */
/* platform_op: what dom0 does for the machine: time of day, sleep, what is known of CPUs. */
#include <console/console.h>
#include <devices/devices.h>
#include <irq/power.h>
#include <lib/fail.h>
#include <lib/index.h>
#include <time/time.h>
#include <x86/cpu.h>

#define ACPI_S5       5
#define ONE_SECOND_NS 1000000000u

/* d->lock keeps a domain's shared page from being freed at this moment. */
static void wallclocks_update(void)
{
	struct domain *d;

	for (d = domain_next(0); d; d = domain_next_put(d)) {
		spin_lock(&d->lock);
		if (d->dying != LIFE_DEAD)
			domain_wallclock_update(d);
		spin_unlock(&d->lock);
	}
}

long op_platform_settime64(struct domain *d, struct xenpf_settime64 *t)
{
	if (t->mbz || t->nsecs >= ONE_SECOND_NS)
		return fail(-EINVAL, "%u ns of a second, padding %u", t->nsecs, t->mbz);

	/* dom0's clock may be a little ahead of ours, but not by much. */
	if (t->system_time > time_now() + ONE_SECOND_NS)
		return fail(-EINVAL, "system time %lu is to come", t->system_time);

	wallclock_set(t->secs, t->nsecs, t->system_time);
	wallclocks_update();
	return 0;
}

struct efi_tables efi_tables;

/*
 * Nothing is known of the firmware's disks; of EFI dom0 needs the tables, by which it finds ACPI.
 * -ESRCH is the end of a list: not a refusal.
 */
long op_platform_firmware_info(struct domain *d, struct xenpf_firmware_info *f)
{
	if (f->type != XEN_FW_EFI_INFO || f->index > XEN_FW_EFI_CONFIG_TABLE || !efi_tables.count)
		return -ESRCH;

	if (f->index == XEN_FW_EFI_VERSION) {
		f->u.efi_info.version = efi_tables.version;
		return 0;
	}

	f->u.efi_info.cfg.addr = efi_tables.maddr;
	f->u.efi_info.cfg.nent = efi_tables.count;
	return 0;
}

long op_platform_enter_acpi_sleep(struct domain *d, struct xenpf_enter_acpi_sleep *s)
{
	if (s->sleep_state != ACPI_S5 || s->flags & ~XENPF_ACPI_SLEEP_EXTENDED)
		return fail(-EOPNOTSUPP, "sleep state S%u", s->sleep_state);

	log_info("dom0 switches the machine off");
	if (!(s->flags & XENPF_ACPI_SLEEP_EXTENDED))
		power_sleep(s->val_a, s->val_b);
	machine_poweroff();
}

long op_platform_get_cpuinfo(struct domain *d, struct xenpf_pcpuinfo *i)
{
	u32 cpu = i->xen_cpuid;

	i->max_present = cpu_count - 1;
	i->flags = XEN_PCPU_FLAGS_INVALID;
	i->apic_id = ~0u;
	i->acpi_id = ~0u;
	if (cpu >= cpu_count)
		return 0;

	cpu = index_nospec(cpu, cpu_count);
	i->flags = 0;
	if (cpu_public[cpu].online)
		i->flags |= XEN_PCPU_FLAGS_ONLINE;
	i->apic_id = cpu_public[cpu].apic_id;
	i->acpi_id = cpu_public[cpu].acpi_id;
	return 0;
}

/* Power states of processors are left to the hardware. */
long op_platform_set_processor_pminfo(struct domain *d, struct xenpf_set_processor_pminfo *p)
{
	return 0;
}

#define OP_platform_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_platform_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_platform_op(nr, name, arg, who, how, ...) \
	[nr] = OP_ROW(op_platform_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_platform_op(struct hypercall *hc)
{
	struct xen_platform_op *guest = HC_PTR(hc, 0, struct xen_platform_op);
	u32 cmd;
	int rc;

	rc = ops_control_head(__HYPERVISOR_platform_op, guest, XENPF_INTERFACE_VERSION,
			      "platform_op", &cmd);
	if (rc)
		return rc;

	return ops_run(OP_FIND(ops, cmd), cmd, "platform", current(), &guest->u, hc);
}

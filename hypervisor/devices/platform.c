/* SPDX-License-Identifier: MIT */
/* platform_op: what dom0 does for the machine: time of day, sleep, what is known of CPUs. */
#include <console/console.h>
#include <devices/devices.h>
#include <dom/ops.h>
#include <irq/power.h>
#include <lib/fail.h>
#include <lib/hypercall.h>
#include <pvabi/platform.h>
#include <time/time.h>
#include <x86/cpu.h>

#define ACPI_S5       5
#define ONE_SECOND_NS 1000000000u

/* d->lock keeps the page from being freed under us. */
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

static long op_settime(struct domain *d, void *arg)
{
	const struct xenpf_settime64 *t = arg;

	if (t->mbz || t->nsecs >= ONE_SECOND_NS || t->system_time > time_now() + ONE_SECOND_NS)
		return fail(-EINVAL, "%u ns of a second, at system time %lu, padding %u", t->nsecs,
			    t->system_time, t->mbz);
	wallclock_set(t->secs, t->nsecs, t->system_time);
	wallclocks_update();
	return 0;
}

struct efi_tables efi_tables;

/*
 * Nothing is known of the firmware's disks; of EFI dom0 needs the tables, by which it finds ACPI.
 * -ESRCH is the end of a list: not a refusal.
 */
static long op_firmware_info(struct domain *d, void *arg)
{
	struct xenpf_firmware_info *f = arg;

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

static long op_enter_sleep(struct domain *d, void *arg)
{
	const struct xenpf_enter_acpi_sleep *s = arg;

	if (s->sleep_state != ACPI_S5 || s->flags & ~XENPF_ACPI_SLEEP_EXTENDED)
		return fail(-EOPNOTSUPP, "sleep state S%u", s->sleep_state);
	log_info("dom0 switches the machine off");
	if (!(s->flags & XENPF_ACPI_SLEEP_EXTENDED))
		power_sleep(s->val_a, s->val_b);
	machine_poweroff();
}

static long op_get_cpuinfo(struct domain *d, void *arg)
{
	struct xenpf_pcpuinfo *i = arg;
	u32 cpu = i->xen_cpuid;

	i->max_present = cpu_count - 1;
	i->flags = XEN_PCPU_FLAGS_INVALID;
	i->apic_id = i->acpi_id = ~0u;
	if (cpu >= cpu_count)
		return 0;
	i->flags = cpu_public[cpu].online ? XEN_PCPU_FLAGS_ONLINE : 0;
	i->apic_id = cpu_public[cpu].apic_id;
	i->acpi_id = cpu_public[cpu].acpi_id;
	return 0;
}

/* Power states of processors are left to the hardware. */
static long op_pminfo(struct domain *d, void *arg)
{
	return 0;
}

#define ROW(name, fn, type, flags) \
	[XENPF_##name] = { { fn }, sizeof(struct xenpf_##type), 0, flags }

static const struct op ops[] = {
	ROW(settime64, op_settime, settime64, 0),
	ROW(firmware_info, op_firmware_info, firmware_info, OP_OUT),
	ROW(enter_acpi_sleep, op_enter_sleep, enter_acpi_sleep, 0),
	ROW(set_processor_pminfo, op_pminfo, set_processor_pminfo, 0),
	ROW(get_cpuinfo, op_get_cpuinfo, pcpuinfo, OP_OUT),
};

_Static_assert(sizeof(((struct xen_platform_op *)0)->u) <= OP_ARG_MAX, "the largest argument");

long hc_platform_op(struct hypercall *hc)
{
	struct xen_platform_op *guest = HC_PTR(hc, 0, struct xen_platform_op);
	u32 cmd;
	int ret = ops_control_head(guest, XENPF_INTERFACE_VERSION, "platform_op", &cmd);

	return ret ? ret : ops_run(ops, ARRAY_SIZE(ops), cmd, "platform", current(), &guest->u);
}

/* SPDX-License-Identifier: MIT */
/* platform_op: what dom0 does for the machine: time of day, sleep, what is known of CPUs and firmware. */
#include <console/console.h>
#include <ctl/ctl.h>
#include <irq/power.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/platform.h>
#include <time/time.h>
#include <x86/cpu.h>
#include <x86/features.h>

#define ACPI_S5 5
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

static long settime(u64 sec, u32 nsec, u64 at)
{
	if (nsec >= ONE_SECOND_NS || at > time_now() + ONE_SECOND_NS)
		return fail(-EINVAL, "%u ns of a second, at system time %lu", nsec, at);
	wallclock_set(sec, nsec, at);
	wallclocks_update();
	return 0;
}

static long op_settime32(struct xen_platform_op *op)
{
	return settime(op->u.settime32.secs, op->u.settime32.nsecs, op->u.settime32.system_time);
}

static long op_settime64(struct xen_platform_op *op)
{
	if (op->u.settime64.mbz)
		return fail(-EINVAL, "padding is not zero");
	return settime(op->u.settime64.secs, op->u.settime64.nsecs, op->u.settime64.system_time);
}

struct efi_tables efi_tables;

/*
 * Nothing is known of the firmware's disks; nobody holds a shift key; of EFI dom0 needs the tables,
 * by which it finds ACPI. -ESRCH is the end of a list: not a refusal.
 */
static long op_firmware_info(struct xen_platform_op *op)
{
	struct xenpf_firmware_info *f = &op->u.firmware_info;

	if (f->type == XEN_FW_KBD_SHIFT_FLAGS && !f->index) {
		f->u.kbd_shift_flags = 0;
		return 0;
	}
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

static long op_enter_sleep(struct xen_platform_op *op)
{
	const struct xenpf_enter_acpi_sleep *s = &op->u.enter_acpi_sleep;

	if (s->sleep_state != ACPI_S5 || s->flags & ~XENPF_ACPI_SLEEP_EXTENDED)
		return fail(-EOPNOTSUPP, "sleep state S%u", s->sleep_state);
	log_info("dom0 switches the machine off");
	if (!(s->flags & XENPF_ACPI_SLEEP_EXTENDED))
		power_sleep(s->val_a, s->val_b);
	machine_poweroff();
}

static long op_get_cpuinfo(struct xen_platform_op *op)
{
	struct xenpf_pcpuinfo *i = &op->u.pcpu_info;
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

static long op_get_cpu_version(struct xen_platform_op *op)
{
	struct xenpf_pcpu_version *v = &op->u.pcpu_version;
	u32 cpu = v->xen_cpuid;

	memset(v, 0, sizeof(*v));
	v->xen_cpuid = cpu;
	v->max_present = cpu_count - 1;
	if (cpu >= cpu_count)
		return 0;
	memcpy(v->vendor_id, features.vendor, sizeof(v->vendor_id));
	v->family = features.family;
	v->model = features.model;
	v->stepping = features.stepping;
	return 0;
}

/* Power states of processors are left to the hardware. */
static long op_pminfo(struct xen_platform_op *op)
{
	return 0;
}

static long op_cpu_online(struct xen_platform_op *op)
{
	u32 cpu = op->u.cpu_ol.cpuid;

	if (cpu >= cpu_count)
		return fail(-EINVAL, "there is no CPU %u", cpu);
	return 0;
}

static long op_cpu_offline(struct xen_platform_op *op)
{
	return fail(-EOPNOTSUPP, "CPU %u stays online", op->u.cpu_ol.cpuid);
}

static long op_core_parking(struct xen_platform_op *op)
{
	if (op->u.core_parking.type != XEN_CORE_PARKING_GET)
		return fail(-EOPNOTSUPP, "core parking");
	op->u.core_parking.idle_nums = 0;
	return 0;
}

#define OUT 1

static const struct platform_row {
	long (*fn)(struct xen_platform_op *op);
	u8 flags;
} ops[] = {
	[XENPF_settime32] = { op_settime32 },
	[XENPF_firmware_info] = { op_firmware_info, OUT },
	[XENPF_enter_acpi_sleep] = { op_enter_sleep },
	[XENPF_set_processor_pminfo] = { op_pminfo },
	[XENPF_get_cpuinfo] = { op_get_cpuinfo, OUT },
	[XENPF_get_cpu_version] = { op_get_cpu_version, OUT },
	[XENPF_cpu_online] = { op_cpu_online },
	[XENPF_cpu_offline] = { op_cpu_offline },
	[XENPF_core_parking] = { op_core_parking, OUT },
	[XENPF_settime64] = { op_settime64 },
};

long hc_platform_op(struct hypercall *hc)
{
	struct xen_platform_op op, *guest = HC_PTR(hc, 0, struct xen_platform_op);
	long ret;

	if (!current()->dom->privileged)
		return fail(-EPERM, "a platform operation");
	if (guest_copy_in(&op, guest, sizeof(op)))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return fail(-EACCES, "platform interface version %#x, not %#x", op.interface_version,
			    XENPF_INTERFACE_VERSION);
	if (op.cmd >= ARRAY_SIZE(ops) || !ops[op.cmd].fn)
		return fail(-ENOSYS, "platform operation %u", op.cmd);
	ret = ops[op.cmd].fn(&op);
	if (!ret && ops[op.cmd].flags & OUT && guest_copy_out(guest, &op, sizeof(op)))
		return -EFAULT;
	return ret;
}

/* SPDX-License-Identifier: MIT */
/* The control floor: the hypercall entry and the operations on domains, memory, devices and the machine. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <dom/domain.h>
#include <lib/hypercall.h>

#define HV_VERSION_MAJOR 4
#define HV_VERSION_MINOR 17

long hc_multicall(struct hypercall *hc);
long hc_xen_version(struct hypercall *hc);
long hc_console_io(struct hypercall *hc);
long hc_sched_op(struct hypercall *hc);
long hc_sched_op_compat(struct hypercall *hc);
long hc_set_timer_op(struct hypercall *hc);
long hc_vcpu_op(struct hypercall *hc);
long hc_memory_op(struct hypercall *hc);
long hc_vm_assist(struct hypercall *hc);
long hc_physdev_op(struct hypercall *hc);
long hc_event_channel_op_compat(struct hypercall *hc);
long hc_domctl(struct hypercall *hc);
long hc_sysctl(struct hypercall *hc);
long hc_platform_op(struct hypercall *hc);
long hc_hospes(struct hypercall *hc); /* __HYPERVISOR_arch_0: our own additions */

/* Kept for XENVER_commandline; boot/ calls it. (version.c) */
void version_set_command_line(const char *line);

/* Takes the console's UART from dom0 and its interrupt for us. (console.c) */
void console_uart_start(void);

/* Runs one call (entry and multicall share it); unknown numbers answer -ENOSYS. */
long hypercall_run(struct hypercall *hc);

/* Builder of a domain, shared by domctl createdomain and the dom0 builder: domain, events, grants, shared info, log. */
int domain_build(domid_t id, u32 max_vcpus, u32 max_grant_frames, u32 max_maptrack_frames, struct domain **out);
int domain_kill(struct domain *d); /* domctl destroydomain: 0 or -ERESTART */

/* Timers of a vcpu: raise VIRQ_TIMER, end a poll. (vcpu.c) */
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_stop(struct vcpu *v);

/* Frame's memory map of the machine, as XENMEM_machine_memory_map and dom0's XENMEM_memory_map show it. (boot/ fills it) */
struct e820_entry { u64 addr, size; u32 type; } __packed;
#define E820_MAX 128
extern struct e820_entry machine_map[E820_MAX];
extern u32 machine_map_count;
/* EFI's table of firmware tables, which dom0 asks for; count 0: no EFI. (boot/ fills it) */
extern struct efi_tables { u64 maddr; u32 count, version; } efi_tables;

/* May @d map device memory frame @m (not RAM)? Our own registers (APICs) are not for anybody. */
bool iomem_permitted(struct domain *d, mfn_t m);

/* Power: never return. */
void __noreturn machine_reboot(void);
void __noreturn machine_poweroff(void);
/* ACPI S5 values that dom0 gives with XENPF_enter_acpi_sleep; until then found by boot/acpi.c. */

#endif

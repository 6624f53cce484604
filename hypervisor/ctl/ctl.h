/* SPDX-License-Identifier: MIT */
/* The control floor: the hypercall entry, operations on domains, memory, devices, the machine. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <dom/domain.h>
#include <lib/hypercall.h>

#define HV_VERSION_MAJOR 4
#define HV_VERSION_MINOR 17

/* Kept for XENVER_commandline; boot/ calls it. (version.c) */
void version_set_command_line(const char *line);

/* Takes the console's UART from dom0 and its interrupt for us. (console.c) */
void console_uart_start(void);

/* Makes a domain with all its parts but memory, for domctl and the dom0 builder. (destroy.c) */
int domain_build(domid_t id, u32 max_vcpus, u32 max_grant_frames, u32 max_maptrack_frames,
		 struct domain **out);
int domain_kill(struct domain *d); /* domctl destroydomain: 0 or -ERESTART */

/* Promised frames, 0: none any more. 0, or -errno with a reason. (claim.c) */
int claim_set(struct domain *d, u64 pages);
u64 claim_total(void);
/* A block for @d, others' claims left alone; it is taken off its own claim. NULL: there is none. */
struct frame *claim_alloc(struct domain *d, u32 order, u32 addr_bits);

void watchdogs_init(struct domain *d);
void watchdogs_stop(struct domain *d);

/* Timers of a vcpu: raise VIRQ_TIMER, end a poll. (vcpu.c) */
void vcpu_timers_init(struct vcpu *v);
void vcpu_timers_stop(struct vcpu *v);

/* The machine's memory map, as XENMEM_machine_memory_map shows it. (boot/ fills it) */
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

#endif

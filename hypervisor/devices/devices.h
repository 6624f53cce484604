/* SPDX-License-Identifier: MIT */
/* The machine as dom0 drives it: who may map device memory, firmware tables, the machine's end. */
#ifndef DEVICES_DEVICES_H
#define DEVICES_DEVICES_H

#include <dom/domain.h>

/* EFI's table of firmware tables, which dom0 asks for; count 0: no EFI. (boot/ fills it) */
extern struct efi_tables {
	u64 maddr;
	u32 count, version;
} efi_tables;

/* Power: never return. (power.c) */
void __noreturn machine_reboot(void);
void __noreturn machine_poweroff(void);

#endif

/* SPDX-License-Identifier: MIT */
/* The machine as dom0 drives it: who may map device memory, firmware tables, the machine's end. */
#ifndef DEVICES_DEVICES_H
#define DEVICES_DEVICES_H

#include <dom/ops.h>
#include <pvabi/physdev.h>
#include <pvabi/platform.h>

#define OP_physdev_op(nr, name, arg, who, how, ...)  OP_HANDLER(op_physdev_##name, arg, how)
#define OP_platform_op(nr, name, arg, who, how, ...) OP_HANDLER(op_platform_##name, arg, how)
#include <pvabi/hypercalls.def>

/* EFI's table of firmware tables, which dom0 asks for; count 0: no EFI. (boot/ fills it) */
extern struct efi_tables {
	u64 maddr;
	u32 count, version;
} efi_tables;

/* The end of the machine, with a line in the log: neither returns. (power.c) */
void __noreturn machine_reboot(void);
void __noreturn machine_poweroff(void);
/* Why a domain has stopped, SHUTDOWN_*, as a word for messages. (power.c) */
const char *shutdown_name(u32 code);

#endif

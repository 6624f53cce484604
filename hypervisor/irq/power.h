/* SPDX-License-Identifier: MIT */
/*
 * The machine's off switch and reset. boot/acpi.c fills power_info from the firmware's tables; what
 * it did not find is 0, and the old ways are tried.
 */
#ifndef IRQ_POWER_H
#define IRQ_POWER_H

#include <lib/types.h>

enum { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1 };

struct power_info {
	u16 pm1a_control, pm1b_control; /* ports */
	bool reset_known;
	u8 reset_space, reset_value;
	u64 reset_addr;
};
extern struct power_info power_info;
extern bool power_noreboot; /* on the command line: stop instead, so last words can be read */

/*
 * Off (ACPI S5), with dom0's values for PM1 control: they stand in the firmware's byte code, which
 * only dom0 reads. Returns if the machine has no such registers, or stays on.
 */
void power_sleep(u32 pm1a_control, u32 pm1b_control);
void __noreturn power_reset(void);

#endif

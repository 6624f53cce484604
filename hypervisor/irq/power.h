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
	u16 smi_command;
	u8 acpi_enable; /* for smi_command: the firmware hands ACPI over */
	bool s5_known;
	u8 s5_type_a, s5_type_b; /* SLP_TYP values of the soft-off state */
	bool reset_known;
	u8 reset_space, reset_value;
	u64 reset_addr;
};
extern struct power_info power_info;
extern bool power_noreboot; /* on the command line: stop instead, so last words can be read */

/* Off by ACPI S5. Returns if the machine does not know how. */
void power_off(void);
/* As dom0 asks: its values for PM1 control, SLP_EN included. False: no such registers here. */
bool power_sleep(u32 pm1a_control, u32 pm1b_control);
void __noreturn power_reset(void);

#endif

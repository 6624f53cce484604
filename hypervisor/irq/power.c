/* SPDX-License-Identifier: MIT */
/* Turning the machine off as dom0 says, and resetting it by every way, the polite ones first. */
#include <console/console.h>
#include <frame/ownmap.h>
#include <irq/power.h>
#include <x86/asm.h>
#include <x86/cpu.h>

#define PM1_SLP_EN  0x2000
#define PM1_SLP_TYP 0x1c00

/* How long each way gets to work. */
#define OFF_US   1000000
#define RESET_US 100000

#define PORT_RESET_CONTROL   0xcf9
#define RESET_COLD           0x02
#define RESET_NOW            0x04
#define PORT_KEYBOARD        0x64
#define KEYBOARD_PULSE_RESET 0xfe

struct power_info power_info;
bool power_noreboot;

/* A read of an unused port takes about a microsecond on any machine; needs no calibrated clock. */
static void delay_us(u32 us)
{
	while (us--)
		(void)inb(0x80);
}

/* The type is written first, and then again with the enable bit. */
static void pm1_sleep(u16 port, u16 val)
{
	u16 keep = inw(port) & ~(PM1_SLP_EN | PM1_SLP_TYP);
	u16 type = val & PM1_SLP_TYP;

	outw(port, keep | type);
	outw(port, keep | type | PM1_SLP_EN);
}

void power_sleep(u32 pm1a_control, u32 pm1b_control)
{
	if (!power_info.pm1a_control)
		return;

	cpus_stop_others();
	console_flush();
	pm1_sleep(power_info.pm1a_control, pm1a_control);
	if (power_info.pm1b_control)
		pm1_sleep(power_info.pm1b_control, pm1b_control);
	delay_us(OFF_US);
}

static void reset_by_acpi(void)
{
	u8 *p;

	if (!power_info.reset_known)
		return;

	if (power_info.reset_space == ACPI_SPACE_IO) {
		outb(power_info.reset_addr, power_info.reset_value);
	} else {
		p = ownmap_device(power_info.reset_addr, 1);
		if (p)
			*(volatile u8 *)p = power_info.reset_value;
	}
	delay_us(RESET_US);
}

void __noreturn power_reset(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed no_idt;

	cpus_stop_others();
	console_flush();
	reset_by_acpi();

	outb(PORT_RESET_CONTROL, RESET_COLD);
	outb(PORT_RESET_CONTROL, RESET_COLD | RESET_NOW);
	delay_us(RESET_US);

	outb(PORT_KEYBOARD, KEYBOARD_PULSE_RESET);
	delay_us(RESET_US);

	/* An exception with no table to go by resets the processor. */
	for (;;)
		__asm__ volatile("lidt %0; int3" : : "m"(no_idt));
}

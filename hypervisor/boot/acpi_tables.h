/* SPDX-License-Identifier: MIT */
/*
 * What we read out of ACPI tables. Pure: each gets a copy of one whole table, whose checksum and
 * length were checked by acpi_table_check, and hands out what it finds.
 */
#ifndef BOOT_ACPI_TABLES_H
#define BOOT_ACPI_TABLES_H

#include <irq/irq.h>
#include <irq/power.h>
#include <lib/types.h>

#define ACPI_HEADER_SIZE 36
#define ACPI_TABLE_MAX   (1u << 20) /* bytes: far beyond an APIC table of a thousand CPUs */

/* Signature "RSD PTR ", checksum: *root is the machine address of XSDT (*is64) or RSDT. */
bool acpi_rsdp_check(const u8 *rsdp, u64 *root, bool *is64);
/* Is this a whole table called @sig, of @n bytes, with a good checksum? */
bool acpi_table_check(const u8 *t, u32 n, const char *sig);

struct madt_sink {
	void (*cpu)(u32 acpi_id, u32 apic_id);
	void (*ioapic)(const struct ioapic_desc *d);
	void (*override)(const struct irq_override *o);
};
/* NULL, or what is wrong with it. */
const char *acpi_madt_read(const u8 *t, u32 n, const struct madt_sink *sink);

const char *acpi_fadt_read(const u8 *t, u32 n, u32 *pm_timer, struct power_info *power);
/* Machine address of the HPET's registers; 0: none that is memory. */
u64 acpi_hpet_read(const u8 *t, u32 n);

#endif

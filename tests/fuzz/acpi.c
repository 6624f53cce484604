/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables. The first byte chooses one; its length and checksum are put right, since only what
 * has these gets further.
 */
#include <boot/acpi_tables.h>
#include <string.h>
#include "fuzz.h"

#define LENGTH_AT       4
#define CHECKSUM_AT     9
#define RSDP_SIZE       36
#define RSDP_CHECKSUM   8
#define RSDP_V1         20
#define RSDP_CHECKSUM_2 32

static u32 cpus, ioapics, overrides;

static void cpu_found(u32 acpi_id, u32 apic_id)
{
	cpus++;
}

static void ioapic_found(const struct ioapic_desc *d)
{
	ioapics++;
}

static void override_found(const struct irq_override *o)
{
	overrides++;
}

static const struct madt_sink sink = { cpu_found, ioapic_found, override_found };

static void checksum_set(u8 *t, size_t n, size_t at)
{
	u8 sum = 0;

	t[at] = 0;
	for (size_t i = 0; i < n; i++)
		sum += t[i];
	t[at] = (u8)-sum;
}

static void root_read(u8 *t, size_t n)
{
	bool is64;
	u64 root;

	if (n < RSDP_SIZE)
		return;

	memcpy(t, "RSD PTR ", 8);
	checksum_set(t, RSDP_V1, RSDP_CHECKSUM);
	checksum_set(t, RSDP_SIZE, RSDP_CHECKSUM_2);
	if (acpi_rsdp_check(t, &root, &is64))
		fuzz_check(root != 0 && (is64 || root <= UINT32_MAX));
}

static void table_read(u8 *t, u32 n, unsigned int kind)
{
	static const char *const signatures[] = { "APIC", "FACP", "HPET" };
	struct power_info power = { 0 };
	u32 timer = 0;

	if (n < ACPI_HEADER_SIZE)
		return;

	memcpy(t, signatures[kind], 4);
	memcpy(t + LENGTH_AT, &n, sizeof(n));
	checksum_set(t, n, CHECKSUM_AT);
	fuzz_check(acpi_table_check(t, n, signatures[kind]));

	if (kind == 0)
		(void)acpi_madt_read(t, n, &sink);
	else if (kind == 1)
		(void)acpi_fadt_read(t, n, &timer, &power);
	else
		(void)acpi_hpet_read(t, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *copy;

	if (size < 2)
		return 0;

	/* A block of exactly the table's size, which may be written. */
	copy = malloc(size - 1);
	memcpy(copy, data + 1, size - 1);
	cpus = ioapics = overrides = 0;
	if (data[0] % 4 == 3)
		root_read(copy, size - 1);
	else
		table_read(copy, (u32)(size - 1), data[0] % 4);

	/* An entry has two bytes at least. */
	fuzz_check(cpus + ioapics + overrides <= size / 2);
	free(copy);
	return 0;
}

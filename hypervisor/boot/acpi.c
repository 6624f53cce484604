/* SPDX-License-Identifier: MIT */
/*
 * Finds the ACPI tables in memory, copies each one out and has acpi_tables.c read it: CPUs and I/O
 * APICs, clocks, power. Tables stay as they are: dom0 reads them too, and EFI's.
 */
#include <boot/acpi_tables.h>
#include <boot/boot.h>
#include <console/console.h>
#include <devices/devices.h>
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <lib/string.h>
#include <time/time.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/paging.h>

#define ROOT_ENTRIES_MAX      256
#define EFI_SYSTEM_TABLE_SIZE 120
#define EFI_VERSION           8
#define EFI_TABLE_COUNT       104
#define EFI_TABLES            112

#define TABLE_LENGTH 4 /* offset in every table's header */

static u64 window; /* a page of addresses, through which tables are read */

/* Copies @n bytes at @maddr, wherever in the machine they lie. */
static void phys_read(void *dst, u64 maddr, u32 n)
{
	u8 *to = dst;

	while (n) {
		u32 at = maddr % PAGE_SIZE;
		u32 piece = MIN(n, (u32)PAGE_SIZE - at);

		ownmap_set(window, maddr_to_mfn(maddr), PTES_RO);
		memcpy(to, (void *)(window + at), piece);
		to += piece;
		maddr += piece;
		n -= piece;
	}
	ownmap_clear(window);
}

/* A copy of the table of @n bytes at @maddr, for heap_free. NULL: its size is impossible. */
static u8 *table_copy(u64 maddr, u32 n)
{
	u8 *t;

	if (n < ACPI_HEADER_SIZE || n > ACPI_TABLE_MAX)
		return NULL;

	t = heap_alloc(n);
	if (t)
		phys_read(t, maddr, n);
	return t;
}

/* Has the table at @maddr read, from a checked copy, if it is called @sig. */
static void table_read(u64 maddr, const char *sig, void (*read)(const u8 *t, u32 n))
{
	u8 header[ACPI_HEADER_SIZE], *t;
	u32 n;

	phys_read(header, maddr, sizeof(header));
	if (memcmp(header, sig, 4))
		return;

	n = read_u32(header + TABLE_LENGTH);
	t = table_copy(maddr, n);
	if (t && acpi_table_check(t, n, sig))
		read(t, n);
	else
		log_warn("ACPI: table %.4s of %u bytes is broken, or too large: ignored", sig, n);
	heap_free(t);
}

static void read_madt(const u8 *t, u32 n)
{
	static const struct madt_sink sink = { smp_found, irq_add_ioapic, irq_add_override };
	const char *why = acpi_madt_read(t, n, &sink);

	if (why)
		log_warn("ACPI: table APIC: %s", why);
}

static void read_fadt(const u8 *t, u32 n)
{
	const char *why = acpi_fadt_read(t, n, &time_pmtimer_port, &power_info);

	if (why)
		log_warn("ACPI: table FACP: %s", why);
}

static void read_hpet(const u8 *t, u32 n)
{
	time_hpet_maddr = acpi_hpet_read(t, n);
}

static bool root_64; /* the root table is an XSDT, not an RSDT */

/* XSDT or RSDT: addresses of the other tables. */
static void read_root(const u8 *t, u32 n)
{
	u32 step = root_64 ? sizeof(u64) : sizeof(u32);

	n = MIN(n, ACPI_HEADER_SIZE + step * ROOT_ENTRIES_MAX);
	for (u32 at = ACPI_HEADER_SIZE; n - at >= step; at += step) {
		u64 maddr = root_64 ? read_u64(t + at) : read_u32(t + at);

		if (!maddr || maddr >= 1ul << features.phys_bits)
			continue;

		table_read(maddr, "APIC", read_madt);
		table_read(maddr, "FACP", read_fadt);
		table_read(maddr, "HPET", read_hpet);
	}
}

/*
 * EFI's list of tables (UEFI 2.10, 4.3): where firmware is EFI, dom0 finds ACPI's root pointer by
 * it and nowhere else.
 */
static void efi_read(u64 maddr)
{
	u8 t[EFI_SYSTEM_TABLE_SIZE];

	phys_read(t, maddr, sizeof(t));
	if (memcmp(t, "IBI SYST", 8)) {
		log_warn("EFI: no system table at %#lx: dom0 will not find ACPI's tables", maddr);
		return;
	}

	efi_tables = (struct efi_tables){ .maddr = read_u64(t + EFI_TABLES),
					  .count = read_u64(t + EFI_TABLE_COUNT),
					  .version = read_u32(t + EFI_VERSION) };
}

/* Loaders find the root pointer: nobody else can, where firmware is EFI. */
static void root_find(void)
{
	u64 root;

	if (!boot_info.rsdp_given || !acpi_rsdp_check(boot_info.rsdp_copy, &root, &root_64)) {
		log_err("ACPI: the loader gave no root pointer: no I/O APIC");
		return;
	}

	table_read(root, root_64 ? "XSDT" : "RSDT", read_root);
}

void acpi_init(void)
{
	window = ownmap_reserve(1);
	if (!window)
		panic("no address space to read ACPI tables");

	root_find();
	if (boot_info.efi_maddr)
		efi_read(boot_info.efi_maddr);

	ownmap_free(window, 1);
}

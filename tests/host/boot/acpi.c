/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables: good ones are read; short, torn and random ones give nothing wrong and are never
 * overrun.
 */
#include "suites.h"

#include <boot/acpi_tables.h>
#include <stdlib.h>
#include <string.h>

static u8 t[1024];

static void checksum(u8 *p, u32 n, u32 at)
{
	p[at] = 0;
	for (u32 i = 0; i < n; i++)
		if (i != at)
			p[at] -= p[i];
}

static void header(const char *sig, u32 n)
{
	memcpy(t, sig, 4);
	memcpy(t + 4, &n, 4);
	checksum(t, n, 9);
}

static void put32(u32 at, u32 v)
{
	memcpy(t + at, &v, 4);
}

static void put64(u32 at, u64 v)
{
	memcpy(t + at, &v, 8);
}

START_TEST(root_pointer)
{
	u8 r[36] = "RSD PTR ";
	bool is64;
	u64 root;

	memcpy(r + 16, &(u32){ 0x7ff0000 }, 4);
	checksum(r, 20, 8);
	ck_assert(acpi_rsdp_check(r, &root, &is64) && !is64 && root == 0x7ff0000);
	r[15] = 2;
	memcpy(r + 24, &(u64){ 0x123456789000 }, 8);
	checksum(r, 20, 8);
	checksum(r, 36, 32);
	ck_assert(acpi_rsdp_check(r, &root, &is64) && is64 && root == 0x123456789000);
	r[33] ^= 1; /* the extended checksum is wrong: the old pointer is good still */
	ck_assert(acpi_rsdp_check(r, &root, &is64) && !is64 && root == 0x7ff0000);
	r[8] ^= 1;
	ck_assert(!acpi_rsdp_check(r, &root, &is64));
}
END_TEST

START_TEST(whole_tables)
{
	memset(t, 0, sizeof(t));
	header("APIC", 100);
	ck_assert(acpi_table_check(t, 100, "APIC"));
	ck_assert(!acpi_table_check(t, 99, "APIC"));
	ck_assert(!acpi_table_check(t, 100, "FACP"));
	t[50]++;
	ck_assert(!acpi_table_check(t, 100, "APIC"));
}
END_TEST

static u32 cpus, last_apic, ioapics;
static struct ioapic_desc last_ioapic;
static struct irq_override last_override;

static void sink_cpu(u32 acpi_id, u32 apic)
{
	cpus++;
	last_apic = apic;
}

static void sink_ioapic(const struct ioapic_desc *d)
{
	ioapics++;
	last_ioapic = *d;
}

static void sink_override(const struct irq_override *o)
{
	last_override = *o;
}

static const struct madt_sink sink = { sink_cpu, sink_ioapic, sink_override };

/* An exact copy of the first @n bytes, for the sanitizer. */
static const char *madt(u32 n)
{
	u8 *copy = malloc(n);
	const char *why;

	memcpy(copy, t, n);
	cpus = ioapics = 0;
	why = acpi_madt_read(copy, n, &sink);
	free(copy);
	return why;
}

static u32 madt_fill(void)
{
	static const u8 entries[] = {
		0,  8,  0, 5, 1,    0,    0,    0, /* a CPU */
		0,  8,  1, 6, 0,    0,    0,    0, /* one that is not enabled */
		9,  16, 0, 0, 0x34, 0x12, 0,    0,    1,   0, 0, 0,
		2,  0,  0, 0,                                       /* one by its x2APIC number */
		1,  12, 3, 0, 0,    0,    0xc0, 0xfe, 24,  0, 0, 0, /* I/O APIC 3 */
		2,  10, 0, 9, 9,    0,    0,    0,    0xf, 0,       /* line 9: level, low */
		77, 3,  0,                                          /* unknown */
	};

	memset(t, 0, sizeof(t));
	memcpy(t + 44, entries, sizeof(entries));
	return 44 + sizeof(entries);
}

START_TEST(interrupt_controllers)
{
	ck_assert_ptr_null(madt(madt_fill()));
	ck_assert_uint_eq(cpus, 2);
	ck_assert_uint_eq(last_apic, 0x1234);
	ck_assert_uint_eq(ioapics, 1);
	ck_assert(last_ioapic.id == 3 && last_ioapic.maddr == 0xfec00000 &&
		  last_ioapic.gsi_base == 24);
	ck_assert(last_override.isa == 9 && last_override.gsi == 9 && last_override.level &&
		  last_override.low);
}
END_TEST

START_TEST(broken_interrupt_tables)
{
	unsigned seed = 5;
	u32 n = madt_fill();

	for (u32 i = 0; i < n; i++)
		madt(i); /* cut anywhere */
	ck_assert_ptr_nonnull(madt(43));
	t[45] = 0; /* an entry of no length would be read for ever */
	ck_assert_ptr_nonnull(madt(n));
	t[45] = 1;
	ck_assert_ptr_nonnull(madt(n));
	for (u32 i = 0; i < 20000; i++) {
		madt_fill();
		for (u32 k = 0; k < 3; k++)
			t[44 + draw(&seed, n - 44)] = draw(&seed, 256);
		madt(n);
	}
}
END_TEST

START_TEST(fixed_description)
{
	struct power_info p = { 0 };
	u32 timer;

	memset(t, 0, sizeof(t));
	put32(64, 0x604);
	put32(76, 0x608);
	ck_assert_ptr_null(acpi_fadt_read(t, 116, &timer, &p));
	ck_assert(timer == 0x608 && p.pm1a_control == 0x604);
	ck_assert(!p.reset_known);
	ck_assert_ptr_nonnull(acpi_fadt_read(t, 115, &timer, &p));

	put32(112, 1 << 10);
	t[116] = ACPI_SPACE_IO;
	put64(120, 0xcf9);
	t[128] = 6;
	t[172] = ACPI_SPACE_IO;
	put64(176, 0x1804);
	ck_assert_ptr_null(acpi_fadt_read(t, 244, &timer, &p));
	ck_assert(p.pm1a_control == 0x1804 && timer == 0x608);
	ck_assert(p.reset_known && p.reset_addr == 0xcf9 && p.reset_value == 6);
	put64(120, 0x12345); /* no port has this number */
	ck_assert_ptr_null(acpi_fadt_read(t, 244, &timer, &p));
	ck_assert(!p.reset_known);
	put64(176, 0x10000);
	ck_assert_ptr_null(acpi_fadt_read(t, 244, &timer, &p));
	ck_assert_uint_eq(p.pm1a_control, 0x604);
}
END_TEST

START_TEST(event_timer)
{
	memset(t, 0, sizeof(t));
	put64(44, 0xfed00000);
	ck_assert_uint_eq(acpi_hpet_read(t, 56), 0xfed00000);
	ck_assert_uint_eq(acpi_hpet_read(t, 55), 0);
	t[40] = ACPI_SPACE_IO;
	ck_assert_uint_eq(acpi_hpet_read(t, 56), 0);
}
END_TEST

Suite *suite_acpi(void)
{
	Suite *s = suite_create("acpi");
	TCase *tc = tcase_create("acpi");

	tcase_add_test(tc, root_pointer);
	tcase_add_test(tc, whole_tables);
	tcase_add_test(tc, interrupt_controllers);
	tcase_add_test(tc, broken_interrupt_tables);
	tcase_add_test(tc, fixed_description);
	tcase_add_test(tc, event_timer);
	suite_add_tcase(s, tc);
	return s;
}

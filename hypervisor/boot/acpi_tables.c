/* SPDX-License-Identifier: MIT */
/*
 * Reading single ACPI tables (ACPI 6.4, chapter 5), every access inside the table's own length.
 * Their byte code is dom0's to interpret. Pure.
 */
#include <boot/acpi_tables.h>
#include <lib/string.h>

static bool acpi_checksum_ok(const u8 *p, u32 n)
{
	u8 sum = 0;

	while (n--)
		sum += *p++;
	return !sum;
}

#define RSDP_SIZE_V1  20
#define RSDP_SIZE_V2  36
#define RSDP_REVISION 15
#define RSDP_RSDT     16
#define RSDP_XSDT     24

/* Revision 2 has a second checksum, over all of it, and a 64-bit address. */
static bool rsdp_has_xsdt(const u8 *rsdp)
{
	if (rsdp[RSDP_REVISION] < 2 || !read_u64(rsdp + RSDP_XSDT))
		return false;

	return acpi_checksum_ok(rsdp, RSDP_SIZE_V2);
}

bool acpi_rsdp_check(const u8 *rsdp, u64 *root, bool *is64)
{
	if (memcmp(rsdp, "RSD PTR ", 8) || !acpi_checksum_ok(rsdp, RSDP_SIZE_V1))
		return false;

	*is64 = rsdp_has_xsdt(rsdp);
	*root = *is64 ? read_u64(rsdp + RSDP_XSDT) : read_u32(rsdp + RSDP_RSDT);
	return *root != 0;
}

bool acpi_table_check(const u8 *t, u32 n, const char *sig)
{
	return n >= ACPI_HEADER_SIZE && !memcmp(t, sig, 4) && read_u32(t + 4) == n &&
	       acpi_checksum_ok(t, n);
}

/* ---- MADT: CPUs, I/O APICs, interrupt overrides */

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2APIC = 9 };
#define MADT_ENTRIES  44
#define LAPIC_ENABLED 1u
#define MPS_POLARITY  3u
#define MPS_LOW       3u
#define MPS_TRIGGER   0xcu
#define MPS_LEVEL     0xcu

static void madt_lapic(const u8 *e, const struct madt_sink *sink)
{
	if (read_u32(e + 4) & LAPIC_ENABLED)
		sink->cpu(e[2], e[3]);
}

static void madt_x2apic(const u8 *e, const struct madt_sink *sink)
{
	if (read_u32(e + 8) & LAPIC_ENABLED)
		sink->cpu(read_u32(e + 12), read_u32(e + 4));
}

static void madt_ioapic(const u8 *e, const struct madt_sink *sink)
{
	struct ioapic_desc d = { e[2], read_u32(e + 4), read_u32(e + 8) };

	sink->ioapic(&d);
}

static void madt_override(const u8 *e, const struct madt_sink *sink)
{
	u16 flags = e[8] | e[9] << 8;
	struct irq_override o = {
		.isa = e[3],
		.gsi = read_u32(e + 4),
		.level = (flags & MPS_TRIGGER) == MPS_LEVEL,
		.low = (flags & MPS_POLARITY) == MPS_LOW,
	};

	sink->override(&o);
}

/* The entries that we read; a shorter one than is due is passed over. */
static const struct {
	u8 type, size_min;
	void (*read)(const u8 *e, const struct madt_sink *sink);
} madt_kinds[] = {
	{ MADT_LAPIC, 8, madt_lapic },
	{ MADT_IOAPIC, 12, madt_ioapic },
	{ MADT_OVERRIDE, 10, madt_override },
	{ MADT_X2APIC, 16, madt_x2apic },
};

static void madt_entry(const u8 *e, u32 n, const struct madt_sink *sink)
{
	for (u32 i = 0; i < ARRAY_SIZE(madt_kinds); i++)
		if (e[0] == madt_kinds[i].type && n >= madt_kinds[i].size_min)
			madt_kinds[i].read(e, sink);
}

const char *acpi_madt_read(const u8 *t, u32 n, const struct madt_sink *sink)
{
	u32 at = MADT_ENTRIES;

	if (n < MADT_ENTRIES)
		return "it is too short";

	while (n - at >= 2) {
		u32 len = t[at + 1];

		if (len < 2 || len > n - at)
			return "an entry reaches beyond its end";

		madt_entry(t + at, len, sink);
		at += len;
	}
	return NULL;
}

/* ---- FADT: ports of power management */

enum {
	FADT_PM1A_CONTROL = 64,
	FADT_PM1B_CONTROL = 68,
	FADT_PM_TIMER = 76,
	FADT_FLAGS = 112,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_PM1A_CONTROL = 172,
	FADT_X_PM1B_CONTROL = 184,
	FADT_X_PM_TIMER = 208,
};
#define FADT_RESET_SUPPORTED (1u << 10)
#define FADT_SIZE_V1         116
#define PORTS                0x10000

/* A generic address: its space in the first byte, the address further on. */
#define GAS_ADDRESS 4
#define GAS_SIZE    12

/* A port: of the generic address at @x where there is one, else of the old field. */
static u32 fadt_port(const u8 *t, u32 n, u32 old, u32 x)
{
	if (n >= x + GAS_SIZE && t[x] == ACPI_SPACE_IO) {
		u64 addr = read_u64(t + x + GAS_ADDRESS);

		if (addr && addr < PORTS)
			return addr;
	}
	return read_u32(t + old) % PORTS;
}

/* The reset register, where the table has one that we can write to. */
static void fadt_reset_read(const u8 *t, u32 n, struct power_info *p)
{
	u8 space;

	if (n <= FADT_RESET_VALUE || !(read_u32(t + FADT_FLAGS) & FADT_RESET_SUPPORTED))
		return;

	space = t[FADT_RESET_REG];
	if (space > ACPI_SPACE_IO)
		return;

	p->reset_space = space;
	p->reset_addr = read_u64(t + FADT_RESET_REG + GAS_ADDRESS);
	p->reset_value = t[FADT_RESET_VALUE];
	p->reset_known = p->reset_addr && (space == ACPI_SPACE_MEMORY || p->reset_addr < PORTS);
}

const char *acpi_fadt_read(const u8 *t, u32 n, u32 *pm_timer, struct power_info *p)
{
	if (n < FADT_SIZE_V1)
		return "it is too short";

	*pm_timer = fadt_port(t, n, FADT_PM_TIMER, FADT_X_PM_TIMER);
	p->pm1a_control = fadt_port(t, n, FADT_PM1A_CONTROL, FADT_X_PM1A_CONTROL);
	p->pm1b_control = fadt_port(t, n, FADT_PM1B_CONTROL, FADT_X_PM1B_CONTROL);
	fadt_reset_read(t, n, p);
	return NULL;
}

/* ---- HPET */

#define HPET_ADDRESS 40
#define HPET_SIZE    56

u64 acpi_hpet_read(const u8 *t, u32 n)
{
	if (n < HPET_SIZE || t[HPET_ADDRESS] != ACPI_SPACE_MEMORY)
		return 0;

	return read_u64(t + HPET_ADDRESS + GAS_ADDRESS);
}

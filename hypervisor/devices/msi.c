/* SPDX-License-Identifier: MIT */
/*
 * Message-signalled interrupts: writes a message into a device's MSI capability or its MSI-X table
 * (PCI Local Bus 3.0, 6.8). dom0 names device, entry and the table's BAR; what it says is compared
 * with the device. Whether the device sends messages at all, dom0 switches itself.
 */
#include <devices/devices.h>
#include <devices/pirq.h>
#include <frame/ownmap.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <x86/hooks.h>
#include <x86/asm.h>

#define MSI_ADDRESS 0xfee00000u /* and, from bit 12, the APIC id; the data is the vector */

#define PCI_STATUS      0x06
#define PCI_STATUS_CAPS 0x10
#define PCI_BAR0        0x10
#define PCI_BAR_COUNT   6
#define PCI_CAP_POINTER 0x34
#define PCI_CAPS_MAX    48 /* as many fit into 256 bytes: a longer list is a loop */
#define CAP_MSI         0x05
#define CAP_MSIX        0x11

#define MSI_CONTROL          2
#define MSI_CONTROL_MULTIPLE (7u << 4)
#define MSI_CONTROL_64       (1u << 7)
#define MSI_CONTROL_MASKS    (1u << 8)
#define MSIX_TABLE           4
#define MSIX_TABLE_BIR       7u
#define MSIX_SLOT            16 /* bytes of an entry: address, address high, data, control */
#define MSIX_MASKED          1u

#define PAGES_MAX 64 /* pages of MSI-X tables, in all: their mappings stay */

static struct {
	u64 maddr;
	u8 *va;
} pages[PAGES_MAX];
static u32 n_pages;
static struct spinlock pages_lock = SPINLOCK(LOCK_IRQ); /* guards the two above */

static u32 config_address(const struct msi_place *m, u32 reg)
{
	return 1u << 31 | m->bus << 16 | m->devfn << 8 | (reg & 0xfc);
}

static u32 config_read(const struct msi_place *m, u32 reg, u8 size)
{
	return pci_config_read(config_address(m, reg), reg & 3, size);
}

static void config_write(const struct msi_place *m, u32 reg, u8 size, u32 val)
{
	pci_config_write(config_address(m, reg), reg & 3, size, val);
}

/* Offset of the MSI or MSI-X capability, as the place wants it, or -ENODEV. */
static int capability_find(const struct msi_place *m)
{
	u32 at = PCI_CAP_POINTER, left = PCI_CAPS_MAX;
	bool none = config_read(m, 0, 2) == 0xffff;

	if (none || !(config_read(m, PCI_STATUS, 2) & PCI_STATUS_CAPS))
		left = 0;
	for (; left; left--, at++) {
		at = config_read(m, at, 1) & 0xfc;
		if (at < 0x40)
			break;
		if (config_read(m, at, 1) == (m->is_msix ? CAP_MSIX : CAP_MSI))
			return at;
	}
	return fail(-ENODEV, "device %02x:%02x.%u has no MSI%s", m->bus, m->devfn >> 3,
		    m->devfn & 7, m->is_msix ? "-X" : "");
}

/* Another CPU for a device at work: only one register gets another value than it has. */
static int message_write(const struct msi_place *m, u32 addr, u32 data)
{
	int cap = capability_find(m);
	u32 control, wide;

	if (cap < 0)
		return cap;
	control = config_read(m, cap + MSI_CONTROL, 2);
	wide = control & MSI_CONTROL_64 ? 4 : 0;
	/* Of a device at work it is not written: dom0 may be switching its messages off. */
	if (control & MSI_CONTROL_MULTIPLE)
		config_write(m, cap + MSI_CONTROL, 2, control & ~MSI_CONTROL_MULTIPLE);
	config_write(m, cap + 4, 4, addr);
	if (wide)
		config_write(m, cap + 8, 4, 0);
	config_write(m, cap + 8 + wide, 2, data);
	if (control & MSI_CONTROL_MASKS)
		config_write(m, cap + 12 + wide, 4, 0);
	return 0;
}

/* Where BAR @bir of the device lies; 0 if it is none of memory. */
static u64 bar_base(const struct msi_place *m, u32 bir)
{
	u32 reg = PCI_BAR0 + bir * 4, low;

	if (bir >= PCI_BAR_COUNT)
		return 0;
	low = config_read(m, reg, 4);
	if (low & 1)
		return 0;
	if ((low & 6) == 4 && bir + 1 < PCI_BAR_COUNT)
		return (u64)config_read(m, reg + 4, 4) << 32 | (low & ~15u);
	return low & ~15u;
}

static u8 *page_map(u64 maddr)
{
	u8 *va = NULL;

	spin_lock(&pages_lock);
	for (u32 i = 0; i < n_pages && !va; i++)
		if (pages[i].maddr == maddr)
			va = pages[i].va;
	if (!va && n_pages < PAGES_MAX) {
		va = ownmap_device(maddr, PAGE_SIZE);
		if (va) {
			pages[n_pages].maddr = maddr;
			pages[n_pages++].va = va;
		}
	}
	spin_unlock(&pages_lock);
	return va;
}

static int slot_find(struct msi_place *m)
{
	int cap = capability_find(m);
	u32 table;
	u64 at;

	if (cap < 0)
		return cap;
	if (m->entry > (config_read(m, cap + MSI_CONTROL, 2) & 0x7ff))
		return fail(-EINVAL, "MSI-X entry %u is behind the table's end", m->entry);
	table = config_read(m, cap + MSIX_TABLE, 4);
	at = bar_base(m, table & MSIX_TABLE_BIR);
	if (!at || at != m->base)
		return fail(-EINVAL, "MSI-X table at %#lx, the device says %#lx", m->base, at);
	at += (table & ~MSIX_TABLE_BIR) + (u64)m->entry * MSIX_SLOT;
	if (frame_of(maddr_to_mfn(at)) || !hook_iomem_permitted(current()->dom, maddr_to_mfn(at)))
		return fail(-EINVAL, "MSI-X table at %#lx, which is no device's memory", at);
	m->slot = page_map(at & PAGE_MASK);
	if (!m->slot)
		return fail(-ENOMEM, "no address space for one more MSI-X table");
	m->slot += at & ~PAGE_MASK;
	return 0;
}

static int slot_write(struct msi_place *m, u32 addr, u32 data)
{
	int ret = m->slot ? 0 : slot_find(m);

	if (ret)
		return ret;
	mmio_write32(m->slot + 12, MSIX_MASKED);
	mmio_write32(m->slot, addr);
	mmio_write32(m->slot + 4, 0);
	mmio_write32(m->slot + 8, data);
	mmio_write32(m->slot + 12, 0);
	return 0;
}

int msi_write(struct msi_place *m, const struct irq *irq)
{
	u32 addr = MSI_ADDRESS | (cpu_public[irq->cpu].apic_id & 0xff) << 12;

	if (m->segment)
		return fail(-EOPNOTSUPP, "PCI segment %u: only the first is reached", m->segment);
	return m->is_msix ? slot_write(m, addr, irq->vector) : message_write(m, addr, irq->vector);
}

/* A capability without masks is switched off by dom0 itself. */
void msi_mask(const struct msi_place *m)
{
	if (m->slot)
		mmio_write32(m->slot + 12, MSIX_MASKED);
}

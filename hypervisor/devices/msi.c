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

/* Intel SDM 3A, 11.11: from bit 12 on the APIC id; the data is the vector. */
#define MSI_ADDRESS       0xfee00000u
#define MSI_ADDRESS_SHIFT 12
#define MSI_ADDRESS_IDS   0xff

/* The header of a device (6.1) and its list of capabilities (6.7). */
#define PCI_VENDOR        0x00
#define PCI_VENDOR_NONE   0xffff
#define PCI_STATUS        0x06
#define PCI_STATUS_CAPS   0x10
#define PCI_BAR0          0x10
#define PCI_BAR_COUNT     6
#define PCI_BAR_IO        1u /* of ports, not memory */
#define PCI_BAR_WIDTH     6u
#define PCI_BAR_64        4u /* the next BAR has the upper half */
#define PCI_BAR_FLAGS     15u
#define PCI_CAP_POINTER   0x34
#define PCI_CAPS_FIRST    0x40 /* behind the header */
#define PCI_CAPS_MAX      48   /* as many fit into 256 bytes: a longer list is a loop */
#define PCI_CAP_ALIGNMENT 3u

#define CAP_MSI  0x05
#define CAP_MSIX 0x11

/* Of an MSI capability (6.8.1). The data, and masks if there are, lie behind the address. */
#define MSI_CONTROL          2
#define MSI_CONTROL_MULTIPLE (7u << 4)
#define MSI_CONTROL_64       (1u << 7)
#define MSI_CONTROL_MASKS    (1u << 8)
#define MSI_ADDRESS_LOW      4
#define MSI_ADDRESS_HIGH     8
#define MSI_DATA             8  /* 4 more with an upper half of the address */
#define MSI_MASKS            12 /* 4 more too */

/* Of an MSI-X capability (6.8.2), and of a slot of its table. */
#define MSIX_CONTROL      2
#define MSIX_TABLE_LAST   0x7ff /* in the control word: the number of the last slot */
#define MSIX_TABLE        4
#define MSIX_TABLE_BIR    7u
#define MSIX_SLOT         16 /* bytes */
#define MSIX_SLOT_LOW     0
#define MSIX_SLOT_HIGH    4
#define MSIX_SLOT_DATA    8
#define MSIX_SLOT_CONTROL 12
#define MSIX_MASKED       1u

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

static bool has_capabilities(const struct msi_place *m)
{
	if (config_read(m, PCI_VENDOR, 2) == PCI_VENDOR_NONE)
		return false;

	return config_read(m, PCI_STATUS, 2) & PCI_STATUS_CAPS;
}

/* Offset of the capability @id; 0 if there is none. */
static u32 capability_at(const struct msi_place *m, u8 id)
{
	u32 pointer = PCI_CAP_POINTER;

	if (!has_capabilities(m))
		return 0;

	for (u32 i = 0; i < PCI_CAPS_MAX; i++) {
		u32 at = config_read(m, pointer, 1) & ~PCI_CAP_ALIGNMENT;

		if (at < PCI_CAPS_FIRST)
			return 0;
		if (config_read(m, at, 1) == id)
			return at;

		/* The pointer to the next stands behind the id. */
		pointer = at + 1;
	}

	return 0;
}

/* Offset of the MSI or MSI-X capability, as the place wants it, or -ENODEV. */
static int capability_find(const struct msi_place *m)
{
	u8 id = m->is_msix ? CAP_MSIX : CAP_MSI;
	u32 at = capability_at(m, id);

	if (!at)
		return fail(-ENODEV, "device %02x:%02x.%u has no %s", m->bus, m->devfn >> 3,
			    m->devfn & 7, m->is_msix ? "MSI-X" : "MSI");

	return at;
}

/* Another CPU for a device at work: only one register gets another value than it has. */
static int message_write(const struct msi_place *m, u32 addr, u32 data)
{
	int cap = capability_find(m);
	u32 wide = 0;
	u32 control;

	if (cap < 0)
		return cap;

	/* Of a device at work it is not written: dom0 may be switching its messages off. */
	control = config_read(m, cap + MSI_CONTROL, 2);
	if (control & MSI_CONTROL_MULTIPLE)
		config_write(m, cap + MSI_CONTROL, 2, control & ~MSI_CONTROL_MULTIPLE);

	config_write(m, cap + MSI_ADDRESS_LOW, 4, addr);
	if (control & MSI_CONTROL_64) {
		wide = 4;
		config_write(m, cap + MSI_ADDRESS_HIGH, 4, 0);
	}

	config_write(m, cap + MSI_DATA + wide, 2, data);
	if (control & MSI_CONTROL_MASKS)
		config_write(m, cap + MSI_MASKS + wide, 4, 0);
	return 0;
}

/* Where BAR @bir of the device lies; 0 if it is none of memory. */
static u64 bar_base(const struct msi_place *m, u32 bir)
{
	u32 reg = PCI_BAR0 + bir * 4;
	u64 high = 0;
	u32 low;

	if (bir >= PCI_BAR_COUNT)
		return 0;

	low = config_read(m, reg, 4);
	if (low & PCI_BAR_IO)
		return 0;

	if ((low & PCI_BAR_WIDTH) == PCI_BAR_64 && bir + 1 < PCI_BAR_COUNT)
		high = config_read(m, reg + 4, 4);

	return high << 32 | (low & ~PCI_BAR_FLAGS);
}

/* The page is mapped already: where, or NULL. */
static u8 *page_find(u64 maddr)
{
	assert(spin_held(&pages_lock));

	for (u32 i = 0; i < n_pages; i++) {
		if (pages[i].maddr == maddr)
			return pages[i].va;
	}

	return NULL;
}

static u8 *page_add(u64 maddr)
{
	u8 *va;

	assert(spin_held(&pages_lock));
	if (n_pages == PAGES_MAX)
		return NULL;

	va = ownmap_device(maddr, PAGE_SIZE);
	if (!va)
		return NULL;

	pages[n_pages].maddr = maddr;
	pages[n_pages].va = va;
	n_pages++;
	return va;
}

static u8 *page_map(u64 maddr)
{
	u8 *va;

	spin_lock(&pages_lock);

	va = page_find(maddr);
	if (!va)
		va = page_add(maddr);

	spin_unlock(&pages_lock);
	return va;
}

/* The device's memory, and not ours, nor a place where messages arrive. */
static bool is_device_memory(mfn_t m)
{
	return !frame_of(m) && hook_iomem_permitted(current()->dom, m);
}

/* Finds m->slot, where dom0 says that it is and the device says so too. */
static int slot_find(struct msi_place *m)
{
	int cap = capability_find(m);
	u32 table;
	u64 at;

	if (cap < 0)
		return cap;

	if (m->entry > (config_read(m, cap + MSIX_CONTROL, 2) & MSIX_TABLE_LAST))
		return fail(-EINVAL, "MSI-X entry %u is behind the table's end", m->entry);

	table = config_read(m, cap + MSIX_TABLE, 4);
	at = bar_base(m, table & MSIX_TABLE_BIR);
	if (!at || at != m->base)
		return fail(-EINVAL, "MSI-X table at %#lx, the device says %#lx", m->base, at);

	at += (table & ~MSIX_TABLE_BIR) + (u64)m->entry * MSIX_SLOT;
	if (!is_device_memory(maddr_to_mfn(at)))
		return fail(-EINVAL, "MSI-X table at %#lx, which is no device's memory", at);

	m->slot = page_map(at & PAGE_MASK);
	if (!m->slot)
		return fail(-ENOMEM, "no address space for one more MSI-X table");

	m->slot += at & ~PAGE_MASK;
	return 0;
}

/* Masked while it is written, so that no message is sent with half of it. */
static int slot_write(struct msi_place *m, u32 addr, u32 data)
{
	if (!m->slot) {
		int rc = slot_find(m);

		if (rc)
			return rc;
	}

	mmio_write32(m->slot + MSIX_SLOT_CONTROL, MSIX_MASKED);
	mmio_write32(m->slot + MSIX_SLOT_LOW, addr);
	mmio_write32(m->slot + MSIX_SLOT_HIGH, 0);
	mmio_write32(m->slot + MSIX_SLOT_DATA, data);
	mmio_write32(m->slot + MSIX_SLOT_CONTROL, 0);
	return 0;
}

int msi_write(struct msi_place *m, const struct irq *irq)
{
	u32 id = cpu_public[irq->cpu].apic_id & MSI_ADDRESS_IDS;
	u32 addr = MSI_ADDRESS | id << MSI_ADDRESS_SHIFT;

	if (m->segment)
		return fail(-EOPNOTSUPP, "PCI segment %u: only the first is reached", m->segment);

	if (m->is_msix)
		return slot_write(m, addr, irq->vector);

	return message_write(m, addr, irq->vector);
}

/* A capability without masks is switched off by dom0 itself. */
void msi_mask(const struct msi_place *m)
{
	if (m->slot)
		mmio_write32(m->slot + MSIX_SLOT_CONTROL, MSIX_MASKED);
}

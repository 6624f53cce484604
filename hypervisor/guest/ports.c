/* SPDX-License-Identifier: MIT */
/*
 * Ports: dom0 drives the devices, but the interrupt controllers, the timer and the console's UART
 * stay ours. A domain's bitmap says what else it may use. The two-step access to PCI configuration
 * space keeps dom0's address in a shadow, so that ours in between does not disturb it.
 */
#include <guest/guest.h>
#include <lib/bitmap.h>
#include <x86/asm.h>

#define PCI_ADDRESS  0xcf8
#define PCI_DATA     0xcfc
#define PIT_FIRST    0x40 /* the 8254 timer */
#define PIT_LAST     0x43
#define PORT_LAST    0xffff
#define RESERVED_MAX 8

static struct {
	u16 first, last;
} reserved[RESERVED_MAX] = {
	{ 0x20, 0x21 }, /* 8259: the first */
	{ 0xa0, 0xa1 }, /* and the second */
	{ PIT_FIRST, PIT_LAST },
};
static u32 n_reserved = 3;

static struct spinlock pci_lock = SPINLOCK(LOCK_IRQ); /* 0xcf8 and 0xcfc */
static u32 pci_shadow;                                /* what dom0 wrote to 0xcf8 */

void port_reserve(u16 first, u16 last)
{
	assert(n_reserved < RESERVED_MAX);

	reserved[n_reserved].first = first;
	reserved[n_reserved].last = last;
	n_reserved++;
}

static bool port_is_ours(u16 port)
{
	for (u32 i = 0; i < n_reserved; i++)
		if (port >= reserved[i].first && port <= reserved[i].last)
			return true;

	return false;
}

static bool port_granted(const struct vcpu *v, u16 port, u8 size)
{
	if (!v->dom->io.ports)
		return false;

	for (u32 p = port; p < (u32)port + size; p++)
		if (p > PORT_LAST || port_is_ours(p) || !bit_test(v->dom->io.ports, p))
			return false;

	return true;
}

/* The guest kernel's own bitmap for its user part: a set bit forbids, as in a TSS. */
static bool user_bitmap_ok(const struct vcpu *v, u16 port, u8 size)
{
	u16 bits;

	if (!v->io.bitmap || (u32)port + size > v->io.bitmap_ports)
		return false;
	if (guest_copy_in(&bits, (void *)(v->io.bitmap + port / 8), sizeof(bits)))
		return false;

	return !(bits >> (port & 7) & ((1u << size) - 1));
}

bool port_privilege_ok(const struct vcpu *v, u16 port, u8 size)
{
	/* To the ABI a guest's kernel runs in ring 1. */
	if (v->kernel_mode)
		return v->dom->privileged || v->io.iopl >= 1;

	return v->io.iopl == 3 || user_bitmap_ok(v, port, size);
}

static u32 raw_read(u16 port, u8 size)
{
	switch (size) {
	case 1:
		return inb(port);
	case 2:
		return inw(port);
	default:
		return inl(port);
	}
}

static void raw_write(u16 port, u8 size, u32 val)
{
	switch (size) {
	case 1:
		outb(port, val);
		break;
	case 2:
		outw(port, val);
		break;
	default:
		outl(port, val);
	}
}

u32 pci_config_read(u32 address, u8 offset, u8 size)
{
	u32 val;

	spin_lock(&pci_lock);
	outl(PCI_ADDRESS, address);
	val = raw_read(PCI_DATA + offset, size);
	spin_unlock(&pci_lock);

	return val;
}

void pci_config_write(u32 address, u8 offset, u8 size, u32 val)
{
	spin_lock(&pci_lock);
	outl(PCI_ADDRESS, address);
	raw_write(PCI_DATA + offset, size, val);
	spin_unlock(&pci_lock);
}

static bool is_pci_data(u16 port, u8 size)
{
	return port >= PCI_DATA && port + size <= PCI_DATA + 4;
}

/*
 * What a port that is not the guest's reads as: an empty bus. The interval timer reads as one that
 * does not count: a kernel that calibrates against it gives up at once, not after 50,000 reads.
 */
static u32 port_absent(u16 port)
{
	return port >= PIT_FIRST && port <= PIT_LAST ? 0 : ~0u;
}

u32 port_read(struct vcpu *v, u16 port, u8 size)
{
	if (!port_granted(v, port, size))
		return port_absent(port);
	if (port == PCI_ADDRESS && size == 4)
		return READ_ONCE(pci_shadow);
	if (is_pci_data(port, size))
		return pci_config_read(READ_ONCE(pci_shadow), port - PCI_DATA, size);

	return raw_read(port, size);
}

void port_write(struct vcpu *v, u16 port, u8 size, u32 val)
{
	if (!port_granted(v, port, size))
		return;

	if (port == PCI_ADDRESS && size == 4)
		WRITE_ONCE(pci_shadow, val);
	else if (is_pci_data(port, size))
		pci_config_write(READ_ONCE(pci_shadow), port - PCI_DATA, size, val);
	else
		raw_write(port, size, val);
}

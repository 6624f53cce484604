/* SPDX-License-Identifier: MIT */
/*
 * The I/O APICs: a pin per gsi, each with an entry that says vector, trigger mode and CPU. And the
 * two 8259s of old, out of the exceptions' way and masked. What an interrupt means is irq.c's.
 */
#include <console/console.h>
#include <frame/ownmap.h>
#include <irq/irq.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define IOAPICS_MAX    16
#define ISA_LINES      16
#define IOREGSEL       0x00 /* selects the register that IOWIN then shows */
#define IOWIN          0x10
#define REG_VERSION    1
#define REG_PLAIN_LAST 2 /* id, version, arbitration */
#define REG_ENTRY(pin) (0x10 + 2 * (pin))
#define PINS_MAX       240 /* the version register has 8 bits; real ones have 24 to 120 */

#define ENTRY_LOW    (1u << 13)
#define ENTRY_LEVEL  (1u << 15)
#define ENTRY_MASKED (1u << 16)

#define PIC1        0x20
#define PIC2        0xa0
#define PIC_VECTORS 0x20 /* where a spurious one would arrive: 0x20-0x2f, which irq.c ignores */

struct ioapic {
	struct ioapic_desc desc;
	volatile u8 *regs;
	u32 pins;
};

/* Filled at boot. */
static struct ioapic ioapics[IOAPICS_MAX];
static u32 n_ioapics;
static struct irq_override overrides[ISA_LINES];
static u32 overridden; /* bit per line of the old bus */

/* Guards the register windows of all: select, then access. */
static struct spinlock window_lock = SPINLOCK(LOCK_OWNMAP);

void irq_add_ioapic(const struct ioapic_desc *d)
{
	if (n_ioapics == IOAPICS_MAX)
		log_warn("I/O APIC %u is one too many, not used", d->id);
	else
		ioapics[n_ioapics++].desc = *d;
}

void irq_add_override(const struct irq_override *o)
{
	if (o->isa >= ISA_LINES)
		return;

	overrides[o->isa] = *o;
	overridden |= 1u << o->isa;
}

static u32 window_read(const struct ioapic *a, u32 reg)
{
	u32 v;

	spin_lock(&window_lock);
	mmio_write32(a->regs + IOREGSEL, reg);
	v = mmio_read32(a->regs + IOWIN);
	spin_unlock(&window_lock);
	return v;
}

static void window_write(const struct ioapic *a, u32 reg, u32 v)
{
	spin_lock(&window_lock);
	mmio_write32(a->regs + IOREGSEL, reg);
	mmio_write32(a->regs + IOWIN, v);
	spin_unlock(&window_lock);
}

static struct ioapic *ioapic_of(u32 gsi)
{
	for (u32 i = 0; i < n_ioapics; i++)
		if (gsi - ioapics[i].desc.gsi_base < ioapics[i].pins)
			return &ioapics[i];
	return NULL;
}

bool ioapic_has(u32 gsi)
{
	return ioapic_of(gsi) != NULL;
}

/*
 * One write, of the half that holds nothing but the CPU: so the pin need not be masked, by which an
 * edge might get lost. Nor must a level pin's last interrupt have ended: its end is told by the
 * vector, which stays.
 */
void ioapic_aim(u32 gsi, u32 apic)
{
	struct ioapic *a = ioapic_of(gsi);

	assert(a);
	window_write(a, REG_ENTRY(gsi - a->desc.gsi_base) + 1, apic << 24);
}

void ioapic_route(u32 gsi, u8 vector, u32 apic, bool level, bool low)
{
	struct ioapic *a = ioapic_of(gsi);
	u32 entry = vector;

	if (level)
		entry |= ENTRY_LEVEL;
	if (low)
		entry |= ENTRY_LOW;

	ioapic_aim(gsi, apic);
	window_write(a, REG_ENTRY(gsi - a->desc.gsi_base), entry);
}

void ioapic_mask(u32 gsi, bool masked)
{
	struct ioapic *a = ioapic_of(gsi);
	u32 reg = REG_ENTRY(gsi - a->desc.gsi_base);
	u32 v = window_read(a, reg);

	window_write(a, reg, masked ? v | ENTRY_MASKED : v & ~ENTRY_MASKED);
}

u32 irq_gsi_count(void)
{
	u32 n = 0;

	for (u32 i = 0; i < n_ioapics; i++)
		n = MAX(n, ioapics[i].desc.gsi_base + ioapics[i].pins);
	return n;
}

u32 irq_isa_to_gsi(u8 isa, bool *level, bool *low)
{
	bool known = isa < ISA_LINES && overridden >> isa & 1;

	*level = known && overrides[isa].level;
	*low = known && overrides[isa].low;
	return known ? overrides[isa].gsi : isa;
}

static bool reg_exists(const struct ioapic *a, u32 reg)
{
	if (reg <= REG_PLAIN_LAST)
		return true;

	return reg >= REG_ENTRY(0) && reg < REG_ENTRY(a->pins);
}

int ioapic_read(u64 maddr, u32 reg, u32 *val)
{
	for (u32 i = 0; i < n_ioapics; i++) {
		const struct ioapic *a = &ioapics[i];

		if (a->desc.maddr != maddr || !a->pins)
			continue;
		if (!reg_exists(a, reg))
			return -1;

		*val = window_read(a, reg);
		return 0;
	}
	return -1;
}

bool ioapic_owns(mfn_t m)
{
	for (u32 i = 0; i < n_ioapics; i++)
		if (maddr_to_mfn(ioapics[i].desc.maddr).n == m.n)
			return true;
	return false;
}

static void ioapic_start(struct ioapic *a)
{
	u32 pins;

	a->regs = ownmap_device(a->desc.maddr, PAGE_SIZE);
	if (!a->regs)
		panic("no address space for I/O APIC %u", a->desc.id);

	pins = (window_read(a, REG_VERSION) >> 16 & 0xff) + 1;
	if (pins > PINS_MAX) {
		log_warn("I/O APIC %u at %#lx does not answer, not used", a->desc.id,
			 a->desc.maddr);
		return;
	}

	a->pins = pins;
	for (u32 pin = 0; pin < pins; pin++)
		window_write(a, REG_ENTRY(pin), ENTRY_MASKED);
	log_info("I/O APIC %u at %#lx: gsi %u-%u", a->desc.id, a->desc.maddr, a->desc.gsi_base,
		 a->desc.gsi_base + pins - 1);
}

/*
 * Both are initialised (ICW1-4), so that their vectors are not the exceptions'; then all is masked.
 */
void pic_disable(void)
{
	static const struct {
		u16 port;
		u8 val;
	} program[] = {
		{ PIC1, 0x11 },
		{ PIC2, 0x11 },
		{ PIC1 + 1, PIC_VECTORS },
		{ PIC2 + 1, PIC_VECTORS + 8 },
		{ PIC1 + 1, 0x04 },
		{ PIC2 + 1, 0x02 },
		{ PIC1 + 1, 0x01 },
		{ PIC2 + 1, 0x01 },
		{ PIC1 + 1, 0xff },
		{ PIC2 + 1, 0xff },
	};

	for (u32 i = 0; i < ARRAY_SIZE(program); i++)
		outb(program[i].port, program[i].val);
}

void irq_init(void)
{
	if (!n_ioapics)
		log_err("no I/O APIC found: devices will not interrupt");
	for (u32 i = 0; i < n_ioapics; i++)
		ioapic_start(&ioapics[i]);
	vector_set(VECTOR_KICK, cpu_poll);
}

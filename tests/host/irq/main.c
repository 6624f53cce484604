/* SPDX-License-Identifier: MIT */
/*
 * Claims, arrivals, ends and moves of device interrupts, as the registers of an I/O APIC with 24
 * pins show them. The test is the local APIC: it delivers by hand, on the CPU that it chooses.
 */
#include <frame/ownmap.h>
#include <irq/irq.h>
#include <x86/cpu.h>
#include <x86/lock.h>
#include <x86/hooks.h>

#include <check.h>
#include <tests/host/suites_run.h>

#define PINS   24
#define MASKED (1u << 16)

#define LEVEL_LOW (1u << 15 | 1u << 13)

static u8 window[4096];
static u32 selected, entries[2 * PINS], eois, heard;
static struct irq *heard_of;

u32 host_read32(const volatile void *at)
{
	if (selected == 1)
		return (PINS - 1) << 16;
	ck_assert_msg(selected >= 0x10 && selected < 0x10 + ARRAY_SIZE(entries), "register %#x",
		      selected);
	return entries[selected - 0x10];
}

void host_write32(volatile void *at, u32 v)
{
	if (at == window)
		selected = v;
	else
		entries[selected - 0x10] = v;
}

void *ownmap_device(u64 maddr, size_t size)
{
	return window;
}

void apic_eoi(void)
{
	eois++;
}

static void handler(struct irq *irq, void *arg)
{
	ck_assert_ptr_eq(arg, &heard);
	heard++;
	heard_of = irq;
}

static void arrive(u32 cpu, u8 vector)
{
	fake_cpu = cpu;
	hook_interrupt(vector);
}

/* CPU n has APIC id 2n, but for the last four, whose ids only an interrupt remapper could name. */
static void up(void)
{
	for (u32 i = 0; i < MAX_CPUS; i++)
		cpu_public[i].apic_id = i < 60 ? 2 * i : 195 + i;
	irq_add_ioapic(&(struct ioapic_desc){ 0, 0xfec00000, 0 });
	irq_init();
}

#define LOW(pin)  entries[2 * (pin)]
#define HIGH(pin) entries[2 * (pin) + 1]

START_TEST(line)
{
	struct irq *irq = irq_claim(11, true, true, handler, &heard);

	ck_assert_uint_eq(LOW(11), LEVEL_LOW | irq->vector);
	ck_assert_uint_eq(HIGH(11), 0);
	ck_assert(!irq_claim(11, true, true, handler, &heard));
	ck_assert(!irq_claim(PINS, true, true, handler, &heard));

	arrive(0, irq->vector);
	ck_assert(heard == 1 && heard_of == irq && eois == 1 && LOW(11) & MASKED);

	/* Moved before its end is told: it stays masked. */
	ck_assert(irq_move(irq, 5) && !irq_move(irq, 5));
	ck_assert_uint_eq(HIGH(11), 10u << 24);
	ck_assert_uint_eq(LOW(11), MASKED | LEVEL_LOW | irq->vector);
	irq_eoi(irq);
	ck_assert_uint_eq(LOW(11), LEVEL_LOW | irq->vector);

	/* One under way to the old CPU is heard of as well. */
	arrive(0, irq->vector);
	irq_eoi(irq);
	arrive(5, irq->vector);
	ck_assert(heard == 3 && irq->arrived == 3 && irq->last_cpu == 5);

	irq_eoi(irq);
	ck_assert(!(LOW(11) & MASKED));
	irq_free(irq);
	ck_assert(LOW(11) & MASKED);
	arrive(5, irq->vector);
	irq_eoi(irq);
	ck_assert(heard == 3 && eois == 4 && LOW(11) & MASKED);
}
END_TEST

START_TEST(edge)
{
	struct irq *irq = irq_claim(3, false, false, handler, &heard);

	arrive(0, irq->vector);
	irq_move(irq, 1);
	ck_assert_uint_eq(LOW(3), irq->vector); /* never masked: nothing gets lost */
	ck_assert_uint_eq(HIGH(3), 2u << 24);
}
END_TEST

START_TEST(reachable)
{
	struct irq *irq = irq_claim(GSI_NONE, false, false, handler, &heard);

	ck_assert(!irq->cpu && irq_move(irq, 59));

	/* 0xff would be all CPUs; of a larger id only 8 bits are sent: another CPU's. */
	for (u32 cpu = 60; cpu < MAX_CPUS; cpu++)
		ck_assert(!irq_move(irq, cpu));
	ck_assert_uint_eq(irq->cpu, 59);

	cpu_public[60].apic_id = 0xfe;
	ck_assert(irq_move(irq, 60));

	/* No pin has to do with it. */
	for (u32 pin = 0; pin < PINS; pin++)
		ck_assert(LOW(pin) == MASKED && HIGH(pin) == 0);
}
END_TEST

/* What dom0 may read: the registers that there are. */
START_TEST(registers_are_counted)
{
	u32 val;

	ck_assert_int_eq(ioapic_read(0xfec00000, 1, &val), 0);
	ck_assert_uint_eq(val >> 16, PINS - 1);
	ck_assert_int_eq(ioapic_read(0xfec00000, 0x10 + 2 * PINS - 1, &val), 0);
	ck_assert_uint_eq(val, HIGH(PINS - 1));

	ck_assert_int_lt(ioapic_read(0xfec00000, 3, &val), 0);
	ck_assert_int_lt(ioapic_read(0xfec00000, 0xf, &val), 0);
	ck_assert_int_lt(ioapic_read(0xfec00000, 0x10 + 2 * PINS, &val), 0);
	ck_assert_int_lt(ioapic_read(0xfec00000, ~0u, &val), 0);
	ck_assert_int_lt(ioapic_read(0xfec01000, 1, &val), 0);
}
END_TEST

START_TEST(all_vectors)
{
	u32 n = 0;

	while (irq_claim(GSI_NONE, false, false, handler, &heard))
		n++;

	/* All but the guests' gate. */
	ck_assert_uint_eq(n, VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST);
	ck_assert(!irq_claim(4, false, false, handler, &heard));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("device interrupts");
	TCase *t = tcase_create("irq");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, line);
	tcase_add_test(t, edge);
	tcase_add_test(t, reachable);
	tcase_add_test(t, registers_are_counted);
	tcase_add_test(t, all_vectors);
	suite_add_tcase(s, t);

	return suites_run(s);
}

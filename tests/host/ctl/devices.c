/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts from the map call to the event and its end; messages of devices; who may map
 * device memory.
 */
#include "suites.h"

#include <frame/ownmap.h>
#include <lib/bitmap.h>
#include <pvabi/event_channel.h>
#include <pvabi/physdev.h>
#include <x86/hooks.h>
#include <x86/layout.h>

#include <string.h>

#define PHYSDEV(cmd) call(__HYPERVISOR_physdev_op, (cmd), (u64)arena, 0)
#define MAP          ((struct physdev_map_pirq *)arena)

static u32 bind(u32 pirq)
{
	struct evtchn_bind_pirq *b = (void *)arena;

	*b = (struct evtchn_bind_pirq){ .pirq = pirq };
	ck_assert_int_eq(call(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_pirq, (u64)arena, 0), 0);
	return b->port;
}

static void hears(u32 port, u32 vcpu)
{
	*(struct evtchn_bind_vcpu *)arena = (struct evtchn_bind_vcpu){ port, vcpu };
	ck_assert_int_eq(call(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_vcpu, (u64)arena, 0), 0);
}

static void close(u32 port)
{
	struct evtchn_close *c = (void *)arena;

	c->port = port;
	ck_assert_int_eq(call(__HYPERVISOR_event_channel_op, EVTCHNOP_close, (u64)arena, 0), 0);
}

static long map_gsi(int gsi, int pirq)
{
	*MAP = (struct physdev_map_pirq){
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = gsi, .pirq = pirq
	};
	return PHYSDEV(PHYSDEVOP_map_pirq);
}

static bool pending(u32 port)
{
	return bit_test((u64 *)dom0->shared->evtchn_pending, port);
}

START_TEST(gsi_to_event)
{
	struct physdev_setup_gsi *s = (void *)arena;
	struct physdev_irq_status_query *q = (void *)arena;
	struct physdev_unmap_pirq *u = (void *)arena;
	u32 port;

	ck_assert_int_eq(map_gsi(17, -1), 0);
	ck_assert_int_eq(MAP->pirq, 17);
	ck_assert_int_eq(map_gsi(17, 17), 0); /* again: the same */
	ck_assert_int_eq(map_gsi(24, -1), -EINVAL);
	ck_assert_int_eq(map_gsi(-1, -1), -EINVAL);
	ck_assert_int_eq(map_gsi(3, 4), -EINVAL);

	*s = (struct physdev_setup_gsi){ 17, 1, 1 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_setup_gsi), 0);
	ck_assert(!world_irq_taken[17]);

	port = bind(17);
	ck_assert(world_irq_taken[17]);
	world_irq(17);
	ck_assert(pending(port));

	*q = (struct physdev_irq_status_query){ .irq = 17 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_irq_status_query), 0);
	ck_assert_uint_eq(q->flags, XENIRQSTAT_needs_eoi);

	world_eois = 0;
	*(u32 *)arena = 17;
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_eoi), 0);
	ck_assert_uint_eq(world_eois, 1);

	/* Bound: it stays, and keeps its trigger. */
	*u = (struct physdev_unmap_pirq){ DOMID_SELF, 17 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_unmap_pirq), -EINVAL);
	*s = (struct physdev_setup_gsi){ 17, 0, 1 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_setup_gsi), -EBUSY);
	*s = (struct physdev_setup_gsi){ 17, 1, 1 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_setup_gsi), 0);
	close(port);
	ck_assert(!world_irq_taken[17]);

	*u = (struct physdev_unmap_pirq){ DOMID_SELF, 17 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_unmap_pirq), 0);
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_unmap_pirq), -EINVAL);
	u->pirq = ~0;
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_unmap_pirq), -EINVAL);
}
END_TEST

static void pci_device(u8 cap)
{
	memset(world_pci, 0, sizeof(world_pci));
	world_pci[0] = 0x86;
	world_pci[0x06] = 0x10;
	world_pci[0x34] = 0x50;
	world_pci[0x50] = 0x01; /* power management, then what is wanted */
	world_pci[0x51] = 0x60;
	world_pci[0x60] = cap;
	world_pci[0x62] = cap == 5 ? 0xf0 : 3; /* MSI: 64 bits, several on; MSI-X: 4 entries */
	world_pci[0x63] = cap == 5 ? 1 : 0;    /* masks */
	*(u32 *)(world_pci + 0x10) = 0xe0000000;
	*(u32 *)(world_pci + 0x64) = cap == 5 ? 0 : 0x800;
}

static long map_msi(u32 entry, u64 base)
{
	*MAP = (struct physdev_map_pirq){ .domid = DOMID_SELF,
					  .type = MAP_PIRQ_TYPE_MSI_SEG,
					  .index = -1,
					  .pirq = -1,
					  .bus = 0,
					  .devfn = 0x18,
					  .entry_nr = entry,
					  .table_base = base };
	return PHYSDEV(PHYSDEVOP_map_pirq);
}

static void unmap(u32 pirq)
{
	*(struct physdev_unmap_pirq *)arena = (struct physdev_unmap_pirq){ DOMID_SELF, pirq };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_unmap_pirq), 0);
}

START_TEST(msi_to_event)
{
	u32 port;
	int pirq;

	pci_device(5);
	ck_assert_int_eq(map_msi(0, 0), 0);
	pirq = MAP->pirq;
	ck_assert_int_ge(pirq, 24);
	ck_assert_uint_eq(*(u32 *)(world_pci + 0x64), 0xfee07000);
	ck_assert_uint_eq(*(u16 *)(world_pci + 0x6c), 0x80);
	ck_assert_uint_eq(world_pci[0x62] & 0x70, 0); /* one message */

	port = bind(pirq);
	world_irq(0x80);
	ck_assert(pending(port));

	*(u32 *)(world_pci + 0x64) = 0; /* it slept */
	*(struct physdev_pci_device *)arena = (struct physdev_pci_device){ 0, 0, 0x18 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_restore_msi_ext), 0);
	ck_assert_uint_eq(*(u32 *)(world_pci + 0x64), 0xfee07000);

	close(port);
	ck_assert(world_irq_taken[0x80]);
	unmap(pirq);
	ck_assert(!world_irq_taken[0x80]);
}
END_TEST

/* A pin and a message go to the CPU of the vcpu that hears of them. */
START_TEST(follows_its_vcpu)
{
	u32 line, message;
	int pirq;

	for (u32 i = 1; i < 4; i++)
		cpu_public[i].apic_id = cpu_public[0].apic_id + i;

	pci_device(5);
	ck_assert_int_eq(map_gsi(17, -1), 0);
	ck_assert_int_eq(map_msi(0, 0), 0);
	pirq = MAP->pirq;

	dom0->vcpu[0]->run.cpu = 1;
	dom0->vcpu[2]->run.cpu = 3;
	line = bind(17);
	message = bind(pirq);
	ck_assert_uint_eq(world_irq_cpu(17), 1);
	ck_assert_uint_eq(*(u32 *)(world_pci + 0x64), 0xfee08000);

	world_pci[0x62] &= ~1; /* switched off by now: it stays so */
	hears(line, 2);
	hears(message, 2);
	ck_assert_uint_eq(world_irq_cpu(17), 3);
	ck_assert_uint_eq(*(u32 *)(world_pci + 0x64), 0xfee0a000);
	ck_assert_uint_eq(world_pci[0x62] & 1, 0);

	/* The vcpu moves: one that arrives elsewhere follows, but not too often. */
	dom0->vcpu[2]->run.cpu = 2;
	fake_time += 99999999;
	world_irq(17);
	world_irq(0x80);
	ck_assert_uint_eq(world_irq_cpu(17), 3);
	ck_assert_uint_eq(*(u32 *)(world_pci + 0x64), 0xfee0a000);

	fake_time += 1;
	world_irq(17);
	world_irq(0x80);
	ck_assert_uint_eq(world_irq_cpu(17), 2);
	ck_assert_uint_eq(*(u32 *)(world_pci + 0x64), 0xfee09000);

	/* One that arrives where its vcpu is stays; nobody follows for a port that is closed. */
	fake_time += 1000000000;
	dom0->vcpu[2]->run.cpu = 0;
	world_irq(17);
	close(message);
	dom0->vcpu[2]->run.cpu = 3;
	world_irq(0x80);
	ck_assert_uint_eq(world_irq_cpu(17), 2);
	ck_assert_uint_eq(*(u32 *)(world_pci + 0x64), 0xfee09000);
	close(line);
}
END_TEST

START_TEST(msix_table_is_the_devices)
{
	pci_device(0x11);
	ck_assert_int_eq(map_msi(4, 0xe0000000), -EINVAL); /* 4 entries */
	ck_assert_int_eq(map_msi(0, 0xd0000000), -EINVAL); /* another BAR */

	*(u32 *)(world_pci + 0x10) = 0x100000;
	ck_assert_int_eq(map_msi(0, 0x100000), -EINVAL); /* memory */

	*(u32 *)(world_pci + 0x10) = 0xfee00000;
	ck_assert_int_eq(map_msi(0, 0xfee00000), -EINVAL); /* the APIC */

	*(u32 *)(world_pci + 0x10) = 0xe0000000;
	world_pci[0x61] = 0x50; /* a list without an end */
	ck_assert_int_eq(map_msi(0, 0xe0000000), 0);

	world_pci[0x60] = 9;
	ck_assert_int_eq(map_msi(0, 0xe0000000), -ENODEV);
	ck_assert(!world_irq_taken[0x81]); /* refused ones keep no vector */

	*MAP = (struct physdev_map_pirq){ .domid = 1, .type = MAP_PIRQ_TYPE_GSI, .index = 1 };
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_map_pirq), -EOPNOTSUPP);
}
END_TEST

/* Their mappings stay, so there is an end to them. The test's device memory is one page. */
START_TEST(msix_tables_are_counted)
{
	u32 n = 0;

	pci_device(0x11);
	for (u64 base = 0xe0000000; n < 1000; base += PAGE_SIZE) {
		*(u32 *)(world_pci + 0x10) = base;
		if (map_msi(0, base))
			break;
		unmap(MAP->pirq);
		n++;
	}
	ck_assert_uint_eq(n, 64);

	/* One that is there already is used again. */
	*(u32 *)(world_pci + 0x10) = 0xe0000000;
	ck_assert_int_eq(map_msi(0, 0xe0000000), 0);
}
END_TEST

START_TEST(msix_is_masked_when_it_goes)
{
	u32 *control = (u32 *)((u8 *)ownmap_device(0, PAGE_SIZE) + 0x800 + 12);

	pci_device(0x11);
	ck_assert_int_eq(map_msi(0, 0xe0000000), 0);
	ck_assert_uint_eq(*control & 1, 0);
	unmap(MAP->pirq);
	ck_assert_uint_eq(*control & 1, 1);
}
END_TEST

START_TEST(messages_have_numbers_of_their_own)
{
	pci_device(5);
	*MAP = (struct physdev_map_pirq){
		.domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_MSI_SEG, .pirq = 17, .devfn = 0x18
	};
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_map_pirq), -EEXIST);
	ck_assert(!world_irq_taken[0x80]);
}
END_TEST

/* The guest's own bitmap, which we read at each of its accesses. */
START_TEST(io_bitmaps_are_the_guests)
{
	struct physdev_set_iobitmap *b = (void *)arena;

	world_as(guest);
	b->bitmap.p = (void *)HV_VIRT_START;
	b->nr_ports = 65536;
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_set_iobitmap), -EINVAL);
	b->bitmap.p = (void *)(HV_VIRT_START - 8193); /* its last byte, and one more, is ours */
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_set_iobitmap), -EINVAL);
	b->bitmap.p = (void *)(HV_VIRT_START - 8194);
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_set_iobitmap), 0);
	b->nr_ports = 65537;
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_set_iobitmap), -EINVAL);
	ck_assert_uint_eq(guest->vcpu[0]->io.bitmap_ports, 65536);
}
END_TEST

START_TEST(guests_have_none)
{
	/* Not even what dom0 has mapped, and so could be bound. */
	ck_assert_int_eq(map_gsi(1, -1), 0);
	world_as(guest);
	ck_assert_int_eq(map_gsi(17, -1), -EPERM);
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_setup_gsi), -EPERM);
	*(struct evtchn_bind_pirq *)arena = (struct evtchn_bind_pirq){ .pirq = 1 };
	ck_assert_int_eq(call(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_pirq, (u64)arena, 0),
			 -EINVAL);
	*(u32 *)arena = 17;
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_eoi), 0);
	*(u32 *)arena = 4;
	ck_assert_int_eq(PHYSDEV(PHYSDEVOP_set_iopl), -EINVAL);
	ck_assert_int_eq(call(__HYPERVISOR_platform_op, (u64)arena, 0, 0), -EPERM);
}
END_TEST

START_TEST(device_memory)
{
	ck_assert(hook_iomem_permitted(dom0, MFN(0xe0000)));
	ck_assert(!hook_iomem_permitted(dom0, MFN(0xfee00)) &&
		  !hook_iomem_permitted(dom0, MFN(0xfec00)));
	ck_assert(!hook_iomem_permitted(dom0, MFN(FIRST_FRAME)));
	ck_assert(!hook_iomem_permitted(dom0, MFN(1ul << 28)));
	ck_assert(!hook_iomem_permitted(guest, MFN(0xe0000)));
}
END_TEST

Suite *suite_devices(void)
{
	Suite *s = suite_create("devices");
	TCase *t = tcase_create("devices");

	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_test(t, gsi_to_event);
	tcase_add_test(t, msi_to_event);
	tcase_add_test(t, follows_its_vcpu);
	tcase_add_test(t, msix_table_is_the_devices);
	tcase_add_test(t, msix_tables_are_counted);
	tcase_add_test(t, msix_is_masked_when_it_goes);
	tcase_add_test(t, messages_have_numbers_of_their_own);
	tcase_add_test(t, io_bitmaps_are_the_guests);
	tcase_add_test(t, guests_have_none);
	tcase_add_test(t, device_memory);
	suite_add_tcase(s, t);
	return s;
}

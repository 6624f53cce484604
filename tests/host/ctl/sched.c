/* SPDX-License-Identifier: MIT */
/* Sleeping and waking, shutdown, timers, watchdogs, and what a guest does with its vcpus. */
#include "suites.h"

#include <event/event.h>
#include <frame/alloc.h>
#include <lib/bitmap.h>
#include <pvabi/errno.h>
#include <pvabi/event_channel.h>
#include <pvabi/sched.h>
#include <pvabi/vcpu.h>
#include <x86/layout.h>
#include <x86/paging.h>

#define SCHED(cmd, arg)    call(__HYPERVISOR_sched_op, (cmd), (u64)(arg), 0)
#define VCPU(cmd, id, arg) call(__HYPERVISOR_vcpu_op, (cmd), (id), (u64)(arg))

static u32 port_make(void)
{
	struct evtchn_bind_ipi *b = (void *)arena;

	b->vcpu = 0;
	ck_assert_int_eq(call(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, (u64)arena, 0), 0);
	return b->port;
}

START_TEST(block_sleeps_until_an_event)
{
	struct vcpu *v = guest->vcpu[0];
	u32 port;

	world_as(guest);
	port = port_make();
	v->info->evtchn_upcall_mask = 1;
	ck_assert_int_eq(SCHED(SCHEDOP_block, 0), 0);
	ck_assert(v->blocked && !v->info->evtchn_upcall_mask && !v->run.ready);

	event_set_pending(guest, port);
	ck_assert(!v->blocked && v->run.ready);

	/* It is pending now, so that a second block does not sleep. */
	ck_assert_int_eq(SCHED(SCHEDOP_block, 0), 0);
	ck_assert(!v->blocked);
}
END_TEST

START_TEST(poll_sees_masked_ports)
{
	struct sched_poll *p = (void *)(arena + 512);
	struct vcpu *v = guest->vcpu[0];
	u32 *ports = (u32 *)(arena + 1024);

	world_as(guest);
	ports[0] = port_make();
	v->info->evtchn_upcall_mask = 1;
	guest->shared->evtchn_mask[0] = ~0ul;
	p->ports.p = ports;
	p->nr_ports = 1;
	p->timeout = 5000;
	ck_assert_int_eq(SCHED(SCHEDOP_poll, p), 0);
	ck_assert(v->blocked && v->events.polling && v->timers.poll.when == 5000);

	event_set_pending(guest, ports[0]);
	ck_assert(!v->blocked && !v->events.polling);
	ck_assert_int_eq(SCHED(SCHEDOP_poll, p), 0);
	ck_assert(!v->blocked && !v->events.polling); /* it is pending already */

	bit_clear((u64 *)guest->shared->evtchn_pending, ports[0]);
	v->info->evtchn_upcall_pending = 0;
	ck_assert_int_eq(SCHED(SCHEDOP_poll, p), 0);
	ck_assert(v->blocked);

	v->timers.poll.fn(&v->timers.poll);
	ck_assert(!v->blocked && v->run.ready);

	ports[0] = EVENT_PORTS;
	ck_assert_int_eq(SCHED(SCHEDOP_poll, p), -EINVAL);

	p->nr_ports = 129;
	ck_assert_int_eq(SCHED(SCHEDOP_poll, p), -EINVAL);
	p->nr_ports = 1;
	p->ports.p = (void *)8;
	ck_assert_int_eq(SCHED(SCHEDOP_poll, p), -EFAULT);
	ck_assert(!v->blocked);
}
END_TEST

START_TEST(shutdown_codes)
{
	struct sched_shutdown *s = (void *)arena;
	struct sched_remote_shutdown *r = (void *)arena;

	world_as(guest);
	*r = (struct sched_remote_shutdown){ 0, SHUTDOWN_reboot };
	ck_assert_int_eq(SCHED(SCHEDOP_remote_shutdown, r), -EPERM);

	s->reason = SHUTDOWN_suspend;
	ck_assert_int_eq(SCHED(SCHEDOP_shutdown_code, s), 0);
	s->reason = SHUTDOWN_poweroff;
	ck_assert_int_eq(SCHED(SCHEDOP_shutdown, s), 0);
	ck_assert_uint_eq(guest->shutdown_code, SHUTDOWN_suspend); /* the one recorded first */
	ck_assert(guest->is_shut_down && !guest->vcpu[0]->run.ready);
}
END_TEST

START_TEST(watchdogs)
{
	struct sched_watchdog *w = (void *)arena;

	world_as(guest);
	*w = (struct sched_watchdog){ 0, 0 };
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), -EINVAL);

	w->timeout = 10;
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), 1);
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), 2);
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), -ENOSPC);

	/* While the others are in use: none of them may be taken for it. */
	*w = (struct sched_watchdog){ 3, 10 };
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), -EINVAL);

	*w = (struct sched_watchdog){ 1, 0 };
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), 0);
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), -EINVAL);

	guest->watchdog[1].timer.fn(&guest->watchdog[1].timer);
	ck_assert_uint_eq(guest->shutdown_code, SHUTDOWN_watchdog);

	/* Who dies starts none: nobody would stop it any more. */
	*w = (struct sched_watchdog){ 0, 10 };
	guest->dying = LIFE_DYING;
	ck_assert_int_eq(SCHED(SCHEDOP_watchdog, w), -EINVAL);
	guest->dying = LIFE_ALIVE;
}
END_TEST

START_TEST(timers)
{
	struct vcpu_set_periodic_timer *p = (void *)arena;
	struct vcpu_set_singleshot_timer *s = (void *)arena;
	struct vcpu *v = guest->vcpu[0];

	world_as(guest);
	p->period_ns = 999999;
	ck_assert_int_eq(VCPU(VCPUOP_set_periodic_timer, 0, p), -EINVAL);

	p->period_ns = 1000000;
	ck_assert_int_eq(VCPU(VCPUOP_set_periodic_timer, 0, p), 0);
	ck_assert_uint_eq(v->timers.periodic.when, fake_time + 1000000);
	fake_time += 1000000;
	v->timers.periodic.fn(&v->timers.periodic);
	ck_assert_uint_eq(v->timers.periodic.when, fake_time + 1000000);

	/* The last tick of one that dies, which teardown may have missed. */
	timer_stop(&v->timers.periodic);
	guest->dying = LIFE_DYING;
	v->timers.periodic.fn(&v->timers.periodic);
	ck_assert_uint_eq(v->timers.periodic.when, TIME_NEVER);
	guest->dying = LIFE_ALIVE;
	*s = (struct vcpu_set_singleshot_timer){ fake_time - 1, VCPU_SSHOTTMR_future };
	ck_assert_int_eq(VCPU(VCPUOP_set_singleshot_timer, 0, s), -XEN_ETIME);
	s->flags = VCPU_SSHOTTMR_future << 1;
	ck_assert_int_eq(VCPU(VCPUOP_set_singleshot_timer, 0, s), -EINVAL);
	s->flags = 0;
	ck_assert_int_eq(VCPU(VCPUOP_set_singleshot_timer, 0, s), 0);
	ck_assert_int_eq(VCPU(VCPUOP_set_singleshot_timer, 1, s), -EINVAL); /* another's */

	ck_assert_int_eq(call(__HYPERVISOR_set_timer_op, ~0ul, 0, 0), 0);
	ck_assert_uint_lt(v->timers.single_shot.when,
			  fake_time + 1000000000); /* a mistake ends soon */
	ck_assert_int_eq(call(__HYPERVISOR_set_timer_op, 0, 0, 0), 0);
	ck_assert_uint_eq(v->timers.single_shot.when, TIME_NEVER);
}
END_TEST

START_TEST(info_moves_once)
{
	struct vcpu_register_vcpu_info *r = (void *)arena;
	struct frame *f = world_frame(guest), *table = world_frame(guest);
	struct vcpu *v = guest->vcpu[0];
	fstate_t before;

	world_as(guest);
	v->info->arch.cr2 = 0x77;

	*r = (struct vcpu_register_vcpu_info){ .mfn = frame_mfn(f).n, .offset = 4096 - 56 };
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 0, r), -EINVAL); /* over the edge */
	r->offset = 4;
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 0, r), -EINVAL);
	r->offset = 4096 - 64;
	r->mfn = frame_mfn(frame_list_first(&dom0->frames)).n;
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 0, r), -EINVAL); /* dom0's */
	r->mfn = ~0ul;
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 0, r), -EINVAL);

	r->mfn = frame_mfn(table).n;
	before = table->state;
	table->state += FS_TYPE_ONE * FT_L1 + FS_TREF_ONE + FS_REF_ONE +
			FS_VALIDATED; /* a page table in use */
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 0, r), -EINVAL);
	table->state = before;

	r->mfn = frame_mfn(f).n;
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 0, r), 0);
	ck_assert_ptr_eq(v->info, (u8 *)mfn_to_virt(frame_mfn(f)) + 4096 - 64);
	ck_assert_uint_eq(v->info->arch.cr2, 0x77);
	ck_assert(v->info->evtchn_upcall_pending); /* nothing may get lost */
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 0, r), -EINVAL);
	ck_assert_uint_eq(FS_TREFS(f->state), 1);

	/* Nobody would put what a dying domain's info holds. */
	guest->dying = LIFE_DYING;
	guest->vcpu[1]->down = 1;
	ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_info, 1, r), -EINVAL);
	ck_assert_uint_eq(FS_TREFS(f->state), 1);
	guest->dying = LIFE_ALIVE;
}
END_TEST

/* Places of the guest's that are written later, without a look at the address. */
START_TEST(areas_are_the_guests)
{
	struct vcpu_register_runstate_memory_area *r = (void *)arena;
	struct vcpu_register_time_memory_area *t = (void *)arena;
	struct vcpu *v = guest->vcpu[0];

	world_as(guest);
	for (u64 at = HV_VIRT_START - 8; at < HV_VIRT_START + 16; at += 8) {
		r->addr.p = at;
		ck_assert_int_eq(VCPU(VCPUOP_register_runstate_memory_area, 0, r), -EFAULT);
		ck_assert_uint_eq(v->runstate_guest, 0);
		t->addr.p = at;
		ck_assert_int_eq(VCPU(VCPUOP_register_vcpu_time_memory_area, 0, t), -EFAULT);
		ck_assert_uint_eq(v->time_guest, 0);
	}
}
END_TEST

START_TEST(up_and_down)
{
	struct vcpu *v = guest->vcpu[1];

	world_as(guest);
	ck_assert_int_eq(VCPU(VCPUOP_is_up, 1, 0), 0);

	ck_assert_int_eq(VCPU(VCPUOP_up, 1, 0), 0);
	ck_assert_int_eq(VCPU(VCPUOP_is_up, 1, 0), 1);
	ck_assert(v->run.ready);

	ck_assert_int_eq(VCPU(VCPUOP_down, 1, 0), 0);
	ck_assert(!v->run.ready && !guest->is_shut_down);

	v->initialised = false;
	ck_assert_int_eq(VCPU(VCPUOP_up, 1, 0), -EINVAL);
	ck_assert_int_eq(VCPU(VCPUOP_is_up, 4, 0), -ENOENT);
	ck_assert_int_eq(VCPU(VCPUOP_is_up, ~0u, 0), -ENOENT);

	ck_assert_int_eq(VCPU(VCPUOP_down, 0, 0), 0); /* the last one: the domain is over */
	ck_assert(guest->is_shut_down);
}
END_TEST

Suite *suite_sched(void)
{
	Suite *s = suite_create("sched");
	TCase *t = tcase_create("sched");

	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_test(t, block_sleeps_until_an_event);
	tcase_add_test(t, poll_sees_masked_ports);
	tcase_add_test(t, shutdown_codes);
	tcase_add_test(t, watchdogs);
	tcase_add_test(t, timers);
	tcase_add_test(t, info_moves_once);
	tcase_add_test(t, areas_are_the_guests);
	tcase_add_test(t, up_and_down);
	suite_add_tcase(s, t);
	return s;
}

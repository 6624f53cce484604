/* SPDX-License-Identifier: MIT */
/* Calls about event channels, vcpus and the scheduler. */
#include "call.h"

#include "../../host/fake/time.h"

#include <pvabi/event_channel.h>
#include <pvabi/sched.h>
#include <pvabi/vcpu.h>

void call_event(struct call *c)
{
	u32 cmd = pick_of(c, 16);
	void *room = pick_room(c, 64);

	switch (cmd) {
	case EVTCHNOP_alloc_unbound:
		*(struct evtchn_alloc_unbound *)room = (struct evtchn_alloc_unbound){
			.dom = pick_domid(c), .remote_dom = pick_other(c)
		};
		call_names(c, *(domid_t *)room);
		break;
	case EVTCHNOP_bind_interdomain:
		*(struct evtchn_bind_interdomain *)room = (struct evtchn_bind_interdomain){
			.remote_dom = pick_other(c), .remote_port = pick_port(c)
		};
		break;
	case EVTCHNOP_bind_virq:
		*(struct evtchn_bind_virq *)room =
			(struct evtchn_bind_virq){ .virq = pick_of(c, 26), .vcpu = pick_of(c, 3) };
		break;
	case EVTCHNOP_bind_pirq:
		*(struct evtchn_bind_pirq *)room =
			(struct evtchn_bind_pirq){ .pirq = pick_port(c), .flags = pick_of(c, 2) };
		break;
	case EVTCHNOP_bind_ipi:
		*(struct evtchn_bind_ipi *)room = (struct evtchn_bind_ipi){ .vcpu = pick_of(c, 3) };
		break;
	case EVTCHNOP_status:
		*(struct evtchn_status *)room = (struct evtchn_status){ .dom = pick_domid(c),
									.port = pick_port(c) };
		call_names(c, *(domid_t *)room);
		break;
	case EVTCHNOP_bind_vcpu:
		*(struct evtchn_bind_vcpu *)room =
			(struct evtchn_bind_vcpu){ .port = pick_port(c), .vcpu = pick_of(c, 3) };
		break;
	case EVTCHNOP_reset:
		((struct evtchn_reset *)room)->dom = pick_domid(c);
		call_names(c, *(domid_t *)room);
		break;
	default: /* close, send, unmask: a port alone */
		*(evtchn_port_t *)room = pick_port(c);
	}
	call_set(c, __HYPERVISOR_event_channel_op, cmd, (u64)room, 0, 0);
}

void call_sched(struct call *c)
{
	u8 how = pick(c);
	void *room = pick_room(c, 64);

	if (how < 64) {
		call_set(c, __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
	} else if (how < 128) {
		call_set(c, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0);
	} else if (how < 220) {
		struct sched_poll *p = room;

		p->nr_ports = how % 4;
		p->ports.p = pick_room(c, 4 * sizeof(u32));
		for (u32 i = 0; i < p->nr_ports; i++)
			p->ports.p[i] = pick_port(c);
		call_set(c, __HYPERVISOR_sched_op, SCHEDOP_poll, (u64)p, 0, 0);
	} else if (how < 248) {
		*(struct sched_watchdog *)room = (struct sched_watchdog){ .id = how % 4,
									  .timeout = pick(c) };
		call_set(c, __HYPERVISOR_sched_op, SCHEDOP_watchdog, (u64)room, 0, 0);
	} else if (c->id) {
		*(struct sched_shutdown *)room = (struct sched_shutdown){ .reason = how % 6 };
		call_set(c, __HYPERVISOR_sched_op, SCHEDOP_shutdown, (u64)room, 0, 0);
	} else {
		*(struct sched_remote_shutdown *)room =
			(struct sched_remote_shutdown){ .domain_id = pick_other(c), .reason = 1 };
		call_set(c, __HYPERVISOR_sched_op, SCHEDOP_remote_shutdown, (u64)room, 0, 0);
	}
}

void call_vcpu(struct call *c)
{
	static const u8 cmds[] = { 1, 2, 3, 4, 6, 7, 8, 9, 10, 10, 10, 11, 12 };
	u32 cmd = cmds[pick_of(c, sizeof(cmds))];
	u64 *room = pick_room(c, 64);
	u32 who = pick_of(c, 3);

	if (cmd == VCPUOP_register_vcpu_info) {
		struct vcpu_register_vcpu_info *r = (void *)room;

		who = c->v->id;
		r->mfn = pick_frame(c, c->id, 0);
		r->offset = 8 * pick_slot(c);
	} else {
		room[0] = pick_number(c);
		room[1] = pick_of(c, 4);
	}
	call_set(c, __HYPERVISOR_vcpu_op, cmd, who, (u64)room, 0);
}

/* --- without a call -------------------------------------------------------------------------- */

static void timer_run(struct timer *t)
{
	if (t->when > fake_time)
		return;

	timer_set(t, TIME_NEVER);
	t->fn(t);
}

static void timers_of(struct domain *d)
{
	for (u32 i = 0; i < WATCHDOGS; i++)
		timer_run(&d->watchdog[i].timer);

	for (u32 i = 0; i < d->max_vcpus; i++) {
		timer_run(&d->vcpu[i]->timers.single_shot);
		timer_run(&d->vcpu[i]->timers.periodic);
		timer_run(&d->vcpu[i]->timers.poll);
	}
}

void time_passes(struct call *c)
{
	struct domain *d;

	fake_time += 1ul << pick_of(c, 36);
	for (d = domain_next(0); d; d = domain_next_put(d))
		timers_of(d);
}

/* A device of the machine (tests/host/ctl/machine.c). */
void device_interrupts(struct call *c)
{
	u8 how = pick(c);

	world_irq(how < 192 ? how % 24 : 0x80 + how % 4);
}

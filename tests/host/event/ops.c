/* SPDX-License-Identifier: MIT */
/*
 * The operations as three domains call them: who may do what, what arrives where, what a close
 * leaves.
 */
#include "suites.h"
#include "../fake/guest.h"
#include "../fake/lock.h"

#include <lib/bitmap.h>

#include <x86/hooks.h>

#include <string.h>

long call(u32 who, u32 cmd, void *arg)
{
	struct hypercall hc = { .arg = { cmd, (u64)arg } };

	fake_current = fake_domain[who]->vcpu[0];
	return hc_event_channel_op(&hc);
}

int alloc_unbound(u32 who, u32 remote)
{
	struct evtchn_alloc_unbound a = { DOMID_SELF, remote, 0 };
	long rc = call(who, EVTCHNOP_alloc_unbound, &a);

	if (rc)
		return rc;

	return (int)a.port;
}

int bind_interdomain(u32 who, u32 remote, u32 port)
{
	struct evtchn_bind_interdomain a = { remote, port, 0 };
	long rc = call(who, EVTCHNOP_bind_interdomain, &a);

	if (rc)
		return rc;

	return (int)a.local_port;
}

static int bind_virq(u32 who, u32 virq, u32 vcpu)
{
	struct evtchn_bind_virq a = { virq, vcpu, 0 };
	long rc = call(who, EVTCHNOP_bind_virq, &a);

	if (rc)
		return rc;

	return (int)a.port;
}

static int bind_ipi(u32 who, u32 vcpu)
{
	struct evtchn_bind_ipi a = { vcpu, 0 };
	long rc = call(who, EVTCHNOP_bind_ipi, &a);

	if (rc)
		return rc;

	return (int)a.port;
}

long close_port(u32 who, u32 port)
{
	struct evtchn_close a = { port };

	return call(who, EVTCHNOP_close, &a);
}

long send_port(u32 who, u32 port)
{
	struct evtchn_send a = { port };

	return call(who, EVTCHNOP_send, &a);
}

static long unmask_port(u32 who, u32 port)
{
	struct evtchn_unmask a = { port };

	return call(who, EVTCHNOP_unmask, &a);
}

static long bind_vcpu(u32 who, u32 port, u32 vcpu)
{
	struct evtchn_bind_vcpu a = { port, vcpu };

	return call(who, EVTCHNOP_bind_vcpu, &a);
}

#define NO_STATUS ~0u /* the call was refused */

static u32 status_of(u32 who, u32 dom, u32 port, struct evtchn_status *st)
{
	*st = (struct evtchn_status){ .dom = dom, .port = port };
	if (call(who, EVTCHNOP_status, st))
		return NO_STATUS;

	return st->status;
}

static bool pending(u32 dom, u32 port)
{
	return bit_test(fake_domain[dom]->shared->evtchn_pending, port);
}

static u32 wakes(u32 dom, u32 vcpu)
{
	return fake_wakes(fake_domain[dom]->vcpu[vcpu]);
}

void domains_up(u32 vcpus)
{
	fake_lock_pairs = 1u << LOCK_EVENT;
	fake_guest_memory_any();
	fake_domains_up(vcpus);

	for (u32 i = 0; i < FAKE_DOMAINS; i++)
		ck_assert_int_eq(event_init(fake_domain[i]), 0);
}

void domains_down(void)
{
	for (u32 i = 0; i < FAKE_DOMAINS; i++)
		while (event_teardown(fake_domain[i]) == -ERESTART) {
			fake_enter();
			invariants();
		}
	invariants();
	for (u32 i = 0; i < FAKE_DOMAINS; i++)
		event_free(fake_domain[i]);
	fake_domains_down();
}

static void pair_invariants(const struct domain *d, u32 n, const struct port *p)
{
	const struct port *q = table_port(p->peer->events, p->number);

	ck_assert_ptr_nonnull(q);
	ck_assert_uint_eq(q->state, PORT_INTERDOMAIN);
	ck_assert_ptr_eq(q->peer, d);
	ck_assert_uint_eq(q->number, n);
	ck_assert_uint_eq(q->remote, d->id);
	ck_assert_uint_eq(p->remote, p->peer->id);
}

static void port_invariants(const struct domain *d, u32 n)
{
	const struct port *p = table_port(d->events, n);

	if (p->state == PORT_INTERDOMAIN)
		pair_invariants(d, n, p);
	else
		ck_assert_ptr_null(p->peer);

	if (p->state == PORT_VIRQ && !virq_is_global(p->number))
		ck_assert_uint_eq(d->vcpu[p->vcpu]->events.virq_port[p->number], n);

	if (p->state == PORT_FREE)
		ck_assert_uint_ge(n, d->events->hint);
}

void invariants(void)
{
	for (u32 i = 0; i < FAKE_DOMAINS; i++) {
		const struct domain *d = fake_domain[i];

		for (u32 n = 0; n < table_ports(d->events); n++)
			port_invariants(d, n);
	}
}

START_TEST(interdomain)
{
	struct evtchn_status st;
	int a, b;

	domains_up(2);
	a = alloc_unbound(1, 2);
	ck_assert_int_eq(a, 1);
	ck_assert_uint_eq(status_of(1, DOMID_SELF, a, &st), EVTCHNSTAT_unbound);
	ck_assert_uint_eq(st.u.unbound.dom, 2);
	ck_assert_int_eq(send_port(1, a), 0); /* to nobody */

	ck_assert_int_eq(bind_interdomain(0, 1, a), -EINVAL); /* dom0 is not who it waits for */
	ck_assert_int_eq(bind_interdomain(2, 1, a + 1), -EINVAL);
	ck_assert_int_eq(bind_interdomain(2, 1, 5000), -EINVAL);
	ck_assert_int_eq(bind_interdomain(2, 77, a), -ESRCH);

	b = bind_interdomain(2, 1, a);
	ck_assert_int_eq(b, 1);
	ck_assert(pending(2, b) && !pending(1, a)); /* one event for those that were sent before */
	invariants();
	ck_assert_int_eq(bind_interdomain(2, 1, a), -EINVAL); /* only once */

	ck_assert_int_eq(send_port(2, b), 0);
	ck_assert(pending(1, a));
	ck_assert_uint_eq(wakes(1, 0), 1);

	ck_assert_int_eq(close_port(2, b), 0);
	ck_assert(!pending(2, b));
	ck_assert_int_eq(close_port(2, b), -EINVAL);

	ck_assert_uint_eq(status_of(1, DOMID_SELF, a, &st), EVTCHNSTAT_unbound);
	ck_assert_int_eq(bind_interdomain(2, 1, a), b); /* the peer may come back */
	ck_assert_int_eq(close_port(1, a), 0);
	ck_assert_int_eq(send_port(2, b), 0);
	domains_down();
}
END_TEST

START_TEST(to_itself)
{
	int a, b;

	domains_up(1);
	a = alloc_unbound(1, DOMID_SELF);
	b = bind_interdomain(1, DOMID_SELF, a);
	ck_assert(a > 0 && b > 0 && a != b);
	ck_assert_int_eq(send_port(1, a), 0);
	ck_assert(pending(1, b));
	invariants();
	ck_assert_int_eq(close_port(1, a), 0);
	invariants();
	domains_down();
}
END_TEST

START_TEST(rights)
{
	struct evtchn_alloc_unbound other = { 2, 0, 0 };
	struct evtchn_status st;
	struct evtchn_reset reset = { 2 };

	domains_up(1);
	ck_assert_int_eq(call(1, EVTCHNOP_alloc_unbound, &other), -EPERM);
	ck_assert_int_eq(call(0, EVTCHNOP_alloc_unbound, &other), 0);
	ck_assert_uint_eq(status_of(0, 2, other.port, &st), EVTCHNSTAT_unbound);
	ck_assert_uint_eq(status_of(1, 2, other.port, &st), NO_STATUS);
	ck_assert_uint_eq(status_of(0, 2, 4000, &st), NO_STATUS);
	ck_assert_int_eq(call(1, EVTCHNOP_reset, &reset), -EPERM);
	ck_assert_int_eq(call(0, EVTCHNOP_reset, &reset), 0);
	ck_assert_uint_eq(status_of(0, 2, other.port, &st), EVTCHNSTAT_closed);
	domains_down();
}
END_TEST

START_TEST(virqs)
{
	int t0, t1, g;

	domains_up(2);
	t0 = bind_virq(1, VIRQ_TIMER, 0);
	t1 = bind_virq(1, VIRQ_TIMER, 1);
	g = bind_virq(1, VIRQ_DOM_EXC, 0);
	ck_assert(t0 > 0 && t1 > 0 && g > 0);
	ck_assert_int_eq(bind_virq(1, VIRQ_TIMER, 1), -EEXIST);

	event_virq(fake_domain[1]->vcpu[1], VIRQ_TIMER);
	ck_assert(!pending(1, t0) && pending(1, t1) && wakes(1, 0) == 0 && wakes(1, 1) == 1);

	ck_assert_int_eq(bind_vcpu(1, g, 1), 0); /* a global one may move */
	event_virq_global(fake_domain[1], VIRQ_DOM_EXC);
	ck_assert(pending(1, g) && wakes(1, 0) == 0);

	ck_assert_int_eq(send_port(1, t0), -EINVAL);
	ck_assert_int_eq(close_port(1, t1), 0);
	ck_assert_int_eq(close_port(1, g), 0);
	ck_assert_int_gt(bind_virq(1, VIRQ_TIMER, 1), 0);
	ck_assert_int_gt(bind_virq(1, VIRQ_DOM_EXC, 0), 0);
	invariants();
	domains_down();
}
END_TEST

START_TEST(ipis_and_masks)
{
	int p;

	domains_up(2);
	p = bind_ipi(1, 1);
	ck_assert_int_eq(bind_ipi(1, 2), -ENOENT);
	ck_assert_int_eq(bind_vcpu(1, p, 0), -EINVAL);

	bit_set(fake_domain[1]->shared->evtchn_mask, p);
	ck_assert_int_eq(send_port(1, p), 0);
	ck_assert(pending(1, p) && wakes(1, 1) == 0);
	ck_assert_int_eq(unmask_port(1, p), 0);
	ck_assert_uint_eq(wakes(1, 1), 1);
	ck_assert_int_eq(unmask_port(1, 4000), -EINVAL);

	fake_domain[1]->vcpu[1]->info = NULL; /* not registered yet: nothing to tell */
	ck_assert_int_eq(close_port(1, p), 0);
	p = bind_ipi(1, 1);
	ck_assert_int_eq(send_port(1, p), 0);
	domains_down();
}
END_TEST

START_TEST(polling)
{
	struct vcpu *v;
	u32 ports[2];

	domains_up(2);
	v = fake_domain[1]->vcpu[1];
	ports[0] = bind_ipi(1, 0);
	ports[1] = bind_ipi(1, 0);
	bit_set(fake_domain[1]->shared->evtchn_mask, ports[1]);

	event_poll_begin(v, &ports[1], 1);
	ck_assert(!event_any_pending(fake_domain[1], &ports[1], 1));
	ck_assert_int_eq(send_port(1, ports[0]), 0);
	ck_assert(v->events.polling && wakes(1, 1) == 0);

	ck_assert_int_eq(send_port(1, ports[1]), 0); /* masked, yet a poller wants it */
	ck_assert(!v->events.polling && wakes(1, 1) == 1);

	ck_assert(event_any_pending(fake_domain[1], ports, 2));
	ports[0] = 0xffffffff;
	ck_assert(!event_any_pending(fake_domain[1], ports, 1));
	domains_down();
}
END_TEST

START_TEST(limits)
{
	int n = 0;

	domains_up(1);
	fake_domain[1]->event_limits.highest = 300;

	while (alloc_unbound(1, 0) > 0)
		n++;

	ck_assert_int_eq(n, 300);
	ck_assert_int_eq(alloc_unbound(1, 0), -ENOSPC);
	ck_assert_int_eq(close_port(1, 17), 0);
	ck_assert_int_eq(alloc_unbound(1, 0), 17);

	fake_domain[1]->event_limits.highest = 0;
	while (alloc_unbound(1, 0) > 0)
		n++;

	ck_assert_int_eq(n, EVENT_PORTS - 1);

	ck_assert_int_eq(close_port(1, 0), -EINVAL);
	ck_assert_int_eq(close_port(1, EVENT_PORTS), -EINVAL);
	ck_assert_int_eq(close_port(1, ~0u), -EINVAL);
	domains_down();
}
END_TEST

START_TEST(bad_calls)
{
	struct evtchn_init_control fifo = { 0 };
	struct evtchn_set_priority prio = { 1, 3 };

	domains_up(1);
	ck_assert_int_eq(call(1, EVTCHNOP_init_control, &fifo), -ENOSYS);
	ck_assert_int_eq(call(1, EVTCHNOP_expand_array, &fifo), -ENOSYS);
	ck_assert_int_eq(call(1, EVTCHNOP_set_priority, &prio), -ENOSYS);
	ck_assert_int_eq(call(1, 14, &prio), -ENOSYS);
	ck_assert_int_eq(call(1, ~0u, &prio), -ENOSYS);
	for (u32 cmd = 0; cmd <= EVTCHNOP_reset; cmd++)
		ck_assert_int_eq(call(1, cmd, NULL), -EFAULT);
	domains_down();
}
END_TEST

static u32 pirq_bound, pirq_refuse, pirq_vcpu;

int hook_pirq_bind(struct domain *d, u32 pirq, u32 port)
{
	if (pirq_refuse)
		return -EBUSY;
	pirq_bound = port;
	return 0;
}

void hook_pirq_move(struct domain *d, u32 pirq, u32 vcpu)
{
	assert(pirq == 5 && pirq_bound && spin_held(&d->events->lock));
	pirq_vcpu = vcpu;
}

void hook_pirq_unbind(struct domain *d, u32 pirq)
{
	pirq_bound = 0;
}

START_TEST(pirqs)
{
	struct evtchn_bind_pirq a = { 5, 0, 0 };

	domains_up(2);
	pirq_refuse = 1;
	ck_assert_int_eq(call(0, EVTCHNOP_bind_pirq, &a), -EBUSY);
	pirq_refuse = 0;
	ck_assert_int_eq(call(0, EVTCHNOP_bind_pirq, &a), 0);
	ck_assert_uint_eq(pirq_bound, a.port);

	ck_assert_int_eq(bind_vcpu(0, a.port, 1), 0);
	ck_assert_uint_eq(pirq_vcpu, 1);
	ck_assert_int_eq(bind_vcpu(0, a.port, 2), -ENOENT);
	ck_assert_uint_eq(pirq_vcpu, 1);

	ck_assert_int_eq(unmask_port(0, a.port), 0);
	ck_assert_int_eq(close_port(0, a.port), 0);
	ck_assert_uint_eq(pirq_bound, 0);
	ck_assert_int_eq(call(0, EVTCHNOP_bind_pirq, &a), 0);
	domains_down();
	ck_assert_uint_eq(pirq_bound, 0); /* teardown unbinds too */
}
END_TEST

Suite *suite_ops(void)
{
	Suite *s = suite_create("event operations");
	TCase *t = tcase_create("ops");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, interdomain);
	tcase_add_test(t, to_itself);
	tcase_add_test(t, rights);
	tcase_add_test(t, virqs);
	tcase_add_test(t, ipis_and_masks);
	tcase_add_test(t, polling);
	tcase_add_test(t, limits);
	tcase_add_test(t, bad_calls);
	tcase_add_test(t, pirqs);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: MIT */
/*
 * Ports of one domain: what does not exist is not bound, closed or signalled; a channel to oneself
 * works as one between two; ports end and can be had again; a full table says so; the upcall comes
 * when it may.
 */
#include <tests/guest/test.h>

static volatile u32 heard;

static void hear(u32 port)
{
	heard = port;
}

static long op1(int cmd, u64 a, u64 b)
{
	u64 room[4] = { a, b };

	return hc_event_channel_op(cmd, room);
}

static void refusals(void)
{
	static const u32 ports[] = { 0, 4095, 4096, 131072, 0x7fffffff, ~0u };
	struct evtchn_alloc_unbound alloc = { .dom = 0, .remote_dom = DOMID_SELF };
	struct evtchn_status status = { .dom = 0, .port = 1 };

	for (u32 i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		ok_refused(op1(EVTCHNOP_close, ports[i], 0), "close of port %u", ports[i]);
		ok_refused(op1(EVTCHNOP_send, ports[i], 0), "send to it");
		if (ports[i])
			ok_refused(op1(EVTCHNOP_bind_vcpu, ports[i], 0), "its vcpu");
		ok_refused(event_bind_interdomain(DOMID_SELF, ports[i]), "bind to it");
		ok_refused(event_bind_interdomain(0, ports[i]), "bind to it of dom0");
	}
	ok_refused(event_bind_interdomain(0x7000, 1), "bind to a domain that is not there");
	ok_refused(event_bind_interdomain(DOMID_XEN, 1), "bind to no domain");
	ok_refused(hc_event_channel_op(EVTCHNOP_alloc_unbound, &alloc), "a port in dom0");
	ok_refused(hc_event_channel_op(EVTCHNOP_status, &status), "status of dom0's ports");
	ok_refused(event_bind_virq(24), "virq 24");
	ok_refused(event_bind_virq(~0u), "virq ~0");
	ok_refused(op1(EVTCHNOP_bind_virq, VIRQ_TIMER | 7ul << 32, 0), "the timer of vcpu 7");
	ok_refused(op1(EVTCHNOP_bind_ipi, 1, 0), "an IPI to vcpu 1");
	ok_refused(op1(EVTCHNOP_bind_ipi, ~0u, 0), "an IPI to vcpu ~0");
	ok_refused(op1(EVTCHNOP_bind_pirq, 4, 0), "a physical interrupt");
	ok_refused(op1(EVTCHNOP_reset, 0, 0), "reset of dom0's ports");
	ok(op1(99, 0, 0) < 0, "operation 99");
}

static void loopback(void)
{
	int a = event_alloc_unbound(DOMID_SELF), b = event_bind_interdomain(DOMID_SELF, a);

	ok(a > 0 && b > 0 && a != b, "a channel to oneself: %d and %d", a, b);
	ok_refused(event_bind_interdomain(DOMID_SELF, a), "it is bound once");
	ok_is(event_send(a), 0, "a signal");
	ok(event_wait(b, SECOND), "arrives at the other end");
	ok(!event_pending_take(a), "and at no other");
	event_handle(a, hear);
	ok_is(event_send(b), 0, "a signal back");
	for (u32 i = 0; !heard && i < 1000; i++)
		hc_sched_op(SCHEDOP_yield, NULL);
	ok_is(heard, a, "comes by the upcall");
	heard = 0;
	events_mask();
	event_send(b);
	hc_sched_op(SCHEDOP_yield, NULL);
	ok_is(heard, 0, "not while events are masked");
	events_unmask();
	for (u32 i = 0; !heard && i < 1000; i++)
		hc_sched_op(SCHEDOP_yield, NULL);
	ok_is(heard, a, "but then");
	ok_refused(event_bind_virq(VIRQ_CONSOLE) < 0
			   ? -1
			   : op1(EVTCHNOP_bind_vcpu, (u64)a | 5ul << 32, 0),
		   "vcpu 5");
	ok_is(event_close(a), 0, "one end closes");
	event_send(b);
	ok_is(event_close(b), 0, "the other too");
	ok_refused(event_close(b), "but once");
	ok_refused(event_send(a), "no signal to a closed port");
}

static void exhausted(void)
{
	u32 n = 0;
	int port, first = event_alloc_unbound(0), last = first;

	while ((port = event_alloc_unbound(0)) > 0) {
		last = port;
		n++;
	}
	ok(port == -XEN_ENOSPC || port == -XEN_ENOMEM, "after %u more ports: %d", n, port);
	ok(last < 4096, "none beyond what the shared page can show (%d)", last);
	ok_is(event_close(last), 0, "one is closed");
	ok_is(event_alloc_unbound(0), last, "and had again");
	for (port = first; port <= last; port++)
		event_close(port);
	ok_is(event_alloc_unbound(0), first, "all are");
	event_close(first);
}

static void virqs(void)
{
	int timer = event_bind_virq(VIRQ_TIMER);

	ok(timer > 0, "the timer's virq");
	ok_refused(event_bind_virq(VIRQ_TIMER), "is bound once");
	ok_refused(event_send(timer), "and not sent to");
	ok_is(event_close(timer), 0, "closed");
	ok(event_bind_virq(VIRQ_TIMER) > 0, "bound again");
}

void test_main(void)
{
	refusals();
	loopback();
	exhausted();
	virqs();
}

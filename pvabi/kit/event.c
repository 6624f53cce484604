/* SPDX-License-Identifier: MIT */
/* Event channels, two-level: a bit pending and a bit mask for each port, and one upcall for all of
 * them. */
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>

#define PORTS     EVTCHN_2L_NR_CHANNELS
#define BIT(port) (1ul << ((port) % 64))

static event_handler *handlers[PORTS];

bool event_pending_take(u32 port)
{
	return __atomic_fetch_and(&shared_info->evtchn_pending[port / 64], ~BIT(port),
				  __ATOMIC_SEQ_CST) &
	       BIT(port);
}

static void word_dispatch(u32 word)
{
	u64 bits = shared_info->evtchn_pending[word] & ~shared_info->evtchn_mask[word];

	while (bits) {
		u32 port = word * 64 + __builtin_ctzl(bits);

		bits &= bits - 1;
		event_pending_take(port);
		if (handlers[port])
			handlers[port](port);
	}
}

/* The flag goes down before the selector is looked at: what comes later raises it again. */
void events_dispatch(void)
{
	while (__atomic_exchange_n(&vcpu_info()->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST)) {
		u64 words = __atomic_exchange_n(&vcpu_info()->evtchn_pending_sel, 0,
						__ATOMIC_SEQ_CST);

		for (; words; words &= words - 1)
			word_dispatch(__builtin_ctzl(words));
	}
}

void events_mask(void)
{
	__atomic_store_n(&vcpu_info()->evtchn_upcall_mask, 1, __ATOMIC_SEQ_CST);
}

void events_unmask(void)
{
	__atomic_store_n(&vcpu_info()->evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&vcpu_info()->evtchn_upcall_pending, __ATOMIC_SEQ_CST))
		hc_xen_version(0, 0); /* any call makes the hypervisor look */
}

/* All ports begin masked: what comes before its handler stays pending. */
void events_start(void)
{
	for (u32 w = 0; w < PORTS / 64; w++)
		shared_info->evtchn_mask[w] = ~0ul;
}

void event_handle(u32 port, event_handler *fn)
{
	struct evtchn_unmask unmask = { .port = port };

	handlers[port] = fn;
	hc_event_channel_op(EVTCHNOP_unmask, &unmask);
}

int event_alloc_unbound(domid_t remote)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = remote };
	long rc = hc_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	return rc ? (int)rc : (int)op.port;
}

int event_bind_interdomain(domid_t remote, u32 remote_port)
{
	struct evtchn_bind_interdomain op = { .remote_dom = remote, .remote_port = remote_port };
	long rc = hc_event_channel_op(EVTCHNOP_bind_interdomain, &op);

	return rc ? (int)rc : (int)op.local_port;
}

int event_bind_virq(u32 virq)
{
	struct evtchn_bind_virq op = { .virq = virq };
	long rc = hc_event_channel_op(EVTCHNOP_bind_virq, &op);

	return rc ? (int)rc : (int)op.port;
}

int event_send(u32 port)
{
	struct evtchn_send op = { .port = port };

	return (int)hc_event_channel_op(EVTCHNOP_send, &op);
}

int event_close(u32 port)
{
	struct evtchn_close op = { .port = port };

	handlers[port % PORTS] = 0;
	return (int)hc_event_channel_op(EVTCHNOP_close, &op);
}

/* For a port that has no handler, so is masked: the upcall does not take what we wait for. */
bool event_wait(u32 port, u64 ns)
{
	u64 end = time_ns() + ns;
	struct sched_poll poll = { .nr_ports = 1, .timeout = end };
	evtchn_port_t p = port;

	poll.ports.p = &p;
	while (!event_pending_take(port)) {
		if (time_ns() >= end)
			return false;
		hc_sched_op(SCHEDOP_poll, &poll);
	}
	return true;
}

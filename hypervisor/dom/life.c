/* SPDX-License-Identifier: MIT */
/* How a domain stops: by itself, or because it broke a contract. */
#include <console/console.h>
#include <dom/domain.h>
#include <lib/format.h>
#include <pvabi/sched.h>
#include <x86/upcalls.h>

/* The vcpus stop at their next choice of the scheduler; the toolstack is told by VIRQ_DOM_EXC. */
void domain_shutdown(struct domain *d, u32 code)
{
	spin_lock(&d->lock);
	if (d->shutting_down) {
		spin_unlock(&d->lock);
		return;
	}
	d->shutdown_code = code;
	WRITE_ONCE(d->shutting_down, true);
	spin_unlock(&d->lock);
	for (u32 i = 0; i < d->max_vcpus; i++)
		vcpu_update_ready(d->vcpu[i]);
	WRITE_ONCE(d->is_shut_down, true);
	upcall_domain_stopped(d);
}

/*
 * May be called with locks held, so the shutdown itself is left to the way back to the guest
 * (domain_crash_finish); until then only the flag is set, and the first reason is kept.
 */
void domain_crash(struct domain *d, const char *fmt, ...)
{
	char why[160];
	va_list ap;

	if (__atomic_exchange_n(&d->crashed, true, __ATOMIC_SEQ_CST))
		return;
	va_start(ap, fmt);
	format_v(why, sizeof(why), fmt, ap);
	va_end(ap);
	log_warn("d%u crashed: %s", d->id, why);
	domain_log(d, "crashed: %s", why);
	__atomic_store_n(&d->crash_waits, true, __ATOMIC_SEQ_CST);
	softirq_raise(SOFTIRQ_REAP);
}

void domain_crash_finish(void)
{
	struct domain *d;

	for (d = domain_next(0); d; d = domain_next_put(d))
		if (__atomic_exchange_n(&d->crash_waits, false, __ATOMIC_SEQ_CST))
			domain_shutdown(d, SHUTDOWN_crash);
}

/* SPDX-License-Identifier: MIT */
/* The protocol of a suspension: a word in the store, and a shutdown with a reason of its own. */
#include "suspend.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <pvabi/sched.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/saved_state.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/base/progress.h>
#include "domain_find.h"
#include "domain_life.h"

/* Between two looks at whether it has stopped. */
#define LOOK_MS 20
/* What its call of the hypervisor tells a kernel that goes on in the same place. */
#define SUSPEND_CANCELLED 1

static bool is_suspended(const struct xen_domctl_getdomaininfo *info)
{
	return (info->flags & XEN_DOMINF_shutdown) != 0 &&
	       domain_shutdown_code(info) == SHUTDOWN_suspend;
}

/* 1: it is suspended; 0: it runs. */
static int look(struct host *h, domid_t domid, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	if (rc < 0)
		return rc;
	if (is_suspended(&info))
		return 1;
	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return error_set(err, -ESHUTDOWN,
				 "domain %u has stopped (%s) and did not suspend itself", domid,
				 domain_shutdown_reason(&info));

	return 0;
}

static void withdraw(struct host *h, domid_t domid)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
	ignore(store_write_string(h->store, STORE_NO_TXN, path, ""));
}

int suspend_ask(struct host *h, domid_t domid, int wait_ms,
		const volatile sig_atomic_t *interrupted, struct hospes_error *err)
{
	int64_t deadline = clock_ms() + wait_ms;
	int rc = domain_ask(h, domid, "suspend", err);

	while (rc == 0 && (rc = look(h, domid, err)) == 0) {
		if (interrupted != NULL && *interrupted != 0)
			rc = error_set(err, -EINTR,
				       "interrupted by a signal: domain %u is not saved", domid);
		else if (clock_left_ms(deadline) == 0)
			rc = error_set(
				err, -ETIMEDOUT,
				"the kernel of domain %u has not suspended itself after %d s",
				domid, wait_ms / 1000);
		else
			progress_tell("domain %u still runs", domid);

		if (rc == 0)
			clock_sleep_ms(LOOK_MS);
	}

	if (rc < 0)
		withdraw(h, domid);
	return rc < 0 ? rc : 0;
}

static int answer_cancelled(struct host *h, domid_t domid, struct hospes_error *err)
{
	struct vcpu_guest_context context;
	int rc = domctl_get_vcpu_context(h->privcmd, domid, 0, &context, err);

	if (rc < 0)
		return rc;

	context.user_regs.rax = SUSPEND_CANCELLED;
	return domctl_set_vcpu_context(h->privcmd, domid, 0, &context, err);
}

int suspend_cancel(struct host *h, domid_t domid, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(h->privcmd, domid, &info, err);

	if (rc < 0)
		return rc;
	if (!is_suspended(&info))
		return 0;

	rc = answer_cancelled(h, domid, err);
	if (rc == 0)
		rc = domctl_resume(h->privcmd, domid, err);
	/* Without it the next end is noticed later. */
	if (rc == 0 && h->store != NULL)
		ignore(store_resume_domain(h->store, domid));
	return rc < 0 ? rc : 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * Single devices of a domain that runs: they come, go and change. Each function leaves all or
 * nothing, and waits for a bounded time. In the domain's turn, see domain/turn.h.
 */
#ifndef HOSPES_DEVICE_DEV_PLUG_H
#define HOSPES_DEVICE_DEV_PLUG_H

#include <signal.h>
#include "dev.h"
#include "dev_view.h"

/* A device of a configuration. */
struct dev_slot {
	enum dev_kind kind;
	unsigned int index; /* in the configuration's disks or nics */
	unsigned int id;    /* set by dev_plug(): vdev or handle */
};

/* How long the guest's kernel is waited for. */
struct dev_patience {
	int wait_ms;
	/* Set by a signal handler, it ends the wait. May be NULL. */
	const volatile sig_atomic_t *interrupted;
};

/*
 * Gives the domain one device of @c, and waits until its kernel has connected to it; with NULL for
 * @patience it may do so when it likes. -ETIMEDOUT, -EEXIST, -EBUSY, -EINTR.
 */
__must_check int dev_plug(uint32_t domid, const struct domain_config *c, struct dev_slot *slot,
			  const struct dev_patience *patience, struct hospes_error *err);

/*
 * Asks the domain's kernel to let go of a device, waits until it has, and takes it away.
 * -ETIMEDOUT where it does not, -EINTR: then it keeps it. With NULL for @patience it is not asked.
 */
__must_check int dev_unplug(uint32_t domid, enum dev_kind kind, unsigned int id,
			    const struct dev_patience *patience, struct hospes_error *err);

/* The KiB/s that the guest sends at most; 0: no bound. netback follows at once. */
__must_check int dev_nic_rate(struct store *s, uint32_t domid, unsigned int id, uint64_t rate_kib,
			      struct hospes_error *err);

/* Sets dom0's end of an interface up or down. */
__must_check int dev_nic_link(const struct dev_view *view, bool down, struct hospes_error *err);

/*
 * Gives a disk that is a file @bytes, or with 0 takes the size that its file or block device has
 * now, and tells the guest. *@now is the size then. A file that is not to lose anything does not
 * become smaller: -EINVAL, unless @shrink.
 */
__must_check int dev_resize(struct store *s, uint32_t domid, const struct dev_view *view,
			    uint64_t bytes, bool shrink, uint64_t *now, struct hospes_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Devices of a running domain that come, go and change. All is done in the domain's turn. The
 * configuration that is kept of it follows, so that a restart makes what there is now; with
 * `define` the defined one does too. Either all of a change is made or, after an error, nothing.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_DEVICE_H
#define HOSPES_DOMAIN_DOMAIN_DEVICE_H

#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/config/config_device.h>
#include <dom0-tools/device/dev_plug.h>
#include "host.h"

/* How a change is made. */
struct device_how {
	struct dev_patience patience; /* with the guest's kernel; 0 ms: it is not waited for */
	bool force;                   /* a device is taken without asking the guest */
	bool define;                  /* the defined domain gets the change, too */
};

/*
 * Gives the domain a device; *view is what it got. -ETIMEDOUT where its kernel does not answer in
 * time; that of a paused domain is not waited for.
 */
__must_check int device_attach(struct host *h, domid_t domid, const struct config_addition *add,
			       const struct device_how *how, struct dev_view *view,
			       struct hospes_error *err);

/*
 * Takes one from it. -ETIMEDOUT where its kernel does not let go in time: then it keeps the device.
 */
__must_check int device_detach(struct host *h, domid_t domid, const struct dev_view *view,
			       const struct device_how *how, struct hospes_error *err);

/* An interface's rate and link. */
__must_check int device_change_nic(struct host *h, domid_t domid, const struct dev_view *view,
				   const struct config_link_change *change,
				   const struct device_how *how, struct hospes_error *err);

#endif

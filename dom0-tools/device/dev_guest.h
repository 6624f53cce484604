/* SPDX-License-Identifier: MIT */
/*
 * What is waited for of a running guest while a device comes or goes. Inside device/ only.
 */
#ifndef HOSPES_DEVICE_DEV_GUEST_H
#define HOSPES_DEVICE_DEV_GUEST_H

#include "dev_plug.h"

/*
 * Waits until the guest's kernel is connected to a device that it was shown. -ETIMEDOUT: it does
 * not answer; -EIO: it, or the backend, gave up; -EINTR.
 */
__must_check int dev_guest_connects(struct store *s, uint32_t domid, enum dev_kind kind,
				    unsigned int id, const struct dev_patience *patience,
				    struct hospes_error *err);

/*
 * Asks the guest's kernel to let go of a device, and waits until it has; one that never connected
 * need not. -ETIMEDOUT: it does not answer; -EINTR. Then the device stays as it was.
 */
__must_check int dev_guest_lets_go(struct store *s, uint32_t domid, enum dev_kind kind,
				   unsigned int id, const struct dev_patience *patience,
				   struct hospes_error *err);

#endif

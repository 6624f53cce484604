/* SPDX-License-Identifier: MIT */
/*
 * Event channels of the own domain through /dev/xen/evtchn.
 * A handle is a plain file descriptor that can be polled: readable when a port has fired.
 * A fired port stays masked until evtchn_unmask(). All calls return -errno on failure.
 */
#ifndef HOSPES_ACCESS_EVTCHN_H
#define HOSPES_ACCESS_EVTCHN_H

#include <pvabi/event_channel.h>
#include <pvabi/xen.h>
#include <dom0-tools/base/must_check.h>

/* Opens a handle (close-on-exec, non-blocking). Closing it unbinds all its ports. */
__must_check int evtchn_open(void);
void evtchn_close(int fd);

/* Bind calls return the new local port (> 0). */
__must_check int evtchn_bind_interdomain(int fd, domid_t remote, evtchn_port_t remote_port);
__must_check int evtchn_bind_virq(int fd, unsigned int virq);
__must_check int evtchn_unbind(int fd, evtchn_port_t port);

__must_check int evtchn_notify(int fd, evtchn_port_t port);

/* The next fired port, or -EAGAIN when none is waiting. */
__must_check int evtchn_pending(int fd);
__must_check int evtchn_unmask(int fd, evtchn_port_t port);

#endif

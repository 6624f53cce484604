/* SPDX-License-Identifier: MIT */
/*
 * Disks and network interfaces of a domain: dom0's half of them (loop devices, bridge ports, store
 * nodes), made before the guest runs and taken away after it.
 * Attaching has two halves so that the kernel's backends start while the guest's memory is filled:
 * dev_attach_begin() right after the domain has its number, dev_attach_finish() before it is
 * unpaused. Detaching works from the store and the kernel alone, so it also clears what a killed
 * create left.
 */
#ifndef HOSPES_DEVICE_DEV_H
#define HOSPES_DEVICE_DEV_H

#include <stdint.h>
#include <dom0-tools/config/config.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

struct dev_attach;

/*
 * Checks everything about the devices that can be checked without a domain: files and devices exist
 * and can be opened, bridges exist, no disk is writable in another domain. Changes nothing.
 * Call it first thing in a create: it is cheap, and gives the clear errors early.
 */
__must_check int dev_check(const struct domain_config *c, struct hospes_error *err);

/* Needs /local/domain/DOMID to exist. *@out is NULL when there are no devices (finish takes it).
 * On failure everything it did is undone. */
__must_check int dev_attach_begin(uint32_t domid, const struct domain_config *c,
				  struct dev_attach **out, struct hospes_error *err);
/* Waits (bounded) until every backend is ready for the frontend; frees @a also on failure, where
 * the caller goes on to destroy the domain and to dev_detach_all(). */
__must_check int dev_attach_finish(struct dev_attach *a, struct hospes_error *err);
/* Gives up between the two: frees @a, then detach as below. */
void dev_attach_abandon(struct dev_attach *a);

/*
 * Takes away all devices of a domain that will not run again (paused for good, dying or gone), and
 * their store nodes on dom0's side (/local/domain/0/backend/.../DOMID). Idempotent; -ETIMEDOUT when
 * a backend does not let go. Grants that backends hold keep a dying domain: so call it right after
 * domctl destroy began (or before), and wait for the domain's end afterwards.
 */
__must_check int dev_detach_all(uint32_t domid, struct hospes_error *err);

/* Connects to the store daemon, never to the kernel's device: NULL with errno set. For daemons,
 * which must not hang when the store is away. */
struct store;
struct store *dev_store_connect(void);

/* Numbers of domains that have backend nodes in dom0 (ascending, at most @max). Returns how many:
 * who cleans up compares them with the domains that live. */
__must_check int dev_domains(uint32_t *domids, unsigned int max, struct hospes_error *err);

#endif

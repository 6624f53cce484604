/* SPDX-License-Identifier: MIT */
/*
 * What the hypervisor does for the daemon: mapping a domain's page, event channels, asking after a
 * domain. It is a table, so that tests run without a hypervisor.
 */
#ifndef XENSTORE_LIKE_FLOOR_H
#define XENSTORE_LIKE_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

struct xenstore_domain_interface;

struct domain_life {
	bool shutdown;
	bool dying;
};

/* Each call that returns int: a negative errno, or 0 (bind: the local port). */
struct floor {
	/* Maps the store page of a domain: frame mfn, or for domain 0 the one of its own kernel.
	 * how: a note for unmap(). */
	int (*map)(uint32_t domid, uint64_t mfn, struct xenstore_domain_interface **page, int *how);
	void (*unmap)(struct xenstore_domain_interface *page, int how);

	/* Binds a port to the domain's event channel remote_port. */
	int (*bind)(uint32_t domid, uint32_t remote_port);
	void (*unbind)(uint32_t port);
	void (*notify)(uint32_t port);

	/* -ESRCH when there is no such domain. */
	int (*life)(uint32_t domid, struct domain_life *life);
};

#endif

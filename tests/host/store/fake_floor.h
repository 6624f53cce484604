/* SPDX-License-Identifier: MIT */
/*
 * A floor (xenstore-like/daemon/floor.h) whose domains, pages and ports are arrays here, and the
 * guests' side of the rings in these pages.
 */
#ifndef TESTS_HOST_STORE_FAKE_FLOOR_H
#define TESTS_HOST_STORE_FAKE_FLOOR_H

#include <check.h>
#include <xenstore-like/daemon/domain.h>

#define FAKE_DOMAINS 16

/* This frame cannot be mapped, this port not bound. */
#define FAKE_BAD 666

struct fake_domain {
	bool exists, shutdown, dying;
	struct xenstore_domain_interface page;
	int mapped, bound, notified; /* how often at present; notified: since the start */
};

/* In memory that a child process shares. */
extern struct fake_domain *fake;
extern const struct floor fake_floor;

/* All domains live, and nothing is mapped or bound. */
void fake_reset(void);

/* Nothing may be mapped or bound any more. */
void fake_is_let_go(void);

/* A guest puts a message into its ring. */
void guest_send(uint32_t domid, uint32_t type, const char *payload, size_t len);

/* The payload of the next message in the guest's ring, its type in *type; NULL: none is whole. */
const char *guest_take(uint32_t domid, uint32_t *type);

#endif

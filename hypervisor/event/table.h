/* SPDX-License-Identifier: MIT */
/*
 * A domain's ports and their lock. Inside event/ only.
 *
 * The lock guards every field of every port of the domain. An interdomain pair changes (joins,
 * parts) only while both domains' locks are held, taken in rising address order. So who holds one
 * of them and sees an interdomain port knows that the peer domain's struct lives and that the
 * peer's port points back: send needs one lock.
 */
#ifndef EVENT_TABLE_H
#define EVENT_TABLE_H

#include <event/event.h>
#include <event/port.h>

#define PORTS_PER_CHUNK 128
#define PORT_CHUNKS     (EVENT_PORTS / PORTS_PER_CHUNK)

struct event_table {
	struct spinlock lock;
	bool closed; /* torn down: no port is given any more */
	u32 chunks;  /* present; they stay until event_free: lock-free readers never lose one */
	u32 hint;    /* no free port below */
	u32 swept;   /* teardown's progress */
	struct port *chunk[PORT_CHUNKS];
};

/* The port, or NULL if @n is none of @t's. Lock or not: see chunks. */
struct port *table_port(const struct event_table *t, u32 n);
/*
 * A free port, not yet taken: bind it before the lock is dropped. *n is its number. Lock held.
 * -ENOSPC, -ENOMEM, -ESRCH.
 */
int table_find_free(struct domain *d, struct port **out, u32 *n);
/* Both locks, in address order; @a and @b may be the same. */
void table_lock_two(struct event_table *a, struct event_table *b);
void table_unlock_two(struct event_table *a, struct event_table *b);
/* Closes @n of @d, whatever it is. 0, or -EINVAL if there is nothing to close. No lock held. */
int event_close(struct domain *d, u32 n);

/* Operations of the hypercall: @arg is the copied-in struct of the ABI, changed for the guest. */
long event_op_alloc_unbound(struct domain *d, void *arg);
long event_op_bind_interdomain(struct domain *d, void *arg);
long event_op_bind_virq(struct domain *d, void *arg);
long event_op_bind_pirq(struct domain *d, void *arg);
long event_op_bind_ipi(struct domain *d, void *arg);
long event_op_send(struct domain *d, void *arg);
long event_op_unmask(struct domain *d, void *arg);

#endif

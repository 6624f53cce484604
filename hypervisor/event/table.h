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

#include <dom/ops.h>
#include <event/event.h>
#include <event/port.h>

#define PORT_LOOKS      6  /* of the budget, for a port that is looked at */
#define PORTS_PER_CHUNK 64 /* a guest without devices uses a handful */
#define PORT_CHUNKS     (EVENT_PORTS / PORTS_PER_CHUNK)

struct event_table {
	struct spinlock lock;
	bool closed; /* teardown began: no port is bound any more */
	u32 chunks;  /* present; they stay until event_free, so lock-free readers never lose one */
	u32 hint;    /* no port below is free */
	u32 swept;   /* teardown's progress: all ports below are closed */
	struct port *chunk[PORT_CHUNKS];
};

/* How many ports @t has room for today: their numbers are below it. Grows, never shrinks. */
static inline u32 table_ports(const struct event_table *t)
{
	return __atomic_load_n(&t->chunks, __ATOMIC_ACQUIRE) * PORTS_PER_CHUNK;
}

/*
 * Port @n, or NULL if @t has none of that number. With or without the lock: the struct stays, but
 * without the lock only state and vcpu may be read.
 */
struct port *table_port(const struct event_table *t, u32 n);
/*
 * A free port and its number @n, not yet taken: the caller binds it before it drops the lock.
 * d->events->lock held. 0, -ESRCH (dying), -ENOSPC (the domain's limit or the ABI's) or -ENOMEM.
 */
int __must_check table_find_free(struct domain *d, struct port **out, u32 *n);
/* Both locks, in address order; @a and @b may be the same. */
void table_lock_two(struct event_table *a, struct event_table *b);
void table_unlock_two(struct event_table *a, struct event_table *b);
/*
 * Closes port @n of @d, whatever it is, and gives back what it held. No lock held. 0, or -EINVAL if
 * there is nothing to close.
 */
int __must_check event_close(struct domain *d, u32 n);
/* The same for a port below table_ports that may be free; charged. */
void event_close_any(struct domain *d, u32 n);

#define OP_event_channel_op(nr, name, arg, who, how, ...) OP_HANDLER(op_event_##name, arg, how)
#include <pvabi/hypercalls.def>

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the tested rooms call of lower ones, for a program: locks with order check, memory, domains,
 * copies, reasons.
 */
#include "host.h"

#include <console/console.h>
#include <dom/domain.h>
#include <frame/alloc.h>
#include <x86/hooks.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCKS_DEPTH 8

u32 cpu_count = 1;
__thread struct vcpu *host_current;
struct domain *host_domain[HOST_DOMAINS];
char host_reason[256];
int host_preempt_after;
u64 host_heap_blocks;

static __thread struct spinlock *held[LOCKS_DEPTH];
static __thread u32 n_held, unlocks;

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void spin_lock(struct spinlock *l)
{
	if (n_held) {
		const struct spinlock *last = held[n_held - 1];

		if (l->rank < last->rank || (l->rank == last->rank && l <= last))
			panic("lock order: rank %u after %u, %p after %p", l->rank, last->rank,
			      (void *)l, (void *)last);
	}

	assert(n_held < LOCKS_DEPTH);
	while (__atomic_exchange_n(&l->tickets, 1, __ATOMIC_ACQUIRE))
		host_yield();
	held[n_held++] = l;
}

void spin_unlock(struct spinlock *l)
{
	assert(n_held && l->tickets);

	for (u32 i = n_held; i--;) {
		if (held[i] != l)
			continue;

		held[i] = held[--n_held];
		__atomic_store_n(&l->tickets, 0, __ATOMIC_RELEASE);

		/* Now and then, to give races their chance. */
		if (!n_held && !(++unlocks % 8))
			host_yield();
		return;
	}

	panic("a lock is released that is not held");
}

/* Stricter than on the machine: by this thread. */
bool spin_held(const struct spinlock *l)
{
	for (u32 i = 0; i < n_held; i++) {
		if (held[i] == l)
			return true;
	}

	return false;
}

bool preempt_window(void)
{
	assert(!n_held);
	return host_preempt_after && !--host_preempt_after;
}

void fail_reason(int err, const char *where, const char *fmt, ...)
{
	va_list ap;
	char text[sizeof(host_reason)];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memcpy(host_reason, text, sizeof(text));
}

void log_print(enum log_level level, const char *fmt, ...)
{
}

void *heap_alloc(size_t n)
{
	__atomic_fetch_add(&host_heap_blocks, 1, __ATOMIC_RELAXED);
	return calloc(1, n);
}

void heap_free(void *p)
{
	if (p)
		__atomic_fetch_sub(&host_heap_blocks, 1, __ATOMIC_RELAXED);
	free(p);
}

/* A guest pointer is a pointer of the test; 0x1000 and below stand for bad ones. */
static bool bad_pointer(const void *p)
{
	return (u64)p <= 0x1000;
}

int guest_copy_in(void *dst, const void *guest, size_t n)
{
	if (bad_pointer(guest))
		return -EFAULT;

	memcpy(dst, guest, n);
	return 0;
}

int guest_copy_out(void *guest, const void *src, size_t n)
{
	if (bad_pointer(guest))
		return -EFAULT;

	memcpy(guest, src, n);
	return 0;
}

struct domain *domain_get(domid_t id)
{
	if (id == DOMID_SELF)
		id = host_current->dom->id;

	if (id >= HOST_DOMAINS || !host_domain[id])
		return NULL;

	return domain_ref(host_domain[id]);
}

struct domain *domain_ref(struct domain *d)
{
	assert(__atomic_fetch_add(&d->refs, 1, __ATOMIC_SEQ_CST));
	return d;
}

void domain_put(struct domain *d)
{
	assert(__atomic_fetch_sub(&d->refs, 1, __ATOMIC_SEQ_CST) > 1);
}

void vcpu_wake(struct vcpu *v)
{
	v->time_version++; /* counts the wakes for the test */
	v->events.polling = false;
}

void hook_kick(u32 cpu)
{
}

static struct domain *domain_new(domid_t id, u32 vcpus)
{
	struct domain *d = calloc(1, sizeof(*d));

	d->id = id;
	d->privileged = !id;
	d->refs = 1;
	d->max_vcpus = vcpus;
	d->shared = aligned_alloc(4096, 4096);
	memset(d->shared, 0, 4096);

	for (u32 i = 0; i < vcpus; i++) {
		d->vcpu[i] = calloc(1, sizeof(*d->vcpu[i]));
		d->vcpu[i]->dom = d;
		d->vcpu[i]->id = i;
		d->vcpu[i]->info = &d->shared->vcpu_info[i];
	}

	return d;
}

void host_domains_make(u32 vcpus)
{
	for (u32 i = 0; i < HOST_DOMAINS; i++)
		host_domain[i] = domain_new(i, vcpus);
	host_current = host_domain[0]->vcpu[0];
}

void host_domains_free(void)
{
	for (u32 i = 0; i < HOST_DOMAINS; i++) {
		struct domain *d = host_domain[i];

		if (d->refs != 1)
			panic("d%u has %u references left", i, d->refs);

		for (u32 j = 0; j < d->max_vcpus; j++)
			free(d->vcpu[j]);

		free(d->shared);
		free(d);
		host_domain[i] = NULL;
	}

	if (host_heap_blocks)
		panic("%lu blocks of the heap are left", host_heap_blocks);
}

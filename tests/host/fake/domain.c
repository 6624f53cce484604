/* SPDX-License-Identifier: MIT */
/* Domains made up: see domain.h. */
#include "cpu.h"
#include "domain.h"
#include "heap.h"

#include <x86/hooks.h>

#include <stdlib.h>
#include <string.h>

struct domain *fake_domain[FAKE_DOMAINS];

struct domain *domain_get(domid_t id)
{
	if (id == DOMID_SELF)
		id = current()->dom->id;

	if (id >= FAKE_DOMAINS || !fake_domain[id])
		return NULL;

	return domain_ref(fake_domain[id]);
}

struct domain *domain_ref(struct domain *d)
{
	u32 before = __atomic_fetch_add(&d->refs, 1, __ATOMIC_SEQ_CST);

	assert(before > 0);
	return d;
}

/* The last reference is the test's own. */
void domain_put(struct domain *d)
{
	u32 before = __atomic_fetch_sub(&d->refs, 1, __ATOMIC_SEQ_CST);

	assert(before > 1);
}

/* There is no time here: its version counts the wakes. */
void vcpu_wake(struct vcpu *v, bool patient)
{
	v->time_version++;
	v->events.polling = false;
}

u32 fake_wakes(const struct vcpu *v)
{
	return v->time_version;
}

void hook_kick(u32 cpu)
{
}

static struct vcpu *vcpu_new(struct domain *d, u32 id)
{
	struct vcpu *v = calloc(1, sizeof(*v));

	v->dom = d;
	v->id = id;
	v->info = &d->shared->vcpu_info[id];
	return v;
}

static struct domain *domain_new(domid_t id, u32 vcpus)
{
	struct domain *d = calloc(1, sizeof(*d));

	d->id = id;
	d->privileged = id == 0;
	d->refs = 1;
	d->max_vcpus = vcpus;
	d->shared = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	memset(d->shared, 0, PAGE_SIZE);

	for (u32 i = 0; i < vcpus; i++)
		d->vcpu[i] = vcpu_new(d, i);

	return d;
}

void fake_domains_up(u32 vcpus)
{
	for (u32 i = 0; i < FAKE_DOMAINS; i++)
		fake_domain[i] = domain_new(i, vcpus);

	fake_current = fake_domain[0]->vcpu[0];
}

static void domain_delete(struct domain *d)
{
	if (d->refs != 1)
		panic("domain %u has %u references left", d->id, d->refs);

	for (u32 i = 0; i < d->max_vcpus; i++)
		free(d->vcpu[i]);
	free(d->shared);
	free(d);
}

void fake_domains_down(void)
{
	for (u32 i = 0; i < FAKE_DOMAINS; i++) {
		domain_delete(fake_domain[i]);
		fake_domain[i] = NULL;
	}
	fake_current = NULL;

	if (fake_heap_blocks)
		panic("%lu blocks of the heap are left", fake_heap_blocks);
}

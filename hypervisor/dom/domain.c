/* SPDX-License-Identifier: MIT */
/*
 * Domains: made, found, referenced, stopped (by themselves, or as they broke a contract), freed.
 * What the toolstack does with one is in ctl/.
 */
#include <console/console.h>
#include <dom/domain.h>
#include <frame/alloc.h>
#include <lib/bitmap.h>
#include <lib/fail.h>
#include <lib/format.h>
#include <lib/string.h>
#include <pvabi/sched.h>
#include <x86/budget.h>
#include <x86/hooks.h>

#define WHY_MAX  160  /* characters; a longer reason for a crash is cut off */
#define BUCKETS  1024 /* a host of a thousand guests has one in each */
#define ID_LOCKS 64   /* of a thousand guests that are looked for at a time few wait */

struct domain *dom0;

/*
 * All domains: where each is found by its id, and which ids there are. Both are changed with the
 * lock of all and the id's held, and read with either: who looks for one domain waits for nobody
 * who looks for another.
 */
static struct domain *bucket[BUCKETS];
static u64 ids[BITMAP_WORDS(DOMID_LIMIT)];
static struct spinlock list_lock = SPINLOCK(LOCK_DOMLIST);
static struct spinlock id_lock[ID_LOCKS] = { [0 ... ID_LOCKS - 1] = SPINLOCK(LOCK_DOMID) };

_Static_assert(BUCKETS % ID_LOCKS == 0, "one lock has all ids of a bucket");

/* Lock-free stacks: domains without references; crashed ones, with a reference each. */
static struct domain *reap_list, *crash_list;

static void domain_init(struct domain *d, domid_t id)
{
	d->id = id;
	d->refs = 2; /* the list's and the caller's */
	d->pauses = 1;
	d->control.pauses = 1;
	d->shutdown_code = ~0u;
	d->vm_assist = 1ul << VMASST_TYPE_writable_pagetables;
	spin_init(&d->lock, LOCK_DOMAIN);
	spin_init(&d->page_lock, LOCK_PAGES);
	spin_init(&d->pt.lock, LOCK_PTABLE);
	sched_group_set(&d->sched, SCHED_WEIGHT_DEFAULT, 0);
}

static struct spinlock *lock_of(domid_t id)
{
	return &id_lock[id % ID_LOCKS];
}

/* Where the domain with @id stands in its bucket, or would. */
static struct domain **place_of(domid_t id)
{
	struct domain **at = &bucket[id % BUCKETS];

	assert(spin_held(&list_lock) || spin_held(lock_of(id)));

	while (*at && (*at)->id != id)
		at = &(*at)->bucket_next;

	return at;
}

/* The domain with the lowest id >= @id; NULL: there is none. */
static struct domain *find_from(domid_t id)
{
	u64 from = ~0ul << id % 64;

	for (u32 i = id / 64; i < ARRAY_SIZE(ids); i++) {
		u64 there = ids[i] & from;

		if (there)
			return *place_of(i * 64 + __builtin_ctzl(there));
		from = ~0ul;
	}

	return NULL;
}

int domain_create(domid_t id, struct domain **out)
{
	struct domain *d = heap_alloc(sizeof(*d));
	int rc;

	if (!d)
		return fail(-ENOMEM, "no memory for a domain");
	domain_init(d, id);

	rc = guestmap_make(&d->map);
	if (rc) {
		heap_free(d);
		return rc;
	}

	d->log = domain_log_create();
	if (d->log)
		d->shared = domain_alloc_shared(d);
	if (!d->shared) {
		guestmap_free(&d->map);
		domain_log_free(d->log);
		heap_free(d);
		return fail(-ENOMEM, "no memory for the log and the shared page of a domain");
	}

	*out = d;
	return 0;
}

int domain_list(struct domain *d)
{
	struct domain **at;
	bool taken;

	assert(d->id < DOMID_LIMIT);
	spin_lock(&list_lock);
	spin_lock(lock_of(d->id));
	at = place_of(d->id);
	taken = *at;
	if (!taken) {
		*at = d;
		bit_set(ids, d->id);
	}
	spin_unlock(lock_of(d->id));
	spin_unlock(&list_lock);

	return taken ? fail(-EEXIST, "there is a d%u", d->id) : 0;
}

/* One more reference, unless there is none at all: then the domain is on its way to be freed. */
static bool ref_unless_zero(struct domain *d)
{
	u32 n = READ_ONCE(d->refs);

	while (n) {
		if (__atomic_compare_exchange_n(&d->refs, &n, n + 1, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return true;
	}

	return false;
}

struct domain *domain_ref(struct domain *d)
{
	u32 before = __atomic_fetch_add(&d->refs, 1, __ATOMIC_SEQ_CST);

	assert(before);
	return d;
}

struct domain *domain_get(domid_t id)
{
	struct domain *d;

	if (id == DOMID_SELF || (current() && id == current()->dom->id))
		return domain_ref(current()->dom);

	spin_lock(lock_of(id));
	d = *place_of(id);
	if (d && !ref_unless_zero(d))
		d = NULL;
	spin_unlock(lock_of(id));

	return d;
}

struct domain *domain_next(domid_t id)
{
	struct domain *d;

	spin_lock(&list_lock);
	d = find_from(id);
	while (d && !ref_unless_zero(d))
		d = find_from(d->id + 1);
	spin_unlock(&list_lock);

	return d;
}

struct domain *domain_next_put(struct domain *d)
{
	domid_t id = d->id + 1;

	domain_put(d);
	return domain_next(id);
}

/* Onto a stack, through its link @next, for this CPU to find on its way out. */
static void leave_on(struct domain **stack, struct domain *d, struct domain **next)
{
	*next = READ_ONCE(*stack);
	while (!__atomic_compare_exchange_n(stack, next, d, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST))
		;
	softirq_raise(SOFTIRQ_REAP);
}

void domain_put(struct domain *d)
{
	u32 left = __atomic_sub_fetch(&d->refs, 1, __ATOMIC_SEQ_CST);

	assert(left != ~0u);

	/* Locks may be held here; it is freed where none is. */
	if (!left)
		leave_on(&reap_list, d, &d->reap_next);
}

/* True if it was not on its way down already. */
static bool shutdown_begin(struct domain *d, u32 code)
{
	bool first;

	spin_lock(&d->lock);
	first = !d->shutting_down;
	if (first) {
		d->shutdown_code = code;
		WRITE_ONCE(d->shutting_down, true);
	}
	spin_unlock(&d->lock);

	return first;
}

/* The vcpus stop when the scheduler chooses next; the toolstack is told by VIRQ_DOM_EXC. */
void domain_shutdown(struct domain *d, u32 code)
{
	if (!shutdown_begin(d, code))
		return;

	for (u32 i = 0; i < d->max_vcpus; i++)
		vcpu_update_ready(d->vcpu[i]);

	WRITE_ONCE(d->is_shut_down, true);
	hook_domain_stopped(d);
}

/*
 * May be called with locks held, so the shutdown itself is left to the way back to the guest
 * (domain_crash_finish); until then only the flag is set, and the first reason is kept.
 */
void domain_crash(struct domain *d, const char *fmt, ...)
{
	char why[WHY_MAX];
	va_list ap;

	if (__atomic_exchange_n(&d->crashed, true, __ATOMIC_SEQ_CST))
		return;

	va_start(ap, fmt);
	format_v(why, sizeof(why), fmt, ap);
	va_end(ap);

	log_warn("d%u crashed: %s", d->id, why);
	domain_log(d, "crashed: %s", why);

	/* Only its frames are left, and some other domain's machine check told of one. */
	if (!ref_unless_zero(d))
		return;

	__atomic_store_n(&d->crash_waits, true, __ATOMIC_SEQ_CST);

	/* Once in its life: so it is on the list once. */
	leave_on(&crash_list, d, &d->crash_next);
}

void domain_crash_finish(void)
{
	struct domain *d = __atomic_exchange_n(&crash_list, NULL, __ATOMIC_SEQ_CST);

	while (d) {
		struct domain *next = d->crash_next;

		__atomic_store_n(&d->crash_waits, false, __ATOMIC_SEQ_CST);
		domain_shutdown(d, SHUTDOWN_crash);
		domain_put(d);
		d = next;

		budget_charge(BUDGET_CALL);
		budget_window();
	}
}

static void domain_free(struct domain *d)
{
	struct domain **at;

	assert(!d->refs && !d->tot_pages && !d->shared_pages);

	/* One that was never listed is not there. */
	spin_lock(&list_lock);
	spin_lock(lock_of(d->id));
	at = place_of(d->id);
	if (*at == d) {
		*at = d->bucket_next;
		bit_clear(ids, d->id);
	}
	spin_unlock(lock_of(d->id));
	spin_unlock(&list_lock);

	hook_domain_freed(d);
	for (u32 i = 0; i < d->max_vcpus; i++) {
		vcpu_free(d->vcpu[i]);
		budget_charge(BUDGET_CALL);
		budget_window();
	}
	guestmap_free(&d->map);
	switch_forget(d);
	heap_free(d->io.ports);
	domain_log_free(d->log);
	heap_free(d);
}

void domain_reap(void)
{
	struct domain *d = __atomic_exchange_n(&reap_list, NULL, __ATOMIC_SEQ_CST);

	while (d) {
		struct domain *next = d->reap_next;

		domain_free(d);
		d = next;
	}
}

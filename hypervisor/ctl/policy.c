/* SPDX-License-Identifier: MIT */
/*
 * CPUID as policies: the leaves and features that a guest is shown, in the order and with the
 * numbers that the tools know. A policy set for a domain changes nothing: every guest is shown the
 * same.
 */
#include <ctl/domctl.h>
#include <guest/guest.h>
#include <pvabi/arch-x86/cpuid.h>
#include <pvabi/errno.h>
#include <x86/asm.h>
#include <x86/features.h>

#define LEAF_CACHE    4
#define LEAF_FEATURES 7
#define LEAF_TOPOLOGY 0xb
#define LEAF_XSAVE    0xd
#define LEAF_EXT      0x80000000
#define LEAF_EXT_LAST 0x80000021

/* The processor's own answer (@raw), or what a guest that nobody is gets. */
static void leaf_ask(bool raw, u32 leaf, u32 sub, struct cpuid_regs *r)
{
	static struct domain nobody;
	static struct vcpu v = { .dom = &nobody };

	if (raw)
		*r = cpuid(leaf, sub);
	else
		guest_cpuid(&v, leaf, sub, r);
}

/* --- leaves ------------------------------------------------------------------------------- */

struct writer {
	xen_cpuid_leaf_t *list; /* the client's; NULL: count only */
	u32 room, n;
	bool raw;
	int rc; /* the first error: nothing is written behind it */
};

static int leaf_write(const struct writer *w, const xen_cpuid_leaf_t *l)
{
	if (w->n >= w->room)
		return -XEN_ENOBUFS;

	return guest_write(w->list, w->n, l);
}

static void leaf_put(struct writer *w, u32 leaf, u32 sub)
{
	xen_cpuid_leaf_t l = { .leaf = leaf, .subleaf = sub };
	struct cpuid_regs r;

	if (sub == XEN_CPUID_NO_SUBLEAF)
		sub = 0;

	leaf_ask(w->raw, leaf, sub, &r);
	l.a = r.a;
	l.b = r.b;
	l.c = r.c;
	l.d = r.d;

	if (w->list && !w->rc)
		w->rc = leaf_write(w, &l);
	w->n++;
}

/* How many subleaves the tools have room for; 0 for a leaf that has none. */
static u32 subleaves(u32 leaf)
{
	switch (leaf) {
	case LEAF_CACHE:
		return 6;
	case LEAF_FEATURES:
		return 1;
	case LEAF_TOPOLOGY:
		return 2;
	case LEAF_XSAVE:
		return 63;
	default:
		return 0;
	}
}

/* Fills up to *n leaves; *n: how many there are. */
static int leaves_out(bool raw, xen_cpuid_leaf_t *list, u32 *n)
{
	struct writer w = { .list = list, .room = *n, .raw = raw };
	struct cpuid_regs ext;

	for (u32 leaf = 0; leaf <= MIN(features.max_leaf, (u32)LEAF_XSAVE); leaf++) {
		if (!subleaves(leaf))
			leaf_put(&w, leaf, XEN_CPUID_NO_SUBLEAF);
		for (u32 sub = 0; sub < subleaves(leaf); sub++)
			leaf_put(&w, leaf, sub);
	}

	leaf_ask(raw, LEAF_EXT, 0, &ext);
	for (u32 leaf = LEAF_EXT; leaf <= MIN(ext.a, LEAF_EXT_LAST); leaf++)
		leaf_put(&w, leaf, XEN_CPUID_NO_SUBLEAF);

	*n = w.n;
	if (w.rc == -XEN_ENOBUFS)
		return fail(w.rc, "%u CPUID leaves, room is for %u", w.n, w.room);
	if (w.rc)
		return fail(w.rc, "CPUID leaves are not writable");

	return 0;
}

/* --- features ------------------------------------------------------------------------------ */

enum { EAX, EBX, ECX, EDX };

/* The words of a feature set: where each comes from. */
static const struct {
	u32 leaf, sub;
	u8 reg;
} words[] = {
	{ 1, 0, EDX },
	{ 1, 0, ECX },
	{ LEAF_EXT + 1, 0, EDX },
	{ LEAF_EXT + 1, 0, ECX },
	{ LEAF_XSAVE, 1, EAX },
	{ LEAF_FEATURES, 0, EBX },
	{ LEAF_FEATURES, 0, ECX },
	{ LEAF_EXT + 7, 0, EDX },
	{ LEAF_EXT + 8, 0, EBX },
	{ LEAF_FEATURES, 0, EDX },
	{ LEAF_FEATURES, 1, EAX },
	{ LEAF_EXT + 0x21, 0, EAX },
	{ LEAF_FEATURES, 1, EBX },
	{ LEAF_FEATURES, 2, EDX },
	{ LEAF_FEATURES, 1, ECX },
	{ LEAF_FEATURES, 1, EDX },
};

static u32 reg_of(const struct cpuid_regs *r, u8 reg)
{
	const u32 regs[] = { [EAX] = r->a, [EBX] = r->b, [ECX] = r->c, [EDX] = r->d };

	return regs[reg];
}

static u32 leaf_last(u32 leaf)
{
	if (leaf >= LEAF_EXT)
		return features.max_ext_leaf;

	return features.max_leaf;
}

/* Word @i as the processor has it (@raw) or a guest is shown it; 0 where there is no such leaf. */
static u32 word_of(bool raw, u32 i)
{
	u32 leaf = words[i].leaf, sub = words[i].sub;
	struct cpuid_regs r;

	if (leaf > leaf_last(leaf))
		return 0;

	/* The first subleaf of this one says in eax which is the last. */
	if (leaf == LEAF_FEATURES) {
		leaf_ask(raw, leaf, 0, &r);
		if (sub > r.a)
			return 0;
	}

	leaf_ask(raw, leaf, sub, &r);
	return reg_of(&r, words[i].reg);
}

u32 policy_word(u32 i)
{
	return word_of(true, i);
}

static int words_out(bool raw, u32 *list, u32 *n)
{
	u32 room = *n;

	*n = ARRAY_SIZE(words);
	if (!list)
		return 0;

	*n = MIN(room, (u32)ARRAY_SIZE(words));
	for (u32 i = 0; i < *n; i++) {
		u32 word = word_of(raw, i);

		if (guest_write(list, i, &word))
			return fail(-EFAULT, "words of features are not writable");
	}

	if (room < ARRAY_SIZE(words))
		return fail(-XEN_ENOBUFS, "room for %u words of features", room);
	return 0;
}

/* --- operations ---------------------------------------------------------------------------- */

/* Policies and feature sets are counted alike: raw, host, and two pairs of PV, HVM. */
static int index_check(u32 index)
{
	_Static_assert(XEN_SYSCTL_cpu_policy_hvm_max == XEN_SYSCTL_cpu_featureset_hvm, "alike");
	_Static_assert(XEN_SYSCTL_cpu_policy_hvm_default == XEN_SYSCTL_cpu_featureset_hvm_max,
		       "alike");

	if (index > XEN_SYSCTL_cpu_policy_hvm_default)
		return fail(-EINVAL, "there is no CPU policy %u", index);

	if (index == XEN_SYSCTL_cpu_policy_hvm_max || index == XEN_SYSCTL_cpu_policy_hvm_default)
		return fail(-EOPNOTSUPP, "CPU policy %u: there are PV guests only", index);

	return 0;
}

long op_sysctl_get_cpu_featureset(struct domain *d, struct xen_sysctl_cpu_featureset *f)
{
	bool raw = f->index <= XEN_SYSCTL_cpu_featureset_host;
	int rc;

	rc = index_check(f->index);
	if (rc)
		return rc;

	return words_out(raw, f->features.p, &f->nr_features);
}

/* No MSR differs from one guest to another: the list of those is empty. */
long op_sysctl_get_cpu_policy(struct domain *d, struct xen_sysctl_cpu_policy *p)
{
	bool raw = p->index <= XEN_SYSCTL_cpu_policy_host;
	int rc;

	rc = index_check(p->index);
	if (rc)
		return rc;

	p->nr_msrs = 0;
	return leaves_out(raw, p->leaves.p, &p->nr_leaves);
}

long op_domctl_get_cpu_policy(struct domain *d, struct xen_domctl_cpu_policy *p)
{
	p->nr_msrs = 0;
	return leaves_out(false, p->leaves.p, &p->nr_leaves);
}

/* Accepted unread. None of it was refused. */
long op_domctl_set_cpu_policy(struct domain *d, struct xen_domctl_cpu_policy *p)
{
	p->err_leaf = ~0u;
	p->err_subleaf = ~0u;
	p->err_msr = ~0u;
	return 0;
}

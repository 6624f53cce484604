/* SPDX-License-Identifier: MIT */
/*
 * CPUID as policies: the leaves and features that a guest is shown, in the order and with the numbers that the
 * tools know. A policy set for a domain is checked but changes nothing: every guest is shown the same.
 */
#include <ctl/domctl.h>
#include <ctl/policy.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <pvabi/arch-x86/cpuid.h>
#include <pvabi/errno.h>
#include <x86/asm.h>
#include <x86/features.h>

#define LEAVES_MAX 1024 /* of a list given by a client */
#define LEAF_CACHE 4
#define LEAF_FEATURES 7
#define LEAF_TOPOLOGY 0xb
#define LEAF_XSAVE 0xd
#define LEAF_EXT 0x80000000

#define MSR_PLATFORM_INFO 0xce
#define MSR_ARCH_CAPABILITIES 0x10a

struct writer {
	xen_cpuid_leaf_t *list; /* the client's; NULL: count only */
	u32 room, n;
	bool raw;
	int err;
};

/* A guest that nobody is: what does not depend on the domain. */
static void leaf_ask(bool raw, u32 leaf, u32 sub, struct cpuid_regs *r)
{
	static struct domain nobody;
	static struct vcpu v = { .dom = &nobody };

	if (raw)
		*r = cpuid(leaf, sub);
	else
		guest_cpuid(&v, leaf, sub, r);
}

static void leaf_put(struct writer *w, u32 leaf, u32 sub)
{
	struct cpuid_regs r;
	xen_cpuid_leaf_t l = { .leaf = leaf, .subleaf = sub };

	leaf_ask(w->raw, leaf, sub == XEN_CPUID_NO_SUBLEAF ? 0 : sub, &r);
	l.a = r.a;
	l.b = r.b;
	l.c = r.c;
	l.d = r.d;
	if (w->list && !w->err)
		w->err = w->n >= w->room ? -XEN_ENOBUFS : guest_write(w->list, w->n, &l);
	w->n++;
}

static u32 subleaves(u32 leaf)
{
	switch (leaf) {
	case LEAF_CACHE:
		return 6; /* kinds of caches that the tools have room for */
	case LEAF_TOPOLOGY:
		return 2;
	case LEAF_XSAVE:
		return 63;
	default:
		return 1; /* LEAF_FEATURES */
	}
}

static bool has_subleaves(u32 leaf)
{
	return leaf == LEAF_CACHE || leaf == LEAF_FEATURES || leaf == LEAF_TOPOLOGY || leaf == LEAF_XSAVE;
}

static void leaves_basic(struct writer *w, u32 last)
{
	for (u32 leaf = 0; leaf <= last; leaf++) {
		if (!has_subleaves(leaf))
			leaf_put(w, leaf, XEN_CPUID_NO_SUBLEAF);
		for (u32 sub = 0; has_subleaves(leaf) && sub < subleaves(leaf); sub++)
			leaf_put(w, leaf, sub);
	}
}

int policy_leaves(bool raw, xen_cpuid_leaf_t *list, u32 *n)
{
	struct writer w = { .list = list, .room = *n, .raw = raw };
	struct cpuid_regs ext;

	leaves_basic(&w, MIN(features.max_leaf, (u32)LEAF_XSAVE));
	leaf_ask(raw, LEAF_EXT, 0, &ext);
	for (u32 leaf = LEAF_EXT; leaf <= MIN(ext.a, LEAF_EXT + 0x21u); leaf++)
		leaf_put(&w, leaf, XEN_CPUID_NO_SUBLEAF);
	*n = w.n;
	return w.err == -XEN_ENOBUFS ? fail(w.err, "%u CPUID leaves, room is for %u", w.n, w.room) : w.err;
}

int policy_msrs(xen_msr_entry_t *list, u32 *n)
{
	static const xen_msr_entry_t msrs[] = { { .idx = MSR_PLATFORM_INFO }, { .idx = MSR_ARCH_CAPABILITIES } };
	u32 room = *n;

	*n = ARRAY_SIZE(msrs);
	if (!list)
		return 0;
	if (room < ARRAY_SIZE(msrs))
		return fail(-XEN_ENOBUFS, "%zu MSRs, room is for %u", ARRAY_SIZE(msrs), room);
	return guest_copy_out(list, msrs, sizeof(msrs));
}

/* The words of a feature set: where each comes from. */
static const struct {
	u32 leaf, sub;
	u8 reg;
} words[] = {
	{ 1, 0, 3 }, { 1, 0, 2 }, { LEAF_EXT + 1, 0, 3 }, { LEAF_EXT + 1, 0, 2 }, { LEAF_XSAVE, 1, 0 },
	{ 7, 0, 1 }, { 7, 0, 2 }, { LEAF_EXT + 7, 0, 3 }, { LEAF_EXT + 8, 0, 1 }, { 7, 0, 3 },
	{ 7, 1, 0 }, { LEAF_EXT + 0x21, 0, 0 }, { 7, 1, 1 }, { 7, 2, 3 }, { 7, 1, 2 }, { 7, 1, 3 },
};

u32 policy_word(bool raw, u32 i)
{
	u32 limit = words[i].leaf >= LEAF_EXT ? features.max_ext_leaf : features.max_leaf;
	struct cpuid_regs r = { 0 }, top;

	if (words[i].leaf > limit)
		return 0;
	if (words[i].leaf == LEAF_FEATURES) {
		leaf_ask(raw, LEAF_FEATURES, 0, &top);
		if (words[i].sub > top.a)
			return 0;
	}
	leaf_ask(raw, words[i].leaf, words[i].sub, &r);
	return words[i].reg == 0 ? r.a : words[i].reg == 1 ? r.b : words[i].reg == 2 ? r.c : r.d;
}

int policy_features(bool raw, u32 *list, u32 *n)
{
	u32 room = *n;

	*n = ARRAY_SIZE(words);
	if (!list)
		return 0;
	*n = MIN(room, (u32)ARRAY_SIZE(words));
	for (u32 i = 0; i < *n; i++) {
		u32 word = policy_word(raw, i);

		if (guest_write(list, i, &word))
			return -EFAULT;
	}
	return room < ARRAY_SIZE(words) ? fail(-XEN_ENOBUFS, "%zu feature words, room is for %u",
					       ARRAY_SIZE(words), room) : 0;
}

long domctl_get_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	int ret = policy_leaves(false, p->leaves.p, &p->nr_leaves);

	return ret ? ret : policy_msrs(p->msrs.p, &p->nr_msrs);
}

/* The lists must be readable: more is not asked of them. */
long domctl_set_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	xen_cpuid_leaf_t l;
	xen_msr_entry_t m;

	p->err_leaf = p->err_subleaf = p->err_msr = ~0u;
	if (p->nr_leaves > LEAVES_MAX || p->nr_msrs > LEAVES_MAX)
		return fail(-E2BIG, "a policy of %u leaves and %u MSRs", p->nr_leaves, p->nr_msrs);
	for (u32 i = 0; i < p->nr_leaves; i++)
		if (guest_read(&l, p->leaves.p, i))
			return -EFAULT;
	for (u32 i = 0; i < p->nr_msrs; i++) {
		if (guest_read(&m, p->msrs.p, i))
			return -EFAULT;
		if (m.flags)
			return fail(-EINVAL, "flags %#x of MSR %#x", m.flags, m.idx);
	}
	return 0;
}

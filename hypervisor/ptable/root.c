/* SPDX-License-Identifier: MIT */
/* The roots of a vcpu's address spaces: one L4 for its kernel, one for its user mode. */
#include <ptable/internal.h>
#include <x86/cpu.h>

/* Replaces *root; the old one is dropped only when no CPU uses it any more. */
static int root_set(struct vcpu *v, mfn_t *root, mfn_t m)
{
	struct pt_work w = PT_WORK(v->dom);
	struct frame *f = mfn_valid(m) ? frame_of(m) : NULL;
	mfn_t old;
	int rc = 0;

	if (mfn_valid(m) && !f)
		return fail(-EINVAL, "root %lx is no RAM", m.n);
	spin_lock(&v->dom->pt.lock);
	old = *root;
	if (!mfn_eq(old, m)) {
		rc = work_pending(&w);
		if (!rc && f)
			rc = work_get(&w, f, FT_L4);
	}
	if (!rc) {
		*root = m;
		vcpu_load_cr3(v);
		if (mfn_valid(old) && !mfn_eq(old, m))
			work_put(&w, frame_of(old));
	}
	spin_unlock(&v->dom->pt.lock);
	return rc;
}

int ptable_set_kernel_root(struct vcpu *v, mfn_t m)
{
	if (!mfn_valid(m))
		return fail(-EINVAL, "a kernel runs on a root, and %lx is none", m.n);
	return root_set(v, &v->roots.kernel, m);
}

int ptable_set_user_root(struct vcpu *v, mfn_t m)
{
	return root_set(v, &v->roots.user, m.n ? m : MFN_NONE);
}

/* The rest of large tables is left to d->pt.pending; the next piece of teardown goes on with it. */
void ptable_drop_roots(struct vcpu *v)
{
	struct pt_work w = PT_WORK(v->dom);
	mfn_t old[2] = { v->roots.kernel, v->roots.user };

	assert(v != current());
	spin_lock(&v->dom->pt.lock);
	v->roots.kernel = v->roots.user = MFN_NONE;
	vcpu_load_cr3(v);
	for (u32 i = 0; i < 2; i++)
		if (mfn_valid(old[i]))
			work_put(&w, frame_of(old[i]));
	spin_unlock(&v->dom->pt.lock);
}

/* SPDX-License-Identifier: MIT */
/* The roots of a vcpu's address spaces: one L4 for its kernel, one for its user part. */
#include <ptable/internal.h>
#include <x86/cpu.h>

/* Makes @m, or none, *root, which is not @m now. pt.lock is held. */
static int root_replace(struct pt_work *w, struct vcpu *v, mfn_t *root, mfn_t m)
{
	mfn_t old = *root;
	int rc;

	assert(spin_held(&v->dom->pt.lock));

	rc = work_pending(w);
	if (!rc && mfn_valid(m))
		rc = work_get(w, frame_of(m), FT_L4);
	if (rc)
		return rc;

	/* The old tables are put only when no CPU uses them any more. */
	*root = m;
	vcpu_load_cr3(v);
	if (mfn_valid(old))
		work_put(w, frame_of(old));

	return 0;
}

static int root_set(struct vcpu *v, mfn_t *root, mfn_t m)
{
	struct pt_work w = PT_WORK(v->dom);
	int rc = 0;

	if (mfn_valid(m) && !frame_of(m))
		return fail(-EINVAL, "root %#lx is not RAM", m.n);

	spin_lock(&v->dom->pt.lock);
	if (mfn_eq(*root, m))
		vcpu_load_cr3(v);
	else
		rc = root_replace(&w, v, root, m);
	spin_unlock(&v->dom->pt.lock);

	return rc;
}

int ptable_set_kernel_root(struct vcpu *v, mfn_t m)
{
	if (!mfn_valid(m))
		return fail(-EINVAL, "a kernel runs on a root, and %#lx is none", m.n);

	return root_set(v, &v->roots.kernel, m);
}

int ptable_set_user_root(struct vcpu *v, mfn_t m)
{
	return root_set(v, &v->roots.user, m.n ? m : MFN_NONE);
}

int ptable_put_roots(struct vcpu *v)
{
	struct pt_work w = PT_WORK(v->dom);
	int rc = 0;

	assert(v != current());

	spin_lock(&v->dom->pt.lock);
	if (mfn_valid(v->roots.kernel))
		rc = root_replace(&w, v, &v->roots.kernel, MFN_NONE);
	if (!rc && mfn_valid(v->roots.user))
		rc = root_replace(&w, v, &v->roots.user, MFN_NONE);
	spin_unlock(&v->dom->pt.lock);

	return rc;
}

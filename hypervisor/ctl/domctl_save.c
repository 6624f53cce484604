/* SPDX-License-Identifier: MIT */
/*
 * What a domain is saved by, beside its memory and its vcpus' contexts: the types of its frames,
 * its time, and of each vcpu the extended state, MSRs and callbacks. What is given back to a vcpu
 * comes from a file: it is checked like a guest's.
 */
#include <ctl/domctl.h>
#include <frame/alloc.h>
#include <lib/string.h>
#include <pvabi/errno.h>
#include <x86/asm.h>
#include <x86/budget.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/spec.h>

/* --- types of frames -------------------------------------------------------------------------- */

#define TYPES_MOST  1024 /* at once, the ABI's limit */
#define TYPES_BATCH 32
#define TYPE_LOOKS  16 /* of the budget, for one of them */

/* As the ABI has it. What only was a page table, and is none now, is ordinary memory. */
static u32 frame_kind(struct domain *d, mfn_t mfn)
{
	struct frame *f = frame_of(mfn);
	fstate_t state;
	u32 kind;

	if (!f || f->flags & FRAME_SHARED || !frame_get(f, d))
		return XEN_DOMCTL_PFINFO_XTAB;

	state = frame_state(f);
	frame_put(f);
	if (!FS_TREFS(state) || !ftype_is_table(state_type(state)))
		return XEN_DOMCTL_PFINFO_NOTAB;

	kind = (u32)state_type(state) << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
	if (FS_HAS(state, FS_PINNED))
		kind |= XEN_DOMCTL_PFINFO_LPINTAB;

	return kind;
}

static long types_answer(struct domain *d, xen_pfn_t *guest, u64 n)
{
	xen_pfn_t frames[TYPES_BATCH];

	if (guest_copy_in(frames, guest, n * sizeof(*frames)))
		return fail(-EFAULT, "a list of frames is not readable");

	for (u64 i = 0; i < n; i++)
		frames[i] = frame_kind(d, MFN(frames[i]));

	budget_charge((u32)n * TYPE_LOOKS);
	return guest_answer(guest, frames, n * sizeof(*frames));
}

long op_domctl_getpageframeinfo3(struct domain *d, struct xen_domctl_getpageframeinfo3 *a)
{
	if (a->num > TYPES_MOST)
		return fail(-E2BIG, "%lu frames at once, at most %u", a->num, TYPES_MOST);

	for (u64 i = 0; i < a->num; i += TYPES_BATCH) {
		long rc = types_answer(d, a->array.p + i, MIN(a->num - i, (u64)TYPES_BATCH));

		if (rc)
			return rc;

		budget_window();
	}

	return 0;
}

/* --- extended state: XCR0, twice, as no state that was turned on is ever turned off for good; and
 * an area in the processor's standard format */

#define XSTATE_HEAD  (2 * sizeof(u64))
#define XSTATE_MXCSR 24
#define MXCSR_VALID  0xffffu
#define XSTATE_BV    512 /* which states the area holds; 7 words follow that are 0 */
#define XSTATE_ZEROS 7
#define XSTATE_LEAST 576 /* an area with the old states only */

static u64 xstate_size(void)
{
	if (!features.xsave)
		return 0;

	return XSTATE_HEAD + features.fpu_size;
}

static long xstate_answer(const struct vcpu *v, const struct xen_domctl_vcpuextstate *a)
{
	const u64 head[] = { v->control.xcr0, v->control.xcr0 };
	u8 *guest = (u8 *)a->buffer.p;
	long rc = guest_answer(guest, head, sizeof(head));

	if (rc)
		return rc;

	return guest_answer(guest + XSTATE_HEAD, v->fpu, features.fpu_size);
}

/* Without a buffer, or an area to put there, it is the size that is asked for. */
long op_domctl_getvcpuextstate(struct vcpu *v, struct xen_domctl_vcpuextstate *a)
{
	u64 room = a->size, size = xstate_size();
	long rc;

	a->size = size;
	a->xfeature_mask = v->control.xcr0;
	if (!a->buffer.p || !size)
		return 0;

	if (room < size)
		return fail(-EINVAL, "room for %lu bytes of extended state, %lu are there", room,
			    size);

	vcpu_pause(v);
	rc = xstate_answer(v, a);
	vcpu_unpause(v);
	return rc;
}

/* @n bytes with their head. XRSTOR would fault on what is refused here, or load what XCR0 lacks. */
static int xstate_check(const u64 *head, u64 n)
{
	const u8 *area = (const u8 *)head + XSTATE_HEAD;
	const u64 *bv = (const u64 *)(area + XSTATE_BV);

	if (n < XSTATE_HEAD + XSTATE_LEAST)
		return fail(-EINVAL, "%lu bytes are no extended state", n);
	if (!fpu_xcr0_ok(head[0]))
		return fail(-EINVAL, "XCR0 %#lx: this processor has %#lx", head[0],
			    features.xfeatures);
	if (*bv & ~features.xfeatures)
		return fail(-EINVAL, "states %#lx: this processor has %#lx", *bv,
			    features.xfeatures);

	for (u32 i = 1; i <= XSTATE_ZEROS; i++)
		if (bv[i])
			return fail(-EINVAL, "extended state of another format");

	return 0;
}

static void xstate_take(struct vcpu *v, const u64 *head, u64 n)
{
	vcpu_pause(v);
	memset(v->fpu, 0, features.fpu_size);
	memcpy(v->fpu, (const u8 *)head + XSTATE_HEAD, n - XSTATE_HEAD);
	*(u32 *)((u8 *)v->fpu + XSTATE_MXCSR) &= MXCSR_VALID;
	v->control.xcr0 = head[0];
	vcpu_unpause(v);
}

long op_domctl_setvcpuextstate(struct vcpu *v, struct xen_domctl_vcpuextstate *a)
{
	u64 *head;
	int rc;

	if (!a->size || a->size > xstate_size())
		return fail(-EINVAL, "%lu bytes of extended state, at most %lu", a->size,
			    xstate_size());

	head = heap_alloc(xstate_size());
	if (!head)
		return fail(-ENOMEM, "no memory for a vcpu's extended state");

	if (guest_copy_in(head, a->buffer.p, a->size))
		rc = fail(-EFAULT, "a vcpu's extended state is not readable");
	else
		rc = xstate_check(head, a->size);
	if (!rc)
		xstate_take(v, head, a->size);

	heap_free(head);
	return rc;
}

/* --- MSRs: the one that a guest may set and keeps */

/* One that is 0 as at first is not told. */
long op_domctl_get_vcpu_msrs(struct vcpu *v, struct xen_domctl_vcpu_msrs *a)
{
	struct xen_domctl_vcpu_msr msr = { .index = MSR_SPEC_CTRL };

	if (!a->msrs.p) {
		a->msr_count = !!spec_guest.ctrl;
		return 0;
	}

	vcpu_pause(v);
	msr.value = v->control.spec_ctrl;
	vcpu_unpause(v);
	if (!msr.value) {
		a->msr_count = 0;
		return 0;
	}

	if (!a->msr_count)
		return fail(-XEN_ENOBUFS, "no room for an MSR");

	a->msr_count = 1;
	return guest_answer(a->msrs.p, &msr, sizeof(msr));
}

long op_domctl_set_vcpu_msrs(struct vcpu *v, struct xen_domctl_vcpu_msrs *a)
{
	struct xen_domctl_vcpu_msr msr;

	if (!a->msr_count)
		return 0;

	if (guest_read(&msr, a->msrs.p, 0))
		return fail(-EFAULT, "a vcpu's MSRs are not readable");

	if (a->msr_count > 1 || msr.index != MSR_SPEC_CTRL || msr.reserved)
		return fail(-EINVAL, "%u MSRs, the first %#x: a guest keeps only %#x", a->msr_count,
			    msr.index, MSR_SPEC_CTRL);

	if (msr.value & ~spec_guest.ctrl)
		return fail(-EINVAL, "IA32_SPEC_CTRL %#lx: guests may set %#lx here",
			    (u64)msr.value, spec_guest.ctrl);

	vcpu_pause(v);
	v->control.spec_ctrl = msr.value;
	if (msr.value)
		WRITE_ONCE(spec_guests_defend, true);
	vcpu_unpause(v);
	return 0;
}

/* --- the rest */

/* There are no callbacks for 32-bit system calls, and no machine-check banks. */
long op_domctl_get_ext_vcpucontext(struct vcpu *v, struct xen_domctl_ext_vcpucontext *a)
{
	memset(a, 0, sizeof(*a));
	a->vcpu = v->id;
	a->size = sizeof(*a);
	return 0;
}

long op_domctl_set_ext_vcpucontext(struct vcpu *v, struct xen_domctl_ext_vcpucontext *a)
{
	if (a->syscall32_callback_eip || a->sysenter_callback_eip)
		return fail(-EOPNOTSUPP, "callbacks of 32-bit system calls");

	return 0;
}

long op_domctl_gettscinfo(struct domain *d, struct xen_domctl_tsc_info *t)
{
	memset(t, 0, sizeof(*t));
	t->gtsc_khz = (u32)time_tsc_khz();
	t->elapsed_nsec = time_now();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * Page faults that are ours, not the guest's:
 *
 *  - a store of its kernel to its own page table, which is mapped read-only: done for it, under the
 *    same checks as mmu_update;
 *  - an access to a page of the LDT window that is not there yet;
 *  - a stale translation: the tables allow what the TLB did not.
 */
#include <frame/tlb.h>
#include <ptable/internal.h>
#include <ptable/store.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/hooks.h>
#include <x86/traps.h>

/* What may be in the error code of a fault of ours. Not so protection keys, shadow stacks, SGX. */
#define PF_ORDINARY (PF_PRESENT | PF_WRITE | PF_USER | PF_FETCH)

static bool in_ldt_window(const struct vcpu *v, u64 va)
{
	u64 window = v->desc.ldt_window;

	return window && va >= window && va < window + WINDOW_PAGES * PAGE_SIZE;
}

/* The page table of @v's domain that its kernel's tables map read-only at @va, or NULL. */
static struct frame *table_behind(struct vcpu *v, u64 va)
{
	pte_t *p = walk(v->roots.kernel, va, NULL), e;
	struct frame *f;

	if (!p)
		return NULL;

	e = READ_ONCE(*p);
	if (!(e & PTE_P) || (e & PTE_RW))
		return NULL;

	f = frame_of(pte_mfn(e));
	if (!f || f->owner != v->dom || !table_type(f))
		return NULL;

	return f;
}

/*
 * Carries out @s, a store at @va to page table @f. -EAGAIN: the entry changed meanwhile, as the
 * processor sets A and D at any time. pt.lock is held.
 */
static int store_try(struct pt_batch *b, const struct insn *s, struct frame *f, u64 va,
		     struct cpu_user_regs *regs)
{
	u64 offset = va % sizeof(pte_t);
	pte_t *p = in_frame(f, va - offset);
	pte_t old = READ_ONCE(*p), new;
	u64 *changed = store_register(s, regs);
	u64 was = *changed, flags = regs->rflags;
	int rc;

	if (!store_apply(s, offset, old, &new, regs))
		return fail(-EINVAL, "a store at %#lx crosses page-table entries", regs->rip);

	rc = entry_update(b, f, table_type(f), p, new, false, &old);
	if (rc) {
		/* It was not carried out, and registers change only when it is. */
		*changed = was;
		regs->rflags = flags;
		return rc;
	}

	regs->rip += s->length;
	regs->rflags &= ~EFLAGS_RF;
	return 0;
}

/* Do the tables that are loaded allow the access that faulted with @error? pt.lock is held. */
static bool allowed_now(const struct vcpu *v, u64 va, u32 error)
{
	u64 rights = walk_rights(v->kernel_mode ? v->roots.kernel : v->roots.user, va);

	if (!(rights & PTE_P))
		return false;

	if ((error & PF_WRITE) && !(rights & PTE_RW))
		return false;

	return !((error & PF_FETCH) && (rights & PTE_NX));
}

/* What the fault on a page that is mapped, at @va, is about. */
struct fault {
	u64 va;
	u32 error;
	bool may_store; /* to a page table, for the guest's kernel */
	bool known;     /* as it does by this instruction: */
	struct insn insn;
};

/*
 * 0: the guest is to go on; or it gets its fault; or -EAGAIN, -ERESTART: it is ours, but not done.
 * pt.lock is held.
 */
static int fault_try(struct pt_batch *b, struct vcpu *v, const struct fault *a,
		     struct cpu_user_regs *regs)
{
	if (a->may_store) {
		int rc = batch_ready(b);
		struct frame *f;

		if (rc)
			return rc;

		f = table_behind(v, a->va);
		if (f && a->known)
			return store_try(b, &a->insn, f, a->va, regs);
		if (f)
			return fail(-EINVAL, "the store at %#lx to page table %#lx is unknown",
				    regs->rip, a->va);
	}

	if (!allowed_now(v, a->va, a->error))
		return -EFAULT;

	tlb_flush_page(a->va);
	return 0;
}

/* Its kernel may have switched this off (vm_assist). */
static bool stores_are_done(const struct vcpu *v)
{
	return v->kernel_mode && (v->dom->vm_assist & 1ul << VMASST_TYPE_writable_pagetables);
}

/* True: done, or the guest is to come again. False: it gets its fault. */
static bool mapped_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 va, u32 error)
{
	struct fault a = { .va = va, .error = error };
	struct pt_batch b;
	int rc;

	/* Its code is read before the lock is taken, since that may fault too. */
	a.may_store = stores_are_done(v) && (error & PF_WRITE);
	if (a.may_store)
		a.known = insn_at(regs->rip, &a.insn) && store_known(&a.insn);

	batch_begin(&b, v->dom, v->dom);
	do {
		rc = fault_try(&b, v, &a, regs);
	} while (rc == -EAGAIN);
	batch_end(&b);

	/* After -ERESTART the guest is still at its instruction and faults again. */
	return !rc || rc == -ERESTART;
}

bool ptable_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 va, u32 error)
{
	/* The processor reads descriptors with the rights of ring 0: not a guest's own access. */
	if (in_ldt_window(v, va)) {
		if (error & (PF_USER | PF_WRITE | PF_PRESENT))
			return false;
		return ldt_fault(v, va);
	}

	if (va >= HV_VIRT_START && va < HV_VIRT_END)
		return false;
	if (error & ~PF_ORDINARY)
		return false;

	/* Nothing is mapped there: most faults are of this kind. */
	if (!(error & PF_PRESENT))
		return false;

	return mapped_fault(v, regs, va, error);
}

bool hook_hv_fault(u64 addr, u32 error)
{
	struct vcpu *v = current();

	if (!v || !in_ldt_window(v, addr))
		return false;
	if (error & (PF_WRITE | PF_PRESENT))
		return false;

	return ldt_fault(v, addr);
}

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

/* Tries once. -EAGAIN: the entry changed meanwhile, as the processor sets A and D at any time. */
static int store_try(struct pt_batch *b, struct vcpu *v, const struct insn *s, u64 va,
		     struct cpu_user_regs *regs)
{
	struct cpu_user_regs after = *regs;
	pte_t *p, old, new;
	struct frame *f;
	int rc;

	rc = batch_ready(b);
	if (rc)
		return rc;

	f = table_behind(v, va);

	/* It is mapped otherwise by now: the guest runs its instruction again. */
	if (!f)
		return 0;

	p = (pte_t *)mfn_to_virt(frame_mfn(f)) + va % PAGE_SIZE / sizeof(pte_t);
	old = READ_ONCE(*p);
	if (!store_apply(s, va % sizeof(pte_t), old, &new, &after))
		return fail(-EINVAL, "a store at %#lx crosses page-table entries", regs->rip);

	rc = entry_update(b, f, table_type(f), p, new, false, &old);
	if (rc)
		return rc;

	*regs = after;
	regs->rip += s->length;
	regs->rflags &= ~EFLAGS_RF;
	return 0;
}

/* True: done, or the guest is to come again. False: it gets its fault. */
static bool store_emulate(struct vcpu *v, struct cpu_user_regs *regs, u64 va)
{
	u8 code[INSN_MAX];
	struct insn s;
	struct pt_batch b;
	int rc;

	if (!store_decode(code, insn_fetch(regs->rip, code), &s)) {
		fail_reason(-EINVAL, __func__,
			    "the instruction at %#lx that stores to page table %#lx is unknown",
			    regs->rip, va);
		return false;
	}

	batch_begin(&b, v->dom, v->dom);
	do {
		rc = store_try(&b, v, &s, va, regs);
	} while (rc == -EAGAIN);
	batch_end(&b);

	/* After -ERESTART the guest is still at its instruction and faults again. */
	return !rc || rc == -ERESTART;
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

/* Its kernel may have switched this off (vm_assist). */
static bool stores_are_done(const struct vcpu *v)
{
	return v->kernel_mode && (v->dom->vm_assist & 1ul << VMASST_TYPE_writable_pagetables);
}

/* What a fault on a page that is mapped is to us. */
enum cause { OF_THE_GUEST, STALE, TABLE_STORE };

/* pt.lock is held. */
static enum cause cause_of(struct vcpu *v, u64 va, u32 error)
{
	assert(spin_held(&v->dom->pt.lock));

	if (!(error & PF_PRESENT))
		return OF_THE_GUEST;

	if (stores_are_done(v) && (error & PF_WRITE) && table_behind(v, va))
		return TABLE_STORE;

	return allowed_now(v, va, error) ? STALE : OF_THE_GUEST;
}

bool ptable_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 va, u32 error)
{
	enum cause cause;

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

	spin_lock(&v->dom->pt.lock);
	cause = cause_of(v, va, error);
	spin_unlock(&v->dom->pt.lock);

	switch (cause) {
	case STALE:
		tlb_flush_page(va);
		return true;
	case TABLE_STORE:
		return store_emulate(v, regs, va);
	default:
		return false;
	}
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

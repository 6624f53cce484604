/* SPDX-License-Identifier: MIT */
/*
 * Page faults that are ours: a guest's store to its own page table, which is mapped read-only, is done for it under the
 * same checks as mmu_update; pages of the LDT window come in; stale translations are dropped. All others are the guest's.
 */
#include <ptable/internal.h>
#include <ptable/store.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/hooks.h>

#define PF_P       1u
#define PF_W       2u
#define PF_U       4u
#define PF_RSVD    8u
#define PF_I       16u
#define PF_STRANGE (~0x1fu) /* protection keys, SGX: never ours */

static bool in_ldt_window(const struct vcpu *v, u64 va)
{
	return v->desc.ldt_window && va >= v->desc.ldt_window &&
	       va < v->desc.ldt_window + WINDOW_PAGES * PAGE_SIZE;
}

/* Is @va, written by the kernel, mapped read-only and a page table of the domain? Its frame. */
static struct frame *table_behind(struct vcpu *v, u64 va)
{
	pte_t *p = walk(v->roots.kernel, va, NULL), e = p ? READ_ONCE(*p) : 0;
	struct frame *f = (e & PTE_P) && !(e & PTE_RW) ? frame_of(pte_mfn(e)) : NULL;

	return f && f->owner == v->dom && table_type(f) ? f : NULL;
}

/* One try; -EAGAIN if the entry changed under it (A and D bits do). */
static int store_try(struct pt_batch *b, struct vcpu *v, const struct insn *s, u64 va,
		     struct cpu_user_regs *regs)
{
	struct frame *f = table_behind(v, va);
	struct cpu_user_regs r = *regs;
	pte_t *p, old, new;
	int rc;

	if (!f)
		return 0; /* mapped otherwise by now: the instruction is run again */
	p = (pte_t *)mfn_to_virt(frame_mfn(f)) + va % PAGE_SIZE / sizeof(pte_t);
	old = READ_ONCE(*p);
	if (!store_apply(s, va % sizeof(pte_t), old, &new, &r))
		return fail(-EINVAL, "a store at %lx crosses page-table entries", regs->rip);
	rc = entry_update(b, f, table_type(f), p, new, false, &old);
	if (rc)
		return rc;
	*regs = r;
	regs->rip += s->length;
	regs->rflags &= ~EFLAGS_RF;
	return 0;
}

/* -ERESTART leaves the guest at its instruction: progress is kept, it faults again. */
static bool store_emulate(struct vcpu *v, struct cpu_user_regs *regs, u64 va)
{
	u8 code[INSN_MAX];
	struct insn s;
	struct pt_batch b;
	int rc;

	if (!store_decode(code, insn_fetch(regs->rip, code), &s)) {
		fail_reason(-EINVAL, __func__,
			    "the instruction at %lx, storing to page table at %lx, is not known",
			    regs->rip, va);
		return false;
	}
	batch_begin(&b, v->dom, v->dom);
	do {
		rc = store_try(&b, v, &s, va, regs);
	} while (rc == -EAGAIN);
	batch_end(&b);
	return !rc || rc == -ERESTART;
}

/* Do the tables allow what faulted? */
static bool allowed_now(struct vcpu *v, u64 va, u32 error)
{
	u64 rights = walk_rights(v->kernel_mode ? v->roots.kernel : v->roots.user, va);

	return (rights & PTE_P) && (!(error & PF_W) || (rights & PTE_RW)) &&
	       (!(error & PF_I) || !(rights & PTE_NX));
}

bool ptable_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 va, u32 error)
{
	bool table, stale;

	if (in_ldt_window(v, va))
		return !(error & (PF_U | PF_W | PF_P)) && ldt_fault(v, va);
	if ((va >= HV_VIRT_START && va < HV_VIRT_END) || (error & (PF_STRANGE | PF_RSVD)))
		return false;
	spin_lock(&v->dom->pt.lock);
	table = v->kernel_mode && (error & (PF_P | PF_W)) == (PF_P | PF_W) && table_behind(v, va);
	stale = !table && (error & PF_P) && allowed_now(v, va, error);
	spin_unlock(&v->dom->pt.lock);
	if (stale)
		invlpg(va);
	return stale || (table && store_emulate(v, regs, va));
}

bool hook_hv_fault(u64 addr, u32 error)
{
	struct vcpu *v = current();

	return v && in_ldt_window(v, addr) && !(error & (PF_W | PF_P)) && ldt_fault(v, addr);
}

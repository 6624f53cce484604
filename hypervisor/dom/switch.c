/* SPDX-License-Identifier: MIT */
/*
 * Loading and saving what a vcpu has in the processor: address space, segments, bases, debug
 * registers, FPU. Between a save and the next load a CPU runs on our own page tables.
 */
#include <console/console.h>
#include <dom/domain.h>
#include <dom/isolation.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/fixup.h>
#include <x86/fpu.h>
#include <x86/paging.h>
#include <x86/stretch.h>
#include <x86/tables.h>
#include <lib/string.h>

/* entry.S compares and stores these by their width. */
_Static_assert(sizeof(((struct vcpu *)0)->kernel_mode) == 1, "a byte");
_Static_assert(sizeof(((struct vcpu *)0)->callbacks.mask_events) == 4, "a long");
_Static_assert(sizeof(((struct vcpu *)0)->roots.cr3) == 8, "a quad");

void vcpu_load_cr3(struct vcpu *v)
{
	v->roots.kernel_cr3 = tlb_cr3(v->roots.kernel, TAG_KERNEL);
	v->roots.user_cr3 = tlb_cr3(v->roots.user, TAG_USER);
	v->roots.cr3 = v->kernel_mode ? v->roots.kernel_cr3 : v->roots.user_cr3;

	if (v == current())
		tlb_load(v->roots.cr3);
}

void vcpu_toggle_mode(struct vcpu *v)
{
	__asm__ volatile("swapgs");
	v->kernel_mode = !v->kernel_mode;
	v->roots.cr3 = v->kernel_mode ? v->roots.kernel_cr3 : v->roots.user_cr3;
	tlb_use(v->roots.cr3);
}

void vcpu_load_gdt(struct vcpu *v)
{
	ownmap_set_here(v->desc.gdt_window + GDT_RESERVED_PAGE * PAGE_SIZE, gdt_page_mfn(cpu_id()),
			PTES_RW);
	gdt_load(v->desc.gdt_window);
}

void vcpu_load_ldt(struct vcpu *v)
{
	if (v == current())
		ldt_load(v->desc.ldt_window, v->desc.ldt_entries * 8);
}

/*
 * The GS base of the mode that is not active is behind swapgs. Where the processor has instructions
 * for bases they are used: MSRs are slow.
 */
static void bases_save(struct vcpu *v)
{
	u64 *gs = v->kernel_mode ? &v->segments.gs_base_kernel : &v->segments.gs_base_user;
	u64 *other = v->kernel_mode ? &v->segments.gs_base_user : &v->segments.gs_base_kernel;

	if (features.fsgsbase) {
		__asm__ volatile("rdfsbase %0; rdgsbase %1; swapgs; rdgsbase %2; swapgs"
				 : "=r"(v->segments.fs_base), "=r"(*gs), "=r"(*other));
	} else {
		v->segments.fs_base = rdmsr(MSR_FS_BASE);
		*gs = rdmsr(MSR_GS_BASE);
		*other = rdmsr(MSR_SHADOW_GS_BASE);
	}
}

/* False: the processor refuses one, which is not loaded then, nor those behind it. */
static bool bases_write(u64 fs, u64 gs, u64 other)
{
	/* clang-format off */
	__asm__ goto(MAY_FAULT("%l[refused]", "wrfsbase %0")
		     MAY_FAULT("%l[refused]", "wrgsbase %1")
		     "swapgs\n"
		     MAY_FAULT("%l[swapped]", "wrgsbase %2")
		     "swapgs\n"
		     :
		     : "r"(fs), "r"(gs), "r"(other)
		     : "memory"
		     : refused, swapped);
	/* clang-format on */
	return true;

swapped:
	__asm__ volatile("swapgs");
refused:
	return false;
}

static bool bases_load(const struct vcpu *v)
{
	u64 gs = v->kernel_mode ? v->segments.gs_base_kernel : v->segments.gs_base_user;
	u64 other = v->kernel_mode ? v->segments.gs_base_user : v->segments.gs_base_kernel;

	if (features.fsgsbase)
		return bases_write(v->segments.fs_base, gs, other);

	if (!wrmsr_safe(MSR_FS_BASE, v->segments.fs_base))
		return false;
	if (!wrmsr_safe(MSR_GS_BASE, gs))
		return false;
	return wrmsr_safe(MSR_SHADOW_GS_BASE, other);
}

static void selectors_save(struct cpu_user_regs *r)
{
	__asm__ volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
			 : "=m"(r->ds), "=m"(r->es), "=m"(r->fs), "=m"(r->gs));
}

/* A selector whose descriptor the guest spoilt becomes null: its own load would fault too. */
static bool selectors_load(const struct cpu_user_regs *r)
{
	bool ok = load_ds(r->ds);

	ok &= load_es(r->es);
	ok &= load_fs(r->fs);
	ok &= load_gs(r->gs);
	return ok;
}

void vcpu_load_debug(const struct vcpu *v)
{
	bool active = v->debug.dr[7] & DR7_ACTIVE;

	if (active) {
		__asm__ volatile("mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr2; mov %3, %%dr3"
				 :
				 : "r"(v->debug.dr[0]), "r"(v->debug.dr[1]), "r"(v->debug.dr[2]),
				   "r"(v->debug.dr[3]));
		__asm__ volatile("mov %0, %%dr6" : : "r"(v->debug.dr[6]));
	}
	__asm__ volatile("mov %0, %%dr7" : : "r"(active ? v->debug.dr[7] : DR7_QUIET));
}

static void vcpu_save(struct vcpu *v)
{
	clts();
	fpu_save(v->fpu, v->control.xcr0);

	v->regs = *guest_regs();
	selectors_save(&v->regs);
	bases_save(v);

	if (v->debug.dr[7] & DR7_ACTIVE)
		__asm__ volatile("mov %0, %%dr7" : : "r"(DR7_QUIET));
}

static void cr4_load(const struct vcpu *v)
{
	u64 cr4 = read_cr4(), want = (cr4 & ~CR4_TSD) | (v->control.cr4 & CR4_TSD);

	if (cr4 != want)
		write_cr4(want);
}

static void vcpu_load(struct vcpu *v)
{
	u64 begun = tlb_switch_begin(&v->dom->pt.windows);

	if (isolated())
		entry_page_load(v->entry);

	vcpu_load_gdt(v);
	vcpu_load_cr3(v);
	tlb_switch_end(v->dom, begun);

	vcpu_load_ldt(v);

	*guest_regs() = v->regs;
	if (!selectors_load(&v->regs))
		domain_log(v->dom, "a data selector of vcpu %u names no usable descriptor any more",
			   v->id);
	if (!bases_load(v))
		domain_crash(v->dom, "the processor refuses a segment base of d%uv%u", v->dom->id,
			     v->id);

	/* Else they are off: vcpu_save. */
	if (v->debug.dr[7] & DR7_ACTIVE)
		vcpu_load_debug(v);
	cr4_load(v);

	clts();
	if (!fpu_load(v->fpu, v->control.xcr0))
		domain_crash(v->dom, "the processor refuses the FPU state of d%uv%u", v->dom->id,
			     v->id);
	if (v->control.ts)
		write_cr0(read_cr0() | CR0_TS);
}

/* Nothing of a guest stays loaded: its page tables may be freed while we idle. */
static void idle_load(void)
{
	u64 begun = tlb_switch_begin(NULL);

	if (isolated())
		entry_page_load_own();

	load_ds(0);
	load_es(0);
	load_fs(0);
	load_gs(0);
	ldt_load(0, 0);
	gdt_load(gdt_own_window(cpu_id()));
	write_cr3(IMAGE_MADDR(hv_l4));
	tlb_switch_end(NULL, begun);
}

/* Who ran on each CPU last, idle times left out. Its CPU writes it; switch_forget any, by CAS. */
static struct domain *last_domain[MAX_CPUS];

/* Domains that follow each other must not steer each other's speculation. */
static void domain_changes(struct domain *d)
{
	u32 cpu = cpu_id();

	if (READ_ONCE(last_domain[cpu]) == d)
		return;

	WRITE_ONCE(last_domain[cpu], d);
	spec_domain_changes();
}

/*
 * A guest's own defence moves with its vcpus: bits of a register, and barriers. What its kernel
 * ended by a barrier must not live on where that vcpu was before, or another of its domain. As long
 * as no guest defends itself nobody comes here.
 */
static void __noinline guest_defence_load(struct vcpu *v)
{
	static const struct vcpu *last[MAX_CPUS]; /* only compared: it may be gone */
	u32 cpu = cpu_id();
	bool stayed = last[cpu] == v && v->control.ran_on == cpu;

	last[cpu] = v;
	v->control.ran_on = cpu;

	spec_guest_ctrl(v->control.spec_ctrl);
	if (v->control.barriers && !stayed)
		spec_guest_ibpb();
}

void switch_forget(struct domain *d)
{
	for (u32 c = 0; c < cpu_count; c++) {
		struct domain *was = d;

		__atomic_compare_exchange_n(&last_domain[c], &was, NULL, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST);
	}
}

void context_switch(struct vcpu *prev, struct vcpu *next)
{
	assert(prev == current() && prev != next);

	perf_leave();
	if (prev)
		vcpu_save(prev);

	cpu_info()->current = next;
	WRITE_ONCE(cpu_public[cpu_id()].running, next);

	if (next) {
		domain_changes(next->dom);
		if (READ_ONCE(spec_guests_defend))
			guest_defence_load(next);
		vcpu_load(next);
	} else {
		idle_load();
	}
}

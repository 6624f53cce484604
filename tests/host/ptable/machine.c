/* SPDX-License-Identifier: MIT */
/*
 * Domains of the small machine, what it remembers of flushes, and stand-ins for the rooms around
 * ptable/.
 */
#include "machine.h"
#include "suites.h"

#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <frame/tlb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/spec.h>

struct domain doms[2];
struct vcpu vcpus[2];
u64 flushes, window_flushes, released, tlb_clock;
bool machine_iomem;
u64 flushed_cpus, flushed_page;
u32 held[FRAMES], alias_cache[FRAMES];
struct cpu_features features = { .phys_bits = 36 };
const u8 zero_page[4096];
static u64 last_flush;

void machine_failed(const char *what, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ck_abort_msg("%s: %s", what, text);
	abort();
}

bool hook_iomem_permitted(struct domain *d, mfn_t m)
{
	return machine_iomem && d->privileged && !frame_of(m);
}

void hook_frame_freed(struct frame *f)
{
	struct domain *d = f->owner;

	spin_lock(&d->page_lock);
	d->tot_pages--;
	spin_unlock(&d->page_lock);
	released++;
}

void frames_free(struct frame *f, u32 order)
{
	CHECK(!f->state && !f->owner && !order, "frame %lx", frame_mfn(f).n);
	f->flags |= FRAME_FREE;
}

/* One CPU, whose translations stay until it is told. */
void tlb_forget(struct frame *f)
{
	if (stamp_time(f->stamp, tlb_clock) >= last_flush) {
		last_flush = ++tlb_clock;
		flushes++;
		machine_flushed();
	}
}

u64 tlb_holders(const struct frame *f)
{
	return 0;
}

u64 tlb_cpus_of(const struct domain *d)
{
	u64 cpus = 0;

	for (u32 c = 0; c < cpu_count; c++)
		if (cpu_public[c].running && cpu_public[c].running->dom == d)
			cpus |= 1ul << c;
	return cpus;
}

void tlb_flush_windows(const struct domain *d, u64 *windows)
{
	window_flushes++;
}

void machine_all_flushed(void)
{
	last_flush = ++tlb_clock;
	machine_flushed();
}

void tlb_flush(u64 cpus)
{
	flushed_cpus = cpus;
	flushed_page = 0;
}

void tlb_flush_page(u64 va)
{
	flushed_cpus = 1ul << cpu_id();
	flushed_page = va;
}

void host_invlpg(u64 va)
{
	flushed_page = va;
}

/* All large pages around it are cut already. */
int frame_cache_set(struct frame *f, u32 cache)
{
	f->flags = (f->flags & ~FRAME_CACHE) | cache << FRAME_CACHE_SHIFT;
	alias_cache[frame_mfn(f).n] = cache;
	return 0;
}

/* These domains are always there. */
struct domain *domain_get(domid_t id)
{
	return id < ARRAY_SIZE(doms) ? &doms[id] : NULL;
}

struct domain *domain_ref(struct domain *d)
{
	return d;
}

void domain_put(struct domain *d)
{
}

void ownmap_set(u64 va, mfn_t m, u64 flags)
{
}

/* Whether something was there nobody keeps a record of: mostly there was. */
bool ownmap_window_set(u64 va, mfn_t m, u64 flags)
{
	return true;
}

bool ownmap_window_clear(u64 va)
{
	return true;
}

void vcpu_load_cr3(struct vcpu *v)
{
	v->roots.kernel_cr3 = mfn_valid(v->roots.kernel) ? mfn_to_maddr(v->roots.kernel) : 0;
}

void vcpu_load_gdt(struct vcpu *v)
{
}

void vcpu_load_ldt(struct vcpu *v)
{
}

void machine_entered(void)
{
	fake_enter();
}

bool machine_again(int rc)
{
	machine_entered();
	return rc == -ERESTART;
}

int machine_update(struct domain *d, struct domain *of, u64 maddr, pte_t new, bool preserve_ad)
{
	struct pt_batch b;
	int rc;

	machine_entered();
	batch_begin(&b, d, of);
	rc = batch_update(&b, maddr, new, preserve_ad);
	batch_end(&b);
	return rc;
}

struct frame *machine_give(struct domain *d)
{
	for (u32 m = 0; m < FRAMES; m++) {
		struct frame *f = &frame_table[m];

		if (!(f->flags & FRAME_FREE))
			continue;
		f->flags &= ~FRAME_FREE;
		tlb_forget(f);
		memset(mfn_to_virt(MFN(m)), 0, PAGE_SIZE);
		frame_assign(f, 0, d, 0);
		d->tot_pages++;
		return f;
	}
	return NULL;
}

static void domain_start(u32 i)
{
	struct domain *d = &doms[i];
	struct vcpu *v = &vcpus[i];

	memset(d, 0, sizeof(*d));
	memset(v, 0, sizeof(*v));
	d->id = i;
	d->privileged = i == 0;
	d->max_vcpus = 1;
	d->vm_assist = 1ul << VMASST_TYPE_writable_pagetables;
	d->vcpu[0] = v;
	spin_init(&d->pt.lock, LOCK_PTABLE);
	spin_init(&d->page_lock, LOCK_PAGES);
	v->dom = d;
	v->kernel_mode = true;
	for (u32 s = 0; s < HV_SLOTS; s++)
		d->map.slots[s] = PTES_TABLE | (0x100ul * (i + 1) + s) << PAGE_SHIFT;
	v->roots.kernel = v->roots.user = MFN_NONE;
	v->desc.gdt_window = OWNMAP_VIRT;
	v->desc.ldt_window = OWNMAP_VIRT + 0x10000;
	for (u32 k = 0; k < 16; k++)
		v->desc.ldt_frame[k] = MFN_NONE;
	for (u32 n = 0; n < OWNED; n++)
		machine_give(d);
}

void machine_start(void)
{
	fake_memory_up(FRAMES);
	for (u32 m = 0; m < FRAMES; m++)
		frame_table[m].flags = FRAME_RAM | FRAME_FREE;
	fake_current = NULL;
	domain_start(0);
	domain_start(1);
}

void machine_tree(void)
{
	machine_start();
	fake_budget_set(20000);
	entries(own(0))[0] = own(1) << 12 | PTE_P | PTE_RW;
	entries(own(1))[0] = own(2) << 12 | PTE_P | PTE_RW;
	entries(own(2))[0] = own(3) << 12 | PTE_P | PTE_RW;
	entries(own(3))[0] = own(10) << 12 | PTE_P | PTE_RW | PTE_G;
	entries(own(3))[1] = own(11) << 12 | PTE_P;
	ck_assert_int_eq(ptable_set_kernel_root(&vcpus[1], MFN(own(0))), 0);
	machine_recount("the tree");
}

int grant_map(struct vcpu *v, u64 where, bool is_pte, u64 flags, struct grant_mapping *made)
{
	struct ptable_grants g;
	int rc;

	ptable_grants_begin(&g, v);
	rc = ptable_grant_map(&g, where, is_pte, flags, made);
	ptable_grants_end(&g);
	return rc;
}

int grant_unmap(struct vcpu *v, u64 where, bool is_pte, const struct grant_mapping *made)
{
	struct ptable_grants g;
	int rc;

	ptable_grants_begin(&g, v);
	rc = ptable_grant_unmap(&g, where, is_pte, made);
	ptable_grants_end(&g);
	return rc;
}

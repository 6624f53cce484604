/* SPDX-License-Identifier: MIT */
/* The entry pages of vcpus (x86/isolation.h): made, freed, and kept in step with what C knows. */
#include <dom/isolation.h>
#include <frame/alloc.h>
#include <frame/ownmap.h>
#include <lib/fail.h>
#include <lib/string.h>

/* Of the SYSCALL stub, which all vcpus use: it addresses the page behind it. */
static void *stub_code;

void isolation_init(void)
{
	if (!isolated())
		return;

	stub_code = pages_alloc(0);
	if (!stub_code)
		panic("no memory for the SYSCALL stub");
	memcpy(stub_code, syscall_stub_start, syscall_stub_end - syscall_stub_start);
}

static u64 window_page(const struct vcpu *v, u32 page)
{
	return guestmap_window(&v->dom->map, v->id) + page * PAGE_SIZE;
}

int vcpu_entry_make(struct vcpu *v)
{
	u64 va = window_page(v, WINDOW_ENTRY_PAGE);
	void *page;

	if (!isolated())
		return 0;

	page = pages_alloc(0);
	if (!page)
		return fail(-ENOMEM, "no memory for a vcpu's entry page");

	ownmap_set(window_page(v, WINDOW_STUB_PAGE), virt_to_mfn(stub_code), PTES_RX);
	ownmap_set(va, virt_to_mfn(page), PTES_RW);

	v->entry_memory = page;
	v->entry = (struct entry_page *)va;
	entry_page_init(v->entry);
	return 0;
}

void vcpu_entry_free(struct vcpu *v)
{
	guestmap_window_free(&v->dom->map, v->id);
	pages_free(v->entry_memory, 0);
}

/*
 * The page that holds the vcpu_info. Only this CPU may know the old one: another that ran the vcpu
 * flushes before it runs a vcpu again.
 */
static void info_publish(struct vcpu *v)
{
	struct entry_page *e = v->entry;
	u64 va = window_page(v, WINDOW_INFO_PAGE), frame;

	e->info = 0;
	if (!v->info)
		return;

	frame = virt_to_mfn(v->info).n;
	if (frame != e->info_frame)
		ownmap_set_here(va, MFN(frame), PTES_RW);

	e->info_frame = frame;
	e->info = va + (u64)v->info % PAGE_SIZE;
}

struct entry_page *vcpu_entry_publish(struct vcpu *v)
{
	struct entry_page *e = v->entry;

	e->kernel_cr3 = v->roots.kernel_cr3;
	e->user_cr3 = v->roots.user_cr3;
	e->cr3 = v->roots.cr3;
	e->kernel_mode = v->kernel_mode;

	e->kernel_sp = v->kernel_stack.sp;
	e->syscall_callback = v->callbacks.syscall;
	e->mask_events = v->callbacks.mask_events;

	info_publish(v);
	return e;
}

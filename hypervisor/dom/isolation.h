/* SPDX-License-Identifier: MIT */
/* What page-table isolation asks of a vcpu: its entry page, and its memory by its own tables. */
#ifndef DOM_ISOLATION_H
#define DOM_ISOLATION_H

#include <dom/domain.h>
#include <x86/isolation.h>

/* Boot, before the first vcpu is made. */
void isolation_init(void);

/* For a vcpu whose window is there; nothing without isolation. 0, or -ENOMEM with a reason. */
__must_check int vcpu_entry_make(struct vcpu *v);
/* Frees the window with it. */
void vcpu_entry_free(struct vcpu *v);

/* @v is about to run here: its entry page gets what C knows of it, and is returned. */
struct entry_page *vcpu_entry_publish(struct vcpu *v);

/*
 * Copies between @buf and the guest's addresses from @va on, none of which are in our slots, by the
 * tables that v->roots.cr3 names, as copy_user() does on a guest's tables: it sets A and D, and
 * stops at what is not mapped, or not writable if @write. Returns the bytes not copied. @v is
 * current.
 */
size_t guest_reach(struct vcpu *v, void *buf, u64 va, size_t n, bool write);

#endif

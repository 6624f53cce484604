/* SPDX-License-Identifier: MIT */
/*
 * Inside the dom0 builder, which dom0.c runs in order: the kernel (dom0_kernel.c), the memory with
 * p2m and first page tables (dom0_memory.c), and what the kernel finds when it starts
 * (dom0_start.c). Where everything lies is planned by pvabi/load/layout.h. Who meets a fault here
 * panics in words: without dom0 there is nothing to run.
 */
#ifndef BOOT_DOM0_H
#define BOOT_DOM0_H

#include <boot/boot.h>
#include <pvabi/load/layout.h>

struct domain;

/* ---- dom0_kernel.c */

struct dom0_kernel {
	struct unpacked file; /* until dom0_kernel_load */
	struct elf_image elf;
	struct guest_notes notes;
};

/* Unpacks and reads the kernel file of @size bytes at @file, and checks that it can be dom0. */
void dom0_kernel_read(struct dom0_kernel *k, const void *file, u64 size);

/* Copies the kernel to its place in dom0's memory, which is cleared, and frees the unpacked one. */
void dom0_kernel_load(struct dom0_kernel *k, const struct guest_layout *l);

/* ---- dom0_memory.c */

/*
 * How many pages dom0 gets of @free_pages, by dom0_mem= and what the machine has in all. *max_pages
 * is what it may have later.
 */
u64 dom0_memory_size(u64 free_pages, u64 total_pages, u64 *max_pages);

/* Gives the domain its next @pages pfns, cleared. */
void dom0_memory_alloc(struct domain *d, u64 pages);

/* Of a pfn that was given: its frame, and its page in the direct map. */
mfn_t dom0_mfn(u64 pfn);
void *dom0_page(u64 pfn);

/* Copies @n bytes to byte @at of dom0's memory. */
void dom0_copy(u64 at, const void *src, u64 n);

/* Writes p2m and m2p. */
void dom0_memory_publish(const struct guest_layout *l, u64 pages);

/* Writes the page tables, in plain frames. */
void dom0_tables_fill(const struct guest_layout *l);

/* ---- dom0_start.c */

/* The start info page; @initrd_size in bytes, 0: none. */
void dom0_start_info_fill(struct domain *d, const struct guest_layout *l, u64 initrd_size);

/* The first vcpu's registers; the page tables are pinned. */
void dom0_vcpu_start(struct domain *d, const struct dom0_kernel *k, const struct guest_layout *l);

#endif

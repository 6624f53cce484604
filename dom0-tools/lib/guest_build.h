/* SPDX-License-Identifier: MIT */
/*
 * Builds a PV guest: build_prepare() reads kernel and initrd and decides the layout, before any
 * domain exists; build_fill() gives a domain its memory, contents, page tables and registers.
 * The domain itself, its store nodes and its devices are left to domain_create.
 */
#ifndef HOSPES_LIB_GUEST_BUILD_H
#define HOSPES_LIB_GUEST_BUILD_H

#include "../access/privcmd.h"
#include "config.h"
#include "guest_layout.h"
#include "guest_memory.h"
#include "kernel_image.h"

struct guest_build {
	const struct domain_config *config;
	struct kernel_image kernel;
	int initrd;            /* descriptor or -1 */
	uint64_t initrd_size;
	struct guest_layout layout;
	/* from build_fill() */
	struct guest_memory memory;
	struct guest_window window; /* everything that is written but the page tables */
	uint32_t store_port, console_port;
	xen_pfn_t store_mfn, console_mfn;
	uint64_t shared_info_frame;
};

/* 0 or -errno with a reason; build_free() in any case. */
int build_prepare(struct guest_build *b, const struct domain_config *config,
		  struct hospes_error *err);
/* The domain exists, is paused, and has its memory limit and its virtual CPUs. */
int build_fill(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err);
/*
 * Frees what building took. With @leave_mapped the window stays in our address space until exit:
 * the kernel takes it down with the whole space, in a fraction of the time.
 */
void build_free(struct guest_build *b, bool leave_mapped);

/* guest_start.c: the last steps of build_fill() */
int start_pages(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err);
int start_vcpu(struct guest_build *b, struct privcmd *p, domid_t domid, struct hospes_error *err);

#endif

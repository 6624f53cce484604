/* SPDX-License-Identifier: MIT */
/*
 * Builds a PV guest: build_prepare() reads kernel and initrd and decides the layout, before any
 * domain exists; build_fill() gives a domain its memory, contents, page tables and registers.
 * The domain itself, its store nodes and its devices are left to domain_create.
 */
#ifndef HOSPES_LIB_GUEST_BUILD_H
#define HOSPES_LIB_GUEST_BUILD_H

#include <dom0-tools/access/privcmd.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/config/config.h>
#include <pvabi/load/layout.h>
#include "guest_memory.h"
#include "kernel_image.h"

struct guest_build {
	const struct domain_config *config;
	struct kernel_image kernel;
	int initrd; /* descriptor or -1 */
	uint64_t initrd_size;
	int lock; /* of the record; the filling process must not keep it */
	struct guest_layout layout;
	/* while filling */
	struct guest_memory memory;
	struct guest_window window; /* everything that is written but the page tables */
	uint64_t shared_info_frame;
	/* from build_fill() */
	uint32_t store_port, console_port;
	xen_pfn_t store_mfn, console_mfn;
};

/* 0 or -errno with a reason; build_free() in any case. */
int __must_check build_prepare(struct guest_build *b, const struct domain_config *config,
			       struct hospes_error *err);
/*
 * The domain exists, is paused, and has its memory limit and its virtual CPUs. On return none of
 * its pages is mapped any more.
 */
int __must_check build_fill(struct guest_build *b, struct privcmd *p, domid_t domid,
			    struct hospes_error *err);
void build_free(struct guest_build *b);

/* Gives the domain a grant table that lets dom0 map its pages of store and console. */
int __must_check start_grants(struct privcmd *p, domid_t domid, xen_pfn_t store_mfn,
			      xen_pfn_t console_mfn, struct hospes_error *err);

/* guest_start.c: the last steps of filling */
int __must_check start_pages(struct guest_build *b, struct privcmd *p, domid_t domid,
			     struct hospes_error *err);
int __must_check start_vcpu(struct guest_build *b, struct privcmd *p, domid_t domid,
			    struct hospes_error *err);

#endif

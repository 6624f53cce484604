/* SPDX-License-Identifier: MIT */
/*
 * Raw hypercalls, hypercall buffers and mappings of other domains' frames, through
 * /dev/xen/privcmd and /dev/xen/hypercall. Typed calls are in domctl.h, sysctl.h, memory.h,
 * hvcall.h. A handle belongs to one thread. Every argument of a hypercall that the hypervisor
 * reads or writes must lie in a hypercall buffer: such memory is resident, so the hypervisor never
 * faults on it.
 */
#ifndef HOSPES_ACCESS_PRIVCMD_H
#define HOSPES_ACCESS_PRIVCMD_H

#include <stddef.h>
#include <stdint.h>
#include <pvabi/xen.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

#ifndef PAGE_SHIFT
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#endif

struct privcmd;

__must_check int privcmd_open(struct privcmd **out, struct hospes_error *err);
void privcmd_close(struct privcmd *p);

/* Issues hypercall @nr. Returns its result, -errno on failure (Linux's and Xen's numbers agree). */
__must_check long privcmd_call(struct privcmd *p, unsigned int nr, uint64_t a0, uint64_t a1,
			       uint64_t a2, uint64_t a3, uint64_t a4);

/* Zeroed memory for hypercall arguments; NULL when out of memory. Any size, kept in whole pages. */
void *privcmd_buffer(struct privcmd *p, size_t size);
void privcmd_buffer_free(struct privcmd *p, void *buffer, size_t size);

/* The handle's own argument page, zeroed; each call of a typed function overwrites it. */
void *privcmd_scratch(struct privcmd *p);

/*
 * Maps @count frames (machine frame numbers for PV guests) of @dom in one batch.
 * With @errs NULL any frame that fails fails the call; otherwise errs[i] holds 0 or -errno and the
 * call fails only when no mapping could be made at all. Returns 0 or -errno.
 */
__must_check int privcmd_map(struct privcmd *p, domid_t dom, int prot, const xen_pfn_t *frames,
			     int *errs, size_t count, void **addr);
void privcmd_unmap(struct privcmd *p, void *addr, size_t count);

#endif

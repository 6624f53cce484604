/* SPDX-License-Identifier: MIT */
/*
 * Maps pages that another domain granted to us, through /dev/xen/gntdev.
 * A mapping lives until gntdev_unmap() or until the descriptor and the mapping are both gone.
 */
#ifndef HOSPES_ACCESS_GNTDEV_H
#define HOSPES_ACCESS_GNTDEV_H

#include <stddef.h>
#include <stdint.h>
#include <pvabi/xen.h>
#include <dom0-tools/base/must_check.h>

/* Bound on one call's pages; our users map single rings. */
#define GNTDEV_MAP_MAX 64

__must_check int gntdev_open(void);
void gntdev_close(int fd);

/*
 * Maps @count grant references of @dom, one after the other, at *@addr.
 * @prot is PROT_READ or PROT_READ | PROT_WRITE. Returns 0 or -errno.
 */
__must_check int gntdev_map(int fd, domid_t dom, const uint32_t *refs, size_t count, int prot,
			    void **addr);
__must_check int gntdev_unmap(int fd, void *addr, size_t count);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The request numbers and layouts of Linux's /dev/xen devices that the access layer uses.
 * They are Linux's user ABI: numbers and layouts are facts, and must not change.
 * Inside access/ only.
 */
#ifndef HOSPES_ACCESS_LINUXDEV_H
#define HOSPES_ACCESS_LINUXDEV_H

#include <stdint.h>
#include <sys/ioctl.h>
#include <pvabi/xen.h>

#define LINUX_IOC(type, nr, size) _IOC(_IOC_NONE, type, nr, size)

/* /dev/xen/privcmd */
struct linux_privcmd_hypercall {
	uint64_t op;
	uint64_t arg[5];
};

struct linux_privcmd_mmapbatch_v2 {
	unsigned int num;
	domid_t dom;
	uint64_t addr;
	const xen_pfn_t *arr;
	int *err;
};

#define LINUX_PRIVCMD_HYPERCALL    LINUX_IOC('P', 0, sizeof(struct linux_privcmd_hypercall))
#define LINUX_PRIVCMD_MMAPBATCH_V2 LINUX_IOC('P', 4, sizeof(struct linux_privcmd_mmapbatch_v2))

/* /dev/xen/evtchn: each request is a few 32-bit words */
struct linux_evtchn_word {
	uint32_t word;
};

struct linux_evtchn_pair {
	uint32_t domain;
	uint32_t port;
};

#define LINUX_EVTCHN_BIND_VIRQ        LINUX_IOC('E', 0, sizeof(struct linux_evtchn_word))
#define LINUX_EVTCHN_BIND_INTERDOMAIN LINUX_IOC('E', 1, sizeof(struct linux_evtchn_pair))
#define LINUX_EVTCHN_UNBIND           LINUX_IOC('E', 3, sizeof(struct linux_evtchn_word))
#define LINUX_EVTCHN_NOTIFY           LINUX_IOC('E', 4, sizeof(struct linux_evtchn_word))

/* /dev/xen/gntdev */
struct linux_gntdev_ref {
	uint32_t domid;
	uint32_t ref;
};

/* The request number counts one reference in the size, whatever the count. */
struct linux_gntdev_map {
	uint32_t count;
	uint32_t pad;
	uint64_t index;
	struct linux_gntdev_ref refs[1];
};

struct linux_gntdev_unmap {
	uint64_t index;
	uint32_t count;
	uint32_t pad;
};

struct linux_gntdev_offset {
	uint64_t vaddr;
	uint64_t offset;
	uint32_t count;
	uint32_t pad;
};

#define LINUX_GNTDEV_MAP    LINUX_IOC('G', 0, sizeof(struct linux_gntdev_map))
#define LINUX_GNTDEV_UNMAP  LINUX_IOC('G', 1, sizeof(struct linux_gntdev_unmap))
#define LINUX_GNTDEV_OFFSET LINUX_IOC('G', 2, sizeof(struct linux_gntdev_offset))

#endif

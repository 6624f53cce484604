/* SPDX-License-Identifier: MIT */
/*
 * Loaded into Debian's xenstored by LD_PRELOAD: stands for Xen and its libraries, so that the
 * daemon runs where there is none. Each domain below DOMAINS_END is there, any event channel can be
 * bound, and a granted page is a page of zeros. STAND_IN_DIR holds the files `port` and `page`,
 * which stand for those that dom0's kernel gives.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <xenctrl.h>
#include <xenevtchn.h>

#define DOMAINS_END 101
#define PAGE_BYTES  4096

static int handle; /* of any library: its address is enough */
static int next_port = 10;

static const char *file_of(const char *name)
{
	static char path[256];
	const char *file;

	if (!strcmp(name, "/proc/xen/xsd_port"))
		file = "port";
	else if (!strcmp(name, "/proc/xen/xsd_kva") || !strcmp(name, "/dev/xen/xsd_kva"))
		file = "page";
	else
		return name;

	snprintf(path, sizeof(path), "%s/%s", getenv("STAND_IN_DIR"), file);
	return path;
}

/* --- the C library's, by each name that a compiler may call it ------------------------------- */

static int real_open(const char *name, int flags, int mode)
{
	static int (*open_it)(const char *, int, ...);

	if (!open_it)
		open_it = dlsym(RTLD_NEXT, "open");

	return open_it(file_of(name), flags, mode);
}

int open(const char *name, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);

	return real_open(name, flags, mode);
}

int open64(const char *name, int flags, ...) __attribute__((alias("open")));

int __open_2(const char *name, int flags);
int __open_2(const char *name, int flags)
{
	return real_open(name, flags, 0);
}

int __open64_2(const char *name, int flags) __attribute__((alias("__open_2")));

/* --- libxenctrl ------------------------------------------------------------------------------ */

xc_interface *xc_interface_open(xentoollog_logger *log, xentoollog_logger *dombuild, unsigned flags)
{
	return (xc_interface *)&handle;
}

int xc_interface_close(xc_interface *xch)
{
	return 0;
}

int xc_domain_getinfo(xc_interface *xch, uint32_t domid, unsigned int count, xc_dominfo_t *info)
{
	memset(info, 0, sizeof(*info));
	if (domid >= DOMAINS_END)
		return 0;

	info->domid = domid;
	info->running = 1;
	return 1;
}

/* --- libxenevtchn ---------------------------------------------------------------------------- */

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *log, unsigned int flags)
{
	return (xenevtchn_handle *)&handle;
}

xenevtchn_handle *xenevtchn_fdopen(struct xentoollog_logger *log, int fd, unsigned int flags)
{
	return (xenevtchn_handle *)&handle;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
	static int fd = -1;

	if (fd < 0)
		fd = eventfd(0, EFD_NONBLOCK);
	return fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
						     evtchn_port_t remote)
{
	return next_port++;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce, unsigned int virq)
{
	return next_port++;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
	return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
	return -1;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
	return 0;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
	return 0;
}

/* --- libxengnttab ---------------------------------------------------------------------------- */

void *xengnttab_open(void *log, unsigned int flags);
void *xengnttab_open(void *log, unsigned int flags)
{
	return &handle;
}

int xengnttab_close(void *xgt);
int xengnttab_close(void *xgt)
{
	return 0;
}

int xengnttab_set_max_grants(void *xgt, uint32_t count);
int xengnttab_set_max_grants(void *xgt, uint32_t count)
{
	return 0;
}

void *xengnttab_map_grant_ref(void *xgt, uint32_t domid, uint32_t ref, int prot);
void *xengnttab_map_grant_ref(void *xgt, uint32_t domid, uint32_t ref, int prot)
{
	return calloc(1, PAGE_BYTES);
}

int xengnttab_unmap(void *xgt, void *start, uint32_t count);
int xengnttab_unmap(void *xgt, void *start, uint32_t count)
{
	return 0;
}

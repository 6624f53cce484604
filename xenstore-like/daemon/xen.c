/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor under the daemon (see xenfloor.h). A domain's page is mapped by the grant that is
 * reserved for the store; a domain whose grant table lacks it is mapped by frame number.
 */
#include "xen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/evtchn.h>
#include <dom0-tools/access/gntdev.h>
#include <dom0-tools/access/privcmd.h>
#include <pvabi/grant_table.h>
#include <pvabi/xen.h>

/* Linux's device for the store daemon of its own domain, and the older files in its xenfs. */
#define OWN_DEVICE     "/dev/xen/xenbus_backend"
#define OWN_PAGE_FILE  "/proc/xen/xsd_kva"
#define OWN_PORT_FILE  "/proc/xen/xsd_port"
#define IOCTL_OWN_PORT _IOC(_IOC_NONE, 'B', 0, 0)

enum { BY_GRANT, BY_FRAME, BY_OWN };

static int events = -1, grants = -1;
static struct privcmd *calls;
static uint32_t death_port;

int xenfloor_open(void)
{
	struct hospes_error err = { 0 };
	int rc;

	events = evtchn_open();
	grants = gntdev_open();
	rc = privcmd_open(&calls, &err);
	if (events < 0 || grants < 0 || rc) {
		log_line("this is no control domain of a running hypervisor: events %d, grants %d, "
			 "calls %d%s%s (are xen-evtchn, xen-gntdev and xen-privcmd loaded?)",
			 events, grants, rc, *err.text ? ": " : "", err.text);
		return events < 0 ? events : grants < 0 ? grants : rc;
	}
	rc = evtchn_bind_virq(events, VIRQ_DOM_EXC);
	if (rc < 0) {
		log_line("cannot hear of the death of domains (VIRQ_DOM_EXC): error %d", -rc);
		return rc;
	}
	death_port = rc;
	return 0;
}

void xenfloor_close(void)
{
	privcmd_close(calls);
	gntdev_close(grants);
	evtchn_close(events);
}

int xenfloor_fd(void)
{
	return events;
}

int xenfloor_event(void)
{
	int port = evtchn_pending(events);

	if (port > 0)
		evtchn_unmask(events, port);
	return port;
}

uint32_t xenfloor_death_port(void)
{
	return death_port;
}

int xenfloor_own_port(uint32_t *port)
{
	int fd = open(OWN_DEVICE, O_RDWR | O_CLOEXEC), n = -1;
	FILE *file;

	if (fd >= 0) {
		n = ioctl(fd, IOCTL_OWN_PORT, 0);
		close(fd);
	}
	if (n <= 0) {
		file = fopen(OWN_PORT_FILE, "re");
		if (!file || fscanf(file, "%d", &n) != 1)
			n = -1;
		if (file)
			fclose(file);
	}
	if (n <= 0)
		return -ENODEV;
	*port = n;
	return 0;
}

static int own_page_map(const char *name, struct xenstore_domain_interface **page)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);
	void *at;
	int rc = 0;

	if (fd < 0)
		return -errno;
	at = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		rc = -errno;
	else
		*page = at;
	close(fd);
	return rc;
}

static int floor_map(uint32_t domid, uint64_t mfn, struct xenstore_domain_interface **page,
		     int *how)
{
	uint32_t ref = GNTTAB_RESERVED_XENSTORE;
	xen_pfn_t frame = mfn;
	int rc;

	if (domid == 0) {
		*how = BY_OWN;
		rc = own_page_map(OWN_DEVICE, page);
		return rc ? own_page_map(OWN_PAGE_FILE, page) : 0;
	}
	*how = BY_GRANT;
	rc = gntdev_map(grants, domid, &ref, 1, PROT_READ | PROT_WRITE, (void **)page);
	if (!rc)
		return 0;
	*how = BY_FRAME;
	return privcmd_map(calls, domid, PROT_READ | PROT_WRITE, &frame, NULL, 1, (void **)page);
}

static void floor_unmap(struct xenstore_domain_interface *page, int how)
{
	if (how == BY_GRANT)
		gntdev_unmap(grants, page, 1);
	else if (how == BY_FRAME)
		privcmd_unmap(calls, page, 1);
	else
		munmap(page, PAGE_SIZE);
}

static int floor_bind(uint32_t domid, uint32_t remote_port)
{
	return evtchn_bind_interdomain(events, domid, remote_port);
}

static void floor_unbind(uint32_t port)
{
	evtchn_unbind(events, port);
}

static void floor_notify(uint32_t port)
{
	evtchn_notify(events, port);
}

static int floor_life(uint32_t domid, struct domain_life *life)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(calls, domid, &info, NULL);

	if (rc)
		return rc;
	life->dying = info.flags & XEN_DOMINF_dying;
	life->shutdown = info.flags & XEN_DOMINF_shutdown;
	return 0;
}

const struct floor xenfloor = {
	.map = floor_map,
	.unmap = floor_unmap,
	.bind = floor_bind,
	.unbind = floor_unbind,
	.notify = floor_notify,
	.life = floor_life,
};

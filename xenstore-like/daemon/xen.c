/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor under the daemon (see xen.h). A domain's page is mapped by the grant that is
 * reserved for the store; a domain whose grant table lacks it is mapped by frame number.
 */
#include "xen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/evtchn.h>
#include <dom0-tools/access/gntdev.h>
#include <dom0-tools/access/privcmd.h>
#include <pvabi/grant_table.h>
#include <pvabi/xen.h>
#include "log.h"

/* Linux's device for the store daemon of its own domain, and the older files in its xenfs. */
#define OWN_DEVICE     "/dev/xen/xenbus_backend"
#define OWN_PAGE_FILE  "/proc/xen/xsd_kva"
#define OWN_PORT_FILE  "/proc/xen/xsd_port"
#define IOCTL_OWN_PORT _IOC(_IOC_NONE, 'B', 0, 0)

/* How a page was mapped. */
enum { BY_GRANT, BY_FRAME, BY_OWN };

static int events = -1, grants = -1;
static struct privcmd *calls;
static uint32_t death_port;

/* Logs which device is missing, and why. */
static int open_failed(const char *module, int rc, const char *why)
{
	log_line("%s cannot be opened: %s (is this a control domain, is the module loaded?)",
		 module, why);
	return rc;
}

int xen_open(void)
{
	struct hospes_error error = { 0 };
	int rc;

	events = evtchn_open();
	if (events < 0)
		return open_failed("xen-evtchn", events, strerror(-events));

	grants = gntdev_open();
	if (grants < 0)
		return open_failed("xen-gntdev", grants, strerror(-grants));

	rc = privcmd_open(&calls, &error);
	if (rc)
		return open_failed("xen-privcmd", rc, error.text);

	rc = evtchn_bind_virq(events, VIRQ_DOM_EXC);
	if (rc < 0) {
		log_line("cannot hear of the death of domains (VIRQ_DOM_EXC): %s", strerror(-rc));
		return rc;
	}

	death_port = rc;
	return 0;
}

void xen_close(void)
{
	privcmd_close(calls);
	gntdev_close(grants);
	evtchn_close(events);
}

int xen_fd(void)
{
	return events;
}

int xen_next_event(void)
{
	int port = evtchn_pending(events);

	/* Unmask before the ring is read, so that what comes later fires again. */
	if (port > 0)
		ignore(evtchn_unmask(events, port));
	return port;
}

uint32_t xen_death_port(void)
{
	return death_port;
}

/* ---- domain 0's own ring */

/* Two ways to learn the port. Each returns it, or a number that is not positive. */

static int own_port_by_device(void)
{
	int fd = open(OWN_DEVICE, O_RDWR | O_CLOEXEC);
	int port;

	if (fd < 0)
		return -errno;

	port = ioctl(fd, IOCTL_OWN_PORT, 0);
	close(fd);
	return port;
}

static int own_port_by_file(void)
{
	FILE *file = fopen(OWN_PORT_FILE, "re");
	int port;

	if (!file)
		return -errno;

	if (fscanf(file, "%d", &port) != 1)
		port = -ENODEV;
	fclose(file);
	return port;
}

int xen_own_port(uint32_t *port)
{
	int n = own_port_by_device();

	if (n <= 0)
		n = own_port_by_file();
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

/* ---- the floor (floor.h). Where something is undone, or only signalled, failures are ignored: the
 * domain may be gone by then. */

static int floor_map_own(struct xenstore_domain_interface **page, int *how)
{
	int rc;

	*how = BY_OWN;
	rc = own_page_map(OWN_DEVICE, page);
	if (rc)
		rc = own_page_map(OWN_PAGE_FILE, page);
	return rc;
}

static int floor_map(uint32_t domid, uint64_t mfn, struct xenstore_domain_interface **page,
		     int *how)
{
	uint32_t ref = GNTTAB_RESERVED_XENSTORE;
	xen_pfn_t frame = mfn;
	int rc;

	if (domid == 0)
		return floor_map_own(page, how);

	*how = BY_GRANT;
	rc = gntdev_map(grants, domid, &ref, 1, PROT_READ | PROT_WRITE, (void **)page);
	if (!rc)
		return 0;

	*how = BY_FRAME;
	return privcmd_map(calls, domid, PROT_READ | PROT_WRITE, &frame, NULL, 1, (void **)page);
}

static void floor_unmap(struct xenstore_domain_interface *page, int how)
{
	switch (how) {
	case BY_GRANT:
		ignore(gntdev_unmap(grants, page, 1));
		break;
	case BY_FRAME:
		privcmd_unmap(calls, page, 1);
		break;
	case BY_OWN:
		munmap(page, PAGE_SIZE);
		break;
	}
}

static int floor_bind(uint32_t domid, uint32_t remote_port)
{
	return evtchn_bind_interdomain(events, domid, remote_port);
}

static void floor_unbind(uint32_t port)
{
	ignore(evtchn_unbind(events, port));
}

static void floor_notify(uint32_t port)
{
	ignore(evtchn_notify(events, port));
}

static int floor_life(uint32_t domid, struct domain_life *life)
{
	struct xen_domctl_getdomaininfo info;
	int rc;

	rc = domctl_info(calls, domid, &info, NULL);
	if (rc)
		return rc;

	life->dying = info.flags & XEN_DOMINF_dying;
	life->shutdown = info.flags & XEN_DOMINF_shutdown;
	return 0;
}

const struct floor xen_floor = {
	.map = floor_map,
	.unmap = floor_unmap,
	.bind = floor_bind,
	.unbind = floor_unbind,
	.notify = floor_notify,
	.life = floor_life,
};

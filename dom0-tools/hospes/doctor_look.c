/* SPDX-License-Identifier: MIT */
/* What hospes doctor looks at. Nothing is changed, and nothing is waited for. */
#include "doctor.h"

#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/access/sysctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/printable.h>
#include <dom0-tools/console/console.h>
#include <dom0-tools/domain/host.h>

#define MIB_SHIFT (20 - PAGE_SHIFT)

/* More than update-grub makes for a hundred kernels. */
#define GRUB_FILE_MAX (1024 * 1024)

/* The first line of a file of the kernel's; empty if there is none. */
static void look_line(const char *path, char *text, size_t size)
{
	if (file_read_text(path, text, size) < 0)
		text[0] = '\0';

	text[strcspn(text, "\n")] = '\0';
	printable_make(text, strlen(text), false);
}

static void look_hypervisor(struct doctor_facts *facts)
{
	char capabilities[64];

	look_line("/sys/hypervisor/type", facts->type, sizeof(facts->type));
	look_line("/sys/hypervisor/version/extra", facts->extra, sizeof(facts->extra));

	facts->xenfs = access("/proc/xen/capabilities", F_OK) == 0;
	look_line("/proc/xen/capabilities", capabilities, sizeof(capabilities));
	facts->control = strstr(capabilities, "control_d") != NULL;
}

static void look_drivers(struct doctor_facts *facts)
{
	static const struct {
		const char *module, *path;
	} drivers[] = {
		{ "xen-privcmd", "/dev/xen/privcmd" },
		{ "xen-evtchn", "/dev/xen/evtchn" },
		{ "xen-gntdev", "/dev/xen/gntdev" },
		{ "xen-blkback", "/sys/bus/xen-backend/drivers/vbd" },
		{ "xen-netback", "/sys/bus/xen-backend/drivers/vif" },
		{ "loop", "/dev/loop-control" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		size_t length = strlen(facts->missing);

		if (access(drivers[i].path, F_OK) != 0)
			snprintf(facts->missing + length, sizeof(facts->missing) - length, "%s%s",
				 length > 0 ? " " : "", drivers[i].module);
	}
}

static bool store_answers(struct store *store)
{
	char *value;

	if (store == NULL || store_read(store, STORE_NO_TXN, "/tool", &value, NULL) < 0)
		return false;

	free(value);
	return true;
}

static bool daemon_answers(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int rc, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return false;

	console_socket_path(address.sun_path, sizeof(address.sun_path));
	rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return rc == 0;
}

static void look_host(struct doctor_facts *facts)
{
	struct xen_domctl_getdomaininfo dom0;
	struct xen_sysctl_physinfo machine;
	struct hospes_error err = { 0 };
	struct host host;
	int rc = host_open(&host, false, &err);

	if (rc < 0) {
		snprintf(facts->hypercalls, sizeof(facts->hypercalls), "%.120s", err.text);
		return;
	}

	facts->store = store_answers(host.store);
	rc = sysctl_physinfo(host.privcmd, &machine, &err);
	if (rc == 0)
		rc = domctl_info(host.privcmd, 0, &dom0, &err);
	if (rc == 0) {
		facts->total_mib = machine.total_pages >> MIB_SHIFT;
		facts->free_mib = machine.free_pages >> MIB_SHIFT;
		facts->dom0_mib = dom0.tot_pages >> MIB_SHIFT;
	} else {
		snprintf(facts->hypercalls, sizeof(facts->hypercalls), "%.120s", err.text);
	}

	host_close(&host);
}

static unsigned int count_paths(const char *pattern)
{
	unsigned int count = 0;
	glob_t found;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		count = (unsigned int)found.gl_pathc;
	globfree(&found);
	return count;
}

static void look_grub(struct doctor_facts *facts)
{
	char *text = malloc(GRUB_FILE_MAX);

	facts->images = count_paths("/boot/xen-hospes-*");
	if (text != NULL && file_read_text("/boot/grub/grub.cfg", text, GRUB_FILE_MAX) > 0)
		facts->grub = doctor_grub(text);
	free(text);
}

static void look_disk(struct doctor_facts *facts)
{
	struct statvfs fs;

	if (statvfs("/var", &fs) == 0)
		facts->var_mib = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
}

void doctor_look(struct doctor_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	look_hypervisor(facts);
	if (facts->control) {
		look_drivers(facts);
		look_host(facts);
		facts->daemon = daemon_answers();
		facts->bridges = count_paths("/sys/class/net/*/bridge");
	}

	look_grub(facts);
	look_disk(facts);
}

/* SPDX-License-Identifier: MIT */
/* The kernel's backend drivers. */
#include "driver.h"

#include <stdio.h>
#include <unistd.h>
#include <dom0-tools/base/process.h>

static const char *const modules[DEV_KINDS] = { "xen-blkback", "xen-netback" };

const char *driver_module(enum dev_kind kind)
{
	return modules[kind];
}

bool driver_present(enum dev_kind kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/drivers/%s", dev_kind_names[kind]);
	return access(path, F_OK) == 0;
}

void driver_load(enum dev_kind kind)
{
	char *const argv[] = { "modprobe", "-q", (char *)modules[kind], NULL };
	char *const env[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	pid_t pid;

	if (driver_present(kind))
		return;

	pid = process_start("/sbin/modprobe", argv, env);
	if (pid > 0)
		ignore(process_wait(pid));
}

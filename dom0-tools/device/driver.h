/* SPDX-License-Identifier: MIT */
/* The kernel's backend drivers, and what they tell in sysfs. */
#ifndef HOSPES_DEVICE_DRIVER_H
#define HOSPES_DEVICE_DRIVER_H

#include <stdbool.h>
#include "dev_nodes.h"

/* A folder a device: "vbd-5-51712", "vif-5-0". */
#define DRIVER_SYSFS "/sys/bus/xen-backend/devices"

bool driver_present(enum dev_kind kind);

/* Loads the driver's module if need be. Whether that helped is seen by the devices. */
void driver_load(enum dev_kind kind);

/* The module's name, for messages. */
const char *driver_module(enum dev_kind kind);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Devices that come to a configuration, go from it, or change in it, as changes of its XML: the
 * result is read through all the checks that any file goes through. The MAC addresses of all its
 * interfaces are written into it, since those that were derived depend on their order.
 */
#ifndef HOSPES_CONFIG_CONFIG_DEVICE_H
#define HOSPES_CONFIG_CONFIG_DEVICE_H

#include "config.h"

/* Bytes of XML: one device needs a page at most. */
#define CONFIG_DEVICE_TEXT_MAX (64 * 1024)

enum config_device { CONFIG_DISK, CONFIG_NIC };

/* What is to come. */
struct config_addition {
	enum config_device kind;
	const char *name; /* of the source, for messages */
	const char *text; /* an item of disk=[] or vif=[] of xl.cfg(5), or with ... */
	bool xml;         /* ... libvirt's element <disk> or <interface> */
};

/* What becomes of an interface. */
struct config_link_change {
	bool rate, link;   /* which of them change */
	uint64_t rate_kib; /* 0: no bound any more */
	bool down;
};

/*
 * The new device is the last of its kind in @changed, for which config_free() must follow in any
 * case, as in the others.
 */
__must_check int config_device_add(const struct domain_config *c, const struct config_addition *add,
				   struct domain_config *changed, struct hospes_error *err);

/* Number @index of its kind, as in c->disks or c->nics. */
__must_check int config_device_remove(const struct domain_config *c, enum config_device kind,
				      unsigned int index, struct domain_config *changed,
				      struct hospes_error *err);
__must_check int config_nic_change(const struct domain_config *c, unsigned int index,
				   const struct config_link_change *change,
				   struct domain_config *changed, struct hospes_error *err);

#endif

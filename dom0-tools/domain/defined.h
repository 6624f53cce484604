/* SPDX-License-Identifier: MIT */
/*
 * Domains that stay: their XML is kept in /etc/hospes/domains/NAME.xml, whether they run or not.
 * One that is to start with the host has a file /etc/hospes/autostart/NAME as well, with its order,
 * its delay and its time to stop. Both are for people to read; files appear whole, and are on the
 * disk when a function returns. $HOSPES_CONF_DIR names another place than /etc/hospes, for tests.
 */
#ifndef HOSPES_DOMAIN_DEFINED_H
#define HOSPES_DOMAIN_DEFINED_H

#include <dom0-tools/config/config.h>
#include "host.h"

/* When and how one starts and stops with the host. */
struct autostart {
	char name[CONFIG_NAME_MAX + 1];
	unsigned int order;        /* lower ones first; those of one order by their names */
	unsigned int delay;        /* seconds from its start until the next one's */
	unsigned int stop_timeout; /* seconds that it has to shut down */
};

#define AUTOSTART_ORDER        50
#define AUTOSTART_ORDER_MAX    9999
#define AUTOSTART_STOP_TIMEOUT 120
#define AUTOSTART_SECONDS_MAX  86400

/* -ENOENT when no domain of that name is defined. config_free() in any case. */
__must_check int defined_load(const char *name, struct domain_config *c, struct hospes_error *err);

/*
 * Defines a domain, or gives a defined one new XML, to which its UUID is added if need be. Refused
 * with -EEXIST: a name or a UUID that another domain has, defined or existing. @h may have no
 * hypervisor: then only the defined ones are looked at.
 */
__must_check int defined_save(struct host *h, struct domain_config *c, struct hospes_error *err);

/*
 * Gives the definition @old of the domain @uuid another name, with its autostart: first there are
 * both, so that one of them is there whenever this is interrupted, then @act is done, then the old
 * one goes, or, where @act fails, the new one. Where nothing is defined of that name and UUID only
 * @act is done. -EEXIST: the new name is another's, defined or existing. No name changes meanwhile.
 */
__must_check int defined_rename(struct host *h, const char *old, const uint8_t uuid[16],
				const char *name, int (*act)(void *context), void *context,
				struct hospes_error *err);

/* With its autostart. A running one goes on. */
__must_check int defined_remove(const char *name, struct hospes_error *err);

/* Their names, in order: free(*names). Returns how many. */
__must_check int defined_list(char (**names)[CONFIG_NAME_MAX + 1], struct hospes_error *err);

/* autostart.c. -ENOENT: it does not start with the host; @a then has the defaults. */
__must_check int autostart_load(const char *name, struct autostart *a, struct hospes_error *err);
__must_check int autostart_save(const struct autostart *a, struct hospes_error *err);
/* One that is none is no error. */
__must_check int autostart_remove(const char *name, struct hospes_error *err);
/* All, in the order of their starts: free(*list). Returns how many. */
__must_check int autostart_list(struct autostart **list, struct hospes_error *err);

/* For defined.c and autostart.c: NAME's file below the folder @what, and that file as a whole. */
__must_check int defined_path(const char *what, const char *name, const char *suffix,
			      char path[256], struct hospes_error *err);
__must_check int defined_write(const char *what, const char *path, const void *data, size_t size,
			       struct hospes_error *err);
__must_check int defined_unlink(const char *what, const char *path, struct hospes_error *err);
const char *defined_dir(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the parts of dev.h share: the state of an attach, and store nodes of devices.
 * Not for use outside dev*.c.
 *
 * Besides the nodes that Linux's backends and frontends read, dom0 keeps one index for itself:
 * /local/domain/0/hospes/disk/FILE/DOMID-VDEV = "w" or "r", with "s" behind if shareable, where
 * FILE is the identity of an image (device and inode) or of a block device. It tells who uses a
 * disk with one look, however many domains there are, and is written in the transaction that writes
 * the device.
 */
#ifndef HOSPES_DEVICE_DEV_PARTS_H
#define HOSPES_DEVICE_DEV_PARTS_H

#include <limits.h>
#include <sys/types.h>
#include "dev.h"
#include <xenstore-like/client/client.h>

#define DEV_PATH_MAX 256
#define DEV_BACKEND  "/local/domain/0/backend"
#define DEV_ERRORS   "/local/domain/0/error/backend"
#define DEV_DISKS    "/local/domain/0/hospes/disk"
#define DEV_SYSFS    "/sys/bus/xen-backend/devices"

/* How long a backend may take to come up or to let go. Under a second is usual, also on slow
 * machines. */
#define DEV_WAIT_MS 15000
/* Transactions meet conflicts only with changes of the same nodes: so many in a row mean a fault.
 */
#define DEV_TXN_TRIES 100

enum dev_state { /* io/xenbus.h of the ABI */
		 DEV_UNKNOWN = 0,
		 DEV_INITIALISING = 1,
		 DEV_INIT_WAIT = 2,
		 DEV_CONNECTED = 4,
		 DEV_CLOSING = 5,
		 DEV_CLOSED = 6,
};

enum dev_kind { DEV_DISK, DEV_NIC, DEV_KINDS };

extern const char *const dev_kind_names[DEV_KINDS]; /* "vbd", "vif" */

/* A disk's source, opened and identified. */
struct dev_source {
	int fd;       /* of the file or block device */
	int loop;     /* of the loop device, or -1 */
	dev_t device; /* what blkback opens */
	char identity[64];
};

struct dev_one {
	enum dev_kind kind;
	unsigned int id;    /* vdev or handle: the last part of the paths */
	unsigned int index; /* in the configuration's disks or nics */
	bool ready;
	struct dev_source source;
};

struct dev_attach {
	uint32_t domid;
	const struct domain_config *config;
	struct store *store;
	unsigned int count;
	struct dev_one devices[CONFIG_DISKS_MAX + CONFIG_NICS_MAX];
};

/* dev_nodes.c */
int dev_store_open(struct store **s, struct hospes_error *err);
void dev_backend_path(enum dev_kind kind, uint32_t domid, unsigned int id, char path[DEV_PATH_MAX]);
void dev_frontend_path(enum dev_kind kind, uint32_t domid, unsigned int id,
		       char path[DEV_PATH_MAX]);
/* The numbers right below a path, ascending; names that are none are left out. 0 if absent. */
int dev_numbers(struct store *s, store_txn t, const char *path, unsigned int *numbers,
		unsigned int max);
/* Removes @path and then its parents as long as they are empty, up to but without @top. */
int dev_prune(struct store *s, store_txn t, const char *path, const char *top);
int dev_disk_index_path(const char *identity, uint32_t domid, unsigned int vdev,
			char path[DEV_PATH_MAX]);
/* Writes all nodes of an attach in one transaction; refuses disks that are in use. */
int dev_write_nodes(struct dev_attach *a, struct hospes_error *err);

/* dev_disk.c */
int dev_disk_open(const struct config_disk *disk, struct dev_source *source,
		  struct hospes_error *err);
int dev_disk_bind(const struct config_disk *disk, struct dev_source *source,
		  struct hospes_error *err);
void dev_disk_close(struct dev_source *source);
int dev_disk_conflict(struct store *s, store_txn t, const struct config_disk *disk,
		      const char *identity, struct hospes_error *err);

/* dev_wait.c */
int dev_wait_ready(struct dev_attach *a, struct hospes_error *err);
long dev_now_ms(void);
/* Makes sure that the kernel has the backend's driver; loads the module if need be. */
void dev_driver_load(enum dev_kind kind);

#endif

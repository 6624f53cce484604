/* SPDX-License-Identifier: MIT */
/*
 * The state of an attach and its steps, one file each. Not for use outside this room. A file calls
 * only those before it:
 *
 *   loop, net_link, driver, dev_nodes < dev_disk < dev_write < dev_wait < dev_attach, dev_detach
 */
#ifndef HOSPES_DEVICE_DEV_ATTACH_H
#define HOSPES_DEVICE_DEV_ATTACH_H

#include <stdbool.h>
#include <sys/types.h>
#include "dev.h"
#include "dev_nodes.h"

/*
 * How long a backend may take to come up or to let go. Usually it is under a second, even on slow
 * machines.
 */
#define DEV_WAIT_MS 15000

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

/* dev_disk.c. The identity is set also of a source that is refused as busy: it tells who has it. */
__must_check int dev_disk_open(const struct config_disk *disk, struct dev_source *source,
			       struct hospes_error *err);
__must_check int dev_disk_bind(const struct config_disk *disk, struct dev_source *source,
			       struct hospes_error *err);
void dev_disk_close(struct dev_source *source);
/* -EBUSY when another domain uses the disk in a way that does not go together with ours. */
__must_check int dev_disk_conflict(struct store *s, store_txn t, const struct config_disk *disk,
				   const char *identity, struct hospes_error *err);

/* dev_write.c: writes all nodes of an attach in one transaction; refuses disks that are in use. */
__must_check int dev_write_nodes(struct dev_attach *a, struct hospes_error *err);

/* dev_wait.c: waits, bounded, until all backends are ready. */
__must_check int dev_wait_ready(struct dev_attach *a, struct hospes_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The state of an attach and its steps, one file each. Not for use outside this room. A file calls
 * only those before it:
 *
 *   loop, net_link, driver, dev_nodes < dev_disk, dev_nic < dev_write < dev_wait
 *	< dev_attach, dev_detach
 */
#ifndef HOSPES_DEVICE_DEV_ATTACH_H
#define HOSPES_DEVICE_DEV_ATTACH_H

#include <stdbool.h>
#include <sys/types.h>
#include "dev.h"
#include "dev_plug.h"

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
	bool running; /* the guest runs: it is shown nothing before all is ready for it */
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
/* Whether it can be opened, and nobody else has it. */
__must_check int dev_disk_check(struct store *s, const struct config_disk *disk,
				struct hospes_error *err);
/* The size of a block device. */
__must_check int dev_disk_size(const char *path, uint64_t *bytes, struct hospes_error *err);
/* -EBUSY when another domain uses the disk in a way that does not go together with ours. */
__must_check int dev_disk_conflict(struct store *s, store_txn t, const struct config_disk *disk,
				   const char *identity, struct hospes_error *err);

/* dev_nic.c. Whether the host has what it needs, and nobody its MAC address. */
__must_check int dev_nic_check(struct store *s, const struct config_nic *nic,
			       struct hospes_error *err);
/* -EEXIST when another station of its bridge has its MAC address. */
__must_check int dev_nic_conflict(struct store *s, store_txn t, const struct config_nic *nic,
				  struct hospes_error *err);

/*
 * dev_write.c: writes all nodes of an attach in one transaction; refuses disks and MAC addresses
 * that are in use. Those of a running guest's frontends are dom0's until they are revealed.
 */
__must_check int dev_write_nodes(struct dev_attach *a, struct hospes_error *err);
__must_check int dev_write_reveal(struct dev_attach *a, struct hospes_error *err);

/* dev_wait.c: waits, bounded, until all backends are ready. */
__must_check int dev_wait_ready(struct dev_attach *a, struct hospes_error *err);

/* dev_attach.c: one device, for dev_plug(); then dev_attach_finish(). */
__must_check int dev_attach_one(uint32_t domid, const struct domain_config *c,
				const struct dev_slot *slot, struct dev_attach **out,
				struct hospes_error *err);
/* dev_detach.c: takes one away at once, whatever the guest does with it. Idempotent. */
__must_check int dev_detach_one(uint32_t domid, enum dev_kind kind, unsigned int id,
				struct hospes_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Store nodes of devices: where they are, and finding and removing them.
 *
 * Besides the nodes that Linux's backends and frontends read, dom0 keeps one index for itself:
 * /local/domain/0/hospes/disk/FILE/DOMID-VDEV = "w" or "r", with "s" behind if shareable, where
 * FILE is the identity of an image (device and inode) or of a block device. It tells who uses a
 * disk with one look, however many domains there are, and is written in the transaction that writes
 * the device. A second one does the same for stations:
 * /local/domain/0/hospes/mac/001122334455/DOMID-HANDLE = the bridge, "" for none.
 */
#ifndef HOSPES_DEVICE_DEV_NODES_H
#define HOSPES_DEVICE_DEV_NODES_H

#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include <xenstore-like/client/client.h>

#define DEV_PATH_MAX 256
#define DEV_DOM0     "/local/domain/0"
#define DEV_BACKEND  DEV_DOM0 "/backend"
#define DEV_ERRORS   DEV_DOM0 "/error/backend"
#define DEV_DISKS    DEV_DOM0 "/hospes/disk"
#define DEV_MACS     DEV_DOM0 "/hospes/mac"

/* "00:11:22:33:44:55", "12500,50000", with their ends. */
#define DEV_MAC_TEXT  18
#define DEV_RATE_TEXT 48

/* Transactions conflict only with changes of the same nodes: so many in a row mean a fault. */
#define DEV_TXN_TRIES 100

/* xenbus's states, see pvabi/io/xenbus.h. */
enum dev_state {
	DEV_UNKNOWN = 0,
	DEV_INITIALISING = 1,
	DEV_INIT_WAIT = 2,
	DEV_INITIALISED = 3,
	DEV_CONNECTED = 4,
	DEV_CLOSING = 5,
	DEV_CLOSED = 6,
};

enum dev_kind { DEV_DISK, DEV_NIC, DEV_KINDS };

extern const char *const dev_kind_names[DEV_KINDS]; /* "vbd", "vif" */

/* dev_store_connect() with a reason. */
__must_check int dev_store_open(struct store **s, struct hospes_error *err);

void dev_backend_path(enum dev_kind kind, uint32_t domid, unsigned int id, char path[DEV_PATH_MAX]);
void dev_frontend_path(enum dev_kind kind, uint32_t domid, unsigned int id,
		       char path[DEV_PATH_MAX]);
/* -EINVAL when @identity cannot be part of a path. */
__must_check int dev_disk_index_path(const char *identity, uint32_t domid, unsigned int vdev,
				     char path[DEV_PATH_MAX]);

void dev_mac_text(const uint8_t mac[6], char text[DEV_MAC_TEXT]);
/* -EINVAL: it is none. */
__must_check int dev_mac_parse(const char *text, uint8_t mac[6]);
/* Of the index of stations: what is below is called DOMID-HANDLE. */
void dev_mac_path(const uint8_t mac[6], char path[DEV_PATH_MAX]);
void dev_mac_index_path(const uint8_t mac[6], uint32_t domid, unsigned int handle,
			char path[DEV_PATH_MAX]);

/*
 * Looks at all users of an index: the node @path has one for each, whose value says how the user
 * has it. @check refuses one that does not go together with @device; then, or on an error of the
 * store, the walk ends with that. No such node: nobody uses it.
 */
typedef int (*dev_user_check)(const void *device, const char *how, const char *user,
			      struct hospes_error *err);

__must_check int dev_users_check(struct store *s, store_txn t, const char *path,
				 dev_user_check check, const void *device,
				 struct hospes_error *err);

/* The numbers right below a path, ascending; names that are none are left out. Returns how many: 0
 * if the path is absent. */
__must_check int dev_numbers(struct store *s, store_txn t, const char *path, unsigned int *numbers,
			     unsigned int max);

/*
 * netback takes a rate as bytes and the microseconds in which they may be sent: "" for none. And
 * back: KiB/s, 0 for no bound.
 */
void dev_rate_text(uint64_t rate_kib, char text[DEV_RATE_TEXT]);
uint64_t dev_rate_read(const char *text);

/* Removes @path and then its parents as long as they are empty, up to but without @top. */
__must_check int dev_prune(struct store *s, store_txn t, const char *path, const char *top);

#endif

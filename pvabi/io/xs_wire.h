/* SPDX-License-Identifier: MIT */
/*
 * The store's wire protocol: a header and its payload, over a socket or over the
 * page that a domain shares with the store daemon. Strings in a payload end in NUL.
 */
#ifndef PVABI_IO_XS_WIRE_H
#define PVABI_IO_XS_WIRE_H

#include <stdint.h>

enum xsd_sockmsg_type {
	XS_CONTROL = 0,
	XS_DIRECTORY = 1,
	XS_READ = 2,
	XS_GET_PERMS = 3,
	XS_WATCH = 4,
	XS_UNWATCH = 5,
	XS_TRANSACTION_START = 6,
	XS_TRANSACTION_END = 7,
	XS_INTRODUCE = 8,
	XS_RELEASE = 9,
	XS_GET_DOMAIN_PATH = 10,
	XS_WRITE = 11,
	XS_MKDIR = 12,
	XS_RM = 13,
	XS_SET_PERMS = 14,
	XS_WATCH_EVENT = 15,
	XS_ERROR = 16,
	XS_IS_DOMAIN_INTRODUCED = 17,
	XS_RESUME = 18,
	XS_SET_TARGET = 19,
	/* 20 was once used and is free */
	XS_RESET_WATCHES = 21,
	XS_DIRECTORY_PART = 22,
	XS_TYPE_COUNT,
	XS_INVALID = 0xffff
};
#define XS_DEBUG XS_CONTROL

#define XS_WRITE_NONE        "NONE"
#define XS_WRITE_CREATE      "CREATE"
#define XS_WRITE_CREATE_EXCL "CREATE|EXCL"

struct xsd_sockmsg {
	uint32_t type;   /* XS_* */
	uint32_t req_id; /* repeated in the answer */
	uint32_t tx_id;  /* transaction, 0 for none */
	uint32_t len;    /* of the payload */
};
_Static_assert(sizeof(struct xsd_sockmsg) == 16, "the ABI fixes the header");

/* The two strings of a watch event. */
enum xs_watch_type { XS_WATCH_PATH = 0, XS_WATCH_TOKEN = 1 };

/* An XS_ERROR carries the name of an error, not its number. These are the ones in use. */
/* clang-format off */
#define XSD_ERROR_NAMES(X)                                                     \
	X(EINVAL) X(EACCES) X(EEXIST) X(EISDIR) X(ENOENT) X(ENOMEM) X(ENOSPC)  \
	X(EIO) X(ENOTEMPTY) X(ENOSYS) X(EROFS) X(EBUSY) X(EAGAIN) X(EISCONN)   \
	X(E2BIG) X(EPERM)
/* clang-format on */

#define XENSTORE_PAYLOAD_MAX  4096
#define XENSTORE_ABS_PATH_MAX 3072
#define XENSTORE_REL_PATH_MAX 2048

#define XENSTORE_RING_SIZE 1024
typedef uint32_t XENSTORE_RING_IDX;
#define MASK_XENSTORE_IDX(idx) ((idx) % XENSTORE_RING_SIZE)

/* server_features */
#define XENSTORE_SERVER_FEATURE_RECONNECTION 1
#define XENSTORE_SERVER_FEATURE_ERROR        2
/* connection */
#define XENSTORE_CONNECTED 0
#define XENSTORE_RECONNECT 1
/* error */
#define XENSTORE_ERROR_NONE    0
#define XENSTORE_ERROR_COMM    1
#define XENSTORE_ERROR_RINGIDX 2
#define XENSTORE_ERROR_PROTO   3

/* The shared page; the indices run free, and the domain writes req_prod and rsp_cons. */
struct xenstore_domain_interface {
	char req[XENSTORE_RING_SIZE]; /* to the daemon */
	char rsp[XENSTORE_RING_SIZE]; /* answers and watch events */
	XENSTORE_RING_IDX req_cons, req_prod;
	XENSTORE_RING_IDX rsp_cons, rsp_prod;
	uint32_t server_features; /* XENSTORE_SERVER_FEATURE_* */
	uint32_t connection;
	uint32_t error;
};
_Static_assert(sizeof(struct xenstore_domain_interface) == 2076, "the ABI fixes the page");

#endif

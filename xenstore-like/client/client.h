/* SPDX-License-Identifier: MIT */
/*
 * The client library of the store: one blocking connection to the store daemon, through the Unix
 * socket where there is one (dom0) and through the kernel's /dev/xen/xenbus otherwise.
 *
 * Every call that returns int gives 0 (or a count) or a negative errno: -ENOENT no such node,
 * -EACCES no permission, -EAGAIN a transaction met a conflict (start again), -EPIPE or -ECONNRESET
 * the daemon went away, -ETIMEDOUT it did not answer for STORE_WAIT_MS: then the handle is of no
 * use any more, and each further call says the same at once (close and open again). So no call
 * waits longer, but store_next_event() when it is told to. A handle belongs to one thread at a
 * time. In a batch, calls that return nothing but success may be ignored: store_batch_end() tells.
 * What paths mean is left to the callers.
 */
#ifndef XENSTORE_LIKE_CLIENT_H
#define XENSTORE_LIKE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>

#define STORE_SOCKET_PATH "/run/xenstored/socket"
#define STORE_KERNEL_PATH "/dev/xen/xenbus"
#define STORE_SOCKET_ENV  "XENSTORED_PATH" /* another socket, for tests */

/* A daemon that lives answers within some 10 ms. So much more is for machines that are emulated, or
 * short of memory. */
#define STORE_WAIT_MS 20000

struct store;

/* 0 is "outside any transaction". */
typedef uint32_t store_txn;
#define STORE_NO_TXN ((store_txn)0)

/* Rights of one domain on a node. In a list of them the first names the owner, and its right is
 * what everybody not named may do. */
enum store_right {
	STORE_NONE = 0,
	STORE_READ = 1,
	STORE_WRITE = 2,
	STORE_BOTH = 3,
};

struct store_perm {
	uint32_t domid;
	enum store_right right;
};

/* A watch fired: what lies at path (or below it) may have changed. Free with store_event_free. */
struct store_event {
	char *path;
	char *token;
};

/* Opens the socket (the one that STORE_SOCKET_ENV names, if it is set); where there is none, as in
 * a guest, the kernel's device. A socket that nobody listens at is a daemon that died: the device
 * would not answer either. NULL with errno set on failure. */
struct store *store_open(void);
/* The same with a socket or a device of that path. */
struct store *store_open_path(const char *path);
/* NULL is allowed. */
void store_close(struct store *s);

/* *value is allocated, always ends with a NUL beyond its length, and is the caller's to free.
 * len may be NULL. */
__must_check int store_read(struct store *s, store_txn txn, const char *path, char **value,
			    size_t *len);

/* These create the node, and missing ones above it, if need be. */
__must_check int store_write(struct store *s, store_txn txn, const char *path, const void *value,
			     size_t len);
__must_check int store_write_string(struct store *s, store_txn txn, const char *path,
				    const char *value);
/* The value is printed: store_printf(s, txn, path, "%u", n). */
__must_check int store_printf(struct store *s, store_txn txn, const char *path, const char *fmt,
			      ...) __attribute__((format(printf, 4, 5)));

/* The value as a decimal number; -EINVAL when it is not one. */
__must_check int store_read_number(struct store *s, store_txn txn, const char *path,
				   uint64_t *number);

/* Creates a node with an empty value; one that exists is left as it is. */
__must_check int store_mkdir(struct store *s, store_txn txn, const char *path);

/* Removes the node and all below it. Absent is not an error as long as its parent exists. */
__must_check int store_rm(struct store *s, store_txn txn, const char *path);

/* False also when one may not look. */
bool store_exists(struct store *s, store_txn txn, const char *path);

/* The names right below path, sorted, as one allocation: free(*names). Returns 0. Long lists are
 * fetched in parts, so there is no limit on their length. */
__must_check int store_directory(struct store *s, store_txn txn, const char *path, char ***names,
				 unsigned int *count);

/* *perms is allocated: free(*perms). */
__must_check int store_get_permissions(struct store *s, store_txn txn, const char *path,
				       struct store_perm **perms, unsigned int *count);
__must_check int store_set_permissions(struct store *s, store_txn txn, const char *path,
				       const struct store_perm *perms, unsigned int count);

__must_check int store_transaction_start(struct store *s, store_txn *txn);

/* Ends it in any case. -EAGAIN: a conflict, nothing was changed, start again. */
__must_check int store_transaction_end(struct store *s, store_txn txn, bool commit);

/*
 * A batch: calls that return nothing but success (write, mkdir, rm, permissions, ...) are sent many
 * at a time, without waiting for each answer; they return 0, or a failure of the connection. Other
 * calls work as usual, after all calls before them. A transaction is started before a batch and
 * ended after it.
 *
 * A request that fails does not stop the later ones: undoing is the caller's work.
 * store_batch_end() returns the first failure, and in *path (path may be NULL) the path of its
 * request, "" if it had none; it is valid until the next batch begins.
 */
void store_batch_begin(struct store *s);
__must_check int store_batch_end(struct store *s, const char **path);

/* Reads many nodes at once. Each value is allocated; NULL where it could not be read. */
__must_check int store_read_many(struct store *s, char *const *paths, unsigned int count,
				 char **values);

/* A new watch fires once as soon as it is made. "@introduceDomain" and "@releaseDomain" can be
 * watched too. */
__must_check int store_watch(struct store *s, const char *path, const char *token);
__must_check int store_unwatch(struct store *s, const char *path, const char *token);

/* The next event. If none has come, it waits for one, or with wait false returns -EAGAIN. Events
 * that came while another call waited for its answer are kept here, where poll() on the file
 * descriptor does not see them: take events until -EAGAIN before each poll(). */
__must_check int store_next_event(struct store *s, struct store_event *event, bool wait);
void store_event_free(struct store_event *event);

/* Waits so long for answers in place of STORE_WAIT_MS: for tests. */
void store_set_wait(struct store *s, int ms);

/* For poll(): readable when an event may have come. */
int store_fileno(const struct store *s);

/* The following are for the toolstack. */

/* Connects a domain: mfn is its ring page, port the event channel that it made for its store. */
__must_check int store_introduce_domain(struct store *s, uint32_t domid, uint64_t mfn,
					uint32_t port);
__must_check int store_release_domain(struct store *s, uint32_t domid);

/* The domain's next shutdown fires @releaseDomain again. */
__must_check int store_resume_domain(struct store *s, uint32_t domid);

/* domid may do from now on what target may. */
__must_check int store_set_target(struct store *s, uint32_t domid, uint32_t target);
__must_check int store_is_domain_introduced(struct store *s, uint32_t domid, bool *introduced);

/* "/local/domain/<domid>", allocated: free(*path). */
__must_check int store_get_domain_path(struct store *s, uint32_t domid, char **path);

/* Asks the daemon about itself ("help" lists what): the words and the answer are text. *answer is
 * allocated: free(*answer). */
__must_check int store_control(struct store *s, const char *const *words, unsigned int count,
			       char **answer);

/* Tells of each child of path that has a child of that name: its own name and the value, as text of
 * one line, cut where it is long. One request is about a hundred of them; -EINVAL: the daemon is
 * too old for it. */
typedef void store_each_fn(void *context, const char *kid, const char *value);
__must_check int store_each(struct store *s, const char *path, const char *name,
			    store_each_fn *each, void *context);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The guest's part in the coming and going of a device: its kernel connects to one that it is
 * shown, and lets go of one that it is asked for. A guest may do neither, so every wait has an end;
 * what was asked in vain is taken back.
 */
#include "dev_guest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/clock.h>
#include "driver.h"

/* A pause between two looks at a device's states. */
#define LOOK_MS 10

/* One device, and what both halves say of themselves. */
struct talk {
	struct store *store;
	enum dev_kind kind;
	uint32_t domid;
	unsigned int id;
	char backend[DEV_PATH_MAX], frontend[DEV_PATH_MAX];
};

static struct talk talk_begin(struct store *s, uint32_t domid, enum dev_kind kind, unsigned int id)
{
	struct talk t = { .store = s, .kind = kind, .domid = domid, .id = id };

	dev_backend_path(kind, domid, id, t.backend);
	dev_frontend_path(kind, domid, id, t.frontend);
	return t;
}

/* DEV_UNKNOWN where there is none. What a guest wrote may be any number. */
static enum dev_state state_read(const struct talk *t, store_txn txn, const char *half)
{
	char path[DEV_PATH_MAX + 8];
	uint64_t state;

	snprintf(path, sizeof(path), "%s/state", half);
	if (store_read_number(t->store, txn, path, &state) < 0 || state > DEV_CLOSED)
		return DEV_UNKNOWN;

	return (enum dev_state)state;
}

static int number_write(const struct talk *t, store_txn txn, const char *key, unsigned int number)
{
	char path[DEV_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", t->backend, key);
	return store_printf(t->store, txn, path, "%u", number);
}

/* Whether the kernel has the backend still. */
static bool driver_has(const struct talk *t)
{
	char path[128];

	snprintf(path, sizeof(path), DRIVER_SYSFS "/%s-%u-%u", dev_kind_names[t->kind], t->domid,
		 t->id);
	return access(path, F_OK) == 0;
}

/* 1: both are connected; 0: not yet; -EIO: one of them has given up. */
static int look_connected(const struct talk *t)
{
	enum dev_state back = state_read(t, STORE_NO_TXN, t->backend);
	enum dev_state front = state_read(t, STORE_NO_TXN, t->frontend);

	if (back >= DEV_CLOSING || front >= DEV_CLOSING)
		return -EIO;

	return back == DEV_CONNECTED && front == DEV_CONNECTED;
}

/* 1: the guest has let go; 0: not yet. */
static int look_closed(const struct talk *t)
{
	enum dev_state front = state_read(t, STORE_NO_TXN, t->frontend);

	if (!driver_has(t))
		return 1;

	return front == DEV_CLOSED || front == DEV_UNKNOWN;
}

static int wait_for(const struct talk *t, int (*look)(const struct talk *t),
		    const struct dev_patience *patience)
{
	int64_t deadline = clock_ms() + patience->wait_ms;
	int rc = look(t);

	while (rc == 0) {
		if (patience->interrupted != NULL && *patience->interrupted != 0)
			return -EINTR;
		if (clock_left_ms(deadline) == 0)
			return -ETIMEDOUT;

		clock_sleep_ms(LOOK_MS);
		rc = look(t);
	}

	return rc < 0 ? rc : 0;
}

/* In words, with what may be done. */
static int no_answer(int rc, const struct dev_patience *patience, const char *what,
		     const char *otherwise, struct hospes_error *err)
{
	if (rc == -EINTR)
		return error_set(err, rc, "interrupted by a signal while the guest had not %s",
				 what);

	return error_set(err, rc,
			 "the guest's kernel does not answer: it has not %s after %d s (%s)", what,
			 patience->wait_ms / 1000, otherwise);
}

int dev_guest_connects(struct store *s, uint32_t domid, enum dev_kind kind, unsigned int id,
		       const struct dev_patience *patience, struct hospes_error *err)
{
	struct talk t = talk_begin(s, domid, kind, id);
	int rc = wait_for(&t, look_connected, patience);

	if (rc == -ETIMEDOUT || rc == -EINTR)
		return no_answer(rc, patience, "connected", "-t 0 does not wait for it", err);
	if (rc < 0)
		return error_set(err, rc,
				 "the guest's kernel could not be connected; see its console");

	return 0;
}

/* One try: 0, or -EAGAIN. *@before becomes the state that the backend had. */
static int ask_once(const struct talk *t, enum dev_state *before)
{
	store_txn txn;
	int rc = store_transaction_start(t->store, &txn);

	if (rc < 0)
		return rc;

	*before = state_read(t, txn, t->backend);
	rc = number_write(t, txn, "online", 0);
	if (rc == 0)
		rc = number_write(t, txn, "state", DEV_CLOSING);
	if (rc < 0) {
		ignore(store_transaction_end(t->store, txn, false));
		return rc;
	}

	return store_transaction_end(t->store, txn, true);
}

/* One try. Nothing is taken back from a guest that has begun to let go. */
static int take_back_once(const struct talk *t, enum dev_state before)
{
	store_txn txn;
	int rc = store_transaction_start(t->store, &txn);

	if (rc < 0)
		return rc;

	if (state_read(t, txn, t->backend) == DEV_CLOSING &&
	    state_read(t, txn, t->frontend) < DEV_CLOSING) {
		rc = number_write(t, txn, "online", 1);
		if (rc == 0)
			rc = number_write(t, txn, "state", before);
	}
	if (rc < 0) {
		ignore(store_transaction_end(t->store, txn, false));
		return rc;
	}

	return store_transaction_end(t->store, txn, true);
}

static int ask(const struct talk *t, enum dev_state *before, struct hospes_error *err)
{
	int rc = -EAGAIN;

	for (int tries = 0; tries < DEV_TXN_TRIES && rc == -EAGAIN; tries++)
		rc = ask_once(t, before);
	if (rc < 0)
		return error_set(err, rc, "cannot write %s: %s", t->backend, strerror(-rc));

	return 0;
}

static void take_back(const struct talk *t, enum dev_state before)
{
	int rc = -EAGAIN;

	for (int tries = 0; tries < DEV_TXN_TRIES && rc == -EAGAIN; tries++)
		rc = take_back_once(t, before);
}

int dev_guest_lets_go(struct store *s, uint32_t domid, enum dev_kind kind, unsigned int id,
		      const struct dev_patience *patience, struct hospes_error *err)
{
	struct talk t = talk_begin(s, domid, kind, id);
	enum dev_state before = DEV_UNKNOWN, front = state_read(&t, STORE_NO_TXN, t.frontend);
	int rc;

	/* Nobody uses what never connected. */
	if (front < DEV_INITIALISED)
		return 0;

	rc = ask(&t, &before, err);
	if (rc < 0)
		return rc;

	rc = wait_for(&t, look_closed, patience);
	if (rc == 0)
		return 0;

	take_back(&t, before);
	/* It may have answered at the last moment. */
	if (look_closed(&t) > 0)
		return 0;

	return no_answer(rc, patience, "let go", "--force takes the device all the same", err);
}

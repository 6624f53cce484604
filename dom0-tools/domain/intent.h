/* SPDX-License-Identifier: MIT */
/*
 * One queue of intents per domain: whoever is about to make, end or change a domain announces that
 * first, and does it when nobody who came before is still at it. The queue is kept in files, not in
 * a daemon: an intent is the file NAME@TICKET below /run/hospes/intents, on which its process holds
 * a lock that the kernel drops with the process, however that ends. Tickets grow, so the order of
 * the files is the order of the queue, and `ls` and `cat` show who waits for whom.
 *
 * A process may have one turn at a time; one that needs two (a rename) takes them in the order of
 * their names. An intent comes before all other locks: who holds building_lock() waits for none.
 */
#ifndef HOSPES_DOMAIN_INTENT_H
#define HOSPES_DOMAIN_INTENT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>
#include <dom0-tools/config/config.h>

/* A queue's name: a domain's name, or "domain@N" for one whose name is none for a file. */
#define INTENT_NAME_MAX CONFIG_NAME_MAX

/*
 * Whether @name can be part of a file's name: only those that a configuration may have can. Names
 * come from people and from other tools.
 */
__must_check bool intent_name_is_plain(const char *name);

/* How long a command waits for its turn, unless it is told otherwise. Ending a domain takes up to
 * 40 seconds where backends do not let go. */
#define INTENT_WAIT_MS 60000

enum intent_verb {
	INTENT_CREATE,
	INTENT_DESTROY,
	INTENT_SHUTDOWN,
	INTENT_REBOOT,
	INTENT_RESTART, /* of a domain that has stopped, by its configuration */
	INTENT_RELEASE, /* the same, to be removed */
	INTENT_SWEEP,
	INTENT_MEMORY, /* another size of it */
	INTENT_PAUSE,
	INTENT_UNPAUSE,
	INTENT_VCPUS, /* another number of virtual CPUs, other places or shares */
	INTENT_SYSRQ,
	INTENT_TRIGGER,
	INTENT_RENAME,
	INTENT_DUMP,
	INTENT_SAVE,
	INTENT_RESTORE, /* from a file */
	INTENT_DEVICE,  /* one more, one less, or a change of one */
};

/* What an intent's file says. */
struct intent_info {
	char verb[16];
	pid_t pid;
	int64_t seconds; /* since it was announced */
	uint8_t uuid[16];
};

struct intent {
	int fd; /* -1: none */
	uint64_t ticket;
	char name[INTENT_NAME_MAX + 1];
};

struct intent_request {
	const char *name;
	enum intent_verb verb;
	const uint8_t *uuid; /* of the domain */
	int wait_ms;         /* 0: only if nobody is before us */
	/* set by a signal handler, it ends the wait. May be NULL. */
	const volatile sig_atomic_t *interrupted;
};

/*
 * Announces an intent and waits for its turn. -ETIMEDOUT when that does not come in time, -EBUSY
 * the same where none was to be waited, -EINTR; the reason names who is before us. Then the intent
 * is withdrawn.
 */
__must_check int intent_begin(struct intent *i, const struct intent_request *request,
			      struct hospes_error *err);

/*
 * The same in two steps, for who waits for the turns of several domains at once, and acts on each
 * when its turn has come: he announces all, and tries again and again. Holding one turn he waits
 * for no other. Of @request neither wait nor interruption count.
 */
__must_check int intent_announce(struct intent *i, const struct intent_request *request,
				 struct hospes_error *err);
/* 0: its turn has come. -EBUSY: not yet, for the reason that @err tells. */
__must_check int intent_try(const struct intent *i, struct hospes_error *err);

/*
 * Whether somebody who waits behind this intent wants the domain gone: a destroy or a shutdown. A
 * restart gives way to it.
 */
__must_check bool intent_overruled(const struct intent *i);

/* Done, or given up. Idempotent. */
void intent_end(struct intent *i);

/* Whether anybody is at the domain called @name, and what for: *info is about the first in turn. */
__must_check bool intent_peek(const char *name, struct intent_info *info);

/* Removes the files of processes that were killed. */
void intents_clean(void);

/*
 * The file that tells of a restart under way, a second name of the kept configuration: so that it
 * also happens when its process dies. Who removes it calls the restart off.
 */
void intent_restart_path(const char *name, char *path, size_t size);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The store's daemon, run beside a test without a hypervisor, in a folder of its own.
 */
#ifndef TESTS_HOST_STORE_DAEMON_RUN_H
#define TESTS_HOST_STORE_DAEMON_RUN_H

#include <stdbool.h>
#include <sys/types.h>
#include <xenstore-like/client/client.h>

extern char daemon_socket[64];
extern pid_t daemon_pid;

/* The next one that keeps its state is to start without what was kept. */
extern bool daemon_empty;

/* Makes the folder; and removes it with what the daemon left there, which has ended by then. */
void daemon_folder_make(void);
void daemon_folder_remove(void);

/* Starts a daemon; returns its process, whether it comes up or not. */
pid_t daemon_spawn(bool keeps_state);

/* Starts the daemon that daemon_pid is. */
void daemon_start(bool keeps_state);

/* Ends it by that signal. By SIGTERM it must end in order. */
void daemon_stop(int sig);

/* A connection to it, once it answers. */
struct store *daemon_connect(void);

#endif

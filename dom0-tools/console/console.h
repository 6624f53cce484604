/* SPDX-License-Identifier: MIT */
/*
 * The client's side of guest consoles: talks to hospesd over its Unix socket, and where logs lie.
 * hospesd keeps each guest's output in /var/log/hospes/NAME.log from its first byte; a client first
 * gets what the guest said since it started, then what it says from there on.
 */
#ifndef HOSPES_CONSOLE_CONSOLE_H
#define HOSPES_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

#define CONSOLE_SOCKET_PATH "/run/hospes/console.sock" /* below $HOSPES_RUN_DIR if that is set */
#define CONSOLE_LOG_DIR     "/var/log/hospes"          /* or $HOSPES_LOG_DIR */
#define CONSOLE_ESCAPE      0x1d                       /* ^] */
/* How long a client waits for a hospesd that is being restarted. */
#define CONSOLE_RECONNECT_SECONDS 10

/* Path of the daemon's socket. */
void console_socket_path(char *path, size_t size);
/* Path of the log of the domain called @name. */
void console_log_path(const char *name, char *path, size_t size);
/*
 * Path of hospesd's own log, and makes its directory: one that no guest can have, since no name
 * holds a slash.
 */
void console_daemon_log_path(char *path, size_t size);
/* Path of what the hypervisor refused to domains called @name, and makes its directory likewise. */
void console_refused_log_path(const char *name, char *path, size_t size);

/*
 * Connects to the console of @domid; with @replay the guest's output since its start comes first.
 * Returns a connected socket on which plain bytes go both ways, or -errno. It ends when the domain
 * does.
 */
__must_check int console_connect(uint32_t domid, bool replay, struct hospes_error *err);

/*
 * Joins the terminal @in/@out with the console until ^] (or end of input that is no terminal and
 * nothing came for a second), or until the domain ends. The terminal is put into raw mode and back.
 * Outlives a restart of hospesd. Returns 0 in all these cases.
 */
__must_check int console_interact(uint32_t domid, bool replay, int in, int out,
				  struct hospes_error *err);

#endif

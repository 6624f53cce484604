/* SPDX-License-Identifier: MIT */
/*
 * The client's side of hospesd's happenings: lines of JSON over its second socket, events.sock.
 */
#ifndef HOSPES_CONSOLE_FEED_H
#define HOSPES_CONSOLE_FEED_H

#include <stddef.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

/* How long a client waits for a hospesd that is being restarted. */
#define FEED_RECONNECT_MS 10000

/* Path of the daemon's socket, below the run directory. */
void feed_socket_path(char *path, size_t size);

/*
 * Connects, and asks for the last @last happenings and all to come. A connected socket, which gives
 * lines; -ECONNREFUSED when no daemon answers in time.
 */
__must_check int feed_connect(unsigned int last, struct hospes_error *err);

#endif

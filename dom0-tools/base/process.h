/* SPDX-License-Identifier: MIT */
/* Child processes: starting a program, and waiting for its end. */
#ifndef HOSPES_BASE_PROCESS_H
#define HOSPES_BASE_PROCESS_H

#include <sys/types.h>
#include "must_check.h"

/*
 * Starts the program @path, with no signal blocked: a daemon that takes its signals through a
 * descriptor blocks them, and children inherit that. @env NULL: our own environment. Returns its
 * process number or -errno.
 */
__must_check pid_t process_start(const char *path, char *const argv[], char *const env[]);

/*
 * In a child that goes on without another program: signals that this process catches end it again,
 * as they would after an exec. Those that are ignored stay so.
 */
void process_signals_reset(void);

/* Waits for a child: its exit code (0 to 255), -ECHILD, or -EINTR if a signal ended it. */
__must_check int process_wait(pid_t pid);

#endif

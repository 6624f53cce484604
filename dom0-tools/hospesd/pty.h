/* SPDX-License-Identifier: MIT */
/* A guest's pseudo terminal, for programs that expect console/tty in the store to name one. */
#ifndef HOSPES_HOSPESD_PTY_H
#define HOSPES_HOSPESD_PTY_H

#include <stddef.h>
#include <dom0-tools/base/must_check.h>

struct pty {
	int master, slave; /* -1 when there is none */
	char name[64];
};

__must_check int pty_open(struct pty *pty);
void pty_close(struct pty *pty);
/* Writes what fits. Without a reader the rest is dropped: the log has it. */
void pty_write(struct pty *pty, const char *text, size_t length);

#endif

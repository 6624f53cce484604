/* SPDX-License-Identifier: MIT */
/*
 * What the daemon says: to its log, daemon/hospesd.log below the guests' logs (no guest's name has
 * a slash in it), and to stderr in the foreground.
 */
#ifndef HOSPES_HOSPESD_NOTE_H
#define HOSPES_HOSPESD_NOTE_H

#include <stdbool.h>

void note_open(bool to_stderr);
/* Opens the log anew, for somebody has moved it away. */
void note_reopen(void);
/* Whether it goes to stderr, too; a worker of this process should do as it does. */
bool note_to_stderr(void);
/* One line, without its end. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

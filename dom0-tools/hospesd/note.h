/* SPDX-License-Identifier: MIT */
/*
 * What the daemon says: to its log, daemon/hospesd.log below the guests' logs (no guest's name has
 * a slash in it), and to stderr in the foreground.
 */
#ifndef HOSPES_HOSPESD_NOTE_H
#define HOSPES_HOSPESD_NOTE_H

#include <stdbool.h>

void note_open(bool to_stderr);
/* One line, without its end. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

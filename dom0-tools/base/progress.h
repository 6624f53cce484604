/* SPDX-License-Identifier: MIT */
/*
 * One line that tells a person at a terminal what this process waits for. It appears on stderr when
 * that has taken two seconds, is written anew in its place, and is gone at the end: what else is
 * printed looks as if it had never been. There is none where stderr is no terminal, nor before
 * progress_begin(): a daemon never calls that, so whatever waits may tell of it.
 */
#ifndef HOSPES_BASE_PROGRESS_H
#define HOSPES_BASE_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/* A shorter wait needs no word, and a word that flashes by cannot be read. */
#define PROGRESS_AFTER_MS 2000
/* Between two writes: a serial line has 11 KiB a second. */
#define PROGRESS_STEP_MS 500
/* Bytes of a line with its NUL: wide terminals have 250 columns. */
#define PROGRESS_LINE_MAX 256

/* A wait begins, for @fmt: "lx: unpacking the kernel". Nothing is shown yet. */
void progress_begin(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same wait goes on, for something else. Shown at once if it is an old one: nobody knows how
 * soon there is more to tell. */
void progress_next(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* To be called often. How far it is, in bytes; @total 0: nobody knows of how many. */
void progress_bytes(uint64_t done, uint64_t total);

/* The same in words: "disk xvda is not ready". */
void progress_tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Nothing new but the time. */
void progress_tick(void);

/* The line goes away, and comes back if the wait goes on: before anything else is printed. */
void progress_hide(void);

/* The wait is over. More than once does no harm. */
void progress_end(void);

/* ---- pure: what is shown */

/* "45 of 98 MiB (45 %)"; in KiB where the total is less than one MiB. */
void progress_amount(char *text, size_t size, uint64_t done, uint64_t total);

/*
 * ", 22 MiB/s, 3 s left" for @done bytes of @total in @ms; "" where that is too early to say, or
 * nobody knows of how many.
 */
void progress_rate(char *text, size_t size, uint64_t done, uint64_t total, int64_t ms);

/*
 * "WHAT: HOW FAR, 12 s", printable and cut to @columns - 1, where a terminal does not wrap;
 * @columns is not 0. Returns its length.
 */
size_t progress_line(char line[PROGRESS_LINE_MAX], const char *what, const char *how_far,
		     int64_t seconds, unsigned int columns);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The one error type of all tools: a number for programs and one line for people.
 * The line says what failed, on which object, with which number, and what to do.
 * The first reason is kept; error_prefix() adds what the caller was doing in front of it.
 */
#ifndef HOSPES_BASE_ERROR_H
#define HOSPES_BASE_ERROR_H

/* Long enough for two path names and a sentence; longer lines are cut. */
#define HOSPES_ERROR_TEXT_MAX 1024

struct hospes_error {
	int code; /* 0 or -errno */
	char text[HOSPES_ERROR_TEXT_MAX];
};

void error_clear(struct hospes_error *err);

/*
 * Sets the reason and returns @code (a negative errno), so that callers write
 * `return error_set(err, -EINVAL, "...", ...)`. @err may be NULL. No newline in the text.
 */
int error_set(struct hospes_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " in front of a reason that is already set. Returns the error's code. */
int error_prefix(struct hospes_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif

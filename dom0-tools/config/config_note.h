/* SPDX-License-Identifier: MIT */
/*
 * What is told of a file: its faults, and what it asks for in vain, with their lines. Inside
 * config/ only.
 */
#ifndef HOSPES_CONFIG_CONFIG_NOTE_H
#define HOSPES_CONFIG_CONFIG_NOTE_H

#include <stdarg.h>
#include "config.h"

/* Keeps one more: "FILE: line N: TEXT", without the line where that is 0. Returns @code. */
int fault_add(struct config_faults *faults, const char *file, unsigned int line, int code,
	      const char *fmt, va_list args);

/* By line, those of one line in the order in which they were found. */
void faults_sort(struct config_faults *faults);

/* The first one and their number, for those who print one line. Its code, or 0: there is none. */
__must_check int faults_first(const struct config_faults *faults, struct hospes_error *err);

/*
 * Adds to the line of what a file asks for and does not get. @who is an element, with the attribute
 * that asks; a second one of the same words adds nothing.
 */
void notice_add(char **notice, const char *file, unsigned int line, const char *who,
		const char *lacks);

void faults_free(struct config_faults *faults);

#endif

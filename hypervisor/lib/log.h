/* SPDX-License-Identifier: MIT */
/* Lines for the console and its ring, from any room. console/ does the work. */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <lib/types.h>
#include <stdarg.h>

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/*
 * One line; a newline is added if there is none. Any context. Works from the first C instruction
 * on: at first into the ring only, then also to what console_init turned on.
 */
void log_print(enum log_level level, const char *fmt, ...) printf_like(2, 3);
void log_print_v(enum log_level level, const char *fmt, va_list ap);

#define log_err(...)   log_print(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  log_print(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_print(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)

#endif

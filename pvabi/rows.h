/* SPDX-License-Identifier: MIT */
/*
 * Takes the column `how` of hypercalls.def apart. ANSWERED, REFUSED and SILENT are no macros
 * themselves: each selector here pastes them behind a prefix of its own.
 */
#ifndef PVABI_ROWS_H
#define PVABI_ROWS_H

/* What becomes of an argument, and on whom an operation may act (hypercalls.def). */
enum row_flags {
	IN = 0,
	AT_ONCE = 0,
	OUT = 1,
	PROGRESS = 2,
	POINTER = 4,
	PREEMPTIBLE = 8,
	DYING = 16,
	OTHER = 32,
};

/* Pastes after both have been expanded. */
#define ROW_PASTE(a, b)  ROW_PASTE_(a, b)
#define ROW_PASTE_(a, b) a##b

/* The rest of the line if the row is answered, or if it is refused; nothing otherwise. */
#define IF_ANSWERED(how, ...)            ROW_ANSWERED_##how(__VA_ARGS__)
#define ROW_ANSWERED_ANSWERED(on, flags) ROW_KEEP
#define ROW_ANSWERED_REFUSED(error, why) ROW_DROP
#define ROW_ANSWERED_SILENT(error, why)  ROW_DROP

#define IF_REFUSED(how, ...)            ROW_REFUSED_##how(__VA_ARGS__)
#define ROW_REFUSED_ANSWERED(on, flags) ROW_DROP
#define ROW_REFUSED_REFUSED(error, why) ROW_KEEP
#define ROW_REFUSED_SILENT(error, why)  ROW_KEEP

#define ROW_KEEP(...) __VA_ARGS__
#define ROW_DROP(...)

/* On whom it acts: domain, domain_at(field) ... or refused. */
#define ROW_ON(how)                ROW_ON_##how
#define ROW_ON_ANSWERED(on, flags) on
#define ROW_ON_REFUSED(error, why) refused
#define ROW_ON_SILENT(error, why)  refused

/* enum row_flags of an answered row; 0 of a refused one. */
#define ROW_FLAGS(how)                (ROW_FLAGS_##how)
#define ROW_FLAGS_ANSWERED(on, flags) flags
#define ROW_FLAGS_REFUSED(error, why) 0
#define ROW_FLAGS_SILENT(error, why)  0

/* Of a refused row: its error; why, in words; whether that is kept out of the log. */
#define ROW_ERROR(how)                ROW_ERROR_##how
#define ROW_ERROR_REFUSED(error, why) error
#define ROW_ERROR_SILENT(error, why)  error
#define ROW_WHY(how)                  ROW_WHY_##how
#define ROW_WHY_REFUSED(error, why)   why
#define ROW_WHY_SILENT(error, why)    why
#define ROW_QUIET(how)                ROW_QUIET_##how
#define ROW_QUIET_ANSWERED(on, flags) 0
#define ROW_QUIET_REFUSED(error, why) 0
#define ROW_QUIET_SILENT(error, why)  1

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Errors that nobody may drop by accident: the compiler warns where the result of a function marked
 * __must_check is not looked at. Where one is dropped on purpose, ignore() says so.
 */
#ifndef HOSPES_BASE_MUST_CHECK_H
#define HOSPES_BASE_MUST_CHECK_H

/* The C library's headers know the name for something else, and only inside themselves. */
#undef __must_check
#define __must_check __attribute__((warn_unused_result))

static inline void ignore(long result)
{
	(void)result;
}

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How this room says no: a negative errno of the ABI and the reason in words. The words stand
 * here once; the user hands them on in its own way (the hypervisor by fail(), the tools by
 * error_set()).
 */
#ifndef PVABI_LOAD_ERROR_H
#define PVABI_LOAD_ERROR_H

#define LOAD_ERROR_TEXT_MAX 256

struct load_error {
	int code; /* -XEN_E...; of no meaning where all went well */
	char text[LOAD_ERROR_TEXT_MAX];
};

/* For functions whose refusal must not be overlooked. */
#define load_checked __attribute__((warn_unused_result))

/*
 * Sets code and text, and returns @code. The text is one line: control characters, which only a
 * file can have brought in, become '?'.
 */
int load_refuse(struct load_error *why, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Text that a guest or a file may have had a hand in, made fit for a terminal: no escape sequence,
 * no control character, in ASCII, in UTF-8 or as a lone byte, is left in it.
 */
#ifndef HOSPES_BASE_PRINTABLE_H
#define HOSPES_BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Puts '?' in the place of each byte that is no printable ASCII and part of no printable character
 * of UTF-8. With @lines newlines and tabs stay. The length is not changed; @text needs no NUL.
 */
void printable_make(char *text, size_t size, bool lines);

#endif

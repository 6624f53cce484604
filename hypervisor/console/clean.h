/* SPDX-License-Identifier: MIT */
/*
 * What of a guest's text may reach a terminal, a screen or the ring that dmesg shows: text and ends
 * of lines. A control character could move the cursor over other lines, change what the terminal
 * sends, or hide what follows. Pure.
 */
#ifndef CONSOLE_CLEAN_H
#define CONSOLE_CLEAN_H

#include <lib/types.h>

/*
 * Copies @n characters to @to, which has room for them. What is no printable ASCII, newline or tab
 * becomes '?'; carriage returns are left out, as lines end without one here. Returns how many.
 */
size_t text_clean(char *to, const char *from, size_t n);

/* The same for dom0, whose terminal it is: what one understands is let through, no more. */
size_t text_clean_terminal(char *to, const char *from, size_t n);

#endif

/* SPDX-License-Identifier: MIT */
/* What the debug keys print. */
#ifndef CTL_KEYS_H
#define CTL_KEYS_H

void debug_key(char key);

#endif

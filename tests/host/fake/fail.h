/* SPDX-License-Identifier: MIT */
/* Why calls were refused, for a program: the last reason is kept, and a test asks for its words. */
#ifndef FAKE_FAIL_H
#define FAKE_FAIL_H

#include <lib/fail.h>
#include <lib/types.h>

extern __thread char fake_reason[256]; /* the last one of this thread */
extern __thread u64 fake_refusals;     /* how many there were */

/* Forgets the last reason. */
void fake_reason_clear(void);

/* Are these words part of the last reason? */
bool fake_reason_has(const char *words);

#endif

/* SPDX-License-Identifier: MIT */
/* Signals that would end the process, for verbs that undo what they have begun. */
#ifndef HOSPES_HOSPES_INTERRUPT_H
#define HOSPES_HOSPES_INTERRUPT_H

#include <signal.h>

/*
 * From now on such a signal only sets what is returned, until interrupt_end(). Those that whoever
 * started us wants ignored, as nohup does, stay ignored.
 */
const volatile sig_atomic_t *interrupt_begin(void);
void interrupt_end(void);

#endif

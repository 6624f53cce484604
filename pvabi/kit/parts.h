/* SPDX-License-Identifier: MIT */
/* What the kit's own files ask of each other; of no use to a kernel. Inside kit/ only. */
#ifndef PVABI_KIT_PARTS_H
#define PVABI_KIT_PARTS_H

#include <pvabi/kit/kit.h>

void console_start(void);
void pages_start(void);
void traps_start(void *entry_stack_top); /* of the calling vcpu */
void grants_start(void);
void events_start(void);
void events_dispatch(void);
void trap_dispatch(struct regs *r);
void kit_main(void);
extern bool process_stopping; /* the process that runs shall come back to process_run */

#endif

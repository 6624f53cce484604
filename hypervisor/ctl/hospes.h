/* SPDX-License-Identifier: MIT */
/* Our own additions to the ABI, as hypercalls.def lists them; some are told by debug keys too. */
#ifndef CTL_HOSPES_H
#define CTL_HOSPES_H

#include <dom/ops.h>
#include <pvabi/hospes.h>

#define OP_hospes(nr, name, arg, who, how, ...) OP_HANDLER(op_hospes_##name, arg, how)
#include <pvabi/hypercalls.def>

/* Prints the longest stretches with interrupts off, for the debug key. (stretches.c) */
void stretches_dump(void);

#endif

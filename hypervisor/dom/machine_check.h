/* SPDX-License-Identifier: MIT */
/* Errors of the hardware that no guest sees: looked for by a timer of each CPU. */
#ifndef DOM_MACHINE_CHECK_H
#define DOM_MACHINE_CHECK_H

/* When all CPUs run. */
void machine_check_start(void);

#endif

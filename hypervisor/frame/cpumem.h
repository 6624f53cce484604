/* SPDX-License-Identifier: MIT */
/* Memory for a CPU's stack, descriptor tables and SYSCALL stub. */
#ifndef FRAME_CPUMEM_H
#define FRAME_CPUMEM_H

#include <lib/types.h>

/* Makes and loads all tables of this CPU, number @cpu; panics if there is no memory for them. */
void cpu_tables_init(u32 cpu);
/* A stack for another CPU, all zero: the address of its struct cpu_info. NULL: no memory. */
struct cpu_info *cpu_stack_make(void);

#endif

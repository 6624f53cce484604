/* SPDX-License-Identifier: MIT */
/*
 * Every interleaving of a few CPUs, up to a number of preemptions. The code under test is the
 * hypervisor's own, compiled with -fsanitize=thread; in place of that sanitizer's library explore.c
 * is linked, to which each access of memory is a step at which another CPU may go on.
 *
 * A run is one schedule. The first keeps each CPU until it waits or ends; then the last choice that
 * was made is made otherwise, until all have been made in all ways.
 *
 * What this does not try: more preemptions than the bound (most races need one or two), and a store
 * that other CPUs see later than its own CPU's next load. What must not be overtaken is done by
 * locked instructions, which no load passes.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "../fake/cpu.h"

#define CPUS 3u

struct scenario {
	const char *name;
	void (*start)(void);     /* before each run */
	void (*cpu[CPUS])(void); /* what each CPU does, then it is in guest mode for good */
	void (*always)(void);    /* checked at each step */
	void (*end)(void);       /* after each run */
	u32 preemptions;         /* how often in a run a CPU that could go on is left */
};

/* Tries all runs; returns their number. The first that fails is printed and ends the program. */
u64 explore(const struct scenario *s);

/* A step of the test's own code, as each access of the code under test is. */
void explore_step(void);

/* This CPU can not go on before another has done something. */
void explore_wait(void);

/* The test's: from here on the code runs on @cpu. Sets fake_cpu, and what is current() there. */
void explore_on(u32 cpu);

/* The test's: may @cpu, which is in guest mode, be woken to answer a request? */
bool explore_interrupted(u32 cpu);

/* Prints what failed and the run's schedule, and ends the program. */
void __noreturn explore_failed(const char *fmt, ...) printf_like(1, 2);

#endif

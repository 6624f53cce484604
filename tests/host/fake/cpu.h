/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: stands for x86/cpu.h, so that the rooms above it run as a program. A
 * CPU is a number that the test chooses, and current() is the vcpu that it says.
 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H
#define X86_CPU_H

#include <sched.h>

/* The C library's own, before the hypervisor's takes its name. */
static inline void fake_yield(void)
{
	sched_yield();
}
#define sched_yield hv_sched_yield

#include <lib/types.h>
#include <pvabi/xen.h>
#include <x86/layout.h>

/* As many as a set of CPUs has bits, whatever is configured. */
#define MAX_CPUS 64

struct domain;
struct vcpu;

enum softirq { SOFTIRQ_SCHED, SOFTIRQ_TIMER, SOFTIRQ_TLB, SOFTIRQ_REAP, SOFTIRQ_CONSOLE };

struct cpu_public {
	u64 posted, flush_stamp;
	const struct domain *tables;
	bool online;
	u32 apic_id, acpi_id;
	struct vcpu *running;
	s64 idle;
};
/* What the measure of stretches has in a CPU (x86/stretch.h). No tested room looks at it. */
struct cpu_info {
	struct cpu_stretch {
		u64 began, least;
		u32 number, operation, softirqs, irq;
	} stretch;
	struct perf_count *perf;
	s64 budget;
};
struct cpu_info *cpu_info(void);

#define BUDGET_LOOKS 12500

/* Looks that a window gives, and each entry. */
extern s64 fake_budget;
void fake_budget_set(s64 looks);
/* A guest's call begins, or is made again. */
void fake_enter(void);

extern struct cpu_public cpu_public[MAX_CPUS];
extern u32 cpu_count;

extern u32 fake_cpu;                       /* which CPU this is */
extern __thread struct vcpu *fake_current; /* whose call is handled */
extern u32 fake_softirqs;                  /* those raised, a bit each; the test clears them */

/* Calls of preempt_window until it says that work waits; 0: it never does. */
extern int fake_preempt_after;

/* What others do in each window; NULL: nothing. */
extern void (*fake_in_window)(void);

static inline u32 cpu_id(void)
{
	return fake_cpu;
}

static inline struct vcpu *current(void)
{
	return fake_current;
}

static inline void softirq_raise(enum softirq s)
{
	fake_softirqs |= 1u << s;
}

/* A test of a room that posts to other CPUs has one of its own. */
void softirq_post(u32 cpu, enum softirq s);

/* There is one CPU: who waits for another waits for ever, which is a panic. */
void cpu_poll(void);

/* With a lock held it is a panic. */
bool preempt_window(void);

/* Prints the message and aborts, which fails the test. */
void __noreturn panic(const char *fmt, ...) printf_like(1, 2);

#define assert(x)                                                                     \
	do {                                                                          \
		if (!(x))                                                             \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #x); \
	} while (0)

#endif

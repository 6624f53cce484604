/* SPDX-License-Identifier: MIT */
/*
 * One CPU's own things. At the top of each CPU's stack lies its struct cpu_info, found by
 * masking the stack pointer: no GS base is needed, both GS bases stay the guest's. What other
 * CPUs may touch is in struct cpu_public only.
 *
 * Rule of the house: ring 0 runs with interrupts off. They are taken only in guest mode, in the
 * idle loop and in preempt_window(), so a handler never meets another one on its CPU.
 */
#ifndef X86_CPU_H
#define X86_CPU_H

#include <config.h>
#include <lib/types.h>
#include <pvabi/xen.h>
#include <x86/layout.h>

#define MAX_CPUS CONFIG_MAX_CPUS

struct domain;
struct perf_count;
struct vcpu;

/* Softirq numbers: work posted to be done before the CPU goes back to a guest. */
enum softirq {
	SOFTIRQ_SCHED,   /* choose again who runs */
	SOFTIRQ_TIMER,   /* some software timers are due */
	SOFTIRQ_TLB,     /* flush requests are waiting */
	SOFTIRQ_REAP,    /* domains to be freed with no lock held (dom/domain.c) */
	SOFTIRQ_CONSOLE, /* text waits for the serial line (console/serial.c) */
};

/* The stretch with interrupts off that goes on now, and its cause (x86/stretch.h). */
struct cpu_stretch {
	u64 began;             /* TSC */
	u64 least;             /* cycles of the shortest that is kept: longer ones are too */
	u32 number, operation; /* of the last hypercall */
	u32 softirqs;          /* those being served; 0: none */
	u32 irq;               /* vector of the interrupt being served that hit ring 0; 0: none */
};

/* Looks of an entry into ring 0, and of a window: half of what a stretch may last. */
#define BUDGET_LOOKS 12500

/* Top of the stack. entry.S knows these offsets (x86/offsets.c). */
struct cpu_info {
	struct cpu_user_regs regs; /* the guest's registers while we are in ring 0 */
	struct vcpu *current;      /* whose guest state is loaded; NULL: none, the CPU idles */
	u32 cpu;
	u32 softirqs;   /* bits of enum softirq; set by this CPU, or by others through cpu_public */
	u32 held_ranks; /* of locks, a bit each (x86/lock.c) */
	u32 spec_ctrl;  /* IA32_SPEC_CTRL, with which the guest that is loaded here runs */
	struct cpu_stretch stretch;
	struct perf_count *perf; /* what the present stretch is charged to (x86/perf.h) */
	u64 padding;             /* of the stack's alignment */
	s64 budget;              /* looks that are left (x86/budget.h) */
};

/* What other CPUs may touch: posts and reads, all atomic. */
struct cpu_public {
	u64 posted;      /* bits of enum softirq set by others, taken over at the next poll */
	u64 flush_stamp; /* flush clock at this CPU's last full flush (frame/tlb.c) */
	const struct domain *tables; /* whose page tables it runs on (frame/tlb.c); NULL: ours */
	bool online;
	u32 apic_id, acpi_id;
	struct vcpu *running; /* a hint: who runs here */

	/* ns without a vcpu, in all. While it has none, less the system time when that began. */
	s64 idle;
} __aligned(64);

extern struct cpu_public cpu_public[MAX_CPUS];
extern u32 cpu_count; /* CPUs online, ids 0..cpu_count-1 */

static inline struct cpu_info *cpu_info(void)
{
	u64 sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp | (STACK_SIZE - 1)) + 1 - sizeof(struct cpu_info));
}

static inline u32 cpu_id(void)
{
	return cpu_info()->cpu;
}

/* The vcpu whose hypercall or trap is being handled; NULL while idle or booting. */
static inline struct vcpu *current(void)
{
	return cpu_info()->current;
}

static inline struct cpu_user_regs *guest_regs(void)
{
	return &cpu_info()->regs;
}

static inline void softirq_raise(enum softirq s)
{
	cpu_info()->softirqs |= 1u << s;
}

/* Posts @s to @cpu, which may be this one. Another gets an IPI, if @s was not posted already. */
void softirq_post(u32 cpu, enum softirq s);

/* Takes what others posted. So does a spinning CPU: who holds a lock may wait for flushes. */
void cpu_poll(void);

/*
 * Opens interrupts for an instant, and begins another budget. Returns true if work waits that must
 * be done before this CPU goes on, or the guest that runs here is to hear of an event: the caller
 * of a long operation then stores its progress and returns -ERESTART. No lock may be held.
 */
bool preempt_window(void);

/*
 * Before the machine goes down: all other CPUs stop where they are, locks or not. If two CPUs want
 * to be the last one, one wins and the other never returns.
 */
void cpus_stop_others(void);
void cpu_stop_if_told(void); /* on an NMI */
bool cpu_alone(void);        /* this CPU stopped the others: locks that they held count as free */

/* Stops the machine with a message: for bugs of ours only, never for what a guest did. */
void __noreturn panic(const char *fmt, ...) printf_like(1, 2);

#define assert(x)                                                                     \
	do {                                                                          \
		if (!(x))                                                             \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #x); \
	} while (0)

#endif

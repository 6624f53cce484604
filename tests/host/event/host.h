/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: stands in for x86/cpu.h, so that code above it runs as a program.
 * Locks check the lock order as they do on the machine. host.c has the functions; the grant tests
 * use them too.
 */
#ifndef TEST_HOST_H
#define TEST_HOST_H
#define X86_CPU_H

#include <pthread.h>
#include <sched.h>
static inline void host_yield(void)
{
	sched_yield();
}
#define sched_yield hv_sched_yield /* the hypervisor has one of its own */

#include <lib/errno.h>
#include <lib/types.h>
#include <pvabi/xen.h>
#include <x86/lock.h>

struct vcpu;
struct domain;

#define MAX_CPUS 64
extern u32 cpu_count;
extern __thread struct vcpu *host_current;
void __noreturn panic(const char *fmt, ...) printf_like(1, 2);
bool preempt_window(void);
static inline struct vcpu *current(void)
{
	return host_current;
}
static inline u32 cpu_id(void)
{
	return 0;
}
#define assert(x)                                                                     \
	do {                                                                          \
		if (!(x))                                                             \
			panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #x); \
	} while (0)

/*
 * Domains of the test: id 0 is dom0. They have vcpus, a shared page, and references that are
 * counted.
 */
#define HOST_DOMAINS 3
extern struct domain *host_domain[HOST_DOMAINS];
void host_domains_make(u32 vcpus);
/* Checks that only the test's own references are left, and frees. */
void host_domains_free(void);

extern char host_reason[256];
extern int host_preempt_after; /* calls of preempt_window until it says yes; 0: never */
extern u64 host_heap_blocks;

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls as inline functions: the number in rax, arguments in rdi, rsi, rdx, r10, r8, the
 * result in rax; rcx and r11 are lost, as with any `syscall`. One function for each call that a
 * small kernel uses; `hypercall` makes any other. What the calls mean is in the headers of pvabi/
 * and in hypercalls.def.
 */
#ifndef PVABI_KIT_HYPERCALL_H
#define PVABI_KIT_HYPERCALL_H

#include <pvabi/event_channel.h>
#include <pvabi/grant_table.h>
#include <pvabi/sched.h>
#include <pvabi/xen.h>

static inline long hypercall(unsigned long nr, unsigned long a, unsigned long b, unsigned long c,
			     unsigned long d, unsigned long e)
{
	register unsigned long r10 __asm__("r10") = d;
	register unsigned long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8)
			 : "0"(nr)
			 : "rcx", "r11", "memory");
	return ret;
}

/* Arguments that a call does not have are 0. */
#define CALL(nr, ...) CALL_FIVE(nr, __VA_ARGS__, 0, 0, 0, 0, 0)
#define CALL_FIVE(nr, a, b, c, d, e, ...)                                                        \
	hypercall(__HYPERVISOR_##nr, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
		  (unsigned long)(d), (unsigned long)(e))

static inline long hc_set_trap_table(const struct trap_info *list)
{
	return CALL(set_trap_table, list);
}

static inline long hc_set_gdt(const xen_pfn_t *frames, unsigned int entries)
{
	return CALL(set_gdt, frames, entries);
}

static inline long hc_stack_switch(unsigned long ss, unsigned long sp)
{
	return CALL(stack_switch, ss, sp);
}

static inline long hc_set_callbacks(void *event, void *failsafe, void *syscall)
{
	return CALL(set_callbacks, event, failsafe, syscall);
}

static inline long hc_mmu_update(const struct mmu_update *list, unsigned int n, unsigned int *done,
				 unsigned int dom)
{
	return CALL(mmu_update, list, n, done, dom);
}

static inline long hc_mmuext_op(const struct mmuext_op *list, unsigned int n, unsigned int *done,
				unsigned int dom)
{
	return CALL(mmuext_op, list, n, done, dom);
}

static inline long hc_update_va_mapping(const volatile void *va, unsigned long pte,
					unsigned long flags)
{
	return CALL(update_va_mapping, va, pte, flags);
}

static inline long hc_update_descriptor(unsigned long maddr, unsigned long descriptor)
{
	return CALL(update_descriptor, maddr, descriptor);
}

static inline long hc_memory_op(unsigned int cmd, void *arg)
{
	return CALL(memory_op, cmd, arg);
}

static inline long hc_multicall(struct multicall_entry *list, unsigned int n)
{
	return CALL(multicall, list, n);
}

static inline long hc_console_io(int cmd, unsigned long count, const void *text)
{
	return CALL(console_io, cmd, count, text);
}

static inline long hc_event_channel_op(int cmd, void *arg)
{
	return CALL(event_channel_op, cmd, arg);
}

static inline long hc_grant_table_op(unsigned int cmd, void *list, unsigned int n)
{
	return CALL(grant_table_op, cmd, list, n);
}

static inline long hc_sched_op(int cmd, void *arg)
{
	return CALL(sched_op, cmd, arg);
}

static inline long hc_vcpu_op(int cmd, unsigned int vcpu, void *arg)
{
	return CALL(vcpu_op, cmd, vcpu, arg);
}

static inline long hc_xen_version(int cmd, void *arg)
{
	return CALL(xen_version, cmd, arg);
}

static inline long hc_vm_assist(unsigned int cmd, unsigned int type)
{
	return CALL(vm_assist, cmd, type);
}

static inline long hc_set_debugreg(int reg, unsigned long value)
{
	return CALL(set_debugreg, reg, value);
}

static inline long hc_set_segment_base(int which, unsigned long base)
{
	return CALL(set_segment_base, which, base);
}

#endif

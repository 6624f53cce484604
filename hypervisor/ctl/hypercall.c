/* SPDX-License-Identifier: MIT */
/*
 * From the registers of a guest's SYSCALL to a handler and back. The table of handlers comes from
 * the one list of hypercalls, pvabi/hypercalls.def.
 */
#include <ctl/ctl.h>
#include <event/event.h>
#include <grant/grant.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <ptable/ptable.h>
#include <pvabi/hypercall.h>
#include <x86/upcalls.h>

#define SYSCALL_LENGTH 2 /* bytes of the instruction, for a call that is made again */
#define MULTICALL_BATCH 32 /* calls between two looks at whether others should run */

typedef long handler_t(struct hypercall *hc);

static handler_t *const handlers[HYPERCALL_COUNT] = {
#define HC(nr, name, args, who, meaning) [nr] = hc_##name,
#include <pvabi/hypercalls.def>
};

/* Asked by stock kernels and tools at each start, to learn that they are not offered: xsm, hvm, kexec, xenpmu, hypfs. */
#define PROBED_CALLS (1ul << 27 | 1ul << 34 | 1ul << 37 | 1ul << 40 | 1ul << 42)

long hypercall_run(struct hypercall *hc)
{
	if (hc->nr >= HYPERCALL_COUNT)
		return fail(-ENOSYS, "hypercall %u", hc->nr);
	if (!handlers[hc->nr])
		return PROBED_CALLS >> hc->nr & 1 ? -ENOSYS : fail(-ENOSYS, "hypercall %u", hc->nr);
	return handlers[hc->nr](hc);
}

static void args_from_regs(struct hypercall *hc, const struct cpu_user_regs *r)
{
	*hc = (struct hypercall){
		.arg = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 },
		.nr = r->rax > HYPERCALL_COUNT ? HYPERCALL_COUNT : (u32)r->rax,
	};
}

static void args_to_regs(const struct hypercall *hc, struct cpu_user_regs *r)
{
	r->rdi = hc->arg[0];
	r->rsi = hc->arg[1];
	r->rdx = hc->arg[2];
	r->r10 = hc->arg[3];
	r->r8 = hc->arg[4];
	r->r9 = hc->arg[5];
}

void upcall_hypercall(struct cpu_user_regs *regs)
{
	struct hypercall hc;
	long ret;

	args_from_regs(&hc, regs);
	ret = hypercall_run(&hc);
	if (ret == -ERESTART) {
		args_to_regs(&hc, regs);
		regs->rip -= SYSCALL_LENGTH;
		return;
	}
	regs->rax = ret;
}

/* One call of a list. -ERESTART: the entry holds where it is to go on. */
static long multicall_one(struct multicall_entry *entry)
{
	struct multicall_entry e;
	struct hypercall hc = { .nr = 0 };
	long ret;

	if (guest_copy_in(&e, entry, sizeof(e)))
		return fail(-EFAULT, "a multicall entry is not readable");
	for (u32 i = 0; i < ARRAY_SIZE(hc.arg); i++)
		hc.arg[i] = e.args[i];
	hc.nr = e.op > HYPERCALL_COUNT ? HYPERCALL_COUNT : (u32)e.op;
	if (hc.nr == __HYPERVISOR_multicall || hc.nr == __HYPERVISOR_iret)
		ret = fail(-EINVAL, "hypercall %u inside a multicall", hc.nr);
	else
		ret = hypercall_run(&hc);
	if (ret == -ERESTART) {
		for (u32 i = 0; i < ARRAY_SIZE(hc.arg); i++)
			e.args[i] = hc.arg[i];
		return guest_copy_out(entry, &e, sizeof(e)) ? -EFAULT : -ERESTART;
	}
	return guest_copy_out(&entry->result, &ret, sizeof(ret));
}

long hc_multicall(struct hypercall *hc)
{
	struct multicall_entry *list = HC_PTR(hc, 0, struct multicall_entry);
	u32 count = (u32)hc->arg[1];

	for (u32 i = 0; i < count; i++) {
		long ret = 0;

		if (i && i % MULTICALL_BATCH == 0 && preempt_window())
			ret = -ERESTART;
		else
			ret = multicall_one(&list[i]);
		if (ret == -ERESTART) {
			hc->arg[0] += i * sizeof(*list);
			hc->arg[1] = count - i;
			return ret;
		}
		if (ret)
			return ret;
		if (READ_ONCE(current()->dom->crash_waits))
			return 0;
	}
	return 0;
}

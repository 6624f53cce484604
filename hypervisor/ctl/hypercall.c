/* SPDX-License-Identifier: MIT */
/*
 * From the registers of a guest's SYSCALL to a handler and back. Handlers and refusals come from the
 * one table of hypercalls, pvabi/hypercalls.def.
 */
#include <ctl/ctl.h>
#include <event/event.h>
#include <grant/grant.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/string.h>
#include <ptable/ptable.h>
#include <pvabi/hypercall.h>
#include <x86/hooks.h>

#define SYSCALL_LENGTH  2  /* bytes of the instruction, for a call that is made again */
#define MULTICALL_BATCH 32 /* calls between two looks at whether others should run */

typedef long handler_t(struct hypercall *hc);

static handler_t *const handlers[HYPERCALL_COUNT] = {
#define HC(nr, name, args, who, how, ...) IF_ANSWERED(how, [nr] = hc_##name, )
#include <pvabi/hypercalls.def>
};

/* Why the others are refused; NULL: there is none of that number. */
static const struct refusal {
	const char *why;
	bool quiet; /* stock kernels and tools ask at each start: no line in the log */
} refusals[HYPERCALL_COUNT] = {
#define HC(nr, name, args, who, how, ...) \
	IF_REFUSED(how, [nr] = { .why = ROW_WHY(how), .quiet = ROW_QUIET(how) }, )
#include <pvabi/hypercalls.def>
};

/* Kept out of line: the way of the calls that are answered needs no stack frame then. */
static long __noinline hypercall_refuse(u32 nr)
{
	const struct refusal *r = nr < HYPERCALL_COUNT ? &refusals[nr] : NULL;

	if (!r || !r->why)
		return fail(-ENOSYS, "there is no hypercall %u", nr);
	if (r->quiet)
		return -ENOSYS;
	return fail(-ENOSYS, "hypercall %u is refused: %s", nr, r->why);
}

static long hypercall_run(struct hypercall *hc)
{
	if (hc->nr < HYPERCALL_COUNT && handlers[hc->nr])
		return handlers[hc->nr](hc);
	return hypercall_refuse(hc->nr);
}

void hook_hypercall(struct cpu_user_regs *r)
{
	struct hypercall hc = {
		.arg = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 },
		.nr = MIN(r->rax, (u64)HYPERCALL_COUNT),
	};
	long ret = hypercall_run(&hc);

	if (ret != -ERESTART) {
		r->rax = ret;
		return;
	}

	/* The instruction is executed once more, with the arguments as the handler left them. */
	r->rip -= SYSCALL_LENGTH;
	r->rdi = hc.arg[0];
	r->rsi = hc.arg[1];
	r->rdx = hc.arg[2];
	r->r10 = hc.arg[3];
	r->r8 = hc.arg[4];
	r->r9 = hc.arg[5];
}

/* One call of a list. 0, or -EFAULT; -ERESTART: the entry holds where it is to go on. */
static long multicall_one(struct multicall_entry *entry)
{
	struct multicall_entry e;
	struct hypercall hc = { .nr = 0 };
	long ret;

	if (guest_copy_in(&e, entry, sizeof(e)))
		return fail(-EFAULT, "a multicall entry is not readable");

	memcpy(hc.arg, e.args, sizeof(hc.arg));
	hc.nr = MIN(e.op, (u64)HYPERCALL_COUNT);

	if (hc.nr == __HYPERVISOR_multicall || hc.nr == __HYPERVISOR_iret)
		ret = fail(-EINVAL, "hypercall %u inside a multicall", hc.nr);
	else
		ret = hypercall_run(&hc);

	if (ret != -ERESTART)
		return guest_copy_out(&entry->result, &ret, sizeof(ret));

	memcpy(e.args, hc.arg, sizeof(hc.arg));
	if (guest_copy_out(entry, &e, sizeof(e)))
		return -EFAULT;
	return -ERESTART;
}

long hc_multicall(struct hypercall *hc)
{
	struct multicall_entry *list = HC_PTR(hc, 0, struct multicall_entry);
	u32 count = (u32)hc->arg[1], i;
	long ret = 0;

	for (i = 0; i < count && !READ_ONCE(current()->dom->crash_waits); i++) {
		if (i && i % MULTICALL_BATCH == 0 && preempt_window())
			ret = -ERESTART;
		else
			ret = multicall_one(&list[i]);
		if (ret)
			break;
	}

	if (ret == -ERESTART) {
		hc->arg[0] += i * sizeof(*list);
		hc->arg[1] = count - i;
	}
	return ret;
}

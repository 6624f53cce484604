/* SPDX-License-Identifier: MIT */
/*
 * From the registers of a guest's SYSCALL to a handler and back. Handlers and refusals come from
 * the one table of hypercalls, pvabi/hypercalls.def.
 */
#include <ctl/ctl.h>
#include <dom/ops.h>
#include <event/event.h>
#include <grant/grant.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <lib/index.h>
#include <lib/string.h>
#include <ptable/ptable.h>
#include <pvabi/hypercall.h>
#include <x86/hooks.h>
#include <x86/stretch.h>

_Static_assert(HOSPES_PERF_HYPERCALL + HYPERCALL_COUNT == HOSPES_PERF_UNKNOWN, "one more");

#define SYSCALL_LENGTH 2 /* bytes of the instruction, for a call that is made again */

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
	const struct refusal *r = OP_FIND(refusals, nr);

	if (!r || !r->why)
		return fail(-ENOSYS, "there is no hypercall %u", nr);

	if (r->quiet)
		return -ENOSYS;

	return fail(-ENOSYS, "hypercall %u is refused: %s", nr, r->why);
}

long hypercall_run(struct hypercall *hc)
{
	handler_t *const *handler = OP_FIND(handlers, hc->nr);

	if (handler && *handler)
		return (*handler)(hc);

	return hypercall_refuse(hc->nr);
}

void hook_hypercall(struct cpu_user_regs *r)
{
	struct hypercall hc = {
		.arg = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 },
		.nr = index_nospec(MIN(r->rax, (u64)HYPERCALL_COUNT), HYPERCALL_COUNT + 1),
	};
	long rc;

	perf_enter(&current()->perf[HOSPES_PERF_HYPERCALL + hc.nr]);
	stretch_is_hypercall(hc.nr, (u32)hc.arg[0]);

	rc = hypercall_run(&hc);
	if (rc != -ERESTART) {
		r->rax = rc;
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

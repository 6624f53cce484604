/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls of the table with arguments by chance, on each vcpu that asks: numbers at borders,
 * pointers good and bad, structures of plausible words (own frames, ports, domain numbers). The
 * pages are all vcpus' own, the arguments a vcpu's. Left out: what only ends or stops this domain.
 */
#ifndef TESTS_GUEST_FUZZ_H
#define TESTS_GUEST_FUZZ_H

#include <pvabi/callback.h>
#include <pvabi/hospes.h>
#include <pvabi/memory.h>
#include <pvabi/physdev.h>
#include <pvabi/rows.h>
#include <pvabi/vcpu.h>
#include <pvabi/version.h>
#include <tests/guest/test.h>

#define PAGES   16
#define REPAIRS 200
#define FUZZERS 8 /* vcpus, at most */

static const u32 calls[] = {
#define HC(nr, name, args, who, how, ...) IF_ANSWERED(how, nr, )
#include <pvabi/hypercalls.def>
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

/* Sub-operations as the table has them, so that most calls get beyond their first check. */
static const struct {
	u32 call, nr;
} ops[] = {
#define OP(call, nr, name, arg, who, how, ...) { __HYPERVISOR_##call, nr },
#include <pvabi/hypercalls.def>
};
#define OPS (sizeof(ops) / sizeof(ops[0]))

static struct fuzzer {
	u64 *arguments; /* a page that stays */
	u32 repairs;
	u64 calls;
} fuzzers[FUZZERS];

static u64 *page[PAGES];
static u64 fuzz_until; /* system time */
static bool tracing;

static struct fuzzer *fuzzer(void)
{
	return &fuzzers[vcpu_id()];
}

static u64 number(void)
{
	static const u64 borders[] = { 0,
				       1,
				       2,
				       3,
				       7,
				       8,
				       63,
				       64,
				       127,
				       128,
				       255,
				       256,
				       511,
				       512,
				       4095,
				       4096,
				       65535,
				       0x7ff0,
				       0x7ff1,
				       0x7ff2,
				       0x7ff4,
				       0x7fffffff,
				       0x80000000,
				       0xffffffff,
				       1ul << 32,
				       1ul << 52,
				       1ul << 63,
				       ~0ul,
				       ~0ul - 7,
				       HV_FIRST,
				       HV_INSIDE,
				       HV_LAST_PAGE,
				       NON_CANONICAL,
				       KERNEL_BASE + 0x10000000,
				       0xfee00,
				       0xfee00000 };

	switch (below(8)) {
	case 0:
		return (u64)random_next() << 32 | random_next();
	case 1:
		return va_to_mfn(page[below(PAGES)]);
	case 2:
		return va_to_mfn(page[below(PAGES)]) << PAGE_SHIFT | (below(512) << 3) | below(8);
	case 3:
		return (u64)page[below(PAGES)] + (below(512) << 3);
	case 4:
		return below(16);
	default:
		return borders[below(sizeof(borders) / sizeof(borders[0]))];
	}
}

static u64 argument(void)
{
	return below(3) ? number() : (u64)&fuzzer()->arguments[below(480)];
}

/* What would end or stop this domain without testing anything. */
static bool left_out(u32 nr, u64 cmd)
{
	u32 c = (u32)cmd;

	switch (nr) {
	case __HYPERVISOR_iret:
	case __HYPERVISOR_set_callbacks:
	case __HYPERVISOR_set_trap_table:
		return true;
	case __HYPERVISOR_sched_op:
	case __HYPERVISOR_sched_op_compat:
		return c == SCHEDOP_block || c == SCHEDOP_shutdown || c == SCHEDOP_poll ||
		       c == SCHEDOP_watchdog;
	case __HYPERVISOR_callback_op:
		return true;
	case __HYPERVISOR_vcpu_op:
		return c == VCPUOP_down || c == VCPUOP_send_nmi || c == VCPUOP_register_vcpu_info;
	case __HYPERVISOR_console_io:
		return true; /* only noise */
	case __HYPERVISOR_event_channel_op:
	case __HYPERVISOR_event_channel_op_compat:
		return c == EVTCHNOP_close || c == EVTCHNOP_reset || c == EVTCHNOP_init_control;
	default:
		return false;
	}
}

static void fill(void)
{
	u64 *arguments = fuzzer()->arguments;

	for (u32 n = 8 + below(40); n; n--)
		arguments[below(512)] = below(4) ? number() : below(256);
}

/* The call that is about to be made, on the hypervisor's console, which no later call can take
 * back. */
static void trace(const u64 *words, u32 count)
{
	char line[256], *p = line;

	for (u32 i = 0; i < count; i++) {
		u64 n = words[i];

		for (int shift = 60; shift >= 0; shift -= 4)
			if (n >> shift || !shift)
				*p++ = "0123456789abcdef"[n >> shift & 15];
		*p++ = i + 1 < count ? ' ' : '\n';
	}
	hc_console_io(CONSOLEIO_write, p - line, line);
}

static void trace_call(u32 nr, const u64 *a)
{
	const u64 *arguments = fuzzer()->arguments;
	u64 call[] = { nr, a[0], a[1], a[2], a[3], a[4] };

	trace(call, 6);
	for (u32 i = 0; nr == __HYPERVISOR_mmuext_op && i < a[1]; i++)
		trace(&arguments[3 * i], 3);
}

/* Multicalls and the old event call carry calls of their own: those are not random numbers, but
 * pages of zeros. */
static void one(void)
{
	u32 op = below(OPS), nr = below(4) ? ops[op].call : calls[below(CALLS)];
	u64 *arguments = fuzzer()->arguments;
	u64 a[5];

	for (u32 i = 0; i < 5; i++)
		a[i] = argument();
	if (nr == ops[op].call && nr != __HYPERVISOR_mmu_update && nr != __HYPERVISOR_mmuext_op)
		a[0] = ops[op].nr;
	if (nr == __HYPERVISOR_mmuext_op || nr == __HYPERVISOR_mmu_update) {
		a[0] = (u64)arguments;
		a[1] = below(8);
		arguments[0] = nr == __HYPERVISOR_mmuext_op ? below(21) : arguments[0];
		a[3] = below(4) ? DOMID_SELF : a[3];
	}
	if (nr == __HYPERVISOR_grant_table_op)
		a[2] = below(
			64); /* a batch by chance would last for seconds, with nothing new in it */
	if (nr == __HYPERVISOR_multicall || left_out(nr, a[0]) ||
	    (nr == __HYPERVISOR_event_channel_op_compat))
		return;
	if (tracing)
		trace_call(nr, a);
	hypercall(nr, a[0], a[1], a[2], a[3], a[4]);
}

/* A page of ours may be gone by now; then the words are written nowhere. */
static void safely(void *unused)
{
	(void)unused;
	fill();
	for (u32 i = 0; i < 8; i++)
		one();
}

/*
 * One of our calls took the page of arguments from us, or made it read-only: once more, or another.
 */
static void repair(struct fuzzer *f)
{
	page_op(MMUEXT_UNPIN_TABLE, va_to_mfn(f->arguments));
	page_writable(f->arguments, va_to_mfn(f->arguments));
	if (try_write((u64)f->arguments, 0) != VECTOR_NONE && f->repairs++ < REPAIRS)
		f->arguments = page_alloc();
}

/* Until the time that the command line gives is over. */
static void fuzz(void *unused)
{
	struct fuzzer *f = fuzzer();

	(void)unused;
	events_mask();
	while (time_ns() < fuzz_until)
		if (trap_try(safely, NULL) == VECTOR_NONE)
			f->calls += 8;
		else
			repair(f);
}

static void fuzz_start(void)
{
	char text[16];
	u64 seconds = cmdline_word("seconds", text, sizeof(text)) ? number_parse(text) : 5;

	tracing = cmdline_word("trace", text, sizeof(text));
	for (u32 i = 0; i < FUZZERS; i++)
		fuzzers[i].arguments = page_alloc();
	for (u32 i = 0; i < PAGES; i++)
		page[i] = page_alloc();
	fuzz_until = time_ns() + seconds * SECOND;
}

static u64 fuzz_calls(void)
{
	u64 n = 0;

	for (u32 i = 0; i < FUZZERS; i++)
		n += fuzzers[i].calls;
	return n;
}

#endif

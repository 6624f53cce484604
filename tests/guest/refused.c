/* SPDX-License-Identifier: MIT */
/*
 * Every row of the table of hypercalls does as it says: what is refused answers the row's error,
 * with a line in the domain's log or without one, as the row has it; what is answered does not say
 * that it does not exist. Asked by a guest, so whole calls that are for the control domain answer
 * EPERM, whatever the operation.
 */
#include <pvabi/callback.h>
#include <pvabi/domctl.h>
#include <pvabi/hospes.h>
#include <pvabi/hypercall.h>
#include <pvabi/platform.h>
#include <pvabi/rows.h>
#include <pvabi/sysctl.h>
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

enum { any, priv, control };

/* Which calls are not for a guest at all. */
static const u8 call_who[HYPERCALL_COUNT] = {
#define HC(nr, name, args, who, how, ...) [nr] = who,
#include <pvabi/hypercalls.def>
};

static const struct call {
	const char *name;
	u32 nr;
	bool refused, quiet;
} calls[] = {
#define HC(nr, name, args, who, how, ...) \
	{ #name, nr, IF_ANSWERED(how, false) IF_REFUSED(how, true), ROW_QUIET(how) },
#include <pvabi/hypercalls.def>
};

static const struct operation {
	const char *name;
	u32 call, nr;
	bool quiet;
	long error; /* 0: it is answered */
} operations[] = {
#define OP(call, nr, name, arg, who, how, ...)                      \
	{ #call " " #name, __HYPERVISOR_##call, nr, ROW_QUIET(how), \
	  IF_ANSWERED(how, 0) IF_REFUSED(how, ROW_PASTE(XEN_, ROW_ERROR(how))) },
#include <pvabi/hypercalls.def>
};

/*
 * Asks for an operation with arguments that no answered one takes: an address of the hypervisor's.
 */
static long ask(const struct operation *op)
{
	static u64 room[16];
	u64 version = 0;

	switch (op->call) {
	case __HYPERVISOR_platform_op:
		version = XENPF_INTERFACE_VERSION;
		break;
	case __HYPERVISOR_sysctl:
		version = XEN_SYSCTL_INTERFACE_VERSION;
		break;
	case __HYPERVISOR_domctl:
		version = XEN_DOMCTL_INTERFACE_VERSION;
		break;
	case __HYPERVISOR_mmuext_op:
		room[0] = op->nr;
		room[1] = ~0ul;
		room[2] = HV_INSIDE;
		return hypercall(op->call, (u64)room, 1, 0, DOMID_SELF, 0);
	case __HYPERVISOR_mmu_update:
		room[0] = (~0ul << 12) | op->nr;
		return hypercall(op->call, (u64)room, 1, 0, DOMID_SELF, 0);
	case __HYPERVISOR_vm_assist:
		return hypercall(op->call, VMASST_CMD_disable, op->nr, 0, 0, 0);
	case __HYPERVISOR_vcpu_op:
		return hypercall(op->call, op->nr, 0, HV_INSIDE, 0, 0);
	case __HYPERVISOR_console_io:
		return hypercall(op->call, op->nr, 1, HV_INSIDE, 0, 0);
	case __HYPERVISOR_set_segment_base:
		return hypercall(op->call, op->nr, NON_CANONICAL | 0xffff, 0, 0, 0);
	default:
		return hypercall(op->call, op->nr, HV_INSIDE, 1, 0, 0);
	}
	room[0] = version << 32 | op->nr;
	return hypercall(op->call, (u64)room, 0, 0, 0, 0);
}

/* What stops this domain when it is done. */
static bool left_out(const struct operation *op)
{
	switch (op->call) {
	case __HYPERVISOR_sched_op:
	case __HYPERVISOR_sched_op_compat:
		return op->nr == SCHEDOP_block || op->nr == SCHEDOP_shutdown;
	case __HYPERVISOR_vcpu_op:
		return op->nr == VCPUOP_down || op->nr == VCPUOP_send_nmi;
	default:
		return false;
	}
}

/* How many bytes came to this domain's log since it was asked last. */
static u64 log_news(void)
{
	static char text[HOSPES_LOG_MOST];
	static u64 position;
	u64 news = 0;
	long n;

	do {
		n = hypercall(__HYPERVISOR_hospes, HOSPESOP_read_log, DOMID_SELF, (u64)text,
			      sizeof(text), (u64)&position);
		news += n > 0 ? n : 0;
	} while (n > 0);
	return news;
}

static void refused_call(const struct call *c)
{
	bool said;

	log_news();
	ok_is(hypercall(c->nr, 0, 0, 0, 0, 0), -XEN_ENOSYS, "call %s is refused", c->name);
	said = log_news();
	ok(said == !c->quiet, "call %s: %s in the log", c->name, said ? "a line" : "nothing");
}

static void refused_operation(const struct operation *op)
{
	bool of_control = call_who[op->call] != any;
	long want = of_control ? -XEN_EPERM : -op->error;
	bool said;

	log_news();
	ok_is(ask(op), want, "%s is refused", op->name);
	said = log_news();
	ok(said == (of_control || !op->quiet), "%s: %s in the log", op->name,
	   said ? "a line" : "nothing");
}

void test_main(void)
{
	u32 refused = 0, answered = 0, unknown = 0;

	events_mask();

	for (u32 i = 0; i < ROWS(calls); i++)
		if (calls[i].refused)
			refused_call(&calls[i]);

	for (u32 i = 0; i < ROWS(operations); i++)
		if (operations[i].error) {
			refused_operation(&operations[i]);
			refused++;
		}

	for (u32 i = 0; i < ROWS(operations); i++) {
		if (operations[i].error || left_out(&operations[i]))
			continue;
		answered++;
		if (ask(&operations[i]) == -XEN_ENOSYS) {
			unknown++;
			ok(false, "%s is answered", operations[i].name);
		}
	}
	ok_is(unknown, 0, "%u operations are answered, %u refused", answered, refused);
	ok(answered > 100 && refused > 100, "the table is whole");
}

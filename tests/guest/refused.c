/* SPDX-License-Identifier: MIT */
/*
 * Every row of the table of hypercalls does as it says: what is refused answers the row's error,
 * with a line in the domain's log or without one, as the row has it; what is answered does not say
 * that it does not exist, and each nonsense that it refuses leaves a line, with the time and the
 * place in the guest's code. Asked by a guest, so whole calls that are for the control domain
 * answer EPERM, whatever the operation.
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

static char text[HOSPES_LOG_MOST];

/* How many bytes came to this domain's log since it was asked last; the last of them in text. */
static u64 log_news(void)
{
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

/* Nonsense for calls that are no lists of operations; what the ABI answers to it is no error for
 * the first. */
static const struct {
	const char *what;
	u32 nr;
	u64 args[5];
} nonsense[] = {
	{ "memory for a reservation at NULL", __HYPERVISOR_memory_op, { 0, 0 } },
	{ "a trap table", __HYPERVISOR_set_trap_table, { HV_INSIDE } },
	{ "updates", __HYPERVISOR_mmu_update, { HV_INSIDE, 1, 0, DOMID_SELF } },
	{ "a count of updates", __HYPERVISOR_mmu_update, { 0, 0, HV_INSIDE, DOMID_SELF } },
	{ "a list of frames", __HYPERVISOR_set_gdt, { HV_INSIDE, 1 } },
	{ "a stack segment", __HYPERVISOR_stack_switch, { 0, 0 } },
	{ "callbacks", __HYPERVISOR_set_callbacks, { HV_INSIDE, HV_INSIDE, HV_INSIDE } },
	{ "a debug register", __HYPERVISOR_set_debugreg, { 77, 0 } },
	{ "a debug register to read", __HYPERVISOR_get_debugreg, { 77 } },
	{ "a descriptor", __HYPERVISOR_update_descriptor, { ~0ul, 0 } },
	{ "a multicall", __HYPERVISOR_multicall, { HV_INSIDE, 1 } },
	{ "a mapping", __HYPERVISOR_update_va_mapping, { HV_INSIDE, 1, 0 } },
	{ "another's mapping", __HYPERVISOR_update_va_mapping_otherdomain, { 0, 0, 0, 77 } },
	{ "an old event operation", __HYPERVISOR_event_channel_op_compat, { HV_INSIDE } },
	{ "grants", __HYPERVISOR_grant_table_op, { GNTTABOP_copy, HV_INSIDE, 1 } },
	{ "a segment base", __HYPERVISOR_set_segment_base, { 77, 0 } },
	{ "extended operations", __HYPERVISOR_mmuext_op, { HV_INSIDE, 1, 0, DOMID_SELF } },
	{ "an addition", __HYPERVISOR_hospes, { 77, HV_INSIDE } },
	{ "a log's place",
	  __HYPERVISOR_hospes,
	  { HOSPESOP_read_log, DOMID_SELF, HV_INSIDE, 99, HV_INSIDE } },
	{ "a call", 63, { 0 } },
};

static void nonsense_refused(u32 i)
{
	const u64 *a = nonsense[i].args;
	long rc;

	log_news();
	rc = hypercall(nonsense[i].nr, a[0], a[1], a[2], a[3], a[4]);
	ok(log_news() && (rc < 0 || i == 0), "nonsense leaves a line: %s", nonsense[i].what);
}

/* With an address of ours, and with none. */
static void answered_operation(const struct operation *op, u32 *unknown)
{
	long rc[2];
	bool said[2];

	log_news();
	rc[0] = ask(op);
	said[0] = log_news();
	rc[1] = hypercall(op->call, op->nr, 0, 1, 0, 0);
	said[1] = log_news();

	if (rc[0] == -XEN_ENOSYS) {
		(*unknown)++;
		ok(false, "%s is answered", op->name);
	}
	for (u32 i = 0; i < ROWS(rc); i++)
		if (rc[i] < 0 && !said[i])
			ok(false, "%s %s leaves a line", op->name, i ? "of NULL" : "of ours");
}

/* The number in hexadecimal behind the second blank from @at on. */
static u64 place_in(const char *at)
{
	u64 place = 0;

	for (u32 blanks = 0; blanks < 2; at++)
		blanks += *at == ' ';
	for (; *at && *at != ' '; at++)
		place = place << 4 | (u64)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	return place;
}

/* "[   12.345678] d1v0 ffffffff81234567 WHERE: WHY" */
static void lines_have_time_and_place(void)
{
	u64 place;

	log_news();
	hypercall(63, 0, 0, 0, 0, 0);
	log_news();
	ok(text[0] == '[' && text[6] == '.' && text[13] == ']', "a line begins with the time");

	place = place_in(text + 13);
	ok(place > KERNEL_BASE && place < (u64)text, "the call came from %lx", place);
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
		answered_operation(&operations[i], &unknown);
	}
	for (u32 i = 0; i < ROWS(nonsense); i++)
		nonsense_refused(i);
	lines_have_time_and_place();
	ok_is(unknown, 0, "%u operations are answered, %u refused", answered, refused);
	ok(answered > 100 && refused > 100, "the table is whole");
}

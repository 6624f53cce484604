/* SPDX-License-Identifier: MIT */
/*
 * Traps, the system call and the callbacks, all through one function; a way to try code that may
 * trap; and a way into user mode. A trap that nobody expects is told and ends the domain as
 * crashed.
 */
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>

#define VECTORS     32
#define INT_SYSCALL 128
#define KERNEL_CS   (FLAT_KERNEL_CS & ~3) /* ring 0 in a frame means: the guest's kernel */

extern const u64 trap_entries[VECTORS];
extern char trap_128[], entry_syscall[], entry_event[], entry_failsafe[], trap_try_end[];
int trap_try_at(void (*fn)(void *), void *arg, u64 *slot);

bool (*trap_hook)(struct regs *regs);
static struct trap_last last[VCPUS_MAX];
static u64 try_stack[VCPUS_MAX]; /* where a trap leaves what is tried; 0: nothing is */

struct trap_last *trap_last(void)
{
	return &last[vcpu_id()];
}

int trap_try(void (*fn)(void *), void *arg)
{
	return trap_try_at(fn, arg, &try_stack[vcpu_id()]);
}

static void trap_unexpected(const struct regs *r)
{
	print("\nTRAP %lu error %lx rip %lx rsp %lx cs %lx cr2 %lx on vcpu %u\n", r->vector,
	      r->error, r->rip, r->rsp, r->cs, trap_last()->cr2, vcpu_id());
	kernel_exit(SHUTDOWN_crash);
}

void trap_dispatch(struct regs *r)
{
	u64 tried = try_stack[vcpu_id()];

	if (r->vector == VECTOR_EVENT) {
		events_dispatch();
		if (!process_stopping || !(r->cs & 3))
			return;
	}
	trap_last()->cr2 = vcpu_info()->arch.cr2;
	if (trap_hook && trap_hook(r))
		return;
	trap_last()->regs = *r;
	if (!tried)
		trap_unexpected(r);
	r->rip = (u64)trap_try_end;
	r->rsp = tried;
	r->rax = r->vector;
	r->cs = KERNEL_CS;
	r->ss = FLAT_KERNEL_SS;
	r->rflags &= ~0x40100ul; /* no single step, no alignment check */
}

/* From interrupt 3 and 4 on user mode may raise what it may raise on the bare machine. */
void traps_start(void *entry_stack_top)
{
	struct trap_info table[VECTORS + 2] = { 0 };

	for (u32 i = 0; i < VECTORS; i++)
		table[i] = (struct trap_info){ .vector = i,
					       .flags = i == 3 || i == 4 ? 3 : 0,
					       .cs = FLAT_KERNEL_CS,
					       .address = trap_entries[i] };
	table[VECTORS] = (struct trap_info){
		.vector = INT_SYSCALL, .flags = 3, .cs = FLAT_KERNEL_CS, .address = (u64)trap_128
	};
	hc_set_trap_table(table);
	hc_set_callbacks(entry_event, entry_failsafe, entry_syscall);
	hc_stack_switch(FLAT_KERNEL_SS, (u64)entry_stack_top);
	vcpu_info()->evtchn_upcall_mask = 0;
}

int user_enable(void)
{
	return page_op(MMUEXT_NEW_USER_BASEPTR, va_to_mfn((void *)start_info->pt_base));
}

static void user_go(void *frame)
{
	iret_frame(frame);
}

int user_try(void (*fn)(void), void *stack_top)
{
	struct iret_context frame = { .rip = (u64)fn,
				      .cs = FLAT_USER_CS,
				      .rflags = 0x202,
				      .rsp = (u64)stack_top,
				      .ss = FLAT_USER_SS };

	return trap_try(user_go, &frame);
}

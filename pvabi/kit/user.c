/* SPDX-License-Identifier: MIT */
/*
 * User processes: page tables and registers of their own. On x86-64 a PV guest has two roots, and
 * the hypervisor takes the one or the other as its code enters and leaves kernel mode; what both
 * have, the kernel may read and write where the process does. A process runs until a trap, a
 * system call, or somebody's process_stop; then process_run returns to the kernel, which looks at
 * its registers, changes them, and runs it on. By one vcpu at a time.
 */
#include <pvabi/kit/kit.h>
#include <pvabi/kit/parts.h>

#define RFLAGS_START 0x202 /* interrupts on */

bool process_stopping;
static struct process *current; /* whose memory the roots have */

void regs_go(struct regs *regs); /* start.S */

struct process *process_new(u64 entry, u64 stack_top)
{
	struct process *p = page_alloc();

	p->root = page_alloc();
	if (page_readonly(p->root, va_to_mfn(p->root)))
		return NULL;

	p->fpu = fpu_new();
	p->regs.rip = entry;
	p->regs.cs = FLAT_USER_CS;
	p->regs.rflags = RFLAGS_START;
	p->regs.rsp = stack_top;
	p->regs.ss = FLAT_USER_SS;
	return p;
}

int process_map(struct process *p, u64 va, u64 entry)
{
	if (va >= PROCESS_END)
		return -1;

	return page_map_in(p->root, va, entry);
}

/* All of a process lies below one entry of its root: the kernel's root gets the same. */
static long take_memory(struct process *p)
{
	long rc;

	if (current == p)
		return 0;

	rc = page_entry_write(page_entry_maddr(0, 4), p->root[0]);
	if (!rc)
		rc = page_op(MMUEXT_NEW_USER_BASEPTR, va_to_mfn(p->root));
	if (!rc)
		rc = page_op(MMUEXT_TLB_FLUSH_LOCAL, 0);
	current = rc ? NULL : p;
	return rc;
}

/* No event may use the stack on the way: the frame stands in the middle of it. */
static void go(void *frame)
{
	events_mask();
	regs_go(frame);
}

int process_run(struct process *p)
{
	struct regs frame = p->regs;
	int vector;

	if (take_memory(p))
		return VECTOR_NONE;

	process_stopping = false;
	fpu_load(p->fpu);
	vector = trap_try(go, &frame);
	fpu_save(p->fpu);
	p->regs = trap_last()->regs;
	return vector;
}

void process_stop(void)
{
	process_stopping = true;
}

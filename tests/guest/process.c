/* SPDX-License-Identifier: MIT */
/*
 * User processes of the kit: each has its own memory at the same address, and its own extended
 * registers; it comes to the kernel by a system call, goes on behind it with the kernel's answer,
 * is stopped by an event while it runs in a circle, and a fault of it is not one of the kernel.
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define CODE  0x400000ul
#define DATA  0x500000ul
#define STACK 0x600000ul
#define SLICE 10000000ul

/*
 * What a process executes, copied to a page of its own. It adds xmm0, as the kernel's answers gave
 * it, to a word of its memory at each system call; asked to, it spins, or reads what it may not.
 */
__asm__(".section .rodata\n"
	"program:\n"
	"1:	mov $0x500000, %r8\n"
	"	movq %xmm0, %rax\n"
	"	add %rax, (%r8)\n"
	"	mov (%r8), %rdi\n"
	"	syscall\n"
	"	cmp $1, %rax\n"
	"	je 1b\n"
	"	cmp $2, %rax\n"
	"	je 2f\n"
	"	cmp $3, %rax\n"
	"	je 3f\n"
	"	movq %rax, %xmm0\n"
	"	jmp 1b\n"
	"2:	jmp 2b\n"
	"3:	mov 0xffffffff80000000, %rax\n"
	"program_end:\n"
	".text\n");
extern const char program[], program_end[];

enum { AGAIN = 1, SPIN = 2, REACH = 3 }; /* any other answer goes to xmm0 */

static struct process *make(void)
{
	struct process *p = process_new(CODE, STACK + PAGE_SIZE);
	char *code = page_alloc();
	int rc;

	if (!p)
		return NULL;

	memcpy(code, program, (size_t)(program_end - program));
	rc = process_map(p, CODE, va_to_mfn(code) << PAGE_SHIFT | PTE_ROM);
	rc |= process_map(p, DATA, va_to_mfn(page_alloc()) << PAGE_SHIFT | PTE_DATA);
	rc |= process_map(p, STACK, va_to_mfn(page_alloc()) << PAGE_SHIFT | PTE_DATA);
	return rc ? NULL : p;
}

static int answer(struct process *p, u64 value)
{
	p->regs.rax = value;
	return process_run(p);
}

static void tick(u32 port)
{
	(void)port;
	process_stop();
}

static void is_stopped(struct process *p)
{
	struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = time_ns() + SLICE };

	event_handle((u32)event_bind_virq(VIRQ_TIMER), tick);
	hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
	ok_is(answer(p, SPIN), VECTOR_EVENT, "a circle is left by an event");
	p->regs.rip += 2; /* the jump has two bytes */
	ok_is(process_run(p), 14, "the kernel's memory is not a process's");
	ok(trap_last()->cr2 == KERNEL_BASE, "and where it reached is known");
}

void test_main(void)
{
	struct process *a = make(), *b = make();

	if (!ok(a && b, "two processes are made"))
		return;

	ok_is(process_run(a), VECTOR_SYSCALL, "one comes by a system call");
	ok_is((long)a->regs.rdi, 0, "its memory and registers began as zero");
	process_run(b);
	ok_is(answer(a, 100), VECTOR_SYSCALL, "it takes its answer");
	ok_is(answer(b, 7000), VECTOR_SYSCALL, "so does the other");
	answer(a, AGAIN);
	answer(b, AGAIN);
	ok_is((long)a->regs.rdi, 200, "one counts with its own register and memory");
	ok_is((long)b->regs.rdi, 14000, "and the other with its own");
	ok_is(*(long *)DATA, 14000, "the kernel sees the memory of who ran last");
	is_stopped(b);
	answer(a, AGAIN);
	ok_is((long)a->regs.rdi, 300, "the first goes on as if nothing were");
}

/* SPDX-License-Identifier: MIT */
/*
 * A SYSCALL in the last two bytes of the lower half of the address space returns to an address that
 * is not canonical. SYSRET to it would fault in ring 0 with the guest's stack on some processors:
 * the way back must notice, and the guest gets the fault.
 */
#include <tests/guest/test.h>

#define PAGE 0x7ffffffff000ul

static void from_kernel(void *unused)
{
	(void)unused;
	__asm__ volatile("mov $17, %%eax; xor %%edi, %%edi; jmp *%%rcx"
			 :
			 : "c"(PAGE + PAGE_SIZE - 2)
			 : "rax", "rdi", "r11", "memory");
}

static void from_user(void)
{
	__asm__ volatile("jmp *%%rcx" : : "c"(PAGE + PAGE_SIZE - 2));
}

static void go(void *frame)
{
	iret_frame(frame);
}

static void back(void)
{
	struct iret_context f = { .flags = VGCF_in_syscall,
				  .rip = NON_CANONICAL,
				  .cs = FLAT_USER_CS,
				  .rflags = 0x202,
				  .rsp = PAGE + 2048,
				  .ss = FLAT_USER_SS };
	int vector = trap_try(go, &f);

	ok(vector == 13 || vector == VECTOR_FAILSAFE, "back from it by SYSRET: trap %d", vector);
}

void test_main(void)
{
	u8 *code = page_alloc();
	int vector;

	code[4094] = 0x0f;
	code[4095] = 0x05;
	ok_is(page_map(PAGE, va_to_mfn(code) << PAGE_SHIFT | PTE_DATA), 0,
	      "the last page of the lower half");
	vector = trap_try(from_kernel, NULL);
	ok(vector == 13 || vector == VECTOR_FAILSAFE, "a hypercall there: trap %d", vector);
	ok(trap_last()->regs.rip == NON_CANONICAL || vector == VECTOR_FAILSAFE,
	   "where it would go on (%lx)", trap_last()->regs.rip);
	ok_is(user_enable(), 0, "user mode");
	ok_is(user_try(from_user, (void *)(PAGE + 2048)), VECTOR_SYSCALL, "a system call there");
	ok(trap_last()->regs.rip == NON_CANONICAL, "its frame says where it came from");
	back();
	ok(hc_xen_version(0, NULL) > 0, "and hypercalls work");
}

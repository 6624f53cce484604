/* SPDX-License-Identifier: MIT */
/*
 * Traps are pushed on the stack that the guest names. The hypervisor writes there as the guest
 * could: a stack in the hypervisor's part is refused, one that is not mapped or not writable ends
 * the domain and nothing else, and so does a trap without a handler.
 *
 * run: case=refused
 * run: case=unmapped crash: kernel stack
 * run: case=unmapped-syscall crash: kernel stack
 * run: case=read-only crash: kernel stack
 * run: case=wrap crash: kernel stack
 * run: case=hypervisor crash: kernel stack
 * run: case=no-handler crash: no handler
 */
#include <tests/guest/test.h>

static char stack[4096] __attribute__((aligned(16)));

static void user_ud2(void)
{
	__asm__ volatile("ud2");
}

static void user_syscall(void)
{
	__asm__ volatile("syscall");
}

static void trap_on(u64 rsp)
{
	__asm__ volatile("mov %0, %%rsp; ud2" : : "r"(rsp));
}

static void refused(void)
{
	static const u64 bad[] = { HV_FIRST,
				   HV_FIRST + 8,
				   HV_INSIDE,
				   HV_LAST_PAGE,
				   HV_LAST_PAGE + PAGE_SIZE,
				   NON_CANONICAL + 64,
				   0,
				   64 };
	u64 *gate = page_alloc();

	for (u32 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok_refused(hc_stack_switch(FLAT_KERNEL_SS, bad[i]), "kernel stack %lx", bad[i]);
	ok_is(user_enable(), 0, "user mode");
	ok_is(user_try(user_ud2, stack + sizeof(stack)), 6, "the old stack is still in force");
	ok(*gate == 0, "nothing was written");
}

void test_main(void)
{
	char which[20];
	void *page = page_alloc();

	cmdline_word("case", which, sizeof(which));
	if (!strcmp(which, "refused")) {
		refused();
		return;
	}
	user_enable();
	page_readonly(page, va_to_mfn(page));
	crash_expected();
	if (!strcmp(which, "wrap"))
		trap_on(16);
	if (!strcmp(which, "hypervisor"))
		trap_on(HV_INSIDE);
	if (!strcmp(which, "no-handler")) {
		hc_set_trap_table(NULL);
		user_ud2();
	}
	hc_stack_switch(FLAT_KERNEL_SS,
			!strcmp(which, "read-only") ? (u64)page + 2048 : 0x7000000000);
	user_try(!strcmp(which, "unmapped-syscall") ? user_syscall : user_ud2,
		 stack + sizeof(stack));
}

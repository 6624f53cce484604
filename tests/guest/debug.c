/* SPDX-License-Identifier: MIT */
/*
 * Debug registers are the guest's while it runs, but never with an address of the hypervisor's, nor
 * with what would trap in ring 0: general detect, I/O breakpoints. A data breakpoint that hits
 * between MOV SS and a SYSCALL or an INT comes only behind that instruction, in ring 0: it must do
 * no harm there.
 */
#include <tests/guest/test.h>

static u64 cell;
static u16 ss_cell;

static void refusals(void)
{
	static const u64 bad[] = { HV_FIRST, HV_INSIDE, HV_LAST_PAGE };

	for (int reg = 0; reg < 4; reg++)
		for (u32 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			ok_refused(hc_set_debugreg(reg, bad[i]), "dr%d at %lx", reg, bad[i]);
	for (int reg = 4; reg < 40; reg++)
		if (reg > 7 && hc_set_debugreg(reg, 0) >= 0)
			ok(false, "dr%d does not exist", reg);
	ok_refused(hc_set_debugreg(-1, 0), "dr-1");
	ok_refused(hc_set_debugreg(4, 0), "dr4");
	hc_set_debugreg(7, 1 << 13);
	ok((CALL(get_debugreg, 7) & 1 << 13) == 0, "general detect is not taken");
	hc_set_debugreg(7, 0);
	hc_set_debugreg(0, 0x80);
	hc_set_debugreg(7, 2ul << 16 | 1);
	ok(hc_xen_version(0, NULL) > 0, "an I/O breakpoint does no harm");
	hc_set_debugreg(7, 0);
	ok(hc_set_debugreg(7, 1ul << 40) != 0 || !(CALL(get_debugreg, 7) >> 32),
	   "nor the upper half of dr7");
	hc_set_debugreg(7, 0);
}

static void store(void *unused)
{
	(void)unused;
	*(volatile u64 *)&cell = 1;
}

static void shadow_syscall(void *unused)
{
	(void)unused;
	__asm__ volatile("mov $17, %%eax; xor %%edi, %%edi; mov %0, %%ss; syscall"
			 :
			 : "m"(ss_cell)
			 : "rax", "rcx", "rdi", "r11", "memory");
}

static void shadow_int(void *unused)
{
	(void)unused;
	__asm__ volatile("mov %0, %%ss; int3" : : "m"(ss_cell));
}

void test_main(void)
{
	int vector;

	refusals();
	ok_is(hc_set_debugreg(0, (u64)&cell), 0, "a breakpoint of one's own");
	ok_is(hc_set_debugreg(7, 1 | 1 << 16 | 3 << 18), 0, "on writing 8 bytes");
	vector = trap_try(store, NULL);
	if (vector == 1)
		ok(true, "hits");
	else
		skip("no data breakpoints on this machine");
	__asm__ volatile("mov %%ss, %0" : "=m"(ss_cell));
	hc_set_debugreg(0, (u64)&ss_cell);
	hc_set_debugreg(7, 1 | 3 << 16 | 1 << 18);
	trap_try(shadow_syscall, NULL);
	ok(hc_xen_version(0, NULL) > 0, "one that hits at a SYSCALL does no harm");
	trap_try(shadow_int, NULL);
	ok(hc_xen_version(0, NULL) > 0, "nor at an INT 3");
	ok_is(hc_set_debugreg(7, 0), 0, "off");
}

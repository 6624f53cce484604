/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions: what a guest's kernel gets done, and that its user part gets nothing but
 * what is anybody's.
 */
#include "world.h"

#include <x86/layout.h>

#include <string.h>

static struct cpu_user_regs regs;
static u8 code[16];

/* Is the instruction done? It stands alone; ecx, edx and eax are as the registers say. */
static bool done(const char *bytes, size_t n)
{
	memset(code, 0x90, sizeof(code));
	memcpy(code, bytes, n);
	regs.rip = (u64)code;
	regs.cs = SEL_GUEST_CS;
	return guest_emulate_privileged(&vcpu, &regs);
}
#define DONE(bytes) done(bytes, sizeof(bytes) - 1)

#define CLI       "\xfa"
#define HLT       "\xf4"
#define IN_AL_DX  "\xec"
#define OUT_DX_AL "\xee"
#define FROM_CR0  "\x0f\x20\xc0" /* mov %cr0, %rax */
#define TO_CR0    "\x0f\x22\xc0"
#define TO_CR3    "\x0f\x22\xd8"
#define TO_CR8    "\x44\x0f\x22\xc0"
#define TO_DR7    "\x0f\x23\xf8"
#define CLTS      "\x0f\x06"
#define RDMSR     "\x0f\x32"
#define WRMSR     "\x0f\x30"
#define CPUID     "\x0f\xa2"
#define XSETBV    "\x0f\x01\xd1"
#define LOCK_CLTS "\xf0\x0f\x06"
#define INVD      "\x0f\x08"

static void up(void)
{
	world_up();
	memset(&regs, 0, sizeof(regs));
}

START_TEST(kernels)
{
	ck_assert(DONE(CLI) && DONE(FROM_CR0) && DONE(CLTS) && DONE(CPUID) && DONE(TO_DR7));
	ck_assert_uint_eq(regs.rip, (u64)code + 3);
	ck_assert(!DONE(HLT) && !DONE(TO_CR8) && !DONE(LOCK_CLTS));
	ck_assert_uint_eq(regs.rip, (u64)code); /* a refused one is still ahead */
	ck_assert(DONE(INVD));                  /* done as nothing: what others wrote stays */

	regs.rcx = MSR_LSTAR;
	ck_assert(!DONE(RDMSR) && !DONE(WRMSR));
	regs.rcx = MSR_EFER;
	ck_assert(DONE(RDMSR) && DONE(WRMSR));
	ck_assert_uint_eq(msr_writes, 0);
}
END_TEST

/* They have the same table of instructions, but for what is anybody's. */
START_TEST(user_parts)
{
	vcpu.kernel_mode = false;
	regs.rcx = MSR_EFER;
	ck_assert(!DONE(CLI) && !DONE(HLT) && !DONE(FROM_CR0) && !DONE(TO_CR0) && !DONE(TO_CR3));
	ck_assert(!DONE(TO_DR7) && !DONE(CLTS) && !DONE(RDMSR) && !DONE(WRMSR) && !DONE(XSETBV));
	ck_assert(DONE(CPUID));
}
END_TEST

/* Of CR0 it is TS that a guest has; of the others nothing but its own tables. */
START_TEST(control_registers)
{
	regs.rax = CR0_TS;
	ck_assert(DONE(TO_CR0) && vcpu.control.ts);
	regs.rax = 0;
	ck_assert(DONE(TO_CR0) && !vcpu.control.ts);
	for (u32 bit = 0; bit < 32; bit++) {
		regs.rax = 1ul << bit;
		ck_assert_int_eq(DONE(TO_CR0), regs.rax == CR0_TS);
	}

	regs.rax = 0; /* a root that is refused */
	ck_assert(!DONE(TO_CR3));
	regs.rax = regs.rcx = regs.rdx = 0;
	ck_assert(!DONE(XSETBV));
	regs.rax = 1;
	ck_assert(DONE(XSETBV) && vcpu.control.xcr0 == 1);
	regs.rcx = 1;
	ck_assert(!DONE(XSETBV));
}
END_TEST

START_TEST(ports_are_asked_for)
{
	regs.rdx = 0x60;
	ck_assert(!DONE(IN_AL_DX) && !DONE(OUT_DX_AL));
	ck_assert_uint_eq(port_accesses, 0);
	vcpu.io.iopl = 1;
	ck_assert(DONE(IN_AL_DX) && DONE(OUT_DX_AL));
	ck_assert_uint_eq(port_accesses, 2);

	/* A user part needs more. */
	vcpu.kernel_mode = false;
	ck_assert(!DONE(IN_AL_DX) && !DONE(OUT_DX_AL));
	vcpu.io.iopl = 3;
	ck_assert(DONE(IN_AL_DX) && DONE(OUT_DX_AL));
}
END_TEST

Suite *suite_emulate(void)
{
	Suite *s = suite_create("privileged instructions");
	TCase *t = tcase_create("emulate");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, kernels);
	tcase_add_test(t, user_parts);
	tcase_add_test(t, control_registers);
	tcase_add_test(t, ports_are_asked_for);
	suite_add_tcase(s, t);
	return s;
}

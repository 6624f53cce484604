/* SPDX-License-Identifier: MIT */
/*
 * FPU and vector state of a vcpu, by XSAVEOPT, XSAVE or FXSAVE, whichever is best here. Which vcpu's
 * state is loaded is dom/switch.c's business.
 */
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/fpu.h>

#define FPU_FCW 0	  /* offset of the x87 control word in an area */
#define FPU_MXCSR 24	  /* and of MXCSR */
#define FCW_DEFAULT 0x37f /* all exceptions masked, extended precision */
#define MXCSR_DEFAULT 0x1f80

void fpu_area_init(void *area)
{
	memset(area, 0, features.fpu_size);
	*(u16 *)((u8 *)area + FPU_FCW) = FCW_DEFAULT;
	*(u32 *)((u8 *)area + FPU_MXCSR) = MXCSR_DEFAULT;
}

void fpu_save(void *area)
{
	u32 lo = ~0u, hi = ~0u; /* all states that XCR0 enables */

	if (features.xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(lo), "d"(hi) : "memory");
	else if (features.xsave)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

/*
 * Some processors restore the x87 error pointers only if an exception is pending, so the last
 * vcpu's would shine through: a load of a constant overwrites them first.
 */
static void fpu_forget_pointers(void)
{
	static const u32 zero;

	__asm__ volatile("fnclex; emms; fildl %0" : : "m"(zero));
}

void fpu_load(const void *area)
{
	u32 lo = ~0u, hi = ~0u;

	if (features.vendor[0] == 'A')
		fpu_forget_pointers();
	if (features.xsave)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

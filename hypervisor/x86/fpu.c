/* SPDX-License-Identifier: MIT */
/*
 * FPU and vector state of a vcpu, by XSAVEOPT, XSAVE or FXSAVE, whichever is best here. Which
 * vcpu's state is loaded is dom/switch.c's business.
 */
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/fixup.h>
#include <x86/fpu.h>

#define FPU_FCW       0     /* offset of the x87 control word in an area */
#define FPU_MXCSR     24    /* and of MXCSR */
#define FCW_DEFAULT   0x37f /* all exceptions masked, extended precision */
#define MXCSR_DEFAULT 0x1f80

#define XCR0_X87    1ul
#define XCR0_SSE    2ul
#define XCR0_AVX    4ul
#define XCR0_AVX512 0xe0ul

void fpu_area_init(void *area)
{
	memset(area, 0, features.fpu_size);
	*(u16 *)((u8 *)area + FPU_FCW) = FCW_DEFAULT;
	*(u32 *)((u8 *)area + FPU_MXCSR) = MXCSR_DEFAULT;
}

bool xcr0_write(u64 xcr0)
{
	__asm__ goto(MAY_FAULT("%l[refused]", "xsetbv")
		     :
		     : "c"(0), "a"((u32)xcr0), "d"((u32)(xcr0 >> 32))
		     : "memory"
		     : refused);
	return true;

refused:
	return false;
}

/* One that the processor has accepted before. */
static void xcr0_switch(u64 xcr0)
{
	bool accepted = xcr0_write(xcr0);

	assert(accepted);
}

/* Intel SDM vol. 1, 13.3: what XSETBV accepts. */
bool fpu_xcr0_ok(u64 xcr0)
{
	u64 wide = xcr0 & XCR0_AVX512;

	if (!features.xsave || !(xcr0 & XCR0_X87))
		return false;

	if (xcr0 & ~features.xfeatures)
		return false;

	if ((xcr0 & XCR0_AVX) && !(xcr0 & XCR0_SSE))
		return false;

	/* The three states of AVX-512 come together, and on top of AVX. */
	return !wide || (wide == XCR0_AVX512 && (xcr0 & XCR0_AVX));
}

void fpu_save(void *area, u64 xcr0)
{
	if (features.xsave && xcr0 != features.xfeatures)
		xcr0_switch(features.xfeatures);

	if (features.xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
	else if (features.xsave)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

/*
 * AMD's processors restore the x87 error pointers only if an exception is pending, so a vcpu would
 * see those of the one before it: a load of a constant overwrites them first.
 */
static void fpu_forget_pointers(void)
{
	static const u32 zero;

	__asm__ volatile("fnclex; emms; fildl %0" : : "m"(zero));
}

static bool fpu_restore(const void *area)
{
	if (features.xsave)
		__asm__ goto(MAY_FAULT("%l[refused]", "xrstor64 (%0)")
			     :
			     : "r"(area), "a"(~0u), "d"(~0u)
			     : "memory"
			     : refused);
	else
		__asm__ goto(MAY_FAULT("%l[refused]", "fxrstor64 (%0)")
			     :
			     : "r"(area)
			     : "memory"
			     : refused);
	return true;

refused:
	return false;
}

bool fpu_load(void *area, u64 xcr0)
{
	bool whole, clean;

	if (features.vendor[0] == 'A')
		fpu_forget_pointers();

	whole = fpu_restore(area);
	if (!whole) {
		fpu_area_init(area);
		clean = fpu_restore(area);
		assert(clean);
	}

	if (features.xsave && xcr0 != features.xfeatures)
		xcr0_switch(xcr0);

	return whole;
}

/* SPDX-License-Identifier: MIT */
/*
 * What processes keep in the processor's extended registers: x87, SSE, AVX and what comes after
 * them. The kernel itself is compiled without (-mgeneral-regs-only), so its handlers leave them
 * alone; they are saved and loaded where one process gives way to another. XSAVE and the layout of
 * its area: Intel's manual, volume 1, chapter 13.
 */
#include <pvabi/kit/kit.h>

#define FEATURES_LEAF 1
#define OSXSAVE       (1u << 27) /* of the leaf's ecx: the hypervisor has switched XSAVE on */
#define CR4_OSXSAVE   (1ul << 18)
#define XSAVE_LEAF    0xd /* eax: the features there are; ebx: bytes for those that are on */
#define FEATURES      7u  /* x87, SSE, AVX, as far as there are */
#define FCW_AT        0
#define FCW_START     0x37f /* as after FNINIT */
#define MXCSR_AT      24
#define MXCSR_START   0x1f80

struct leaf {
	u32 eax, ebx, ecx, edx;
};

static struct leaf cpuid(u32 number)
{
	struct leaf l = { .eax = number };

	__asm__ volatile("cpuid" : "+a"(l.eax), "=b"(l.ebx), "+c"(l.ecx), "=d"(l.edx));
	return l;
}

static bool has_xsave(void)
{
	return cpuid(FEATURES_LEAF).ecx & OSXSAVE;
}

/*
 * A kernel begins with x87 alone in XCR0 and XSETBV switched off, as on the bare machine. Both
 * instructions are emulated.
 */
static void features_enable(void)
{
	u32 features = cpuid(XSAVE_LEAF).eax & FEATURES;
	u64 cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
	__asm__ volatile("xsetbv" : : "c"(0), "a"(features), "d"(0));
}

void *fpu_new(void)
{
	u32 bytes = PAGE_SIZE;
	u8 *area;

	if (has_xsave()) {
		features_enable();
		bytes = cpuid(XSAVE_LEAF).ebx;
	}

	area = pages_alloc((bytes + PAGE_SIZE - 1) / PAGE_SIZE);
	*(u16 *)(area + FCW_AT) = FCW_START;
	*(u32 *)(area + MXCSR_AT) = MXCSR_START;
	return area;
}

void fpu_save(void *area)
{
	if (has_xsave())
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(FEATURES), "d"(0) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

void fpu_load(const void *area)
{
	if (has_xsave())
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(FEATURES), "d"(0) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

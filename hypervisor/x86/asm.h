/* SPDX-License-Identifier: MIT */
/* Single processor instructions as C functions, and the bits of control registers and MSRs. */
#ifndef X86_ASM_H
#define X86_ASM_H

#include <lib/types.h>

#define EFLAGS_MBS  (1ul << 1) /* always one */
#define EFLAGS_TF   (1ul << 8)
#define EFLAGS_IF   (1ul << 9)
#define EFLAGS_DF   (1ul << 10)
#define EFLAGS_IOPL (3ul << 12)
#define EFLAGS_NT   (1ul << 14)
#define EFLAGS_RF   (1ul << 16)
#define EFLAGS_VM   (1ul << 17)
#define EFLAGS_AC   (1ul << 18)

#define CR0_PE (1ul << 0)
#define CR0_MP (1ul << 1)
#define CR0_EM (1ul << 2)
#define CR0_TS (1ul << 3)
#define CR0_ET (1ul << 4)
#define CR0_NE (1ul << 5)
#define CR0_WP (1ul << 16)
#define CR0_AM (1ul << 18)
#define CR0_PG (1ul << 31)

#define CR3_KEEP (1ul << 63) /* a load keeps what the TLB holds under the tag in bits 0 to 11 */

#define CR4_TSD        (1ul << 2)
#define CR4_DE         (1ul << 3)
#define CR4_PAE        (1ul << 5)
#define CR4_MCE        (1ul << 6)
#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_FSGSBASE   (1ul << 16)
#define CR4_PCIDE      (1ul << 17)
#define CR4_OSXSAVE    (1ul << 18)
#define CR4_SMEP       (1ul << 20)
#define CR4_SMAP       (1ul << 21)

/* Debug registers as they are after a reset: no condition met, none watched for. */
#define DR6_NOTHING 0xffff0ff0ul
#define DR7_QUIET   0x400ul
#define DR7_ACTIVE  0xfful /* the enable bits */

#define MSR_TSC               0x10
#define MSR_APIC_BASE         0x1b
#define MSR_SPEC_CTRL         0x48
#define MSR_PRED_CMD          0x49
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_TSX_CTRL          0x122
#define MSR_MCU_OPT_CTRL      0x123
#define MSR_TSC_DEADLINE      0x6e0
#define MSR_PAT               0x277
#define MSR_EFER              0xc0000080
#define MSR_STAR              0xc0000081
#define MSR_LSTAR             0xc0000082
#define MSR_CSTAR             0xc0000083
#define MSR_SFMASK            0xc0000084
#define MSR_FS_BASE           0xc0000100
#define MSR_GS_BASE           0xc0000101
#define MSR_SHADOW_GS_BASE    0xc0000102
#define MSR_SYSENTER_CS       0x174

#define EFER_SCE    (1ul << 0)
#define EFER_LME    (1ul << 8)
#define EFER_LMA    (1ul << 10)
#define EFER_NXE    (1ul << 11)
#define EFER_AIBRSE (1ul << 21) /* AMD: automatic IBRS */

struct cpuid_regs {
	u32 a, b, c, d;
};

static inline struct cpuid_regs cpuid(u32 leaf, u32 sub)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(sub));
	return r;
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 val)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)val), "d"((u32)(val >> 32)) : "memory");
}

/* Both return false, without effect, if the processor refuses the MSR (x86/traps.c: fixups). */
bool rdmsr_safe(u32 msr, u64 *val);
bool wrmsr_safe(u32 msr, u64 val);

#define CR_FUNCS(n)                                                        \
	static inline u64 read_cr##n(void)                                 \
	{                                                                  \
		u64 v;                                                     \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v));          \
		return v;                                                  \
	}                                                                  \
	static inline void write_cr##n(u64 v)                              \
	{                                                                  \
		__asm__ volatile("mov %0, %%cr" #n : : "r"(v) : "memory"); \
	}
CR_FUNCS(0)
CR_FUNCS(2)
CR_FUNCS(3)
CR_FUNCS(4)

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

static inline void clflush(const void *p)
{
	__asm__ volatile("clflush %0" : : "m"(*(const u8 *)p) : "memory");
}

static inline void mfence(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

static inline void invlpg(u64 va)
{
	__asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

/* With CR4_PCIDE only. Of translations that are not global: a page's of a tag, a tag's, or all. */
#define INVPCID_PAGE 0
#define INVPCID_TAG  1
#define INVPCID_ALL  3
static inline void invpcid(u64 type, u64 tag, u64 va)
{
	const struct {
		u64 tag, va;
	} what = { tag, va };

	__asm__ volatile("invpcid %0, %1" : : "m"(what), "r"(type) : "memory");
}

static inline void dr6_write(u64 v)
{
	__asm__ volatile("mov %0, %%dr6" : : "r"(v));
}

static inline void clts(void)
{
	__asm__ volatile("clts");
}

static inline void cpu_pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline void __noreturn cpu_stop(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

#define PORT_FUNCS(suffix, type)                                                  \
	static inline type in##suffix(u16 port)                                   \
	{                                                                         \
		type v;                                                           \
		__asm__ volatile("in" #suffix " %1, %0" : "=a"(v) : "Nd"(port));  \
		return v;                                                         \
	}                                                                         \
	static inline void out##suffix(u16 port, type v)                          \
	{                                                                         \
		__asm__ volatile("out" #suffix " %0, %1" : : "a"(v), "Nd"(port)); \
	}
PORT_FUNCS(b, u8)
PORT_FUNCS(w, u16)
PORT_FUNCS(l, u32)

static inline u32 mmio_read32(const volatile void *p)
{
	return *(const volatile u32 *)p;
}

static inline void mmio_write32(volatile void *p, u32 v)
{
	*(volatile u32 *)p = v;
}

#endif

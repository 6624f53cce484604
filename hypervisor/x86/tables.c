/* SPDX-License-Identifier: MIT */
/*
 * Makes each CPU's GDT page, TSS and SYSCALL stub; all share one IDT. A guest's descriptor tables
 * are windows of own mappings (ptable/desc.c), whose page 14 is ours.
 */
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/isolation.h>
#include <x86/paging.h>
#include <x86/tables.h>
#include <x86/traps.h>

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
} __packed;

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap_base;
} __packed;

struct table_register {
	u16 limit;
	u64 base;
} __packed;

_Static_assert(sizeof(struct gate) == 16, "Intel SDM vol. 3, 6.14.1");
_Static_assert(sizeof(struct tss) == 104, "Intel SDM vol. 3, 7.7");
_Static_assert(sizeof(struct table_register) == 10, "Intel SDM vol. 3, 2.4.1");

#define GATE_SIZE       16   /* of code: GATE_TABLE of x86/entry.h */
#define GATE_INTERRUPT  0x8e /* present, DPL 0 */
#define GATE_FROM_GUEST 0xee /* DPL 3: INT3 and INTO */
#define TSS_AVAILABLE   0x89ul
#define LDT_PRESENT     0x82ul
#define GDT_INDEX(sel)  ((sel) / 8 - GDT_RESERVED_FIRST) /* in our page */
#define GDT_LIMIT       ((GDT_RESERVED_PAGE + 1) * PAGE_SIZE - 1)

/* Stacks below the main one in the aligned block, each one page: see x86/entry.S. */
enum { IST_DF_MC = 1, IST_NMI = 2, IST_DB = 3 };

/* Neither crosses a page more than it must: a TSS should not at all (SDM vol. 3, 7.2.1). */
#define TSS_ALIGN 128

struct aligned_tss {
	struct tss t;
} __aligned(TSS_ALIGN);

static struct gate idt[256] __aligned(PAGE_SIZE) __entry_data;
static struct aligned_tss tss[MAX_CPUS] __entry_data;
bool smap_on __entry_data;
u64 isolation_cr3 __entry_data;
u64 isolation_keep __entry_data;

static struct entry_page *own_entry[MAX_CPUS]; /* with isolation */
static u64 *gdt_page[MAX_CPUS];
static u64 gdt_window[MAX_CPUS];

static void idt_fill(const char *gates, u16 selector, bool with_ist)
{
	static const u8 stacks[256] = { [TRAP_DB] = IST_DB,
					[TRAP_NMI] = IST_NMI,
					[TRAP_DF] = IST_DF_MC,
					[TRAP_MC] = IST_DF_MC };

	for (u32 v = 0; v < 256; v++) {
		u64 at = (u64)gates + v * GATE_SIZE;

		idt[v] = (struct gate){
			.offset_low = at,
			.offset_mid = at >> 16,
			.offset_high = at >> 32,
			.selector = selector,
			.ist = with_ist ? stacks[v] : 0,
			.type = v == TRAP_BP || v == TRAP_OF ? GATE_FROM_GUEST : GATE_INTERRUPT,
		};
	}
}

static void idt_load(void)
{
	struct table_register r = { sizeof(idt) - 1, (u64)idt };

	__asm__ volatile("lidt %0" : : "m"(r));
}

void x86_early_idt(void)
{
	u16 cs;

	__asm__ volatile("mov %%cs, %0" : "=r"(cs));
	idt_fill(gate_table, cs, false);
	idt_load();
}

/* A descriptor of the two-entry kind, at entries @i and @i + 1. */
static void system_descriptor(u64 *gdt, u32 i, u64 type, u64 base, u32 limit)
{
	gdt[i + 1] = base >> 32;
	gdt[i] = (limit & 0xffff) | (base & 0xffffff) << 16 | type << 40 |
		 (limit >> 16 & 0xful) << 48 | (base >> 24 & 0xff) << 56;
}

static void gdt_fill(u64 *gdt, const struct tss *t)
{
	gdt[GDT_INDEX(SEL_HV_CS)] = 0x00af9b000000ffff;      /* 64-bit code, DPL 0 */
	gdt[GDT_INDEX(SEL_HV_SS)] = 0x00cf93000000ffff;      /* data, DPL 0 */
	gdt[GDT_INDEX(SEL_GUEST_CS32)] = 0x00cffb000000ffff; /* 32-bit code, DPL 3 */
	gdt[GDT_INDEX(SEL_GUEST_SS)] = 0x00cff3000000ffff;   /* data, DPL 3 */
	gdt[GDT_INDEX(SEL_GUEST_CS)] = 0x00affb000000ffff;   /* 64-bit code, DPL 3 */
	system_descriptor(gdt, GDT_INDEX(SEL_TSS), TSS_AVAILABLE, (u64)t, sizeof(*t) - 1);
}

static void tss_fill(struct tss *t)
{
	u64 block = (u64)cpu_info() & ~(STACK_SIZE - 1ul);

	memset(t, 0, sizeof(*t));
	t->rsp[0] = (u64)&cpu_info()->regs.es; /* what the processor pushes ends at regs.ss */
	t->ist[IST_DF_MC - 1] = block + (STACK_DF_MC_PAGE + 1) * PAGE_SIZE;
	t->ist[IST_NMI - 1] = block + (STACK_NMI_PAGE + 1) * PAGE_SIZE;
	t->ist[IST_DB - 1] = block + 3 * PAGE_SIZE;
	t->iomap_base = sizeof(*t); /* none: every port access of a guest traps */
}

/* --- with isolation -------------------------------------------------------------------------- */

#define STACK_END(e, stack) ((u64)(e)->stack + sizeof((e)->stack))

void entry_page_init(struct entry_page *e)
{
	e->stub = (struct stub_data){
		.stack = STACK_END(e, stack),
		.entry = (u64)isolation_syscall,
		.entry32 = (u64)isolation_syscall32,
	};
}

static void entry_stacks_load(struct entry_page *e)
{
	struct tss *t = &tss[cpu_id()].t;

	e->hv_stack = (u64)&cpu_info()->regs.es;

	t->rsp[0] = STACK_END(e, stack);
	t->ist[IST_DF_MC - 1] = STACK_END(e, stack_df_mc);
	t->ist[IST_NMI - 1] = STACK_END(e, stack_nmi);
	t->ist[IST_DB - 1] = STACK_END(e, stack_db);
}

void entry_page_load(struct entry_page *e)
{
	u64 stub = (u64)e - PAGE_SIZE;

	entry_stacks_load(e);
	wrmsr(MSR_LSTAR, stub);
	wrmsr(MSR_CSTAR, stub + (syscall_stub32_start - syscall_stub_start));
}

void entry_page_load_own(void)
{
	entry_stacks_load(own_entry[cpu_id()]);
}

static void isolation_init_cpu(u32 cpu, const struct cpu_memory *mem)
{
	isolation_cr3 = mem->own_cr3;
	isolation_keep = mem->own_cr3 & CR3_KEEP;
	own_entry[cpu] = mem->entry;
	entry_page_load_own();
}

void gdt_load(u64 window)
{
	struct table_register r = { GDT_LIMIT, window };

	__asm__ volatile("lgdt %0" : : "m"(r));
}

void ldt_load(u64 base, u32 bytes)
{
	u16 sel = 0;

	if (bytes) {
		system_descriptor(gdt_page[cpu_id()], GDT_INDEX(SEL_LDT), LDT_PRESENT, base,
				  bytes - 1);
		sel = SEL_LDT;
	}
	__asm__ volatile("lldt %0" : : "r"(sel));
}

mfn_t gdt_page_mfn(u32 cpu)
{
	return virt_to_mfn(gdt_page[cpu]);
}

u64 gdt_own_window(u32 cpu)
{
	return gdt_window[cpu];
}

static void load_selectors(void)
{
	__asm__ volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:\n"
			 "mov %1, %%ss; mov %2, %%ds; mov %2, %%es; mov %2, %%fs; mov %2, %%gs"
			 :
			 : "i"(SEL_HV_CS), "r"(SEL_HV_SS), "r"(0)
			 : "rax", "memory");
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
}

static void syscall_init(const struct cpu_memory *mem)
{
	memcpy(mem->stub_code, syscall_stub_start, syscall_stub_end - syscall_stub_start);
	*mem->stub_data = (struct stub_data){
		.stack = (u64)&cpu_info()->regs.es,
		.entry = (u64)entry_syscall,
		.entry32 = (u64)entry_syscall32,
	};

	wrmsr(MSR_LSTAR, mem->stub_va);
	wrmsr(MSR_CSTAR, mem->stub_va + (syscall_stub32_start - syscall_stub_start));
	wrmsr(MSR_STAR, (u64)GUEST_CS_SYSRET_BASE << 48 | (u64)SEL_HV_CS << 32);
	wrmsr(MSR_SFMASK, EFLAGS_TF | EFLAGS_IF | EFLAGS_DF | EFLAGS_IOPL | EFLAGS_NT | EFLAGS_RF |
				  EFLAGS_VM | EFLAGS_AC);
	wrmsr_safe(MSR_SYSENTER_CS, 0); /* SYSENTER then faults */
}

void x86_init_cpu(u32 cpu, const struct cpu_memory *mem)
{
	gdt_page[cpu] = mem->gdt;
	gdt_window[cpu] = mem->gdt_window;
	tss_fill(&tss[cpu].t);
	if (isolated())
		isolation_init_cpu(cpu, mem);
	gdt_fill(gdt_page[cpu], &tss[cpu].t);
	gdt_load(gdt_window[cpu]);
	load_selectors();

	if (cpu == 0)
		idt_fill(isolated() ? isolation_gates : gate_table, SEL_HV_CS, true);
	idt_load();

	smap_on = features.smap;
	syscall_init(mem);
}

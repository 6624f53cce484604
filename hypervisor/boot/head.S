/* SPDX-License-Identifier: MIT */
/*
 * The first instructions: the loader enters here by Multiboot2 in 32-bit mode with paging off. Goes
 * to long mode, on page tables that stand at the end (the low 4 GiB at their own addresses; the
 * image; the direct map of the same 4 GiB), and calls hv_main on the boot CPU's stack. The final
 * page tables are frame_init's, which adds to hv_l4. The other CPUs begin at smp_start, one at a
 * time, and meet the boot CPU's way at long_mode.
 */
#include <hypervisor/offsets.h>
#include <x86/layout.h>

#define MB2_MAGIC 0xe85250d6
#define MB2_ARCH_I386 0
#define MB2_TAG_END 0
#define MB2_TAG_INFO_REQUEST 1
#define MB2_TAG_FRAMEBUFFER 5
#define MB2_TAG_MODULE_ALIGN 6
#define MB2_OPTIONAL 1

#define INFO_CMDLINE 1
#define INFO_MMAP 6

#define CR0_PE_PG_WP_NE_ET_MP 0x80010033
#define CR4_PAE_PGE 0xa0
#define EFER 0xc0000080
#define EFER_LME_NXE_SCE 0x901

/* Page-table flags: present, writable, accessed (and dirty, 2 MiB page). */
#define TABLE 0x23
#define PAGE_2M 0xe3

#define PHYS(sym) (sym - IMAGE_VIRT + IMAGE_PHYS)
/* An L4's index is not affected by the upper 16 bits of an address. */
#define L4_OFFSET(va) ((((va) >> 39) & 511) * 8)

/* All that must be set before paging is switched on (SDM 9.8.5); in real and in protected mode. */
	.macro LONG_MODE_READY
	mov $CR4_PAE_PGE, %eax
	mov %eax, %cr4
	mov $PHYS(hv_l4), %eax
	mov %eax, %cr3
	mov $EFER, %ecx
	rdmsr
	or $EFER_LME_NXE_SCE, %eax
	wrmsr
	.endm

	.section .head, "ax"
	.code32
	.balign 8
mb2_header:
	.long MB2_MAGIC
	.long MB2_ARCH_I386
	.long mb2_header_end - mb2_header
	.long -(MB2_MAGIC + MB2_ARCH_I386 + (mb2_header_end - mb2_header))

	.balign 8
	.short MB2_TAG_INFO_REQUEST, 0
	.long 8 + 2 * 4
	.long INFO_CMDLINE, INFO_MMAP

	.balign 8
	.short MB2_TAG_MODULE_ALIGN, MB2_OPTIONAL
	.long 8

	/* Text if the adapter has it; a framebuffer is as good: dom0 gets it. */
	.balign 8
	.short MB2_TAG_FRAMEBUFFER, MB2_OPTIONAL
	.long 20
	.long 0, 0, 0

	.balign 8
	.short MB2_TAG_END, 0
	.long 8
mb2_header_end:

	.global head_start
head_start:
	cli
	cld
	mov $PHYS(boot_stack_top), %esp
	mov %eax, %ebp /* the loader's magic */
	mov %ebx, %esi /* the information */

	/* Long mode and NX are needed to say anything at all: check them before anything else. */
	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	jb no_long_mode
	mov $0x80000001, %eax
	cpuid
	mov $(1 << 29 | 1 << 20), %eax
	and %eax, %edx
	cmp %eax, %edx
	jne no_long_mode

	/* Our L4 (frames.c) is zero: enough of it to run on. */
	movl $PHYS(boot_l3_direct) + TABLE, PHYS(hv_l4)
	movl $PHYS(boot_l3_image) + TABLE, PHYS(hv_l4) + L4_OFFSET(IMAGE_VIRT)
	movl $PHYS(boot_l3_direct) + TABLE, PHYS(hv_l4) + L4_OFFSET(DIRECT_VIRT)

	LONG_MODE_READY
	mov $CR0_PE_PG_WP_NE_ET_MP, %eax
	mov %eax, %cr0
	lgdt PHYS(boot_gdtr)
	ljmp $8, $PHYS(long_mode)

/* No console exists yet: say it on the VGA screen and on the first serial port, and stop. */
no_long_mode:
	mov $PHYS(no_long_mode_text), %esi
	mov $0xb8000, %edi
	mov $0x0f, %ah
1:	lodsb
	test %al, %al
	jz 2f
	stosw
	mov $0x3f8, %edx
	out %al, %dx
	jmp 1b
2:	hlt
	jmp 2b
no_long_mode_text:
	.asciz "Hospes needs a 64-bit processor with execute-disable (NX) switched on."

/*
 * The first steps of another CPU, in real mode: copied to the page that boot/smp.c starts it at, so
 * they address only what lies in the image, or, by CS, in that page. From real to long mode in one
 * step, on hv_l4, which maps low memory meanwhile.
 */
	.code16
	.global smp_start, smp_start_end
	.hidden smp_start, smp_start_end
smp_start:
	cli
	LONG_MODE_READY
	lgdtl %cs:(smp_gdtr - smp_start)
	mov $CR0_PE_PG_WP_NE_ET_MP, %eax
	mov %eax, %cr0
	ljmpl $8, $PHYS(long_mode)
smp_gdtr:
	.short boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)
smp_start_end:

/* Every CPU, one at a time: takes the stack that waits for it, and goes to C. */
	.code64
long_mode:
	movabs $long_mode_high, %rax
	jmp *%rax
long_mode_high:
	xor %eax, %eax
	mov %eax, %ds			/* data segments mean nothing from here on */
	mov %eax, %es
	mov %eax, %ss
	mov %eax, %fs
	mov %eax, %gs
	xchg %rax, smp_stack(%rip)	/* 0: the boot CPU gave us up */
	test %rax, %rax
	jz 1f
	mov %rax, %rsp
	and $~15, %rsp /* as C has it before a call: the decompressors use SSE */
	push $2
	popf
	mov %ebp, %edi			/* 32 bits: the upper halves become clear */
	mov %esi, %esi
	xor %ebp, %ebp
	call *cpu_main(%rip)
1:	hlt
	jmp 1b

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 64-bit code, ring 0 */
boot_gdt_end:
boot_gdtr:
	.short boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)

	.section .bss.stack, "aw", @nobits
	.balign STACK_SIZE
	.global boot_stack
	.hidden boot_stack
boot_stack:
	.skip STACK_SIZE
boot_stack_top:

/* The tables below hv_l4, until frame_init has its own. */
	.macro PAGES_2M count, first
	page = \first
	.rept \count
	.quad page + PAGE_2M
	page = page + 0x200000
	.endr
	.endm

	.section .init.data, "aw"
	.global smp_stack, cpu_main
	.hidden smp_stack, cpu_main
smp_stack:
	.quad boot_stack_top - CPU_INFO_SIZE
cpu_main:
	.quad hv_main

	.balign 4096
	.global boot_l3_direct
	.hidden boot_l3_direct
boot_l3_direct:
	.irp i, 0, 1, 2, 3
	.quad PHYS(boot_l2) + \i * 4096 + TABLE
	.endr
	.org boot_l3_direct + 4096
boot_l3_image:
	.quad PHYS(boot_l2_image) + TABLE
	.org boot_l3_image + 4096
boot_l2_image:
	PAGES_2M 8, IMAGE_PHYS /* 16 MiB: the linker script refuses a larger image */
	.org boot_l2_image + 4096
boot_l2:
	PAGES_2M 2048, 0 /* 4 GiB */

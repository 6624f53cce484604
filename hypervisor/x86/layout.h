/* SPDX-License-Identifier: MIT */
/*
 * Where things are in the address space. The ABI reserves L4 slots 256-271 for us; the rest is
 * the guest's. The same slots are copied into every guest L4, so what they reach is the same in
 * every address space and on every CPU. Also included by assembly and by the linker script.
 *
 *   slot 256  0xffff800000000000  m2p: machine frame -> pfn, the guest may read it
 *   slot 257  0xffff808000000000  own mappings: stacks, stubs, descriptor windows, device registers
 *   slot 258  0xffff810000000000  frame table
 *   slot 261  0xffff828000000000  the hypervisor's image
 *   slots 262-271  0xffff830000000000  direct map of all RAM (5 TiB)
 */
#ifndef X86_LAYOUT_H
#define X86_LAYOUT_H

#define HV_SLOT_FIRST 256
#define HV_SLOT_LAST  271

#define HV_VIRT_START 0xffff800000000000
#define HV_VIRT_END   0xffff880000000000 /* exclusive */

#define M2P_VIRT        0xffff800000000000
#define OWNMAP_VIRT     0xffff808000000000
#define OWNMAP_END      0xffff810000000000 /* exclusive */
#define FRAMETABLE_VIRT 0xffff810000000000
#define IMAGE_VIRT      0xffff828000000000
#define DIRECT_VIRT     0xffff830000000000
#define DIRECT_SIZE     (0xffff880000000000 - 0xffff830000000000)

#define IMAGE_PHYS 0x200000 /* GRUB loads us here: 2 MiB, above all legacy areas */

/*
 * Stack of a CPU, aligned to its size, struct cpu_info at its top. Its pages from below: the stacks
 * of #DF and #MC, of NMI, of #DB; a guard page; the main stack.
 */
#define STACK_SIZE       0x8000
#define STACK_DF_MC_PAGE 0
#define STACK_NMI_PAGE   1
#define STACK_GUARD_PAGE 3

/* Selectors: GDT entries 7168 and up are ours (the ABI's FIRST_RESERVED_GDT_ENTRY). */
#define GDT_RESERVED_PAGE  14
#define GDT_RESERVED_FIRST 7168
#define SEL_HV_CS          0xe008
#define SEL_HV_SS          0xe010
#define SEL_GUEST_CS32     0xe023 /* FLAT_RING3_CS32 */
#define SEL_GUEST_SS       0xe02b /* FLAT_RING3_SS */
#define SEL_GUEST_CS       0xe033 /* FLAT_RING3_CS64 */
#define SEL_TSS            0xe040 /* 16 bytes */
#define SEL_LDT            0xe050 /* 16 bytes */

#define GUEST_CS_SYSRET_BASE 0xe023

#endif

/* SPDX-License-Identifier: MIT */
/*
 * CPUID leaves by which a guest finds the hypervisor, from 0x40000000 on:
 * +0 eax highest leaf, ebx-edx "XenVMMXenVMM"; +1 eax version as XENVER_version;
 * +2 eax hypercall pages, ebx the MSR that fills them, ecx features; +3 time;
 * +4 for HVM; +5 subleaf 0 ebx[7:0] width of machine addresses. May be used from assembly.
 */
#ifndef PVABI_ARCH_X86_CPUID_H
#define PVABI_ARCH_X86_CPUID_H

#define XEN_CPUID_FIRST_LEAF 0x40000000
#define XEN_CPUID_LEAF(i)    (XEN_CPUID_FIRST_LEAF + (i))

#define XEN_CPUID_SIGNATURE_EBX 0x566e6558 /* "XenV" */
#define XEN_CPUID_SIGNATURE_ECX 0x65584d4d /* "MMXe" */
#define XEN_CPUID_SIGNATURE_EDX 0x4d4d566e /* "nVMM" */

/* Leaf +2, ecx. */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD 0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD  (1u << 0)

/* Leaf +5, subleaf 0, ebx. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK (0xffu << 0)

#define XEN_CPUID_MAX_NUM_LEAVES 5

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Decoder of the privileged instructions that a 64-bit guest kernel executes in ring 3. Pure: bytes
 * in, a description out. Anything else is "not one of ours".
 */
#ifndef GUEST_DECODE_H
#define GUEST_DECODE_H

#include <lib/types.h>

#define INSN_MAX 15 /* bytes: the processor's limit */

enum insn_op {
	INSN_NONE,
	INSN_REFUSED, /* hlt, lmsw, rdpmc, rdtscp: known, and never done for a guest */
	INSN_IN,      /* port in dx or imm, result in al/ax/eax */
	INSN_OUT,
	INSN_INS,     /* string forms: rdi, rcx if rep */
	INSN_OUTS,
	INSN_CLI_STI,
	INSN_CLTS,
	INSN_WBINVD,      /* invd too: nobody may lose what others wrote */
	INSN_MOV_FROM_CR, /* reg: general register, ctl: control or debug register */
	INSN_MOV_TO_CR,
	INSN_MOV_FROM_DR,
	INSN_MOV_TO_DR,
	INSN_RDMSR,
	INSN_WRMSR,
	INSN_CPUID,
	INSN_XSETBV,
	INSN_RDTSC,
	INSN_COUNT
};

struct insn {
	enum insn_op op;
	u8 length;
	u8 size;  /* operand bytes of a port access: 1, 2, 4 */
	bool rep;
	bool port_imm;
	u8 port; /* if port_imm */
	u8 reg, ctl;
	bool address32; /* string forms use edi/esi/ecx */
	bool segment;	/* a segment override was seen */
};

/* Decodes @n bytes; op INSN_NONE if they are none of the above, or too few. */
void insn_decode(const u8 *bytes, size_t n, struct insn *out);

#endif

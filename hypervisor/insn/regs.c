/* SPDX-License-Identifier: MIT */
/* General registers by the numbers that instructions have for them. */
#include <insn/insn.h>

u64 *insn_reg(struct cpu_user_regs *r, u8 n)
{
	u64 *const regs[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
		&r->r8,  &r->r9,  &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n & 15];
}

void insn_reg_write(u64 *reg, u64 value, u8 size)
{
	u64 mask = insn_size_mask(size);

	if (size >= 4)
		*reg = value & mask;
	else
		*reg = (*reg & ~mask) | (value & mask);
}

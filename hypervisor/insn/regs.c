/* SPDX-License-Identifier: MIT */
/* General registers by the numbers that instructions have for them. */
#include <insn/insn.h>

#define AT(reg) offsetof(struct cpu_user_regs, reg)

u64 *insn_reg(struct cpu_user_regs *r, u8 n)
{
	static const u8 places[16] = {
		AT(rax), AT(rcx), AT(rdx), AT(rbx), AT(rsp), AT(rbp), AT(rsi), AT(rdi),
		AT(r8),  AT(r9),  AT(r10), AT(r11), AT(r12), AT(r13), AT(r14), AT(r15),
	};

	return (u64 *)((u8 *)r + places[n & 15]);
}

void insn_reg_write(u64 *reg, u64 value, u8 size)
{
	u64 mask = insn_size_mask(size);

	if (size >= 4)
		*reg = value & mask;
	else
		*reg = (*reg & ~mask) | (value & mask);
}

/* SPDX-License-Identifier: MIT */
/* A guest's code, read once: nobody can change the instruction between our looks at it. */
#include <dom/domain.h>
#include <insn/insn.h>

u32 insn_fetch(u64 rip, u8 bytes[INSN_MAX])
{
	u32 here = MIN((u64)INSN_MAX, PAGE_SIZE - rip % PAGE_SIZE);

	if (guest_copy_in(bytes, (const void *)rip, here))
		return 0;

	/* The instruction may end before its page does, so the next one need not be there. */
	if (here < INSN_MAX &&
	    guest_copy_in(bytes + here, (const void *)(rip + here), INSN_MAX - here))
		return here;

	return INSN_MAX;
}

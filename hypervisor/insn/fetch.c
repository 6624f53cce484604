/* SPDX-License-Identifier: MIT */
/* A guest's code, read once: nobody can change the instruction between our looks at it. */
#include <dom/domain.h>
#include <insn/insn.h>
#include <x86/cpu.h>

#define KEPT 4 /* decoded instructions, a CPU: a kernel has few places that come here often */

union code {
	u8 bytes[INSN_MAX];
	u64 words[2];
};

/* Found by where it stood, and then by its bytes: so whose it was makes no difference. */
struct kept {
	union code code;
	u32 n; /* bytes that there were; from the first on nothing is known of no bytes */
	bool known;
	struct insn insn;
};

static struct kept all_kept[MAX_CPUS][KEPT];

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

static bool code_is(const union code *a, const union code *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

bool insn_at(u64 rip, struct insn *i)
{
	struct kept *k = &all_kept[cpu_id()][rip % KEPT];
	union code code = { .words = { 0, 0 } };
	u32 n = insn_fetch(rip, code.bytes);

	if (n != k->n || !code_is(&code, &k->code)) {
		k->known = insn_decode(code.bytes, n, &k->insn);
		k->code = code;
		k->n = n;
	}

	*i = k->insn;
	return k->known;
}

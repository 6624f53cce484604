/* SPDX-License-Identifier: MIT */
/* The machine-to-physical table: written here through our alias, read by guests at M2P_VIRT. */
#include <frame/frame.h>
#include <x86/cpu.h>

#define m2p_table ((u64 *)M2P_RW_VIRT)

void m2p_set(mfn_t m, pfn_t p)
{
	assert(m.n < frame_count && frame_table[m.n].flags & FRAME_RAM);
	WRITE_ONCE(m2p_table[m.n], p.n);
}

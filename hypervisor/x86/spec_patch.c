/* SPDX-License-Identifier: MIT */
/*
 * Defences that stand in our code. Assembled in are thunks, and an instruction that does nothing
 * where buffers may have to be cleared; both are changed once, at boot, by the direct map, while no
 * other CPU runs.
 */
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/isolation.h>
#include <x86/paging.h>
#include <x86/spec.h>

/* Relative to the fields' own addresses: THUNK of thunks.S, CLEAR_BUFFERS of entry.h. */
struct thunk_site {
	s32 thunk, plain;
};
extern const struct thunk_site __thunks_start[], __thunks_end[];
extern const s32 __verw_start[], __verw_end[];

#define PLAIN_MAX 3 /* bytes of an indirect jump */

/* VERW with an address relative to the next instruction. */
struct verw {
	u8 opcode[3];
	s32 to;
} __packed;
_Static_assert(sizeof(struct verw) == 7, "CLEAR_BUFFERS leaves so much room");

u16 verw_selector __entry_data;

static void text_write(u64 va, const void *bytes, size_t n)
{
	memcpy(direct_map(IMAGE_MADDR(va)), bytes, n);
}

static void thunks_take_out(void)
{
	for (const struct thunk_site *s = __thunks_start; s < __thunks_end; s++) {
		u64 thunk = (u64)&s->thunk + s->thunk;
		u64 plain = (u64)&s->plain + s->plain;

		text_write(thunk, (const void *)plain, PLAIN_MAX);
	}
}

static void verw_put_in(void)
{
	for (const s32 *s = __verw_start; s < __verw_end; s++) {
		u64 at = (u64)s + *s;
		struct verw v = { { 0x0f, 0x00, 0x2d }, (u64)&verw_selector - (at + sizeof(v)) };

		text_write(at, &v, sizeof(v));
	}
}

void spec_patch(void)
{
	verw_selector = SEL_HV_SS;
	if (!spec_uses(DEFENCE_THUNKS))
		thunks_take_out();
	if (spec_uses(DEFENCE_VERW))
		verw_put_in();

	/* Nothing stale is left in the pipeline (SDM vol. 3, 9.1.3). */
	cpuid(0, 0);
}

/* SPDX-License-Identifier: MIT */
/*
 * Defences that stand in our code. Assembled in are thunks, and an instruction that does nothing
 * where buffers may have to be cleared; both are changed once, at boot, by the direct map, while no
 * other CPU runs.
 */
#include <boot/spec.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/isolation.h>
#include <x86/paging.h>

/* Relative to the fields' own addresses: THUNK of thunks.S; the others of entry.h. */
struct thunk_site {
	s32 thunk, plain;
};
struct leave_site {
	s32 call, other;
};
extern const struct thunk_site __thunks_start[], __thunks_end[];
extern const s32 __verw_start[], __verw_end[];                 /* CLEAR_BUFFERS */
extern const s32 __enter_start[], __enter_end[];               /* ENTER_SITE */
extern const struct leave_site __leave_start[], __leave_end[]; /* RESUME_CALL */

/* spec_entry.S */
extern const char spec_enter_ibrs[], spec_enter_ibpb[];

#define PLAIN_MAX 3 /* bytes of an indirect jump */

/* VERW with an address relative to the next instruction. */
struct verw {
	u8 opcode[3];
	s32 to;
} __packed;
_Static_assert(sizeof(struct verw) == 7, "CLEAR_BUFFERS leaves so much room");

/* CALL, in place of two instructions, or of another one. */
struct call {
	u8 opcode;
	s32 to;
	u8 nop;
} __packed;
_Static_assert(sizeof(struct call) == 6, "RDTSC and SHL leave so much room");
#define CALL_SIZE 5

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

static void call_write(u64 at, u64 to, size_t size)
{
	struct call c = { .opcode = 0xe8, .to = to - (at + CALL_SIZE), .nop = 0x90 };

	text_write(at, &c, size);
}

static void enter_by(const char *function)
{
	for (const s32 *s = __enter_start; s < __enter_end; s++)
		call_write((u64)s + *s, (u64)function, sizeof(struct call));
}

static void leave_by_others(void)
{
	for (const struct leave_site *s = __leave_start; s < __leave_end; s++)
		call_write((u64)&s->call + s->call, (u64)&s->other + s->other, CALL_SIZE);
}

void spec_patch(void)
{
	verw_selector = SEL_HV_SS;
	if (!spec_uses(DEFENCE_THUNKS))
		thunks_take_out();
	if (spec_uses(DEFENCE_VERW))
		verw_put_in();

	if (spec_uses(DEFENCE_ENTRY_IBPB))
		enter_by(spec_enter_ibpb);
	if (spec_uses(DEFENCE_ENTRY_IBRS)) {
		enter_by(spec_enter_ibrs);
		leave_by_others();
	}

	/* Nothing stale is left in the pipeline (SDM vol. 3, 9.1.3). */
	cpuid(0, 0);
}

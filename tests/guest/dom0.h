/* SPDX-License-Identifier: MIT */
/*
 * For a kernel that is the control domain (tests/system/test-bound): what it must say of itself,
 * and how long its calls kept others waiting, which it may ask. Included by one file of a kernel.
 */
#ifndef TESTS_GUEST_DOM0_H
#define TESTS_GUEST_DOM0_H

#include <pvabi/elfnote.h>
#include <pvabi/hospes.h>
#include <tests/guest/test.h>

#define P2M_ADDRESS 0xffffc00000000000ul

/* Without these two no kernel is the control domain. */
static const struct note {
	u32 name_size, size, type;
	char name[4];
	u64 number;
} __attribute__((packed)) notes[] __attribute__((used, section(".note.xen"))) = {
	{ 4, 8, XEN_ELFNOTE_INIT_P2M, "Xen", P2M_ADDRESS },
	{ 4, 8, XEN_ELFNOTE_MOD_START_PFN, "Xen", 1 },
};

static inline void stretches_forget(void)
{
	CALL(hospes, HOSPESOP_forget_stretches);
}

/* Claims that nothing since the last time took too long, and tells what took longest. */
static inline void stretches_told(const char *what)
{
	struct hospes_stretch s = { 0 }, most[2] = { 0 };

	while (!CALL(hospes, HOSPESOP_stretch, &s)) {
		struct hospes_stretch *longest = &most[s.lock[0] != 0];

		if (s.kind != HOSPES_STRETCH_waits && s.cycles > longest->cycles)
			*longest = s;
		s.index++;
	}
	stretches_forget();

	ok(most[0].cycles <= most[0].limit, "%s: %lu instructions with interrupts off", what,
	   most[0].cycles);
	ok(most[1].cycles <= most[1].limit, "%s: %lu with a lock of rank %s held", what,
	   most[1].cycles, most[1].lock);

	/* As tests/system/longest.py tells it. */
	print("# longest stretch: %lu instructions with interrupts off: the control domain, %s\n",
	      most[0].cycles, what);
}

#endif

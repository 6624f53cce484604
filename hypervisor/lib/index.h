/* SPDX-License-Identifier: MIT */
/*
 * Numbers that a guest gives, as indices. A check alone does not hold a processor back, which may
 * guess that it passes and read beyond the array meanwhile (Spectre variant 1; Kocher and others,
 * "Spectre Attacks: Exploiting Speculative Execution", section IV). So behind its check each is
 * also cut down by arithmetic where it is too large (Intel, "Bounds Check Bypass").
 */
#ifndef LIB_INDEX_H
#define LIB_INDEX_H

#include <lib/types.h>

/* All bits if @i is below @n, else none. Assembly: the compiler must not make a branch of it. */
#define index_mask(i, n)                                       \
	({                                                     \
		__typeof__((i) + 0) i_ = (i), n_ = (n), mask_; \
		__asm__("cmp %2, %1\n\t"                       \
			"sbb %0, %0"                           \
			: "=r"(mask_)                          \
			: "r"(i_), "er"(n_)                    \
			: "cc");                               \
		mask_;                                         \
	})

/* The same number, of which the compiler forgets what it knew. */
#define index_hidden(i)                            \
	({                                         \
		__typeof__((i) + 0) hidden_ = (i); \
		__asm__("" : "+r"(hidden_));       \
		hidden_;                           \
	})

/*
 * The unsigned @i, which was checked to be below @n: also by speculation, where it may become any
 * other number below @n.
 */
#define index_nospec(i, n)                                    \
	(__builtin_constant_p(n) && is_power_of_two(n)        \
		 ? (__typeof__(i))(index_hidden(i) & ((n)-1)) \
		 : (__typeof__(i))((i)&index_mask(i, n)))

/*
 * Where no bound decides but whose a frame is, say: what comes next is not begun before all that
 * comes before is known (Intel and AMD: LFENCE).
 */
static inline void speculation_barrier(void)
{
	__asm__ volatile("lfence" : : : "memory");
}

#endif

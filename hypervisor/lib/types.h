/* SPDX-License-Identifier: MIT */
/*
 * The words everything is said in: fixed-width integers, sizes of a page, and the typed
 * numbers. mfn (machine frame), pfn (guest pseudo-physical frame) and maddr (machine address,
 * in bytes) are structs in every build, so the compiler refuses to mix them.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int32_t s32;
typedef int64_t s64;

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

typedef struct {
	u64 n;
} mfn_t;
typedef struct {
	u64 n;
} pfn_t;

#define MFN(x)   ((mfn_t){ (x) })
#define PFN(x)   ((pfn_t){ (x) })
#define MFN_NONE MFN(~0ul)
#define PFN_NONE PFN(~0ul)

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.n == b.n;
}

static inline bool mfn_valid(mfn_t m)
{
	return m.n != ~0ul;
}

static inline u64 mfn_to_maddr(mfn_t m)
{
	return m.n << PAGE_SHIFT;
}

static inline mfn_t maddr_to_mfn(u64 maddr)
{
	return MFN(maddr >> PAGE_SHIFT);
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)                       \
	({                              \
		__typeof__(a) a_ = (a); \
		__typeof__(b) b_ = (b); \
		a_ < b_ ? a_ : b_;      \
	})
#define MAX(a, b)                       \
	({                              \
		__typeof__(a) a_ = (a); \
		__typeof__(b) b_ = (b); \
		a_ > b_ ? a_ : b_;      \
	})

/* @to is a power of two. */
#define ROUND_UP(x, to)   (((x) + (to)-1) & ~((__typeof__(x))(to)-1))
#define ROUND_DOWN(x, to) ((x) & ~((__typeof__(x))(to)-1))

/* Of the n-th of something: true more and more rarely, so a flood of lines ends by itself. */
static inline bool is_power_of_two(u64 n)
{
	return n && !(n & (n - 1));
}

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()        __asm__ volatile("" ::: "memory")

#define __noreturn        __attribute__((__noreturn__))
#define __noinline        __attribute__((__noinline__))
#define __packed          __attribute__((__packed__))
#define __aligned(n)      __attribute__((__aligned__(n)))
#define __must_check      __attribute__((__warn_unused_result__))
#define printf_like(f, a) __attribute__((__format__(__printf__, f, a)))

/* Drops the result of a __must_check function on purpose: ignore(table_unpin(d, m)). */
static inline void ignore(long result)
{
	(void)result;
}

/* Code and data of the boot part: unmapped and freed once dom0 is built (boot/image.lds). */

#endif

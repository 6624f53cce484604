/* SPDX-License-Identifier: MIT */
/*
 * The small world around the decompressors (boot/unpack_libc.h). Ring 0's own code uses no vector
 * registers and no FS base, so both are free to lend before the first guest runs.
 */
#include <boot/unpack_libc.h>

#include <frame/alloc.h>
#include <x86/asm.h>
#include <x86/cpu.h>

#define BLOCKS 16 /* large blocks at a time: XZ takes 1, zstd 1 */
#define HEAP_LIMIT (256ul << 10)

/* Where %fs points: the guard is at offset 0x28. */
static u64 guard_area[8] = { [5] = 0x5bd1e995a7c40f00 };
static void *blocks[BLOCKS];
static u64 saved_fs, saved_cr4;

void unpack_enter(void)
{
	saved_fs = rdmsr(MSR_FS_BASE);
	saved_cr4 = read_cr4();
	wrmsr(MSR_FS_BASE, (u64)guard_area);
	write_cr4(saved_cr4 | CR4_OSFXSR | CR4_OSXMMEXCPT);
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP);
}

void unpack_leave(void)
{
	write_cr4(saved_cr4);
	wrmsr(MSR_FS_BASE, saved_fs);
	for (u32 i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

static void *block_alloc(size_t n)
{
	u32 order = 0;

	while (order < MAX_ORDER && (PAGE_SIZE << order) < n)
		order++;
	if ((PAGE_SIZE << order) < n)
		return NULL;
	for (u32 i = 0; i < BLOCKS; i++)
		if (!blocks[i])
			return blocks[i] = pages_alloc(order);
	return NULL;
}

void *malloc(size_t n)
{
	return n <= HEAP_LIMIT ? heap_alloc(n ? n : 1) : block_alloc(n);
}

void *calloc(size_t n, size_t size)
{
	size_t total;

	/* both allocators give zeroed memory */
	return __builtin_mul_overflow(n, size, &total) ? NULL : malloc(total);
}

void free(void *p)
{
	for (u32 i = 0; p && i < BLOCKS; i++)
		if (blocks[i] == p) {
			blocks[i] = NULL;
			pages_free(p, pages_order(p));
			return;
		}
	heap_free(p);
}

void __stack_chk_fail(void)
{
	panic("a decompressor overran its stack");
}

u64 ZSTD_trace_decompress_begin(const void *ctx)
{
	return 0; /* no trace wanted */
}

void ZSTD_trace_decompress_end(u64 trace, const void *what)
{
}

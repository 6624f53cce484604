/* SPDX-License-Identifier: MIT */
/*
 * The small world around the decompressors (boot/unpack_libc.h). Ring 0's own code uses no vector
 * registers and no FS base, so both are free to lend before the first guest runs.
 */
#include <boot/unpack_libc.h>

#include <frame/alloc.h>
#include <x86/asm.h>
#include <x86/cpu.h>

/* Where %fs points: the guard is at offset 0x28. */
static u64 guard_area[8] = { [5] = 0x5bd1e995a7c40f00 };
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
}

/* Beyond the heap's objects: whole blocks, which their order tells from those. */
void *malloc(size_t n)
{
	if (n <= HEAP_MAX)
		return heap_alloc(n);
	return n <= PAGE_SIZE << MAX_ORDER ? pages_alloc(block_order(n)) : NULL;
}

void *calloc(size_t n, size_t size)
{
	size_t total;

	/* both allocators give zeroed memory */
	return __builtin_mul_overflow(n, size, &total) ? NULL : malloc(total);
}

void free(void *p)
{
	if (p && (u64)p % PAGE_SIZE == 0 && pages_order(p) > block_order(HEAP_MAX))
		pages_free(p, pages_order(p));
	else
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

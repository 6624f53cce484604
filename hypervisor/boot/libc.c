/* SPDX-License-Identifier: MIT */
/*
 * The C library's part in booting (boot/libc.h). Ring 0's own code uses no vector registers and no
 * FS base, so both are free to lend before the first guest runs.
 */
#include <boot/libc.h>

#include <frame/alloc.h>
#include <lib/format.h>
#include <x86/asm.h>
#include <x86/cpu.h>

/* Where %fs points: the stack guard is at offset 0x28. */
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

/* What is too large for the heap comes as a whole block, which its order tells from those. */
void *malloc(size_t n)
{
	if (n <= HEAP_MAX)
		return heap_alloc(n);

	if (n > PAGE_SIZE << MAX_ORDER)
		return NULL;

	return pages_alloc(block_order(n));
}

/* Both allocators give zeroed memory. */
void *calloc(size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		return NULL;

	return malloc(total);
}

static bool is_block(const void *p)
{
	return (u64)p % PAGE_SIZE == 0 && pages_order(p) > block_order(HEAP_MAX);
}

void free(void *p)
{
	if (p && is_block(p))
		pages_free(p, pages_order(p));
	else
		heap_free(p);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	return format_v(buf, size, fmt, ap);
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

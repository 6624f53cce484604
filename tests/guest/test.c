/* SPDX-License-Identifier: MIT */
/* Verdicts and small helpers for the kernels beside this file. */
#include <tests/guest/test.h>

static u32 passed, failed, skipped;

static bool verdict(bool holds, const char *fmt, va_list ap)
{
	*(holds ? &passed : &failed) += 1;
	print("%s %u - ", holds ? "ok" : "not ok", passed + failed + skipped);
	print_v(fmt, ap);
	return holds;
}

bool ok(bool holds, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict(holds, fmt, ap);
	va_end(ap);
	print("\n");
	return holds;
}

bool ok_is(long got, long want, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verdict(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		print(" (got %ld, not %ld)", got, want);
	print("\n");
	return got == want;
}

bool ok_refused(long got, const char *fmt, ...)
{
	bool refused = got < 0 && got >= -4095 && got != -XEN_ENOSYS;
	va_list ap;

	va_start(ap, fmt);
	verdict(refused, fmt, ap);
	va_end(ap);
	print(refused ? "\n" : " (got %ld)\n", got);
	return refused;
}

void skip(const char *fmt, ...)
{
	va_list ap;

	skipped++;
	print("skip %u - ", passed + failed + skipped);
	va_start(ap, fmt);
	print_v(fmt, ap);
	va_end(ap);
	print("\n");
}

void crash_expected(void)
{
	print("CRASH EXPECTED\n");
	console_flush();
}

struct access {
	u64 addr, value;
};

static void access_read(void *arg)
{
	struct access *a = arg;

	a->value = *(volatile u64 *)a->addr;
}

static void access_write(void *arg)
{
	struct access *a = arg;

	*(volatile u64 *)a->addr = a->value;
}

int try_read(u64 addr, u64 *value)
{
	struct access a = { .addr = addr };
	int vector = trap_try(access_read, &a);

	if (value)
		*value = a.value;
	return vector;
}

int try_write(u64 addr, u64 value)
{
	struct access a = { .addr = addr, .value = value };

	return trap_try(access_write, &a);
}

u32 random_next(void)
{
	static u64 state;
	char seed[24];

	if (!state)
		state = cmdline_word("seed", seed, sizeof(seed)) ? number_parse(seed) * 2 + 1 : 1;
	/* An LCG of 64 bits (Knuth's MMIX numbers); its upper half is good enough to choose by. */
	state = state * 6364136223846793005ul + 1442695040888963407ul;
	return state >> 32;
}

void kernel_main(void)
{
	test_main();
	print("DONE %u passed, %u failed, %u skipped\n", passed, failed, skipped);
}

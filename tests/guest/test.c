/* SPDX-License-Identifier: MIT */
/* Verdicts and small helpers for the kernels beside this file. */
#include <pvabi/memory.h>
#include <tests/guest/test.h>

static u32 passed, failed, skipped;
static bool quiet; /* what holds is not told */

/* The console is locked until the caller has ended the line: vcpus claim side by side. */
static bool verdict(bool holds, const char *fmt, va_list ap)
{
	lock_take(&console_lock);
	*(holds ? &passed : &failed) += 1;
	print("%s %u - ", holds ? "ok" : "not ok", passed + failed + skipped);
	print_v(fmt, ap);
	return holds;
}

bool test_again(void)
{
	quiet = cmdline_number("again", 0);
	return quiet;
}

bool ok(bool holds, const char *fmt, ...)
{
	va_list ap;

	if (holds && quiet)
		return true;

	va_start(ap, fmt);
	verdict(holds, fmt, ap);
	va_end(ap);
	print("\n");
	lock_release(&console_lock);
	return holds;
}

bool ok_is(long got, long want, const char *fmt, ...)
{
	va_list ap;

	if (got == want && quiet)
		return true;

	va_start(ap, fmt);
	verdict(got == want, fmt, ap);
	va_end(ap);
	if (got != want)
		print(" (got %ld, not %ld)", got, want);
	print("\n");
	lock_release(&console_lock);
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
	lock_release(&console_lock);
	return refused;
}

void skip(const char *fmt, ...)
{
	va_list ap;

	lock_take(&console_lock);
	skipped++;
	print("skip %u - ", passed + failed + skipped);
	va_start(ap, fmt);
	print_v(fmt, ap);
	va_end(ap);
	print("\n");
	lock_release(&console_lock);
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

u64 cmdline_number(const char *word, u64 otherwise)
{
	char text[24];

	return cmdline_word(word, text, sizeof(text)) ? number_parse(text) : otherwise;
}

/* An LCG of 64 bits (Knuth's MMIX numbers); its upper half is good enough to choose by. */
u32 random_next(void)
{
	static u64 states[VCPUS_MAX];
	u64 *state = &states[vcpu_id()];

	if (!*state)
		*state = (cmdline_number("seed", 0) + vcpu_id() * 1000003ul) * 2 + 1;
	*state = *state * 6364136223846793005ul + 1442695040888963407ul;
	return *state >> 32;
}

bool race_goes_on(void)
{
	static u64 begin;
	u64 now = time_ns(), none = 0;

	__atomic_compare_exchange_n(&begin, &none, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	return now < begin + cmdline_number("seconds", RACE_SECONDS) * SECOND;
}

bool page_is(const volatile u64 *page, u64 word)
{
	for (u32 k = 0; k < PAGE_SIZE / sizeof(word); k++)
		if (page[k] != word)
			return false;
	return true;
}

void page_fill(volatile u64 *page, u64 word)
{
	for (u32 k = 0; k < PAGE_SIZE / sizeof(word); k++)
		page[k] = word;
}

void words_try(u64 va, u64 word, u64 *written)
{
	for (u32 i = 0; i < 4; i++)
		if (try_write(va, word | (u64)vcpu_id() << 12) == VECTOR_NONE)
			count(written);
}

long pages_reserved(void)
{
	domid_t self = DOMID_SELF;

	return hc_memory_op(XENMEM_current_reservation, &self);
}

void test_end(void)
{
	print("DONE %u passed, %u failed, %u skipped\n", passed, failed, skipped);
}

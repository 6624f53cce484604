/* SPDX-License-Identifier: MIT */
/*
 * The freestanding memory and string functions. Blocks go by the processor's string
 * instructions, eight bytes a step: short code, fast on current processors and under emulation.
 * Compiled with KEEP_LOOPS, so that no loop here becomes a call of the very function it is in.
 */
#include <lib/string.h>

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;
	size_t words = n / 8, rest = n % 8;

	__asm__ volatile("rep movsq" : "+D"(d), "+S"(src), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(rest) : : "memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;
	u64 word;

	/* Forwards, if that overwrites nothing unread. Unsigned: also if dst lies below src. */
	if ((u64)d - (u64)s >= n)
		return memcpy(dst, src, n);

	/* Backwards, eight bytes a step: each word is read before it is written. */
	while (n >= sizeof(word)) {
		n -= sizeof(word);
		__builtin_memcpy(&word, s + n, sizeof(word));
		__builtin_memcpy(d + n, &word, sizeof(word));
	}
	while (n) {
		n--;
		d[n] = s[n];
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;
	size_t words = n / 8, rest = n % 8;
	u64 fill = (u8)c * 0x0101010101010101ul;

	__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(fill) : "memory");
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(fill) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (size_t i = 0; i < n; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *s)
{
	return strnlen(s, ~0ul);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i] || !a[i])
			return (u8)a[i] - (u8)b[i];
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

size_t str_copy(char *dst, const char *src, size_t size)
{
	size_t n = strlen(src), kept = MIN(n, size - 1);

	memcpy(dst, src, kept);
	dst[kept] = 0;
	return n;
}

/* -1: it is no digit. */
static int digit_value(char c, u32 base)
{
	int v = -1;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (c >= 'a' && c <= 'f')
		v = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		v = c - 'A' + 10;

	return v < (int)base ? v : -1;
}

static bool is_hexadecimal(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2], 16) >= 0;
}

/* @v times @base plus @digit, or ~0. */
static u64 append_digit(u64 v, u32 base, u32 digit)
{
	if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, (u64)digit, &v))
		return ~0ul;

	return v;
}

u64 str_to_size(const char *s, const char **end)
{
	static const char suffixes[] = "kmgt";
	u32 base = is_hexadecimal(s) ? 16 : 10, shift;
	const char *first = base == 16 ? s + 2 : s, *p, *suffix;
	u64 v = 0;

	for (p = first; digit_value(*p, base) >= 0; p++)
		v = append_digit(v, base, digit_value(*p, base));
	*end = p == first ? s : p;
	if (*end == s)
		return 0;

	suffix = strchr(suffixes, *p | 0x20); /* in lower case */
	if (!suffix)
		return v;

	*end = p + 1;
	shift = 10 * (suffix - suffixes + 1);
	return v > ~0ul >> shift ? ~0ul : v << shift;
}

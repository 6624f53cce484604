/* SPDX-License-Identifier: MIT */
/* The functions that gcc expects of every program, and the words of the command line. */
#include <pvabi/kit/kit.h>

void *memset(void *to, int byte, size_t n)
{
	void *p = to;

	__asm__ volatile("rep stosb" : "+D"(p), "+c"(n) : "a"(byte) : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *p = to;

	__asm__ volatile("rep movsb" : "+D"(p), "+S"(from), "+c"(n) : : "memory");
	return to;
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
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

void text_join(char *to, size_t size, const char *a, const char *b)
{
	size_t n = 0;

	for (; *a && n + 1 < size; a++)
		to[n++] = *a;
	if (n + 1 < size)
		to[n++] = '/';
	for (; *b && n + 1 < size; b++)
		to[n++] = *b;
	to[n] = 0;
}

void number_text(char *to, u64 n)
{
	char digits[20];
	u32 count = 0;

	do {
		digits[count++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	while (count)
		*to++ = digits[--count];
	*to = 0;
}

bool cmdline_word(const char *word, char *value, size_t size)
{
	const char *s = (const char *)start_info->cmd_line;
	size_t len = strlen(word), n = 0;

	for (;; s++) {
		while (*s == ' ')
			s++;
		if (!*s)
			return false;
		if (!memcmp(s, word, len) && s[len] == '=')
			break;
		while (*s && *s != ' ')
			s++;
		if (!*s)
			return false;
	}
	for (s += len + 1; *s && *s != ' ' && n + 1 < size; s++)
		value[n++] = *s;
	value[n] = 0;
	return true;
}

u64 number_parse(const char *s)
{
	u64 n = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + (*s - '0');
	return n;
}

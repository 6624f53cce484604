/* SPDX-License-Identifier: MIT */
/*
 * The printf subset: one pass over the format, characters counted whether they fit or not.
 * An unknown conversion is printed as it stands, so a mistake is seen and harmless.
 */
#include <lib/format.h>
#include <lib/string.h>

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, alternate;
	char sign; /* '+', ' ' or 0 */
	int width, prec; /* prec -1: none */
	u32 longs; /* 0: int, 1 and more: 64 bits */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_times(struct out *o, char c, int n)
{
	while (n-- > 0)
		put(o, c);
}

static void put_string(struct out *o, const struct spec *sp, const char *s)
{
	size_t n;

	if (!s)
		s = "(null)";
	n = strnlen(s, sp->prec >= 0 ? (size_t)sp->prec : ~0ul);
	if (!sp->left)
		put_times(o, ' ', sp->width - (int)n);
	for (size_t i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		put_times(o, ' ', sp->width - (int)n);
}

/* @prefix: "", "-", "0x". */
static void put_number(struct out *o, const struct spec *sp, u64 v, u32 base, bool upper,
		       const char *prefix)
{
	char digits[24];
	int n = 0, plen = strlen(prefix), zeros, pad;

	do {
		u32 d = v % base;

		digits[n++] = d < 10 ? '0' + d : (upper ? 'A' : 'a') + d - 10;
	} while (v /= base);
	zeros = sp->prec > n ? sp->prec - n : 0;
	pad = sp->width - n - zeros - plen;
	if (sp->zero && !sp->left && sp->prec < 0 && pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!sp->left)
		put_times(o, ' ', pad);
	while (*prefix)
		put(o, *prefix++);
	put_times(o, '0', zeros);
	while (n)
		put(o, digits[--n]);
	if (sp->left)
		put_times(o, ' ', pad);
}

static int parse_int(const char **f)
{
	int v = 0;

	for (; **f >= '0' && **f <= '9'; (*f)++)
		if (v < 100000)
			v = v * 10 + (**f - '0');
	return v;
}

/* From behind the % up to the conversion letter. */
static const char *parse_spec(const char *f, struct spec *sp, va_list *ap)
{
	*sp = (struct spec){ .prec = -1 };
	for (;; f++) {
		if (*f == '-')
			sp->left = true;
		else if (*f == '0')
			sp->zero = true;
		else if (*f == '+' || *f == ' ')
			sp->sign = *f;
		else if (*f == '#')
			sp->alternate = true;
		else
			break;
	}
	if (*f == '*') {
		sp->width = va_arg(*ap, int);
		if (sp->width < 0) {
			sp->left = true;
			sp->width = sp->width < -100000 ? 0 : -sp->width;
		}
		f++;
	} else {
		sp->width = parse_int(&f);
	}
	if (*f == '.') {
		f++;
		if (*f == '*') {
			sp->prec = va_arg(*ap, int);
			f++;
		} else {
			sp->prec = parse_int(&f);
		}
	}
	for (; *f == 'l' || *f == 'z' || *f == 'h'; f++)
		sp->longs += *f != 'h';
	return f;
}

static void put_signed(struct out *o, const struct spec *sp, s64 v)
{
	char sign[2] = { sp->sign, 0 };

	put_number(o, sp, v < 0 ? -(u64)v : (u64)v, 10, false, v < 0 ? "-" : sign);
}

static void put_conversion(struct out *o, char conv, struct spec *sp, va_list *ap)
{
	char c[2] = { 0, 0 };

	switch (conv) {
	case 'd':
	case 'i':
		put_signed(o, sp, sp->longs ? va_arg(*ap, s64) : va_arg(*ap, int));
		break;
	case 'u':
	case 'x':
	case 'X':
		put_number(o, sp, sp->longs ? va_arg(*ap, u64) : va_arg(*ap, u32),
			   conv == 'u' ? 10 : 16, conv == 'X',
			   sp->alternate && conv != 'u' ? "0x" : "");
		break;
	case 'p':
		put_number(o, sp, (u64)va_arg(*ap, void *), 16, false, "0x");
		break;
	case 's':
		put_string(o, sp, va_arg(*ap, const char *));
		break;
	case 'c':
		c[0] = va_arg(*ap, int);
		if (c[0])
			put_string(o, sp, c);
		else
			put(o, 0);
		break;
	case '%':
		put(o, '%');
		break;
	default:
		put(o, '%');
		if (conv)
			put(o, conv);
	}
}

int format_v(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };
	struct spec sp;
	va_list ap;

	va_copy(ap, args);
	while (*fmt) {
		if (*fmt != '%') {
			put(&o, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &sp, &ap);
		put_conversion(&o, *fmt, &sp, &ap);
		if (*fmt)
			fmt++;
	}
	va_end(ap);
	if (size)
		buf[MIN(o.len, size - 1)] = 0;
	return (int)o.len;
}

int format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = format_v(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

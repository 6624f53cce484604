/* SPDX-License-Identifier: MIT */
/*
 * The printf subset: one pass over the format, characters counted whether they fit or not.
 * An unknown conversion is printed as it stands, so a mistake is seen and harmless.
 */
#include <lib/format.h>
#include <lib/string.h>

#define NUMBER_MAX 100000 /* of a width or precision: what is more is ignored */

struct out {
	char *buf;
	size_t size, len;
};

struct spec {
	bool left, zero, alternate, wide; /* wide: 64 bits */
	int width, prec;                  /* prec: of a string; -1: none */
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

/*
 * Puts a prefix (sign, base) and the @n characters of @s, filled up to the width: with zeros
 * between the two, or with spaces around them.
 */
static void put_field(struct out *o, const struct spec *sp, const char *prefix, const char *s,
		      int n)
{
	int pad = sp->width - (int)strlen(prefix) - n;

	if (!sp->left && !sp->zero)
		put_times(o, ' ', pad);
	for (; *prefix; prefix++)
		put(o, *prefix);
	if (!sp->left && sp->zero)
		put_times(o, '0', pad);

	for (int i = 0; i < n; i++)
		put(o, s[i]);
	if (sp->left)
		put_times(o, ' ', pad);
}

static void put_string(struct out *o, const struct spec *sp, const char *s)
{
	size_t max = sp->prec >= 0 ? (size_t)sp->prec : ~0ul;

	if (!s)
		s = "(null)";
	put_field(o, sp, "", s, strnlen(s, max));
}

static void put_number(struct out *o, const struct spec *sp, u64 v, u32 base, const char *prefix)
{
	char digits[20]; /* of 2^64 - 1, in decimal */
	int at = sizeof(digits);

	do
		digits[--at] = "0123456789abcdef"[v % base];
	while (v /= base);

	put_field(o, sp, prefix, digits + at, sizeof(digits) - at);
}

static void put_signed(struct out *o, const struct spec *sp, s64 v)
{
	if (v < 0)
		put_number(o, sp, -(u64)v, 10, "-");
	else
		put_number(o, sp, v, 10, "");
}

static int parse_int(const char **f)
{
	int v = 0;

	for (; **f >= '0' && **f <= '9'; (*f)++)
		if (v < NUMBER_MAX)
			v = v * 10 + (**f - '0');
	return v;
}

/* From behind the % up to the conversion letter. */
static const char *parse_spec(const char *f, struct spec *sp, va_list *ap)
{
	*sp = (struct spec){ .prec = -1 };

	for (; *f == '-' || *f == '0' || *f == '#'; f++) {
		sp->left |= *f == '-';
		sp->zero |= *f == '0';
		sp->alternate |= *f == '#';
	}

	sp->width = parse_int(&f);
	if (*f == '.' && f[1] == '*') {
		sp->prec = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.') {
		f++;
		sp->prec = parse_int(&f);
	}

	for (; *f == 'l' || *f == 'z' || *f == 'h'; f++)
		sp->wide |= *f != 'h';
	return f;
}

static void put_conversion(struct out *o, char conv, struct spec *sp, va_list *ap)
{
	char c;

	switch (conv) {
	case 'd':
		put_signed(o, sp, sp->wide ? va_arg(*ap, s64) : va_arg(*ap, int));
		break;
	case 'u':
		put_number(o, sp, sp->wide ? va_arg(*ap, u64) : va_arg(*ap, u32), 10, "");
		break;
	case 'x':
		put_number(o, sp, sp->wide ? va_arg(*ap, u64) : va_arg(*ap, u32), 16,
			   sp->alternate ? "0x" : "");
		break;
	case 's':
		put_string(o, sp, va_arg(*ap, const char *));
		break;
	case 'c':
		c = va_arg(*ap, int);
		put_field(o, sp, "", &c, 1);
		break;
	default: /* "%%" too */
		put(o, '%');
		if (conv && conv != '%')
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

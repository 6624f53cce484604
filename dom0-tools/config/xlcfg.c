/* SPDX-License-Identifier: MIT */
/*
 * Reads the form of xl.cfg(5): one pass over the text, no going back, no recursion. Lists do not
 * nest: only keys that no PV guest has here would need that.
 */
#include "xlcfg.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/array.h>

struct scan {
	const char *at;
	unsigned int line;
	bool good;
	xlcfg_fault fault;
	void *context;
};

static bool fail(struct scan *s, unsigned int line, const char *why)
{
	s->good = false;
	s->fault(s->context, line, why);
	return false;
}

/* Blanks and comments; the ends of lines too where they mean nothing. */
static void skip_blank(struct scan *s, bool lines)
{
	for (;;) {
		if (*s->at == '#') {
			s->at += strcspn(s->at, "\n");
		} else if (*s->at == '\n' && lines) {
			s->line++;
			s->at++;
		} else if (*s->at == ' ' || *s->at == '\t' || *s->at == '\r') {
			s->at++;
		} else {
			return;
		}
	}
}

/* To the next setting, after a fault. */
static void skip_line(struct scan *s)
{
	s->at += strcspn(s->at, "\n");
}

static char *copy(struct scan *s, const char *from, size_t length)
{
	char *text = strndup(from, length);

	if (text == NULL)
		fail(s, s->line, "out of memory");
	return text;
}

static char *read_key(struct scan *s)
{
	const char *from = s->at;

	if (!isalpha((unsigned char)*from) && *from != '_') {
		fail(s, s->line, "not a setting KEY = VALUE");
		return NULL;
	}

	while (isalnum((unsigned char)*s->at) || *s->at == '_')
		s->at++;
	return copy(s, from, (size_t)(s->at - from));
}

/* What stands for one character behind a backslash; 0: nothing known. */
static char escaped(char c)
{
	static const struct {
		char letter, meaning;
	} letters[] = { { 'n', '\n' },  { 't', '\t' }, { 'r', '\r' },
			{ '\\', '\\' }, { '"', '"' },  { '\'', '\'' } };

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i].letter == c)
			return letters[i].meaning;

	return '\0';
}

/* Up to the same quote, in the same line. */
static char *read_string(struct scan *s)
{
	char quote = *s->at++, *text = copy(s, s->at, strcspn(s->at, "\n")), *to = text;

	if (text == NULL)
		return NULL;

	while (*s->at != quote && *s->at != '\0' && *s->at != '\n') {
		char c = *s->at++;

		if (c == '\\') {
			c = escaped(*s->at);
			if (c == '\0') {
				fail(s, s->line, "an unknown escape behind \\ in a string");
				free(text);
				return NULL;
			}
			s->at++;
		}
		*to++ = c;
	}

	*to = '\0';
	if (*s->at != quote) {
		fail(s, s->line, "a string does not end in its line");
		free(text);
		return NULL;
	}

	s->at++;
	return text;
}

static char *read_number(struct scan *s)
{
	const char *from = s->at;

	if (*s->at == '-')
		s->at++;
	if (!isdigit((unsigned char)*s->at)) {
		fail(s, s->line,
		     "neither a number, nor a string in quotes, nor a list in brackets");
		return NULL;
	}

	while (isalnum((unsigned char)*s->at))
		s->at++;
	return copy(s, from, (size_t)(s->at - from));
}

static char *read_atom(struct scan *s, enum xlcfg_kind *kind)
{
	bool string = *s->at == '"' || *s->at == '\'';

	*kind = string ? XLCFG_STRING : XLCFG_NUMBER;
	return string ? read_string(s) : read_number(s);
}

/* Takes @item. */
static bool item_add(struct scan *s, struct xlcfg_setting *setting, char *item)
{
	if (item == NULL)
		return false;

	if (setting->count == XLCFG_ITEMS_MAX) {
		free(item);
		return fail(s, s->line, "a list with more than 128 items");
	}

	setting->items[setting->count++] = item;
	return true;
}

/* Behind the opening bracket. A comma may stand behind the last item. */
static bool read_list(struct scan *s, struct xlcfg_setting *setting)
{
	enum xlcfg_kind kind;

	for (;;) {
		skip_blank(s, true);
		if (*s->at == ']')
			break;
		if (*s->at == '[')
			return fail(s, s->line, "a list inside a list");
		if (!item_add(s, setting, read_atom(s, &kind)))
			return false;

		skip_blank(s, true);
		if (*s->at == ',')
			s->at++;
		else if (*s->at != ']')
			return fail(s, s->line, "a list lacks a comma or its closing bracket");
	}

	s->at++;
	return true;
}

static bool read_value(struct scan *s, struct xlcfg_setting *setting)
{
	setting->items = calloc(XLCFG_ITEMS_MAX, sizeof(*setting->items));
	if (setting->items == NULL)
		return fail(s, s->line, "out of memory");

	if (*s->at != '[')
		return item_add(s, setting, read_atom(s, &setting->kind));

	setting->kind = XLCFG_LIST;
	s->at++;
	return read_list(s, setting);
}

static bool read_end(struct scan *s)
{
	skip_blank(s, false);
	if (*s->at == ';') {
		s->at++;
		return true;
	}

	if (*s->at == '\n' || *s->at == '\0')
		return true;

	return fail(s, s->line, "something stands behind the value");
}

static bool read_setting(struct scan *s, struct xlcfg_setting *setting)
{
	setting->line = s->line;
	setting->key = read_key(s);
	if (setting->key == NULL)
		return false;

	skip_blank(s, false);
	if (*s->at != '=')
		return fail(s, s->line, "a key lacks its = and value");

	s->at++;
	skip_blank(s, false);
	return read_value(s, setting) && read_end(s);
}

static void setting_free(struct xlcfg_setting *setting)
{
	for (unsigned int i = 0; i < setting->count; i++)
		free(setting->items[i]);
	free(setting->items);
	free(setting->key);
	memset(setting, 0, sizeof(*setting));
}

/* Keeps what was read if it is whole, and its key is new. */
static void setting_keep(struct scan *s, struct xlcfg *x, struct xlcfg_setting *setting)
{
	if (xlcfg_find(x, setting->key) != NULL)
		fail(s, setting->line, "a key that stands there already");
	else if (x->count == XLCFG_SETTINGS_MAX)
		fail(s, setting->line, "more than 200 settings");
	else {
		x->settings[x->count++] = *setting;
		return;
	}

	setting_free(setting);
}

bool xlcfg_parse(struct xlcfg *x, const char *text, xlcfg_fault fault, void *context)
{
	struct scan s = { text, 1, true, fault, context };

	x->count = 0;
	x->settings = calloc(XLCFG_SETTINGS_MAX, sizeof(*x->settings));
	if (x->settings == NULL)
		return fail(&s, 0, "out of memory");

	for (;;) {
		struct xlcfg_setting setting = { .count = 0 };

		skip_blank(&s, true);
		if (*s.at == '\0')
			return s.good;

		if (*s.at == ';') {
			s.at++;
			continue;
		}

		if (read_setting(&s, &setting)) {
			setting_keep(&s, x, &setting);
			continue;
		}
		setting_free(&setting);
		skip_line(&s);
	}
}

void xlcfg_free(struct xlcfg *x)
{
	for (unsigned int i = 0; i < x->count; i++)
		setting_free(&x->settings[i]);
	free(x->settings);
	memset(x, 0, sizeof(*x));
}

const struct xlcfg_setting *xlcfg_find(const struct xlcfg *x, const char *key)
{
	for (unsigned int i = 0; i < x->count; i++)
		if (strcmp(x->settings[i].key, key) == 0)
			return &x->settings[i];

	return NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * The words of the hypervisor's command line: a table of what each is called, how it is read and
 * where it goes. A word that is not known, or whose value can not be read, is named on the console
 * and ignored. Pure but for that.
 */
#include <boot/boot.h>
#include <config.h>
#include <console/console.h>
#include <lib/string.h>

#define WORD_MAX   128
#define LEVEL_NONE (-1)

struct boot_options boot_options = {
	.console = CONFIG_CONSOLE_DEFAULT,
	.com1 = "",
	.loglvl = CONFIG_LOG_LEVEL,
	.guest_loglvl = { .always = LEVEL_NONE, .limited = CONFIG_GUEST_LOG_LEVEL },
	.pcid = true,
	.ucode = true,
};

static u64 kib_to_bytes(u64 kib)
{
	return kib > ~0ul >> 10 ? ~0ul : kib << 10;
}

/* A bare number means KiB, as users of dom0_mem= know it. @last: the last character of its text. */
static u64 size_bytes(u64 v, char last)
{
	return last >= '0' && last <= '9' ? kib_to_bytes(v) : v;
}

/* "SIZE", "PERCENT%" or a sum of these, up to a comma or the end, where *end is left. */
static bool read_share(const char *s, const char **end, struct memory_share *out)
{
	*out = (struct memory_share){ 0 };
	do {
		u64 v = str_to_size(s, end);

		if (*end == s)
			return false;

		if (**end == '%') {
			if (v > 100)
				return false;
			out->percent = v;
			++*end;
		} else {
			out->bytes = size_bytes(v, (*end)[-1]);
		}

		s = *end + 1;
	} while (**end == '+');

	return !**end || **end == ',';
}

/* "SHARE", "max:SHARE", "min:SHARE" (which counts only where no bare one does), by commas. */
static bool read_dom0_mem(const char *value, void *to, u32 max)
{
	static const char most_prefix[] = "max:", least_prefix[] = "min:";
	const size_t prefix = sizeof(most_prefix) - 1;
	struct memory_share mem = { 0 }, most = { 0 }, v;
	const char *p = value, *end;
	bool has_mem = false;

	while (p) {
		bool is_most = !strncmp(p, most_prefix, prefix);
		bool is_least = !strncmp(p, least_prefix, prefix);

		if (is_most || is_least)
			p += prefix;
		if (!read_share(p, &end, &v))
			return false;

		if (is_most) {
			most = v;
		} else if (!is_least || !has_mem) {
			mem = v;
			has_mem = true;
		}

		p = *end == ',' ? end + 1 : NULL;
	}

	boot_options.dom0_mem = mem;
	boot_options.dom0_mem_max = most;
	return true;
}

/* A number from 1 to @max. */
static bool read_count(const char *value, void *to, u32 max)
{
	const char *end;
	u64 v = str_to_size(value, &end);

	if (end == value || *end)
		return false;
	if (!v || v > max)
		return false;

	*(u32 *)to = v;
	return true;
}

/* A text of less than @max bytes. */
static bool read_text(const char *value, void *to, u32 max)
{
	if (strlen(value) >= max)
		return false;

	str_copy(to, value, max);
	return true;
}

/* A number that ends at a comma or the end. */
static bool is_number(const char *s, size_t len)
{
	const char *end;

	str_to_size(s, &end);
	return end == s + len;
}

/* "8n1": bits of a character, parity, stop bits. */
static bool is_framing(const char *s, size_t len)
{
	return len == 3 && strchr("78", s[0]) && strchr("noe", s[1]) && strchr("12", s[2]);
}

/* "BAUD[,FRAMING[,PORT[,IRQ]]]", each of which may be empty; BAUD may be "auto". */
static bool read_serial(const char *value, void *to, u32 max)
{
	const char *field = value;

	for (u32 i = 0; field; i++) {
		const char *comma = strchr(field, ',');
		size_t len = comma ? (size_t)(comma - field) : strlen(field);
		bool ok = !len || is_number(field, len);

		if (i == 0)
			ok = ok || (len == 4 && !strncmp(field, "auto", len));
		if (i == 1)
			ok = !len || is_framing(field, len);
		if (!ok || i > 3)
			return false;

		field = comma ? comma + 1 : NULL;
	}

	return read_text(value, to, max);
}

struct choice {
	const char *name;
	int value;
};

/* Whether the @len characters at @text are @name. */
static bool is_name(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && !strncmp(name, text, len);
}

/* The value of that of @n choices whose name the @len characters at @text are. */
static bool choose(const struct choice *choices, u32 n, const char *text, size_t len, int *out)
{
	for (u32 i = 0; i < n; i++)
		if (is_name(choices[i].name, text, len)) {
			*out = choices[i].value;
			return true;
		}
	return false;
}

static bool level_named(const char *text, size_t len, int *out)
{
	static const struct choice levels[] = {
		{ "none", LEVEL_NONE }, { "error", LOG_ERR },   { "warning", LOG_WARN },
		{ "info", LOG_INFO },   { "debug", LOG_DEBUG }, { "all", LOG_DEBUG },
	};

	return choose(levels, ARRAY_SIZE(levels), text, len, out);
}

/* "LEVEL", or "SHOWN/LIMITED". One alone is *second, and *first is left as it is. */
static bool read_two_levels(const char *value, int *first, int *second)
{
	const char *slash = strchr(value, '/');

	if (!slash)
		return level_named(value, strlen(value), second);

	if (!level_named(value, slash - value, first))
		return false;

	return level_named(slash + 1, strlen(slash + 1), second);
}

/* Our own lines are shown or not: that more of them are shown at times is not to be had. */
static bool read_level(const char *value, void *to, u32 max)
{
	int first = LEVEL_NONE, second;

	if (!read_two_levels(value, &first, &second))
		return false;
	if (strchr(value, '/') && first != second)
		return false;

	*(int *)to = second;
	return true;
}

/* Guests' lines: one level alone is limited in time, so that no guest floods the console. */
static bool read_guest_levels(const char *value, void *to, u32 max)
{
	struct guest_levels l = { .always = LEVEL_NONE };

	if (!read_two_levels(value, &l.always, &l.limited))
		return false;

	*(struct guest_levels *)to = l;
	return true;
}

static bool read_bool(const char *value, void *to, u32 max)
{
	static const struct choice answers[] = {
		{ "", 1 },  { "1", 1 },     { "true", 1 }, { "yes", 1 }, { "on", 1 },
		{ "0", 0 }, { "false", 0 }, { "no", 0 },   { "off", 0 },
	};
	int v;

	if (!choose(answers, ARRAY_SIZE(answers), value, strlen(value), &v))
		return false;

	*(bool *)to = v;
	return true;
}

/* "scan", as others call it: the modules are searched. */
static bool read_ucode(const char *value, void *to, u32 max)
{
	if (strlen(value) == 4 && !strncmp(value, "scan", 4))
		value = "on";

	return read_bool(value, to, max);
}

static bool read_spec(const char *value, void *to, u32 max)
{
	return spec_words_read(value, to);
}

static bool read_nothing(const char *value, void *to, u32 max)
{
	return !*value;
}

/* Of something that we do not have. */
static bool read_off(const char *value, void *to, u32 max)
{
	bool on;

	return read_bool(value, &on, max) && !on;
}

#define TO(option) &boot_options.option

/*
 * @read gets what stands behind the '=' (empty if there is none), where the result goes, and a
 * limit whose meaning is its own. False: it makes no sense.
 */
static const struct {
	const char *name;
	bool (*read)(const char *value, void *to, u32 max);
	void *to;
	u32 max;
} words[] = {
	{ "dom0_mem", read_dom0_mem, NULL, 0 },
	{ "dom0_max_vcpus", read_count, TO(dom0_max_vcpus), MAX_VCPUS },
	{ "maxcpus", read_count, TO(max_cpus), ~0u },
	{ "console", read_text, TO(console), sizeof(boot_options.console) },
	{ "com1", read_serial, TO(com1), sizeof(boot_options.com1) },
	{ "loglvl", read_level, TO(loglvl), 0 },
	{ "guest_loglvl", read_guest_levels, TO(guest_loglvl), 0 },
	{ "noreboot", read_bool, TO(noreboot), 0 },
	{ "pcid", read_bool, TO(pcid), 0 },
	{ "spec-ctrl", read_spec, TO(spec), 0 },
	{ "ucode", read_ucode, TO(ucode), 0 },
	{ "watchdog", read_bool, TO(watchdog), 0 },
	/* What boot menus pass to every hypervisor of this kind; they ask for what is so anyway. */
	{ "placeholder", read_nothing, NULL, 0 },  /* stands where GRUB eats a word */
	{ "no-real-mode", read_nothing, NULL, 0 }, /* the firmware is not called */
	{ "edd", read_off, NULL, 0 },              /* nor asked for its disks */
};

static void word_apply(char *word)
{
	char *eq = strchr(word, '=');
	const char *value = eq ? eq + 1 : "";
	size_t n = eq ? (size_t)(eq - word) : strlen(word);

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		if (!is_name(words[i].name, word, n))
			continue;

		if (!words[i].read(value, words[i].to, words[i].max))
			log_warn("command line: \"%s\": the value is not understood, ignored",
				 word);
		return;
	}
	log_warn("command line: \"%s\" is not known, ignored", word);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word, cut to what @word holds; returns what stands behind it. */
static const char *word_copy(const char *line, char word[WORD_MAX])
{
	size_t n = 0;

	for (; *line && !is_blank(*line); line++)
		if (n < WORD_MAX - 1)
			word[n++] = *line;

	word[n] = 0;
	return line;
}

void cmdline_parse(const char *line)
{
	char word[WORD_MAX];

	while (*line) {
		line = word_copy(line, word);
		if (word[0])
			word_apply(word);

		while (is_blank(*line))
			line++;
	}
}

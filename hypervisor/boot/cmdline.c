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

#define WORD_MAX 128

struct boot_options boot_options = {
	.console = CONFIG_CONSOLE_DEFAULT,
	.com1 = "",
	.loglvl = CONFIG_LOG_LEVEL,
	.guest_loglvl = CONFIG_GUEST_LOG_LEVEL,
	.pcid = true,
};

static bool read_size(const char *s, const char **end, u64 *out)
{
	u64 v = str_to_size(s, end);
	char last = *end == s ? 0 : (*end)[-1];

	if (*end == s || (**end && **end != ','))
		return false;
	if (last >= '0' && last <= '9') /* a bare number means KiB, as users of dom0_mem= know it */
		v = v > ~0ul >> 10 ? ~0ul : v << 10;
	*out = v;
	return true;
}

/* "SIZE", "min:SIZE" (taken as SIZE), "max:SIZE", by commas. */
static bool read_dom0_mem(const char *value, void *to, u32 max)
{
	u64 mem = 0, most = 0, v;
	const char *end;

	for (const char *p = value; p; p = *end == ',' ? end + 1 : NULL) {
		bool is_max = !strncmp(p, "max:", 4), is_min = !strncmp(p, "min:", 4);

		if (!read_size(is_max || is_min ? p + 4 : p, &end, &v))
			return false;
		if (is_max)
			most = v;
		else if (!is_min || !mem)
			mem = v;
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

	if (end == value || *end || !v || v > max)
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

struct choice {
	const char *name;
	int value;
};

static bool choose(const struct choice *c, u32 n, const char *value, size_t len, int *out)
{
	for (; n--; c++)
		if (strlen(c->name) == len && !strncmp(c->name, value, len)) {
			*out = c->value;
			return true;
		}
	return false;
}

/* "all", or "THRESHOLD/RATELIMITED" of which the first counts. */
static bool read_level(const char *value, void *to, u32 max)
{
	static const struct choice levels[] = {
		{ "none", -1 },       { "error", LOG_ERR },   { "warning", LOG_WARN },
		{ "info", LOG_INFO }, { "debug", LOG_DEBUG }, { "all", LOG_DEBUG },
	};
	const char *slash = strchr(value, '/');
	size_t len = slash ? (size_t)(slash - value) : strlen(value);

	return choose(levels, ARRAY_SIZE(levels), value, len, to);
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

#define TO(option) &boot_options.option

/* @read gets what stands behind the '=' (empty if there is none); false: unreadable. */
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
	{ "com1", read_text, TO(com1), sizeof(boot_options.com1) },
	{ "loglvl", read_level, TO(loglvl), 0 },
	{ "guest_loglvl", read_level, TO(guest_loglvl), 0 },
	{ "noreboot", read_bool, TO(noreboot), 0 },
	{ "pcid", read_bool, TO(pcid), 0 },
	{ "watchdog", read_bool, TO(watchdog), 0 },
	/* what distributions' boot menus pass to every hypervisor of this kind: not read */
	{ .name = "placeholder" },
	{ .name = "no-real-mode" },
	{ .name = "edd" },
};

static void word_apply(char *word)
{
	char *eq = strchr(word, '=');
	const char *value = eq ? eq + 1 : "";
	size_t n = eq ? (size_t)(eq - word) : strlen(word);

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) != n || strncmp(word, words[i].name, n))
			continue;
		if (words[i].read && !words[i].read(value, words[i].to, words[i].max))
			log_warn("command line: \"%s\" has a value that is not understood, "
				 "ignored",
				 word);
		return;
	}
	log_warn("command line: \"%s\" is not known, ignored", word);
}

void cmdline_parse(const char *line)
{
	char word[WORD_MAX];

	while (*line) {
		size_t n = 0;

		for (; *line && *line != ' ' && *line != '\t'; line++)
			if (n < sizeof(word) - 1)
				word[n++] = *line;
		word[n] = 0;
		if (n)
			word_apply(word);
		while (*line == ' ' || *line == '\t')
			line++;
	}
}

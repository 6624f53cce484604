/* SPDX-License-Identifier: MIT */
/*
 * The words of the hypervisor's command line, one function each in a table. A word that is not
 * known, or whose value can not be read, is named on the console and ignored. Pure but for that.
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
};

/* Each takes what stands behind the '=' (empty if there is none); false: unreadable. */
typedef bool word_fn(const char *value);

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
static bool word_dom0_mem(const char *value)
{
	u64 mem = 0, max = 0, v;
	const char *end;

	for (const char *p = value; p; p = *end == ',' ? end + 1 : NULL) {
		bool is_max = !strncmp(p, "max:", 4), is_min = !strncmp(p, "min:", 4);

		if (!read_size(is_max || is_min ? p + 4 : p, &end, &v))
			return false;
		if (is_max)
			max = v;
		else if (!is_min || !mem)
			mem = v;
	}
	boot_options.dom0_mem = mem;
	boot_options.dom0_mem_max = max;
	return true;
}

/* A number from 1 to @max. */
static bool read_count(const char *value, u32 max, u32 *out)
{
	const char *end;
	u64 v = str_to_size(value, &end);

	if (end == value || *end || !v || v > max)
		return false;
	*out = v;
	return true;
}

static bool word_dom0_max_vcpus(const char *value)
{
	return read_count(value, MAX_VCPUS, &boot_options.dom0_max_vcpus);
}

static bool word_maxcpus(const char *value)
{
	return read_count(value, ~0u, &boot_options.max_cpus);
}

static bool word_text(char *dst, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return false;
	str_copy(dst, value, size);
	return true;
}

static bool word_console(const char *value)
{
	return word_text(boot_options.console, sizeof(boot_options.console), value);
}

static bool word_com1(const char *value)
{
	return word_text(boot_options.com1, sizeof(boot_options.com1), value);
}

/* "all", or "THRESHOLD/RATELIMITED" of which the first counts. */
static bool read_level(const char *value, int *out)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = {
		{ "none", -1 }, { "error", LOG_ERR }, { "warning", LOG_WARN },
		{ "info", LOG_INFO }, { "debug", LOG_DEBUG }, { "all", LOG_DEBUG },
	};

	for (u32 i = 0; i < ARRAY_SIZE(levels); i++) {
		size_t n = strlen(levels[i].name);

		if (strncmp(value, levels[i].name, n) || (value[n] && value[n] != '/'))
			continue;
		*out = levels[i].level;
		return true;
	}
	return false;
}

static bool word_loglvl(const char *value)
{
	return read_level(value, &boot_options.loglvl);
}

static bool word_guest_loglvl(const char *value)
{
	return read_level(value, &boot_options.guest_loglvl);
}

static bool read_bool(const char *value, bool *out)
{
	static const char *const yes[] = { "", "1", "true", "yes", "on" };
	static const char *const no[] = { "0", "false", "no", "off" };

	for (u32 i = 0; i < ARRAY_SIZE(yes); i++)
		if (!strcmp(value, yes[i]))
			return *out = true;
	for (u32 i = 0; i < ARRAY_SIZE(no); i++)
		if (!strcmp(value, no[i])) {
			*out = false;
			return true;
		}
	return false;
}

static bool word_noreboot(const char *value)
{
	return read_bool(value, &boot_options.noreboot);
}

static bool word_watchdog(const char *value)
{
	return read_bool(value, &boot_options.watchdog);
}

/* What distributions' boot menus pass to every hypervisor of this kind. */
static bool word_tolerated(const char *value)
{
	return true;
}

static const struct {
	const char *name;
	word_fn *fn;
} words[] = {
	{ "dom0_mem", word_dom0_mem },	       { "dom0_max_vcpus", word_dom0_max_vcpus },
	{ "console", word_console },	       { "com1", word_com1 },
	{ "loglvl", word_loglvl },	       { "guest_loglvl", word_guest_loglvl },
	{ "noreboot", word_noreboot },	       { "watchdog", word_watchdog },
	{ "maxcpus", word_maxcpus },
	{ "placeholder", word_tolerated },     { "no-real-mode", word_tolerated },
	{ "edd", word_tolerated },
};

static void word_apply(char *word)
{
	char *eq = strchr(word, '=');
	const char *value = eq ? eq + 1 : "";
	size_t n = eq ? (size_t)(eq - word) : strlen(word);

	for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) != n || strncmp(word, words[i].name, n))
			continue;
		if (!words[i].fn(value))
			log_warn("command line: \"%s\" has a value that is not understood, ignored", word);
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

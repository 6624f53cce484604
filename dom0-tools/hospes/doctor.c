/* SPDX-License-Identifier: MIT */
/*
 * What the facts about a host mean: a finding each, with what to do. The order is that of the
 * screen: from the hypervisor up, then what the next boot and the next week will bring.
 */
#include "doctor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define OURS ".hospes-"

/* Below this Debian's own daemons run short. */
#define DOM0_LEAST_MIB 384
/* With less left, no guest of a usual size starts. */
#define GUESTS_LEAST_MIB 128
/* Logs of some guests and one unpacked kernel fit into the first, not into the second. */
#define VAR_WARN_MIB 512
#define VAR_FAIL_MIB 64

struct judgement {
	const struct doctor_facts *facts;
	const char *version;
	struct doctor_finding *findings;
	size_t count;
};

static struct doctor_finding *find(struct judgement *j, const char *what, enum doctor_level level,
				   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static struct doctor_finding *find(struct judgement *j, const char *what, enum doctor_level level,
				   const char *fmt, ...)
{
	struct doctor_finding *f = &j->findings[j->count++];
	va_list args;

	f->what = what;
	f->level = level;
	f->advice[0] = '\0';
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
	return f;
}

static void advise(struct doctor_finding *f, const char *advice)
{
	snprintf(f->advice, sizeof(f->advice), "%s", advice);
}

static bool is_ours(const struct doctor_facts *facts)
{
	return strncmp(facts->extra, OURS, strlen(OURS)) == 0;
}

static const char *grub_advice(const struct doctor_facts *facts)
{
	if (facts->images == 0)
		return "install hospes-hypervisor, then reboot";
	if (facts->grub == DOCTOR_NO)
		return "see /etc/default/grub.d/hospes.cfg, run update-grub, then reboot";

	return "reboot, and choose the entry with the hypervisor in GRUB's menu";
}

static void judge_hypervisor(struct judgement *j)
{
	const struct doctor_facts *facts = j->facts;

	if (is_ours(facts))
		find(j, "hypervisor", DOCTOR_OK, "Hospes %s", facts->extra + strlen(OURS));
	else if (facts->type[0] == '\0')
		advise(find(j, "hypervisor", DOCTOR_FAIL, "none: Linux runs on the bare machine"),
		       grub_advice(facts));
	else
		advise(find(j, "hypervisor", DOCTOR_FAIL, "not Hospes but %s (%s)", facts->type,
			    facts->extra),
		       grub_advice(facts));
}

/* Returns whether anything further can be told of the running system. */
static bool judge_domain(struct judgement *j)
{
	if (!j->facts->xenfs) {
		advise(find(j, "domain", DOCTOR_FAIL, "/proc/xen is not mounted"),
		       "systemctl start proc-xen.mount");
		return false;
	}

	if (!j->facts->control) {
		advise(find(j, "domain", DOCTOR_FAIL, "this is a guest, not the control domain"),
		       "run hospes on the host");
		return false;
	}

	find(j, "domain", DOCTOR_OK, "the control domain");
	return true;
}

static void judge_version(struct judgement *j)
{
	const char *runs = j->facts->extra + strlen(OURS);

	if (strcmp(runs, j->version) == 0)
		find(j, "version", DOCTOR_OK, "hypervisor and tools are of version %s", runs);
	else
		advise(find(j, "version", DOCTOR_WARN, "the hypervisor is %s, the tools are %s",
			    runs, j->version),
		       "install both packages in one version, then reboot");
}

static void judge_drivers(struct judgement *j)
{
	if (j->facts->missing[0] == '\0')
		find(j, "drivers", DOCTOR_OK, "the kernel has all that guests need");
	else
		advise(find(j, "drivers", DOCTOR_FAIL, "missing: %s", j->facts->missing),
		       "systemctl restart hospes-host; journalctl -u hospes-host");

	if (j->facts->hypercalls[0] != '\0')
		advise(find(j, "hypercalls", DOCTOR_FAIL, "%s", j->facts->hypercalls),
		       "run it as root");
}

static void judge_daemons(struct judgement *j)
{
	if (j->facts->store)
		find(j, "store", DOCTOR_OK, "answers");
	else
		advise(find(j, "store", DOCTOR_FAIL, "does not answer: no guest can start"),
		       "systemctl start hospes-stored; journalctl -u hospes-stored");

	if (j->facts->daemon)
		find(j, "hospesd", DOCTOR_OK, "answers");
	else
		advise(find(j, "hospesd", DOCTOR_FAIL, "does not answer: no console, no restart"),
		       "systemctl start hospesd; see /var/log/hospes/daemon/hospesd.log");
}

static void judge_bridges(struct judgement *j)
{
	if (j->facts->bridges == 0)
		find(j, "bridges", DOCTOR_OK, "none: guests with an <interface> need one");
	else
		find(j, "bridges", DOCTOR_OK, "%u", j->facts->bridges);
}

static void judge_memory(struct judgement *j)
{
	const struct doctor_facts *facts = j->facts;
	uint64_t rest = facts->total_mib - facts->dom0_mib;

	/* The hypervisor did not say, or what it said does not fit. */
	if (facts->dom0_mib == 0 || facts->dom0_mib > facts->total_mib)
		return;

	if (facts->dom0_mib < DOM0_LEAST_MIB)
		advise(find(j, "memory", DOCTOR_WARN, "the control domain has %" PRIu64 " MiB only",
			    facts->dom0_mib),
		       "raise HOSPES_DOM0_MEM in /etc/default/grub.d/hospes.cfg, run update-grub");
	else if (facts->free_mib < GUESTS_LEAST_MIB && facts->dom0_mib > rest)
		advise(find(j, "memory", DOCTOR_WARN,
			    "the control domain has %" PRIu64 " of %" PRIu64 " MiB",
			    facts->dom0_mib, facts->total_mib),
		       "lower HOSPES_DOM0_MEM in /etc/default/grub.d/hospes.cfg, run update-grub");
	else
		find(j, "memory", DOCTOR_OK,
		     "%" PRIu64 " MiB, the control domain has %" PRIu64 ", free are %" PRIu64,
		     facts->total_mib, facts->dom0_mib, facts->free_mib);
}

static void judge_grub(struct judgement *j)
{
	switch (j->facts->grub) {
	case DOCTOR_YES:
		find(j, "next boot", DOCTOR_OK, "GRUB boots Hospes");
		break;
	case DOCTOR_NO:
		advise(find(j, "next boot", DOCTOR_WARN, "GRUB does not boot Hospes"),
		       "see /etc/default/grub.d/hospes.cfg, then run update-grub");
		break;
	case DOCTOR_UNKNOWN:
		find(j, "next boot", DOCTOR_OK, "not GRUB's, or by a choice that it saves");
		break;
	}
}

static void judge_disk(struct judgement *j)
{
	enum doctor_level level = DOCTOR_OK;
	struct doctor_finding *f;

	if (j->facts->var_mib < VAR_WARN_MIB)
		level = DOCTOR_WARN;
	if (j->facts->var_mib < VAR_FAIL_MIB)
		level = DOCTOR_FAIL;

	f = find(j, "disk", level, "%" PRIu64 " MiB are free for /var", j->facts->var_mib);
	if (level != DOCTOR_OK)
		advise(f, "make room: logs, unpacked kernels and journals lie there");
}

size_t doctor_judge(const struct doctor_facts *facts, const char *version,
		    struct doctor_finding findings[DOCTOR_FINDINGS_MAX])
{
	struct judgement j = { .facts = facts, .version = version, .findings = findings };

	judge_hypervisor(&j);
	if (is_ours(facts) && judge_domain(&j)) {
		judge_version(&j);
		judge_drivers(&j);
		judge_daemons(&j);
		judge_bridges(&j);
		judge_memory(&j);
	}

	judge_grub(&j);
	judge_disk(&j);
	return j.count;
}

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[] = { "ok", "warn", "fail" };

	return names[level];
}

/* ---- what a grub.cfg boots */

/* The value that its first set default= has which is no variable's; ended, or NULL. */
static char *grub_default(char *text)
{
	static const char set[] = "set default=\"";

	for (char *p = strstr(text, set); p != NULL; p = strstr(p, set)) {
		char *end;

		p += strlen(set);
		end = strchr(p, '"');
		if (end == NULL)
			return NULL;

		if (*p != '$') {
			*end = '\0';
			return p;
		}
	}

	return NULL;
}

/* The line of the menuentry that @name names by its id or its title, or "0" the first. */
static char *grub_entry(char *text, const char *name)
{
	static const char entry[] = "menuentry '";
	char quoted[256];

	snprintf(quoted, sizeof(quoted), "'%s'", name);
	for (char *p = strstr(text, entry); p != NULL; p = strstr(p, entry)) {
		char *end = strchr(p, '\n'), *found;

		if (end == NULL)
			return NULL;

		*end = '\0';
		found = strcmp(name, "0") == 0 ? p : strstr(p, quoted);
		*end = '\n';
		if (found != NULL)
			return p;

		p = end;
	}

	return NULL;
}

enum doctor_answer doctor_grub(char *text)
{
	char *name = grub_default(text), *entry, *end, *last;

	if (name == NULL)
		return DOCTOR_UNKNOWN;

	/* Of a way through submenus its last part. */
	last = strrchr(name, '>');
	entry = grub_entry(name + strlen(name) + 1, last != NULL ? last + 1 : name);
	if (entry == NULL)
		return DOCTOR_UNKNOWN;

	end = strstr(entry + 1, "menuentry '");
	if (end != NULL)
		*end = '\0';

	return strstr(entry, "/xen-hospes-") != NULL ? DOCTOR_YES : DOCTOR_NO;
}

/* SPDX-License-Identifier: MIT */
/* hospes uptime, sysrq and trigger: of a guest that runs, what is known and what it may be told. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/domain/domain_find.h>
#include <dom0-tools/domain/domain_running.h>
#include <dom0-tools/domain/domain_vcpus.h>
#include "targets.h"
#include "verbs.h"

/* How long a kernel has to take a key, unless --timeout says otherwise. */
#define SYSRQ_WAIT_MS  10000
#define SECONDS_MINUTE 60
#define SECONDS_HOUR   3600
#define SECONDS_DAY    86400
/* In the table of gates of a virtual CPU. */
#define VECTOR_NMI 2

/* "3 days,  4:05:06", as xl says it. */
static void duration_text(int64_t seconds, char text[48])
{
	int64_t days = seconds / SECONDS_DAY;
	int hours = (int)(seconds % SECONDS_DAY / SECONDS_HOUR);
	int minutes = (int)(seconds % SECONDS_HOUR / SECONDS_MINUTE);
	int n = 0;

	if (days > 0)
		n = snprintf(text, 48, "%" PRId64 " day%s, ", days, days > 1 ? "s" : "");
	snprintf(text + n, (size_t)(48 - n), "%2d:%02d:%02d", hours, minutes,
		 (int)(seconds % SECONDS_MINUTE));
}

/* A domain whose start nobody wrote down is shown all the same. */
static int uptime_show(struct invocation *in, domid_t domid)
{
	char name[DOMAIN_NAME_MAX], text[48] = "unknown";
	struct json_object *row;
	int64_t seconds;
	int rc = domain_uptime(&in->host, domid, &seconds, NULL);

	if (rc < 0 && rc != -ENODATA)
		return error_set(&in->err, rc, "cannot tell since when domain %u runs: %s (%d)",
				 domid, strerror(-rc), rc);
	if (rc == 0)
		duration_text(seconds, text);

	domain_name(&in->host, domid, name);
	if (!in->json) {
		printf("%-33s %5u %s\n", name[0] != '\0' ? name : "(null)", domid, text);
		return 0;
	}

	row = json_object_new_object();
	json_text(row, "name", name);
	json_number(row, "domid", domid);
	json_object_object_add(row, "uptime_s", rc == 0 ? json_object_new_int64(seconds) : NULL);
	json_object_array_add(in->result, row);
	return 0;
}

int verb_uptime(struct invocation *in)
{
	if (in->json)
		in->result = json_object_new_array();
	else
		printf("%-33s %5s %s\n", "Name", "ID", "Uptime");

	return domains_each(in, uptime_show);
}

/* A visible character of ASCII: what it means is the kernel's business. */
static int letter_read(struct invocation *in, const char *text, char *letter)
{
	*letter = text[0];
	if (text[0] > ' ' && text[0] < 0x7f && text[1] == '\0')
		return 0;

	return error_set(&in->err, -EINVAL, "%s is no key: it must be one letter or digit", text);
}

/* The turn is for the asking: a destroy must not wait for a kernel that does not answer. */
int verb_sysrq(struct invocation *in)
{
	struct turn t;
	int wait_ms, rc;
	char letter;

	rc = letter_read(in, in->argv[1], &letter);
	if (rc == 0)
		rc = timeout_read(in, SYSRQ_WAIT_MS, &wait_ms);
	if (rc == 0)
		rc = operand_turn(in, 0, INTENT_SYSRQ, &t);
	if (rc < 0)
		return rc;

	rc = sysrq_send(&in->host, t.domid, letter, &in->err);
	turn_end(&t);
	if (rc == 0)
		rc = sysrq_await(&in->host, t.domid, letter, wait_ms, &in->err);
	if (rc == 0)
		result_number(in, "domid", t.domid);

	return rc;
}

/* What xl knows of; NULL: it is sent. The others are lines of a machine that a PV guest lacks. */
static const struct {
	const char *name;
	const char *refusal;
} triggers[] = {
	{ "nmi", NULL },
	{ "reset", "has no reset line: `hospes reboot` asks its kernel, `hospes destroy` ends it" },
	{ "init", "has no CPUs that take an INIT" },
	{ "power", "has no power button: `hospes shutdown` asks its kernel to power off" },
	{ "sleep", "has no sleep button" },
	{ "s3resume", "does not sleep in S3, and cannot be woken from it" },
};

static int trigger_check(struct invocation *in, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(triggers); i++) {
		if (strcmp(triggers[i].name, name) != 0)
			continue;
		if (triggers[i].refusal == NULL)
			return 0;

		return error_set(&in->err, -EOPNOTSUPP, "a PV guest %s", triggers[i].refusal);
	}

	return error_set(&in->err, -EINVAL, "%s is no trigger; the one of PV guests is nmi", name);
}

static int vcpu_read(struct invocation *in, uint32_t *vcpu)
{
	unsigned int number;
	char more;

	*vcpu = 0;
	if (in->argc < 3)
		return 0;
	if (sscanf(in->argv[2], "%u%c", &number, &more) != 1 || number >= CONFIG_VCPUS_MAX)
		return error_set(&in->err, -EINVAL, "%s is no number of a virtual CPU",
				 in->argv[2]);

	*vcpu = number;
	return 0;
}

/* With the turn. The hypervisor would keep it for a handler that never comes. */
static int nmi_send(struct invocation *in, const struct turn *t, uint32_t vcpu)
{
	struct vcpu_guest_context context;
	int rc;

	if (t->domid == 0)
		return error_set(&in->err, -EINVAL,
				 "domain 0 is this one: an NMI may end it, and all guests with it");

	rc = domctl_get_vcpu_context(in->host.privcmd, t->domid, vcpu, &context, &in->err);
	if (rc < 0)
		return error_prefix(&in->err, "virtual CPU %u", vcpu);
	if (context.trap_ctxt[VECTOR_NMI].address == 0)
		return error_set(&in->err, -EOPNOTSUPP,
				 "the kernel of %s has no handler of NMIs on virtual CPU %u",
				 t->name, vcpu);

	return domctl_send_nmi(in->host.privcmd, t->domid, vcpu, &in->err);
}

int verb_trigger(struct invocation *in)
{
	const char *name = in->argc > 1 ? in->argv[1] : "nmi";
	uint32_t vcpu = 0;
	struct turn t;
	int rc = trigger_check(in, name);

	if (rc == 0)
		rc = vcpu_read(in, &vcpu);
	if (rc == 0)
		rc = operand_turn(in, 0, INTENT_TRIGGER, &t);
	if (rc < 0)
		return rc;

	rc = nmi_send(in, &t, vcpu);
	turn_end(&t);
	if (rc < 0)
		return rc;

	result_number(in, "domid", t.domid);
	result_number(in, "vcpu", vcpu);
	return 0;
}

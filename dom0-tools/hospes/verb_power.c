/* SPDX-License-Identifier: MIT */
/* hospes shutdown, reboot, destroy, pause and unpause: a request to one domain or to several. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/domain/domain_life.h>
#include "verbs.h"

static int timeout_read(struct invocation *in, int *timeout_ms)
{
	const char *text = in->value['t'];
	char *end;
	long seconds;

	*timeout_ms = -1;
	if (text == NULL)
		return 0;

	errno = 0;
	seconds = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || seconds < 0 || seconds > INT_MAX / 1000)
		return error_set(&in->err, -EINVAL, "%s is no number of seconds", text);

	*timeout_ms = (int)seconds * 1000;
	return 0;
}

/* The domains of the operands, each once; all are found before anything is done to one. */
static int domains_read(struct invocation *in, domid_t **domains, int *count)
{
	int rc = 0, n = 0;

	*domains = calloc((size_t)in->argc, sizeof(**domains));
	if (*domains == NULL)
		return error_set(&in->err, -ENOMEM, "no memory for the list of domains");

	for (int i = 0; i < in->argc && rc == 0; i++) {
		int k = 0;

		rc = verb_domain(in, i, &(*domains)[n]);
		while (k < n && (*domains)[k] != (*domains)[n])
			k++;
		if (rc == 0 && k == n)
			n++;
	}

	*count = n;
	return rc;
}

static void result_domains(struct invocation *in, const domid_t *domains, int count)
{
	struct json_object *list;

	if (count == 1 || !in->json) {
		result_number(in, "domid", domains[0]);
		return;
	}

	list = json_object_new_array();
	for (int i = 0; i < count; i++)
		json_object_array_add(list, json_object_new_int(domains[i]));
	in->result = json_object_new_object();
	json_object_object_add(in->result, "domids", list);
}

typedef int domain_act(struct invocation *in, domid_t domid, struct hospes_error *err);

/* Does it to each of @domains, also after failures; the first failure is the result. */
static int each(struct invocation *in, const domid_t *domains, int count, domain_act *act)
{
	int first = 0;

	for (int i = 0; i < count; i++) {
		struct hospes_error err = { 0 };
		int rc = act(in, domains[i], &err);

		if (rc < 0 && first == 0) {
			in->err = err;
			first = rc;
		} else if (rc < 0) {
			fprintf(stderr, "hospes: %s\n", err.text);
		}
	}

	return first;
}

static int each_operand(struct invocation *in, domain_act *act)
{
	domid_t *domains;
	int count, rc = domains_read(in, &domains, &count);

	if (rc == 0)
		rc = each(in, domains, count, act);
	if (rc == 0)
		result_domains(in, domains, count);

	free(domains);
	return rc;
}

static int act_poweroff(struct invocation *in, domid_t domid, struct hospes_error *err)
{
	return domain_ask(&in->host, domid, "poweroff", err);
}

static int act_reboot(struct invocation *in, domid_t domid, struct hospes_error *err)
{
	return domain_ask(&in->host, domid, "reboot", err);
}

static int act_destroy(struct invocation *in, domid_t domid, struct hospes_error *err)
{
	return domain_destroy(&in->host, domid, err);
}

static int act_pause(struct invocation *in, domid_t domid, struct hospes_error *err)
{
	if (domid == 0)
		return error_set(err, -EINVAL,
				 "domain 0 is this one: paused, it could not be unpaused again");

	return domctl_pause(in->host.privcmd, domid, err);
}

static int act_unpause(struct invocation *in, domid_t domid, struct hospes_error *err)
{
	return domctl_unpause(in->host.privcmd, domid, err);
}

/* Waits until all have stopped. @timeout_ms is for all together; < 0: forever. */
static int wait_stop(struct invocation *in, const domid_t *domains, int count, int timeout_ms)
{
	int64_t deadline = clock_ms() + timeout_ms;
	int rc = 0;

	for (int i = 0; i < count && rc == 0; i++) {
		int left = timeout_ms < 0 ? -1 : clock_left_ms(deadline);

		rc = domain_wait_stop(&in->host, domains[i], left, &in->err);
	}
	return rc;
}

/* All are asked before one is waited for. */
static int ask(struct invocation *in, domain_act *act)
{
	int timeout_ms, count, rc = timeout_read(in, &timeout_ms);
	domid_t *domains = NULL;

	if (rc == 0)
		rc = domains_read(in, &domains, &count);
	if (rc == 0)
		rc = each(in, domains, count, act);
	if (rc == 0 && (in->flag['w'] || timeout_ms >= 0))
		rc = wait_stop(in, domains, count, timeout_ms);
	if (rc == 0)
		result_domains(in, domains, count);

	free(domains);
	return rc;
}

int verb_shutdown(struct invocation *in)
{
	return ask(in, act_poweroff);
}

int verb_reboot(struct invocation *in)
{
	return ask(in, act_reboot);
}

int verb_destroy(struct invocation *in)
{
	return each_operand(in, act_destroy);
}

int verb_pause(struct invocation *in)
{
	return each_operand(in, act_pause);
}

int verb_unpause(struct invocation *in)
{
	return each_operand(in, act_unpause);
}

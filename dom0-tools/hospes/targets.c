/* SPDX-License-Identifier: MIT */
/* From operands to domains, and over all of them. */
#include "targets.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_S 1000

int timeout_read(struct invocation *in, int otherwise, int *timeout_ms)
{
	const char *text = in->value['t'];
	char *end;
	long seconds;

	*timeout_ms = otherwise;
	if (text == NULL)
		return 0;

	errno = 0;
	seconds = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || seconds < 0 ||
	    seconds > INT_MAX / MS_PER_S)
		return error_set(&in->err, -EINVAL, "%s is no number of seconds", text);

	*timeout_ms = (int)seconds * MS_PER_S;
	return 0;
}

int domains_each(struct invocation *in, domain_show *each)
{
	struct xen_domctl_getdomaininfo *list;
	domid_t domid;
	int n, rc = 0;

	for (int i = 0; i < in->argc && rc == 0; i++) {
		rc = verb_domain(in, i, &domid);
		if (rc == 0)
			rc = each(in, domid);
	}

	if (in->argc > 0)
		return rc;

	n = domain_list(&in->host, &list, &in->err);
	for (int i = 0; i < n && rc == 0; i++) {
		rc = each(in, list[i].domain);
		if (rc == -ESRCH) {
			error_clear(&in->err);
			rc = 0;
		}
	}

	free(list);
	return n < 0 ? n : rc;
}

int operand_turn(struct invocation *in, int index, enum intent_verb verb, struct turn *t)
{
	int wait_ms, rc = timeout_read(in, INTENT_WAIT_MS, &wait_ms);

	if (rc == 0)
		rc = turn_find(&in->host, in->argv[index], t, &in->err);
	if (rc < 0)
		return rc;

	return turn_take_alive(&in->host, t, verb, wait_ms, &in->err);
}

static bool is_same(const struct turn *a, const struct turn *b)
{
	return a->domid == b->domid && memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0;
}

int targets_read(struct invocation *in, struct targets *targets)
{
	int rc = 0, n = 0;

	*targets = (struct targets){ .list = calloc((size_t)in->argc, sizeof(*targets->list)) };
	if (targets->list == NULL)
		return error_set(&in->err, -ENOMEM, "no memory for the list of domains");

	for (int i = 0; i < in->argc && rc == 0; i++) {
		struct turn *t = &targets->list[n].turn;
		int k = 0;

		rc = turn_find(&in->host, in->argv[i], t, &in->err);
		while (k < n && !is_same(&targets->list[k].turn, t))
			k++;
		if (rc == 0 && k == n)
			n++;
	}

	targets->count = n;
	return rc;
}

void targets_free(struct targets *targets)
{
	free(targets->list);
	*targets = (struct targets){ .list = NULL };
}

int targets_each(struct invocation *in, struct targets *targets, target_act *act)
{
	int first = 0;

	for (int i = 0; i < targets->count; i++) {
		struct hospes_error err = { 0 };
		int rc = act(in, &targets->list[i], &err);

		if (rc < 0 && first == 0) {
			in->err = err;
			first = rc;
		} else if (rc < 0) {
			fprintf(stderr, "hospes: %s\n", err.text);
		}
	}

	return first;
}

void targets_result(struct invocation *in, const struct targets *targets)
{
	struct json_object *list;

	if (!in->json)
		return;
	if (targets->count == 1) {
		result_number(in, "domid", targets->list[0].turn.domid);
		return;
	}

	list = json_object_new_array();
	for (int i = 0; i < targets->count; i++)
		json_object_array_add(list, json_object_new_int(targets->list[i].turn.domid));
	in->result = json_object_new_object();
	json_object_object_add(in->result, "domids", list);
}

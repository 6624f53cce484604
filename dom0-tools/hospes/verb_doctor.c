/* SPDX-License-Identifier: MIT */
/* hospes doctor: is this host fit to run guests, and if not, what is to be done. */
#include "doctor.h"
#include "verbs.h"

#include <stdio.h>

static void finding_print(const struct doctor_finding *f)
{
	printf("%-4s  %-10s  %s\n", doctor_level_name(f->level), f->what, f->text);
	if (f->advice[0] != '\0')
		printf("%18s%s\n", "", f->advice);
}

static struct json_object *finding_json(const struct doctor_finding *f)
{
	struct json_object *o = json_object_new_object();

	json_text(o, "check", f->what);
	json_text(o, "level", doctor_level_name(f->level));
	json_text(o, "text", f->text);
	json_text(o, "advice", f->advice);
	return o;
}

int verb_doctor(struct invocation *in)
{
	struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
	struct json_object *list = json_object_new_array();
	struct doctor_facts facts;
	size_t count;

	doctor_look(&facts);
	count = doctor_judge(&facts, HOSPES_VERSION, findings);
	for (size_t i = 0; i < count; i++) {
		json_object_array_add(list, finding_json(&findings[i]));
		if (!in->json)
			finding_print(&findings[i]);
		if (findings[i].level == DOCTOR_FAIL)
			in->unwell = true;
	}

	in->result = json_object_new_object();
	json_object_object_add(in->result, "checks", list);
	return 0;
}

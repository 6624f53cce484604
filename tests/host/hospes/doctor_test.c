/* SPDX-License-Identifier: MIT */
/* hospes doctor without a host: what facts mean, and what a grub.cfg boots. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <tests/host/suites_run.h>
#include <dom0-tools/hospes/doctor.h>

static const struct doctor_facts sound = {
	.type = "xen",
	.extra = ".hospes-1.2",
	.xenfs = true,
	.control = true,
	.store = true,
	.daemon = true,
	.bridges = 1,
	.total_mib = 2048,
	.free_mib = 1300,
	.dom0_mib = 614,
	.images = 1,
	.grub = DOCTOR_YES,
	.var_mib = 4000,
};

static struct doctor_finding findings[DOCTOR_FINDINGS_MAX];

/* The finding of that name, or NULL. */
static const struct doctor_finding *judge(const struct doctor_facts *facts, const char *what)
{
	size_t n = doctor_judge(facts, "1.2", findings);

	ck_assert_uint_le(n, DOCTOR_FINDINGS_MAX);
	for (size_t i = 0; i < n; i++)
		if (strcmp(findings[i].what, what) == 0)
			return &findings[i];
	return NULL;
}

START_TEST(a_sound_host_is_clean)
{
	size_t n = doctor_judge(&sound, "1.2", findings);

	ck_assert_uint_ge(n, 9);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(findings[i].level, DOCTOR_OK);
		ck_assert_str_eq(findings[i].advice, "");
	}
}
END_TEST

static void expect(const struct doctor_facts *facts, const char *what, enum doctor_level level,
		   const char *text)
{
	const struct doctor_finding *f = judge(facts, what);

	ck_assert_msg(f != NULL, "no finding of %s", what);
	ck_assert_int_eq(f->level, level);
	ck_assert_msg(strstr(f->text, text) != NULL, "%s: %s", what, f->text);
	ck_assert_str_ne(f->advice, "");
}

#define WITH(...)                                 \
	({                                        \
		struct doctor_facts with = sound; \
		__VA_ARGS__;                      \
		with;                             \
	})

START_TEST(each_fault_is_told_with_what_to_do)
{
	struct doctor_facts f;

	f = WITH(strcpy(with.type, ""), strcpy(with.extra, ""));
	expect(&f, "hypervisor", DOCTOR_FAIL, "bare");
	ck_assert_ptr_null(judge(&f, "store"));
	f = WITH(strcpy(with.extra, ".4"));
	expect(&f, "hypervisor", DOCTOR_FAIL, "not Hospes but xen");
	f = WITH(with.xenfs = false);
	expect(&f, "domain", DOCTOR_FAIL, "not mounted");
	f = WITH(with.control = false);
	expect(&f, "domain", DOCTOR_FAIL, "guest");
	f = WITH(strcpy(with.extra, ".hospes-1.1"));
	expect(&f, "version", DOCTOR_WARN, "1.1");
	f = WITH(strcpy(with.missing, "loop"));
	expect(&f, "drivers", DOCTOR_FAIL, "loop");
	f = WITH(strcpy(with.hypercalls, "no permission"));
	expect(&f, "hypercalls", DOCTOR_FAIL, "no permission");
	f = WITH(with.store = false);
	expect(&f, "store", DOCTOR_FAIL, "does not answer");
	f = WITH(with.daemon = false);
	expect(&f, "hospesd", DOCTOR_FAIL, "does not answer");
	f = WITH(with.dom0_mib = 256);
	expect(&f, "memory", DOCTOR_WARN, "256");
	f = WITH(with.dom0_mib = 1900; with.free_mib = 20);
	expect(&f, "memory", DOCTOR_WARN, "1900 of 2048");
	f = WITH(with.grub = DOCTOR_NO);
	expect(&f, "next boot", DOCTOR_WARN, "GRUB");
	f = WITH(with.var_mib = 300);
	expect(&f, "disk", DOCTOR_WARN, "300");
	f = WITH(with.var_mib = 3);
	expect(&f, "disk", DOCTOR_FAIL, "3 MiB");
}
END_TEST

#define ENTRIES                                                                              \
	"menuentry 'Debian' --class os $menuentry_id_option 'gnulinux-simple-u' {\n"         \
	"\tlinux /boot/vmlinuz\n}\n"                                                         \
	"submenu 'More' $menuentry_id_option 'gnulinux-advanced-u' {\n"                      \
	"\tmenuentry 'Debian, with Linux 6' $menuentry_id_option 'gnulinux-6-u' {\n\t}\n}\n" \
	"menuentry 'Debian, with Xen' $menuentry_id_option 'xen-gnulinux-simple-u' {\n"      \
	"\tmultiboot2 /boot/xen-hospes-1.2.gz placeholder ${xen_rm_opts}\n}\n"
#define NEXT "set default=\"${next_entry}\"\n"

static const struct {
	const char *text;
	enum doctor_answer answer;
} grubs[] = {
	{ NEXT "set default=\"xen-gnulinux-simple-u\"\n" ENTRIES, DOCTOR_YES },
	{ NEXT "set default=\"Debian, with Xen\"\n" ENTRIES, DOCTOR_YES },
	{ "set default=\"0\"\n" ENTRIES, DOCTOR_NO },
	{ "set default=\"gnulinux-advanced-u>gnulinux-6-u\"\n" ENTRIES, DOCTOR_NO },
	{ NEXT "set default=\"${saved_entry}\"\n" ENTRIES, DOCTOR_UNKNOWN },
	{ "set default=\"nowhere\"\n" ENTRIES, DOCTOR_UNKNOWN },
	{ "set default=\"0", DOCTOR_UNKNOWN },
	{ "set default=\"0\"\nmenuentry 'cut off", DOCTOR_UNKNOWN },
	{ "", DOCTOR_UNKNOWN },
};

START_TEST(grub_is_understood)
{
	char text[2048];

	snprintf(text, sizeof(text), "%s", grubs[_i].text);
	ck_assert_int_eq(doctor_grub(text), grubs[_i].answer);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("doctor");
	TCase *t = tcase_create("doctor");

	tcase_add_test(t, a_sound_host_is_clean);
	tcase_add_test(t, each_fault_is_told_with_what_to_do);
	tcase_add_loop_test(t, grub_is_understood, 0, (int)(sizeof(grubs) / sizeof(grubs[0])));
	suite_add_tcase(s, t);

	return suites_run(s);
}

/* SPDX-License-Identifier: MIT */
/* Speculative faults of real processors, as their CPUID and MSRs tell them, and what is chosen. */
#include <boot/spec.h>

#include <check.h>
#include <string.h>
#include <tests/host/suites_run.h>

#define NAMES 200

#define RTM (1u << 11)

/* One row a processor: what it says of itself, and what it then has. */
static const struct {
	const char *name;
	struct spec_cpu cpu;
	const char *faults;
} processors[] = {
	{ "Bonnell", { SPEC_INTEL, 6, 0x1c, 10, 0, 0, 0, 0, 0, 0, 0 }, "none" },
	{ "Nehalem",
	  { SPEC_INTEL, 6, 0x1a, 5, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds" },
	{ "Sandy Bridge",
	  { SPEC_INTEL, 6, 0x2a, 7, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds" },
	{ "Ivy Bridge",
	  { SPEC_INTEL, 6, 0x3a, 9, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds,srbds" },
	{ "Haswell-EP",
	  { SPEC_INTEL, 6, 0x3f, 2, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds,mmio_stale_data" },
	{ "Broadwell-EP",
	  { SPEC_INTEL, 6, 0x4f, 1, RTM, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds,taa,mmio_stale_data" },
	{ "Skylake",
	  { SPEC_INTEL, 6, 0x5e, 3, RTM, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds,taa,srbds,mmio_stale_data,gds,retbleed" },
	{ "Skylake-SP",
	  { SPEC_INTEL, 6, 0x55, 4, RTM, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds,taa,mmio_stale_data,gds,retbleed" },
	{ "Cascade Lake",
	  { SPEC_INTEL, 6, 0x55, 7, RTM, 0, 0, 0, 0, 0, 0x0a0a00abul },
	  "spectre_v1,spectre_v2,bhi,ssb,taa,mmio_stale_data,gds,retbleed,its" },
	{ "Whiskey Lake",
	  { SPEC_INTEL, 6, 0x8e, 12, 0, 0, 0, 0, 0, 0, 0x2bul },
	  "spectre_v1,spectre_v2,bhi,ssb,srbds,mmio_stale_data,gds,retbleed,its" },
	{ "Comet Lake",
	  { SPEC_INTEL, 6, 0xa5, 5, 0, 0, 0, 0, 0, 0, 0x2bul },
	  "spectre_v1,spectre_v2,bhi,ssb,mmio_stale_data,gds,retbleed,its" },
	{ "Ice Lake-SP",
	  { SPEC_INTEL, 6, 0x6a, 6, 0, 0, 0, 0, 0, 0, 0x0a02016bul },
	  "spectre_v1,spectre_v2,bhi,ssb,mmio_stale_data,gds,its" },
	{ "Goldmont",
	  { SPEC_INTEL, 6, 0x5c, 9, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,rfds" },
	{ "Alder Lake",
	  { SPEC_INTEL, 6, 0x97, 2, 0, 0, 0, 0, 0, 0, 0x1400e16bul },
	  "spectre_v1,spectre_v2,bhi,ssb,rfds" },
	{ "Sapphire Rapids",
	  { SPEC_INTEL, 6, 0x8f, 8, RTM, 0, 0, 0, 0, 0, 0x400000000d14e171ul | 0x2 },
	  "spectre_v1,spectre_v2" },
	{ "an Intel model of tomorrow that says nothing",
	  { SPEC_INTEL, 6, 0xff, 0, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,meltdown,l1tf,mds" },
	{ "K8, which QEMU's translator calls itself",
	  { SPEC_AMD, 15, 107, 1, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2" },
	{ "Bulldozer",
	  { SPEC_AMD, 0x15, 1, 2, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,retbleed" },
	{ "Zen 1",
	  { SPEC_AMD, 0x17, 1, 2, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,retbleed,srso" },
	{ "Zen 1 of Hygon",
	  { SPEC_HYGON, 0x18, 0, 1, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,retbleed,srso" },
	{ "Zen 2",
	  { SPEC_AMD, 0x17, 0x31, 0, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,retbleed,srso,zenbleed" },
	{ "Zen 3",
	  { SPEC_AMD, 0x19, 1, 1, 0, 0, 0, 1u << 29, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,srso,tsa" },
	{ "Zen 4",
	  { SPEC_AMD, 0x19, 0x11, 1, 0, 0, 0, 1u << 29, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb,srso,tsa" },
	{ "Zen 5",
	  { SPEC_AMD, 0x1a, 2, 1, 0, 0, 0, 1u << 29, 1u << 30, 6, 0 },
	  "spectre_v1,spectre_v2,ssb" },
	{ "another vendor's",
	  { SPEC_OTHER, 7, 0x3b, 0, 0, 0, 0, 0, 0, 0, 0 },
	  "spectre_v1,spectre_v2,ssb" },
};

START_TEST(real_processors)
{
	char names[NAMES];

	spec_faults_name(spec_faults(&processors[_i].cpu), names, sizeof(names));
	ck_assert_msg(!strcmp(names, processors[_i].faults), "%s has %s, not %s",
		      processors[_i].name, names, processors[_i].faults);
}
END_TEST

/* A buffer that is too short holds the beginning, and nothing is written behind it. */
START_TEST(names_are_cut)
{
	char buf[12];

	memset(buf, 'x', sizeof(buf));
	spec_faults_name(~0u, buf, 8);
	ck_assert_str_eq(buf, "spectre");
	ck_assert_int_eq(buf[8], 'x');
}
END_TEST

#define D(name) SPEC_BIT(DEFENCE_##name)

/* What is chosen without a word, for processors that offer much or little against their faults. */
static const struct {
	const char *name;
	struct spec_cpu cpu;
	u32 defences;
	u64 spec_ctrl;
} choices[] = {
	{ "Nehalem as it was sold",
	  { .vendor = SPEC_INTEL, .family = 6, .model = 0x1a, .stepping = 5 },
	  D(ISOLATION) | D(L1TF) | D(VERW) | D(RSB) | D(THUNKS),
	  0 },
	{ "Skylake with its microcode",
	  { .vendor = SPEC_INTEL,
	    .family = 6,
	    .model = 0x5e,
	    .stepping = 3,
	    .leaf7_b = RTM,
	    .leaf7_d = 1u << 10 | 1u << 26 | 1u << 27 | 1u << 31 },
	  D(ISOLATION) | D(L1TF) | D(VERW) | D(IBPB) | D(RSB) | D(ENTRY_IBRS) | D(THUNKS) |
		  D(STIBP),
	  1 << 1 },
	{ "Cascade Lake",
	  { .vendor = SPEC_INTEL,
	    .family = 6,
	    .model = 0x55,
	    .stepping = 7,
	    .leaf7_b = RTM,
	    .leaf7_d = 1u << 10 | 1u << 26 | 1u << 27 | 1u << 29 | 1u << 31,
	    .arch_caps = 0x0a0a00abul },
	  D(VERW) | D(IBPB) | D(RSB) | D(IBRS) | D(STIBP) | D(NO_TSX),
	  1 << 0 | 1 << 1 },
	{ "Sapphire Rapids",
	  { .vendor = SPEC_INTEL,
	    .family = 6,
	    .model = 0x8f,
	    .stepping = 8,
	    .leaf7_d = 1u << 26 | 1u << 27 | 1u << 29 | 1u << 31,
	    .leaf72_d = 1u << 4,
	    .arch_caps = 0x400000000d04e173ul },
	  D(IBPB) | D(RSB) | D(IBRS) | D(STIBP),
	  1 << 0 | 1 << 1 | 1 << 10 },
	{ "Zen 2",
	  { .vendor = SPEC_AMD, .family = 0x17, .model = 0x31, .ext8_b = 1u << 12 | 1u << 15 },
	  D(IBPB) | D(RSB) | D(ENTRY_IBPB) | D(THUNKS) | D(STIBP),
	  1 << 1 },
	{ "Zen 1 as it was sold",
	  { .vendor = SPEC_AMD, .family = 0x17, .model = 1, .stepping = 2 },
	  D(RSB) | D(THUNKS),
	  0 },
	{ "Zen 3 with its microcode",
	  { .vendor = SPEC_AMD,
	    .family = 0x19,
	    .model = 1,
	    .stepping = 1,
	    .ext8_b = 1u << 12 | 1u << 14 | 1u << 15 | 1u << 24 | 1u << 29,
	    .ext21_a = 1u << 28 },
	  D(VERW) | D(IBPB) | D(RSB) | D(ENTRY_IBPB) | D(THUNKS) | D(STIBP),
	  1 << 1 },
	{ "Zen 3",
	  { .vendor = SPEC_AMD,
	    .family = 0x19,
	    .model = 1,
	    .stepping = 1,
	    .ext8_b = 1u << 12 | 1u << 14 | 1u << 15 | 1u << 24 | 1u << 29 },
	  D(VERW) | D(IBPB) | D(RSB) | D(THUNKS) | D(STIBP),
	  1 << 1 },
	{ "Zen 4, whose IBRS is a bit of EFER",
	  { .vendor = SPEC_AMD,
	    .family = 0x19,
	    .model = 0x11,
	    .stepping = 1,
	    .ext8_b = 1u << 12 | 1u << 14 | 1u << 15 | 1u << 24 | 1u << 29,
	    .ext21_a = 1u << 8 },
	  D(VERW) | D(IBPB) | D(RSB) | D(IBRS) | D(STIBP),
	  1 << 1 },
	{ "K8", { .vendor = SPEC_AMD, .family = 15 }, D(RSB) | D(THUNKS), 0 },
	{ "Bonnell", { .vendor = SPEC_INTEL, .family = 6, .model = 0x1c }, 0, 0 },
};

START_TEST(what_is_chosen)
{
	const struct spec_words none = { 0 };
	const struct spec_cpu *c = &choices[_i].cpu;
	u32 got = spec_choose(c, spec_faults(c), &none);

	ck_assert_msg(got == choices[_i].defences, "%s: %#x, not %#x", choices[_i].name, got,
		      choices[_i].defences);
	ck_assert_uint_eq(spec_ctrl_value(c, got), choices[_i].spec_ctrl);
}
END_TEST

/* A word forces what the processor can do, and nothing else; thunks beside IBRS too. */
START_TEST(what_is_forced)
{
	const struct spec_cpu *nehalem = &choices[0].cpu, *cascade = &choices[2].cpu;
	struct spec_words w;
	u32 got;

	ck_assert(spec_words_read("ssbd,ibrs,thunks,no-verw", &w));
	got = spec_choose(nehalem, spec_faults(nehalem), &w);
	ck_assert_uint_eq(got, D(ISOLATION) | D(L1TF) | D(RSB) | D(THUNKS));
	got = spec_choose(cascade, spec_faults(cascade), &w);
	ck_assert_uint_eq(got,
			  D(IBPB) | D(RSB) | D(IBRS) | D(THUNKS) | D(STIBP) | D(SSBD) | D(NO_TSX));
	ck_assert_uint_eq(spec_ctrl_value(cascade, got), 7);
}
END_TEST

/* Each word, with a processor that needs isolation and one that does not. */
static const struct {
	const char *text;
	bool needed, unneeded;
} words[] = {
	{ "on", true, false },
	{ "off", false, false },
	{ "isolation", true, true },
	{ "no-isolation", false, false },
	{ "off,isolation", true, true },
	{ "isolation,off", false, false },
	{ "no-isolation,on", true, false },
	{ "isolation,no-isolation", false, false },
};

START_TEST(words_change_the_choice)
{
	const struct spec_cpu c = { 0 };
	struct spec_words w = { 0 };

	ck_assert(spec_words_read(words[_i].text, &w));
	ck_assert_int_eq(!!spec_choose(&c, SPEC_BIT(FAULT_MELTDOWN), &w), words[_i].needed);
	ck_assert_int_eq(!!spec_choose(&c, 0, &w), words[_i].unneeded);
}
END_TEST

static const char *const bad_words[] = { "",    "no-",   "isolations",  "isolatio", "on,",
					 ",on", "no-on", "isolation,x", "ON" };

START_TEST(unknown_words_change_nothing)
{
	struct spec_words w = { .force = 1, .forbid = 2 };

	ck_assert(!spec_words_read(bad_words[_i], &w));
	ck_assert_uint_eq(w.force, 1);
	ck_assert_uint_eq(w.forbid, 2);
}
END_TEST

/* What guests are shown of it. */
static const struct {
	const char *name;
	struct spec_cpu cpu;
	struct spec_guest guest;
} views[] = {
	{ "one that offers nothing", { .vendor = SPEC_INTEL, .family = 6, .model = 0x1a }, { 0 } },
	{ "Skylake with its microcode: each by itself, and no IBRS",
	  { .vendor = SPEC_INTEL, .leaf7_d = 1u << 9 | 1u << 10 | 1u << 26 | 1u << 27 | 1u << 31 },
	  { .leaf7_d = 1u << 10, .ext8_b = 1u << 12 | 1u << 15 | 1u << 24, .ctrl = 6 } },
	{ "Cascade Lake: what it does not have, but neither enhanced IBRS nor our MSRs",
	  { .vendor = SPEC_INTEL,
	    .leaf7_d = 1u << 10 | 1u << 26 | 1u << 29,
	    .arch_caps = 0x0a0a00abul },
	  { .leaf7_d = 1u << 10 | 1u << 29, .ext8_b = 1u << 12, .arch_caps = 0x080a0021ul } },
	{ "Zen 4: automatic IBRS is for ring 0, and so is half of SRSO",
	  { .vendor = SPEC_AMD,
	    .ext8_b = 1u << 12 | 1u << 14 | 1u << 15 | 1u << 29 | 1u << 30,
	    .ext21_a = 1u << 2 | 1u << 8 | 1u << 28 | 1u << 30,
	    .ext21_c = 6 },
	  { .ext8_b = 1u << 12 | 1u << 15 | 1u << 29 | 1u << 30,
	    .ext21_a = 1u << 2 | 1u << 28,
	    .ext21_c = 6,
	    .ctrl = 2 } },
};

START_TEST(what_a_guest_is_shown)
{
	struct spec_guest g;

	spec_guest_view(&views[_i].cpu, &g);
	ck_assert_msg(!memcmp(&g, &views[_i].guest, sizeof(g)), "%s: %#x %#x %#x %#x %#lx %#lx",
		      views[_i].name, g.leaf7_d, g.ext8_b, g.ext21_a, g.ext21_c, g.arch_caps,
		      g.ctrl);
}
END_TEST

#define N(a) (int)(sizeof(a) / sizeof(*(a)))

int main(void)
{
	Suite *s = suite_create("speculation");
	TCase *t = tcase_create("spec");

	tcase_add_loop_test(t, real_processors, 0, N(processors));
	tcase_add_test(t, names_are_cut);
	tcase_add_loop_test(t, what_is_chosen, 0, N(choices));
	tcase_add_test(t, what_is_forced);
	tcase_add_loop_test(t, what_a_guest_is_shown, 0, N(views));
	tcase_add_loop_test(t, words_change_the_choice, 0, N(words));
	tcase_add_loop_test(t, unknown_words_change_nothing, 0, N(bad_words));
	suite_add_tcase(s, t);

	return suites_run(s);
}

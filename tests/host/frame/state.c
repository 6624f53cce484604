/* SPDX-License-Identifier: MIT */
/*
 * The type state machine against a slow model: a frame is a bag of holders, and each rule is said
 * about holders. Every transition is tried from every interesting word; then long random lives of a
 * frame are led by both.
 */
#include "suites.h"

#include <frame/type.h>
#include <stdlib.h>

/* libcheck's assertions are too slow for millions. */
#define CHECK(x)                                \
	do {                                    \
		if (!(x))                       \
			ck_abort_msg("%s", #x); \
	} while (0)

/* Who holds a frame. The pin is one of the type holders; a changer is the only one. */
struct model {
	bool allocated, pinned, changing;
	uint64_t plain, typed; /* typed: without the pin's */
	enum ftype type;       /* or the last one */
};

static uint64_t model_typed(const struct model *m)
{
	return m->typed + m->pinned;
}

static uint64_t model_all(const struct model *m)
{
	return m->allocated + m->plain + model_typed(m);
}

static bool model_free(const struct model *m)
{
	return model_all(m) == 0;
}

static fstate_t model_word(const struct model *m)
{
	bool validated = model_typed(m) && !m->changing;

	if (model_free(m))
		return 0;

	return model_all(m) | model_typed(m) << 28 | (uint64_t)m->type << 55 |
	       (uint64_t)m->changing << 60 | (uint64_t)validated << 61 | (uint64_t)m->pinned << 62 |
	       (uint64_t)m->allocated << 63;
}

static bool is_table(enum ftype t)
{
	return t == FT_L1 || t == FT_L2 || t == FT_L3 || t == FT_L4;
}

enum action { ALLOC, GET, PUT, UNALLOC, GET_TYPE, VALIDATED, PUT_TYPE, TORN, PIN, UNPIN, ACTIONS };

static enum verdict ended(struct model *m)
{
	if (!model_free(m))
		return TV_OK;

	*m = (struct model){ 0 };
	return TV_FREE;
}

static enum verdict model_get_type(struct model *m, enum ftype t)
{
	bool first = !model_typed(m), was_harmless;

	if (model_free(m) || t == FT_NONE || t == FT_COUNT)
		return TV_REFUSED;

	if (m->changing)
		return TV_BUSY;

	if (!first && m->type != t)
		return TV_REFUSED;

	if (model_all(m) == FS_REF_MAX || model_typed(m) == FS_TREF_MAX)
		return TV_OVERFLOW;

	/* New contents count only once they are looked at; a writable page has none that matter. */
	was_harmless = m->type == FT_NONE || m->type == FT_WRITABLE;
	m->changing = first && !(t == FT_WRITABLE && was_harmless);
	m->typed++;
	m->type = t;
	return m->changing ? TV_VALIDATE : TV_OK;
}

static enum verdict model_put_type(struct model *m)
{
	if (m->changing || !m->typed)
		return TV_REFUSED;

	if (m->typed == 1 && !m->pinned && is_table(m->type)) {
		m->changing = true;
		return TV_TEARDOWN;
	}

	m->typed--;
	return ended(m);
}

static enum verdict model_change_ends(struct model *m, bool well)
{
	if (!m->changing)
		return TV_REFUSED;

	m->changing = false;
	if (well)
		return TV_OK;

	m->typed = 0;
	return ended(m);
}

static enum verdict model_plain(struct model *m, enum action a)
{
	switch (a) {
	case ALLOC:
		if (!model_free(m))
			return TV_REFUSED;
		m->allocated = true;
		return TV_OK;
	case GET:
		if (model_free(m))
			return TV_REFUSED;
		if (model_all(m) == FS_REF_MAX)
			return TV_OVERFLOW;
		m->plain++;
		return TV_OK;
	case PUT:
		if (!m->plain)
			return TV_REFUSED;
		m->plain--;
		return ended(m);
	default:
		if (!m->allocated)
			return TV_REFUSED;
		m->allocated = false;
		return ended(m);
	}
}

static enum verdict model_step(struct model *m, enum action a, enum ftype t)
{
	switch (a) {
	case GET_TYPE:
		return model_get_type(m, t);
	case PUT_TYPE:
		return model_put_type(m);
	case VALIDATED:
		return model_change_ends(m, true);
	case TORN:
		return model_change_ends(m, false);
	case PIN:
		if (m->changing || m->pinned || !m->typed || !is_table(m->type))
			return TV_REFUSED;
		m->typed--;
		m->pinned = true;
		return TV_OK;
	case UNPIN:
		if (!m->pinned)
			return TV_REFUSED;
		m->pinned = false;
		m->typed++;
		return TV_OK;
	default:
		return model_plain(m, a);
	}
}

static enum verdict real_step(fstate_t *s, enum action a, enum ftype t)
{
	fstate_t to = 0x5555555555555555;
	enum verdict v;

	switch (a) {
	case ALLOC:
		v = *s ? TV_REFUSED : TV_OK; /* frame_assign asserts it */
		to = *s ? to : FS_FRESH;
		break;
	case GET:
		v = state_get(*s, &to);
		break;
	case PUT:
		v = state_put(*s, &to);
		break;
	case UNALLOC:
		v = state_unallocate(*s, &to);
		if (v == TV_OK)
			v = state_put(to, &to);
		break;
	case GET_TYPE:
		v = state_get_type(*s, &to, t);
		break;
	case VALIDATED:
		v = state_validated(*s, &to);
		break;
	case PUT_TYPE:
		v = state_put_type(*s, &to);
		break;
	case TORN:
		v = state_torn_down(*s, &to);
		break;
	case PIN:
		v = state_pin(*s, &to);
		break;
	default:
		v = state_unpin(*s, &to);
		break;
	}
	if (v == TV_BUSY || v == TV_REFUSED || v == TV_OVERFLOW)
		CHECK(to == 0x5555555555555555);
	else
		*s = to;
	return v;
}

/* Both take the step from the same state and end alike. */
static void step_both(struct model *m, fstate_t *s, enum action a, enum ftype t)
{
	fstate_t before = *s;
	enum verdict want = model_step(m, a, t), got = real_step(s, a, t);

	if (got != want)
		ck_abort_msg("action %d type %d on %lx: verdict %d, the model says %d", a, t,
			     before, got, want);
	if (*s != model_word(m))
		ck_abort_msg("action %d type %d on %lx: %lx, the model says %lx", a, t, before, *s,
			     model_word(m));
}

static void all_steps(const struct model *m)
{
	for (int a = 0; a < ACTIONS; a++)
		for (int t = FT_NONE; t <= FT_COUNT; t++) {
			struct model copy = *m;
			fstate_t s = model_word(m);

			step_both(&copy, &s, a, t);
		}
}

/* A model is possible if its words are: the limits of the counts, and what pin and change mean. */
static bool possible(const struct model *m)
{
	if (model_all(m) > FS_REF_MAX || model_typed(m) > FS_TREF_MAX)
		return false;
	if (model_typed(m) && m->type == FT_NONE)
		return false;
	if (m->pinned && (m->changing || !is_table(m->type)))
		return false;
	if (m->changing && m->typed != 1)
		return false;
	return !model_free(m) || m->type == FT_NONE;
}

START_TEST(every_transition_from_every_interesting_state)
{
	static const uint64_t typed[] = { 0, 1, 2, 3, FS_TREF_MAX - 1, FS_TREF_MAX };
	static const uint64_t plain[] = { 0,
					  1,
					  2,
					  FS_REF_MAX - FS_TREF_MAX - 1,
					  FS_REF_MAX - FS_TREF_MAX,
					  FS_REF_MAX - 3,
					  FS_REF_MAX - 2,
					  FS_REF_MAX - 1,
					  FS_REF_MAX };
	unsigned n = 0;

	for (int flags = 0; flags < 8; flags++)
		for (int t = 0; t < FT_COUNT; t++)
			for (unsigned i = 0; i < sizeof(typed) / 8 * (sizeof(plain) / 8); i++) {
				struct model m = { flags & 1,    flags & 2,    flags & 4,
						   plain[i / 6], typed[i % 6], t };

				if (!possible(&m))
					continue;
				all_steps(&m);
				n++;
			}
	ck_assert_uint_gt(n, 500);
}
END_TEST

START_TEST(random_lives)
{
	static const enum action droppers[] = { PUT, UNALLOC, PUT_TYPE, TORN, UNPIN };
	struct model m = { 0 };
	fstate_t s = 0;
	unsigned freed = 0;

	srand(1);
	for (int i = 0; i < 2000000; i++) {
		fstate_t before = s;

		/* Many holders are driven off again, so that lives end. */
		step_both(&m, &s,
			  model_all(&m) > 3 ? droppers[rand() % 5]
					    : (enum action)(rand() % ACTIONS),
			  rand() % (FT_COUNT + 1));
		freed += before && !s;
	}
	ck_assert_uint_gt(freed, 1000);
}
END_TEST

START_TEST(a_page_table_is_never_writable)
{
	for (int t = FT_L1; t <= FT_DESC; t++) {
		fstate_t s = 0, to;

		ck_assert_int_eq(real_step(&s, ALLOC, 0), TV_OK);
		ck_assert_int_eq(real_step(&s, GET_TYPE, t), TV_VALIDATE);
		ck_assert_int_eq(state_get_type(s, &to, FT_WRITABLE), TV_BUSY);
		ck_assert_int_eq(real_step(&s, VALIDATED, 0), TV_OK);
		ck_assert_int_eq(state_get_type(s, &to, FT_WRITABLE), TV_REFUSED);
	}
}
END_TEST

Suite *state_suite(void)
{
	Suite *s = suite_create("type states");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, every_transition_from_every_interesting_state);
	tcase_add_test(t, random_lives);
	tcase_add_test(t, a_page_table_is_never_writable);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: MIT */
/*
 * Every state that a guest can bring three frames into, by every sequence of stores, pins and
 * unpins, with work that may stop after each entry: breadth first, each state once. After each step
 * everything is recounted. Tables refer to each other in all ways that the rules allow, so what is
 * torn down in pieces meets all that a guest can do meanwhile.
 *
 * Each frame has two entries that are used; an entry names one of the frames, with the right to
 * write where that says something, or none. The order of flushes is left out: tests/host/interleave
 * tries that.
 */
#include "../ptable/machine.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tests/host/suites_run.h>

#define CAST       3u       /* frames */
#define USED       2u       /* entries of each */
#define FIRST      30u      /* of the domain's frames */
#define STATES_MAX 1000000u /* more than there are */
#define HASHES     (1u << 22)

static struct domain *const d = &doms[1];

/* --- states ----------------------------------------------------------------------------------- */

struct state {
	fstate_t word[CAST];
	pte_t entry[CAST][USED];
	u16 progress[CAST];
	u8 flags[CAST];
	u8 pending; /* the frame that is half torn down; CAST: none */
};

static struct state *states;
static struct origin {
	u32 state;
	u8 step;
} * origins; /* of each state: one that leads to it, and how */
static u32 n_states;
static u32 *hashes; /* of a state's number plus one; 0: none */

static struct frame *cast(u32 i)
{
	return &frame_table[own(FIRST + i)];
}

static pte_t *cast_entries(u32 i)
{
	return mfn_to_virt(MFN(own(FIRST + i)));
}

static void state_read(struct state *s)
{
	memset(s, 0, sizeof(*s));
	s->pending = CAST;

	for (u32 i = 0; i < CAST; i++) {
		const struct frame *f = cast(i);

		s->word[i] = f->state;
		s->progress[i] = f->progress;
		s->flags[i] = f->flags;
		memcpy(s->entry[i], cast_entries(i), sizeof(s->entry[i]));
		if (d->pt.pending == f)
			s->pending = (u8)i;
	}
}

static void state_write(const struct state *s)
{
	for (u32 i = 0; i < CAST; i++) {
		struct frame *f = cast(i);

		f->state = s->word[i];
		f->progress = s->progress[i];
		f->flags = s->flags[i];
		memcpy(cast_entries(i), s->entry[i], sizeof(s->entry[i]));
	}

	d->pt.pending = s->pending == CAST ? NULL : cast(s->pending);
	machine_all_flushed();
}

/* Which of the frames has which part makes no difference. */
static const u8 orders[][CAST] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
				   { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

/* The entry for frame order[i] in place of that for frame i. */
static pte_t entry_renamed(pte_t e, const u8 *order)
{
	if (!e)
		return 0;

	return pte_make(MFN(own(FIRST + order[pte_mfn(e).n - own(FIRST)])), e & ~PTE_ADDR);
}

static void state_renamed(const struct state *s, const u8 *order, struct state *to)
{
	memset(to, 0, sizeof(*to));
	to->pending = s->pending == CAST ? CAST : order[s->pending];

	for (u32 i = 0; i < CAST; i++) {
		u32 n = order[i];

		to->word[n] = s->word[i];
		to->progress[n] = s->progress[i];
		to->flags[n] = s->flags[i];
		for (u32 k = 0; k < USED; k++)
			to->entry[n][k] = entry_renamed(s->entry[i][k], order);
	}
}

/* The least of those that are the same but for the frames' names. */
static void state_normalise(struct state *s)
{
	struct state least = *s, other;

	for (u32 i = 1; i < ARRAY_SIZE(orders); i++) {
		state_renamed(s, orders[i], &other);
		if (memcmp(&other, &least, sizeof(least)) < 0)
			least = other;
	}
	*s = least;
}

static u32 hash(const struct state *s)
{
	const u8 *byte = (const u8 *)s;
	u32 h = 2166136261u;

	for (u32 i = 0; i < sizeof(*s); i++)
		h = (h ^ byte[i]) * 16777619u;
	return h % HASHES;
}

/* Keeps @s if it is new; @origin tells where from. */
static void state_add(const struct state *s, struct origin origin)
{
	u32 i = hash(s);

	for (; hashes[i]; i = (i + 1) % HASHES)
		if (!memcmp(&states[hashes[i] - 1], s, sizeof(*s)))
			return;

	CHECK(n_states < STATES_MAX, "more than %d states", STATES_MAX);
	states[n_states] = *s;
	origins[n_states] = origin;
	n_states++;
	hashes[i] = n_states;
}

/* --- steps ------------------------------------------------------------------------------------ */

#define VALUES (1 + CAST) /* of an entry: none, or each frame, to be written too */
#define STORES (CAST * USED * VALUES)
#define LEVELS 3u
#define PINS   (CAST * LEVELS)
#define STEPS  (STORES + PINS + CAST)

static void step_store(u32 n)
{
	u32 value = n % VALUES, used = n / VALUES % USED, i = n / VALUES / USED;
	pte_t e = 0;

	if (value) {
		e = own(FIRST + value - 1) << PAGE_SHIFT | PTE_P | PTE_U | PTE_RW;
	}
	ignore(machine_update(d, d, at(own(FIRST + i), used), e, false));
}

static void step(u32 n)
{
	if (n < STORES) {
		step_store(n);
		return;
	}

	n -= STORES;
	if (n < PINS) {
		ignore(table_pin(d, MFN(own(FIRST + n / LEVELS)),
				 (enum ftype)(FT_L1 + n % LEVELS)));
		return;
	}

	ignore(table_unpin(d, MFN(own(FIRST + n - PINS))));
}

/* Work stops after one entry, or before it behind empty ones, or does all that there is. */
static const int budgets[] = { 1, 100000 };

#define WAYS (STEPS * ARRAY_SIZE(budgets)) /* out of each state */
_Static_assert(WAYS <= 256, "origin.step is a byte");

static struct origin now; /* what is tried */

static void steps_from(u32 i)
{
	const struct state from = states[i];
	struct state to;

	for (u32 n = 0; n < WAYS; n++) {
		now = (struct origin){ i, (u8)n };
		state_write(&from);
		fake_budget_set(budgets[n % ARRAY_SIZE(budgets)]);
		step(n / ARRAY_SIZE(budgets));
		machine_recount("a step");

		state_read(&to);
		state_normalise(&to);
		state_add(&to, now);
	}
}

/* --- the report ------------------------------------------------------------------------------- */

static void step_print(u32 way)
{
	u32 n = way / ARRAY_SIZE(budgets);

	if (n < STORES)
		printf("frame %u entry %u := %u", n / VALUES / USED, n / VALUES % USED, n % VALUES);
	else if (n < STORES + PINS)
		printf("pin frame %u as L%u", (n - STORES) / LEVELS, 1 + (n - STORES) % LEVELS);
	else
		printf("unpin frame %u", n - STORES - PINS);

	printf(", work for %d entries\n", budgets[way % ARRAY_SIZE(budgets)]);
}

/* How the state came about in which a step failed. The frames' numbers may change at each step. */
static void origins_print(struct origin o)
{
	if (o.state)
		origins_print(origins[o.state]);
	step_print(o.step);
}

START_TEST(every_state_of_three_frames)
{
	struct state first;

	machine_start();
	state_read(&first);
	state_add(&first, now);

	for (u32 i = 0; i < n_states; i++)
		steps_from(i);
	printf("# %u states, %lu steps\n", n_states, n_states * WAYS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ptable states");
	TCase *t = tcase_create("states");
	int status;

	states = calloc(STATES_MAX, sizeof(*states));
	origins = calloc(STATES_MAX, sizeof(*origins));
	hashes = calloc(HASHES, sizeof(*hashes));

	tcase_add_test(t, every_state_of_three_frames);
	suite_add_tcase(s, t);

	/* In this process, so that its end knows the state at which a test failed. */
	setenv("CK_FORK", "no", true);
	status = suites_run(s);
	if (status != EXIT_SUCCESS)
		origins_print(now);

	free(states);
	free(origins);
	free(hashes);
	return status;
}

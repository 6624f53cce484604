/* SPDX-License-Identifier: MIT */
/*
 * Water is poured into vessels: memory_share() fills all up to one level after the other, and each
 * takes by its weight until it has reached the level.
 */
#include "memory_share.h"

#define KIB_PER_MIB 1024UL

/* Room above what a guest uses: a quarter of that, and at least so much. A program that takes 100
 * MiB a second meets no bound in the half second between two looks. */
#define ROOM_PART    4
#define ROOM_MIN_KIB (48 * KIB_PER_MIB)
/* One that has grown goes on growing: so many times as much until the balloon has followed. */
#define GROWTH_TIMES 2

/* Smaller changes are not worth the work, and what a guest says moves that much by itself. */
#define STEP_MIN_KIB (4 * KIB_PER_MIB)
#define STEP_PART    32

/* Pages in transit: who is so near to its target has reached it. */
#define NEAR_KIB KIB_PER_MIB

/* Each round fills at least one vessel or pours all that is left: this is for thousands of guests,
 * of which the last few then get a few KiB less than they could. */
#define ROUNDS_MAX 64

enum level { LEVEL_USED, LEVEL_NEEDED, LEVEL_WISHED, LEVELS };

static uint64_t at_most(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t at_least(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* In MiB, so that no product of a weight and a size overflows; never 0. */
static uint64_t weight(const struct share *s)
{
	return memory_above(s->wished, s->guaranteed) / KIB_PER_MIB + 1;
}

/* Both numbers come from a guest: no more than it may have. */
uint64_t share_need(const struct share *s)
{
	uint64_t uses = at_most(s->uses, s->wished), grew = at_most(s->grew, s->wished);

	if (uses == 0)
		return s->guaranteed;

	return uses + at_least(uses / ROOM_PART, ROOM_MIN_KIB) + GROWTH_TIMES * grew;
}

static uint64_t level_of(const struct share *s, enum level level)
{
	uint64_t kib = s->wished;

	if (level == LEVEL_USED)
		kib = s->uses;
	if (level == LEVEL_NEEDED)
		kib = share_need(s);

	return at_least(at_most(kib, s->wished), s->guaranteed);
}

static uint64_t weights_below(const struct share *shares, size_t count, enum level level)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		if (shares[i].want < level_of(&shares[i], level))
			sum += weight(&shares[i]);
	}

	return sum;
}

/* One round: pours @left by weight, and returns what ran over. */
static uint64_t pour(struct share *shares, size_t count, enum level level, uint64_t left,
		     uint64_t weights)
{
	uint64_t poured = 0;

	for (size_t i = 0; i < count; i++) {
		struct share *s = &shares[i];
		uint64_t lacks = memory_above(level_of(s, level), s->want);
		uint64_t gets = at_most(lacks, left * weight(s) / weights);

		s->want += gets;
		poured += gets;
	}

	return left - poured;
}

static uint64_t fill(struct share *shares, size_t count, enum level level, uint64_t left)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		uint64_t weights = weights_below(shares, count, level);

		/* Less than one each is left of rounding. */
		if (weights == 0 || left < weights)
			break;

		left = pour(shares, count, level, left, weights);
	}

	return left;
}

void memory_share(struct share *shares, size_t count, uint64_t supply)
{
	uint64_t left = supply;

	for (size_t i = 0; i < count; i++) {
		shares[i].want = shares[i].guaranteed;
		left = memory_above(left, shares[i].guaranteed);
	}

	for (int level = 0; level < LEVELS; level++)
		left = fill(shares, count, (enum level)level, left);
}

static uint64_t step_min(const struct share *s)
{
	return at_least(STEP_MIN_KIB, s->target / STEP_PART);
}

/* By how much it is to grow; 0: not at all, or by too little. */
static uint64_t growth(const struct share *s)
{
	uint64_t kib = memory_above(s->want, s->target);

	return kib >= step_min(s) ? kib : 0;
}

static bool shrinks(const struct share *s, bool urgent)
{
	return memory_above(s->target, s->want) >= (urgent ? 1 : step_min(s));
}

static bool arrived(const struct share *s)
{
	return memory_above(s->now, s->target) <= NEAR_KIB &&
	       memory_above(s->target, s->now) <= NEAR_KIB;
}

bool memory_plan(struct share *shares, size_t count, uint64_t spare, bool urgent)
{
	uint64_t wanted = 0;
	bool moving = false;

	/* What was granted and not yet taken is not spare. */
	for (size_t i = 0; i < count; i++) {
		spare = memory_above(spare, memory_above(shares[i].target, shares[i].now));
		wanted += growth(&shares[i]);
	}

	for (size_t i = 0; i < count; i++) {
		struct share *s = &shares[i];
		uint64_t grows = growth(s);

		s->ask = 0;
		if (shrinks(s, urgent))
			s->ask = s->want;
		if (grows != 0 && wanted > spare)
			grows = (uint64_t)((double)grows / (double)wanted * (double)spare);
		if (grows >= STEP_MIN_KIB)
			s->ask = s->target + grows;

		moving = moving || s->ask != 0 || growth(s) != 0 || !arrived(s);
	}

	return moving;
}

/* SPDX-License-Identifier: MIT */
/*
 * The promise of memory/claim.c, in every order of what the CPUs do: what is claimed is free, so
 * that a domain whose claim was granted gets every frame of it, whoever takes frames meanwhile.
 */
#include "../interleave/explore.h"

#include <frame/alloc.h>
#include <memory/claim.h>
#include <stdio.h>
#include <string.h>

#define FRAMES 4u /* of the machine */

enum { A, B, C, DOMAINS };

static struct domain domains[DOMAINS];
static u64 frames_free_now;
static struct frame block;
static bool claimed[DOMAINS];

void explore_on(u32 cpu)
{
	fake_cpu = cpu;
}

bool explore_interrupted(u32 cpu)
{
	(void)cpu;
	return false;
}

void softirq_post(u32 cpu, enum softirq s)
{
	(void)cpu;
	(void)s;
}

/* Waits for another CPU. */
void cpu_poll(void)
{
	explore_wait();
}

/* --- the allocator: each call is one step ----------------------------------------------------- */

struct frame *frames_alloc(u32 order, u32 addr_bits)
{
	u64 pages = 1ul << order;

	(void)addr_bits;
	explore_step();
	if (frames_free_now < pages)
		return NULL;

	frames_free_now -= pages;
	return &block;
}

void frames_free(struct frame *f, u32 order)
{
	(void)f;
	explore_step();
	frames_free_now += 1ul << order;
}

u64 frames_free_count(void)
{
	explore_step();
	return frames_free_now;
}

/* --- what a CPU does -------------------------------------------------------------------------- */

static void claims(u32 who, u64 pages)
{
	claimed[who] = !claim_set(&domains[who], pages);
}

/* Who has a claim takes it along, a frame at a time. */
static void takes_claimed(u32 who)
{
	while (claimed[who] && domains[who].memory.claimed)
		if (!claim_alloc(&domains[who], 0, ADDR_ANY))
			explore_failed("%c claims %lu frames, and gets none", 'A' + who,
				       domains[who].memory.claimed);
}

static void a_claims(void)
{
	claims(A, 3);
}

static void a_claims_and_takes(void)
{
	claims(A, 2);
	takes_claimed(A);
}

static void b_claims_and_takes(void)
{
	claims(B, 2);
	takes_claimed(B);
}

/* A block of 2^@order frames, if it may. */
static void takes(u32 who, u32 order)
{
	claim_alloc(&domains[who], order, ADDR_ANY);
}

static void b_takes_two(void)
{
	takes(B, 1);
}

static void c_takes_and_takes(void)
{
	takes(C, 0);
	takes(C, 1);
}

/* --- before and after ------------------------------------------------------------------------- */

static void start(void)
{
	memset(domains, 0, sizeof(domains));
	memset(claimed, 0, sizeof(claimed));
	frames_free_now = FRAMES;

	for (u32 i = 0; i < DOMAINS; i++) {
		domains[i].id = (domid_t)i;
		domains[i].max_pages = FRAMES;
	}
}

static void nothing(void)
{
}

/* And claims end, for the next run. */
static void what_is_claimed_is_free(void)
{
	if (claim_total() > frames_free_now)
		explore_failed("%lu frames are claimed, %lu are free", claim_total(),
			       frames_free_now);

	for (u32 i = 0; i < DOMAINS; i++)
		claim_drop(&domains[i]);
}

/* clang-format off */
static const struct scenario scenarios[] = {
	{ "one claims, another takes", start,
	  { a_claims, b_takes_two }, nothing, what_is_claimed_is_free, 4 },
	{ "one claims and takes, another takes", start,
	  { a_claims_and_takes, c_takes_and_takes }, nothing, what_is_claimed_is_free, 3 },
	{ "two claim and take, a third takes", start,
	  { a_claims_and_takes, b_claims_and_takes, c_takes_and_takes }, nothing,
	  what_is_claimed_is_free, 2 },
};
/* clang-format on */

int main(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(scenarios); i++) {
		u64 n = explore(&scenarios[i]);

		printf("ok %u - %s: %lu schedules\n", i + 1, scenarios[i].name, n);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * hospesd's sharing of memory on a host that is made up: guests with balloons that take their time,
 * agents that tell late, and loads that wait for memory. Time is counted here, in steps.
 */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <dom0-tools/base/clock.h>
#include <dom0-tools/domain/domain_memory.h>
#include <dom0-tools/domain/memory_notes.h>
#include <dom0-tools/domain/turn.h>
#include <dom0-tools/hospesd/feed.h>
#include <dom0-tools/hospesd/note.h>
#include <dom0-tools/hospesd/sharing.h>
#include <dom0-tools/hospesd/tightness.h>
#include <tests/host/suites_run.h>

#define MIB    1024UL
#define STEP   50  /* ms */
#define AGENT  250 /* ms */
#define GUESTS 10
#define HOST   (2000 * MIB)
#define FLOOR  (320 * MIB)
/* What a balloon moves in a step: some 200 MiB a second. */
#define BALLOON (10 * MIB)
/* What a kernel keeps for itself. */
#define OWN        (14 * MIB)
#define GUARANTEED (96 * MIB)
#define MOST       (512 * MIB)
#define IDLE       (50 * MIB)
/* A load takes so much at a time, and only if so much is left then. */
#define PIECE (8 * MIB)
#define LEFT  (16 * MIB)

struct sim {
	struct memory_guest g;
	uint64_t used;   /* by its programs */
	uint64_t burden; /* of that, of the load */
	uint64_t load;   /* that it is told to carry */
	bool stuck;      /* its balloon does not move */
	bool busy;       /* somebody else has its turn */
	bool swaps;      /* it may use more than it has */
	bool lies;       /* it says that it uses all it may have */
};

static struct sim sims[GUESTS + 1]; /* the first is domain 0 */
static unsigned int count;
static int64_t now_ms = 1000;
static uint64_t wished;

int64_t clock_ms(void)
{
	return now_ms;
}

int clock_left_ms(int64_t deadline)
{
	return deadline > now_ms ? (int)(deadline - now_ms) : 0;
}

static uint64_t host_free(void)
{
	uint64_t held = 0;

	for (unsigned int i = 0; i < count; i++)
		held += sims[i].g.now;
	ck_assert_uint_le(held, HOST);
	return HOST - held;
}

int memory_view_read(struct host *h, struct memory_view *view, struct hospes_error *err)
{
	(void)h, (void)err;
	*view = (struct memory_view){ .total = HOST, .free = host_free(), .count = count };
	view->guests = calloc(count, sizeof(*view->guests));
	for (unsigned int i = 0; i < count; i++) {
		view->guests[i] = sims[i].g;
		memory_guest_check(&view->guests[i]);
	}
	return 0;
}

void memory_view_free(struct memory_view *view)
{
	free(view->guests);
}

uint64_t memory_wishes(const struct memory_view *view)
{
	(void)view;
	return wished;
}

int memory_sharing_begin(struct hospes_error *err)
{
	(void)err;
	return 0;
}

int turn_find_number(struct host *h, domid_t domid, struct turn *t, struct hospes_error *err)
{
	(void)h, (void)err;
	*t = (struct turn){ .domid = domid, .alive = true };
	return 0;
}

int turn_take(struct host *h, struct turn *t, enum intent_verb verb, int wait_ms,
	      const volatile sig_atomic_t *interrupted, struct hospes_error *err)
{
	(void)h, (void)interrupted, (void)err;
	ck_assert_int_eq(verb, INTENT_MEMORY);
	ck_assert_int_eq(wait_ms, 0);
	return sims[t->domid].busy ? -EBUSY : 0;
}

void turn_end(struct turn *t)
{
	ck_assert(!sims[t->domid].busy);
}

int memory_ask(struct host *h, domid_t domid, uint64_t kib, bool force, struct hospes_error *err)
{
	struct memory_guest *g = &sims[domid].g;

	(void)h, (void)force, (void)err;
	ck_assert(g->guaranteed != 0);
	ck_assert_uint_ge(kib, g->guaranteed);
	ck_assert_uint_le(kib, g->wished);
	g->target = kib;
	return 0;
}

/* What domain 0 agrees to. */
int store_printf(struct store *s, store_txn txn, const char *path, const char *fmt, ...)
{
	struct memory_guest *g = &sims[0].g;
	va_list ap;
	uint64_t kib;

	(void)s, (void)txn;
	ck_assert_str_eq(fmt, "%llu");
	va_start(ap, fmt);
	kib = va_arg(ap, unsigned long long);
	va_end(ap);

	if (strcmp(path, "/local/domain/0/memory/guaranteed") == 0)
		g->guaranteed = kib;
	else if (strcmp(path, "/local/domain/0/memory/target") == 0)
		g->target = kib;
	else
		g->wished = kib;
	return 0;
}

/* What was told of the host: how often each, and the last. */
static unsigned int tight_told, eased_told;
static char told[128];

void feed_tell(const struct happening *h)
{
	ck_assert_ptr_null(h->name);
	if (strcmp(h->what, "memory-tight") == 0)
		tight_told++;
	else
		eased_told++;
	snprintf(told, sizeof(told), "%s: %s", h->what, h->why);
}

void note(const char *fmt, ...)
{
	ck_abort_msg("%s", fmt);
}

static void guest_make(uint64_t guaranteed, uint64_t start, uint64_t most)
{
	struct sim *s = &sims[count];

	*s = (struct sim){ .used = IDLE };
	s->g = (struct memory_guest){
		.domid = (domid_t)count,
		.runs = true,
		.now = start,
		.target = start,
		.guaranteed = guaranteed,
		.wished = most,
	};
	s->g.uuid[0] = (uint8_t)(count + 1);
	count++;
}

static void balloon_move(struct sim *s)
{
	uint64_t free = host_free(), by;
	struct memory_guest *g = &s->g;

	if (s->stuck || g->target == 0)
		return;

	if (g->target < g->now) {
		by = g->now - g->target;
		g->now -= by < BALLOON ? by : BALLOON;
		return;
	}

	by = g->target - g->now;
	/* One of Linux that gets nothing gives up for half a minute. */
	ck_assert_uint_le(by, free);
	g->now += by < BALLOON ? by : BALLOON;
}

static void load_move(struct sim *s)
{
	uint64_t own = OWN + s->used, available = s->g.now > own ? s->g.now - own : 0;

	if (s->burden < s->load && available >= PIECE + LEFT) {
		s->burden += PIECE;
		s->used += PIECE;
	}
	if (s->burden > s->load) {
		s->used -= s->burden;
		s->burden = 0;
	}
	/* Else its kernel would kill. */
	if (!s->swaps)
		ck_assert_uint_le(s->used + OWN, s->g.now);
}

static void say(struct sim *s)
{
	s->g.said_total = s->g.now - OWN;
	s->g.said_free = s->g.said_total > s->used ? s->g.said_total - s->used : 0;
	if (s->lies)
		s->g.said_free = 0;
}

static void step(void)
{
	struct host h = { .store = (struct store *)&h };

	now_ms += STEP;
	for (unsigned int i = 0; i < count; i++) {
		balloon_move(&sims[i]);
		load_move(&sims[i]);
		if (now_ms % AGENT == (int)(i * STEP) % AGENT)
			say(&sims[i]);
	}

	ck_assert_int_le(sharing_left_ms(), 500);
	sharing_tick(&h);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_uint_ge(sims[i].g.target, sims[i].g.guaranteed);
}

static void pass(int ms)
{
	for (int t = 0; t < ms; t += STEP)
		step();
}

static void host_begin(uint64_t floor)
{
	struct hospes_error err;

	count = 0;
	wished = 0;
	guest_make(0, 600 * MIB, 0);
	sims[0].used = 200 * MIB;
	ck_assert_int_eq(sharing_begin(floor, &err), 0);
	pass(1000);
}

static uint64_t spare(void)
{
	struct memory_view view;
	uint64_t kib;

	ck_assert_int_eq(memory_view_read(NULL, &view, NULL), 0);
	kib = memory_view_spare(&view);
	memory_view_free(&view);
	return kib;
}

static uint64_t targets(void)
{
	uint64_t kib = 0;

	for (unsigned int i = 0; i < count; i++)
		kib += sims[i].g.target;
	return kib;
}

/* As `create` does: it waits until its guest's memory is there. */
static void guest_come(void)
{
	wished = 128 * MIB;
	for (int t = 0; spare() < wished; t += STEP) {
		uint64_t before = targets();

		ck_assert_int_lt(t, 5000);
		step();
		ck_assert_uint_le(targets(), before);
	}

	guest_make(GUARANTEED, 128 * MIB, MOST);
	wished = 0;
	pass(1000);
}

static void guests_come(void)
{
	host_begin(FLOOR);
	for (int i = 0; i < GUESTS; i++)
		guest_come();
}

/* In ms until the load is carried. */
static int carry(unsigned int guest, uint64_t kib)
{
	int ms = 0;

	sims[guest].load = kib;
	while (sims[guest].burden < kib && ms < 60000) {
		step();
		ms += STEP;
	}

	return ms;
}

START_TEST(a_load_that_moves_gets_its_memory)
{
	guests_come();
	ck_assert_uint_lt(host_free(), 80 * MIB);
	for (unsigned int i = 1; i <= GUESTS; i++) {
		ck_assert_int_le(carry(i, 256 * MIB), 5000);
		sims[i].load = 0;
	}
}
END_TEST

START_TEST(a_balloon_that_is_stuck_takes_nothing_from_others)
{
	guests_come();
	pass(3000);
	sims[1].stuck = true;
	sims[1].load = 0;
	sims[2].busy = true;
	ck_assert_int_le(carry(3, 200 * MIB), 5000);
	sims[2].busy = false;
	ck_assert_int_le(carry(2, 200 * MIB), 8000);
}
END_TEST

START_TEST(a_liar_gets_its_weight)
{
	guests_come();
	sims[1].lies = true;
	pass(10000);
	for (unsigned int i = 2; i <= GUESTS; i++)
		ck_assert_uint_ge(sims[i].g.now, GUARANTEED);
	ck_assert_int_le(carry(2, 152 * MIB), 8000);
}
END_TEST

START_TEST(domain_0_keeps_what_it_uses)
{
	guests_come();
	ck_assert_int_le(carry(0, 240 * MIB), 8000);
	for (unsigned int i = 1; i <= GUESTS; i++) {
		ck_assert_int_le(carry(i, 32 * MIB), 5000);
		sims[i].swaps = true;
	}

	/* A new guest wants more than all others have beyond what is guaranteed and used. */
	wished = 600 * MIB;
	pass(10000);
	for (unsigned int i = 1; i <= GUESTS; i++)
		ck_assert_uint_eq(sims[i].g.now, GUARANTEED);
	ck_assert_uint_ge(sims[0].g.now, sims[0].used + OWN);
}
END_TEST

START_TEST(all_is_quiet_when_nothing_changes)
{
	uint64_t before[GUESTS + 1];

	guests_come();
	pass(10000);
	for (unsigned int i = 0; i < count; i++)
		before[i] = sims[i].g.target;
	pass(10000);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_uint_eq(sims[i].g.target, before[i]);
}
END_TEST

static void all_lie(bool lie)
{
	for (unsigned int i = 1; i <= GUESTS; i++)
		sims[i].lies = lie;
}

START_TEST(what_becomes_tight_is_told_once)
{
	guests_come();
	pass(10000);
	ck_assert_uint_eq(tight_told, 0);

	all_lie(true);
	pass(30000);
	ck_assert_uint_eq(tight_told, 1);
	ck_assert_ptr_nonnull(strstr(told, "memory-tight: 1"));
	ck_assert_ptr_nonnull(strstr(told, " of 2000 MiB are in use"));

	/* Over it is when it has been so for a while. */
	all_lie(false);
	pass(EASED_MS - 5000);
	ck_assert_uint_eq(eased_told, 0);
	pass(10000);
	ck_assert_uint_eq(eased_told, 1);
	ck_assert_ptr_nonnull(strstr(told, "memory-eased: "));
	pass(10000);
	ck_assert_uint_eq(tight_told + eased_told, 2);
}
END_TEST

START_TEST(what_is_guaranteed_may_be_tight)
{
	host_begin(600 * MIB);
	guest_make(1250 * MIB, 1250 * MIB, HOST);
	pass(TIGHT_MS + 1000);
	ck_assert_uint_eq(tight_told, 1);
	ck_assert_str_eq(told, "memory-tight: 1850 of 2000 MiB are guaranteed or not shared");
}
END_TEST

#define TURNS 20

/* Whatever guests say of themselves, and how often. */
START_TEST(guests_do_not_flood_the_log)
{
	guests_come();
	for (int i = 0; i < TURNS; i++) {
		all_lie(i % 2 == 0);
		pass(_i * 1000);
	}

	ck_assert_uint_le(tight_told, 1 + TURNS * _i * 1000 / EASED_MS);
	ck_assert_uint_le(eased_told, tight_told);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sharing");
	TCase *t = tcase_create("sharing");

	/* Minutes of the made-up host, on a machine that may be busy. */
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_load_that_moves_gets_its_memory);
	tcase_add_test(t, a_balloon_that_is_stuck_takes_nothing_from_others);
	tcase_add_test(t, a_liar_gets_its_weight);
	tcase_add_test(t, domain_0_keeps_what_it_uses);
	tcase_add_test(t, all_is_quiet_when_nothing_changes);
	tcase_add_test(t, what_becomes_tight_is_told_once);
	tcase_add_test(t, what_is_guaranteed_may_be_tight);
	tcase_add_loop_test(t, guests_do_not_flood_the_log, 1, 6);
	suite_add_tcase(s, t);
	return suites_run(s);
}

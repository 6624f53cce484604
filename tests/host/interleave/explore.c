/* SPDX-License-Identifier: MIT */
/*
 * The search over schedules: see explore.h. The CPUs are contexts of one thread. A schedule is the
 * list of choices made at the steps where there was more than one.
 */
#include "explore.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define STACK_BYTES (64u << 10)
#define CHOICES_MAX 4096u
#define WAITS_MAX   10000u /* in one run: far more than any that ends */
#define WORDS       4096u  /* of memory, far more than the code under test uses */

static struct cpu {
	ucontext_t context;
	char *stack;
	bool busy;   /* it has not come to guest mode yet */
	bool serves; /* it has, and answers a request now */
	bool waits;  /* for another CPU */
} cpus[CPUS];

static struct choice {
	u8 taken, options;
	u8 cpu; /* who went on, for the report */
} path[CHOICES_MAX];
static u32 known; /* choices that this run is to repeat */
static u32 made;  /* choices of this run */

/*
 * Words of memory, and the CPUs that read or write them. Only an access of a word that one CPU
 * writes and another one uses is a step: in which order all the others come makes no difference.
 */
static struct word {
	uintptr_t at;
	u8 readers, writers; /* a bit for each CPU */
} words[WORDS];

static const struct scenario *scenario;
static ucontext_t back;
static u32 preemptions_left, waits;
static bool running, more_is_shared;

void explore_failed(const char *fmt, ...)
{
	va_list ap;

	printf("%s: ", scenario->name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);

	printf("\n  the schedule, by choices: ");
	for (u32 i = 0; i < made; i++)
		printf("%u/%u->%u ", path[i].taken, path[i].options, path[i].cpu);
	printf("\n");

	fflush(stdout);
	exit(EXIT_FAILURE);
}

/* One of @options; repeats the known part of the schedule, and takes the first of what is new. */
static u32 choose(u32 options)
{
	if (options == 1)
		return 0;

	if (made == CHOICES_MAX)
		explore_failed("a run of more than %u choices", CHOICES_MAX);

	if (made == known) {
		path[known] = (struct choice){ .options = (u8)options };
		known++;
	}
	if (path[made].options != options)
		explore_failed("choice %u of %u options has %u now: not the schedule alone decides",
			       made, path[made].options, options);

	return path[made++].taken;
}

/* The next schedule: the last choice that has an option left takes it. False: that was the last. */
static bool schedule_next(void)
{
	while (known && path[known - 1].taken + 1u == path[known - 1].options)
		known--;

	if (!known)
		return false;

	path[known - 1].taken++;
	return true;
}

static bool can_run(u32 cpu)
{
	const struct cpu *c = &cpus[cpu];

	if (c->busy || c->serves)
		return !c->waits;

	return explore_interrupted(cpu);
}

/* The @n-th CPU other than this one that can run. */
static u32 other(u32 n)
{
	for (u32 c = 0; c < CPUS; c++) {
		if (c == fake_cpu || !can_run(c))
			continue;
		if (!n--)
			return c;
	}
	return CPUS;
}

static u32 others_count(void)
{
	u32 n = 0;

	while (other(n) < CPUS)
		n++;
	return n;
}

static void go_on_with(u32 cpu)
{
	u32 from = fake_cpu;

	if (made)
		path[made - 1].cpu = (u8)cpu;
	explore_on(cpu);
	swapcontext(&cpus[from].context, &cpus[cpu].context);
}

/* The @n-th CPU that has not come to guest mode; CPUS: there are not so many. */
static u32 busy(u32 n)
{
	for (u32 c = 0; c < CPUS; c++)
		if (cpus[c].busy && !n--)
			return c;
	return CPUS;
}

static u32 busy_count(void)
{
	u32 n = 0;

	while (busy(n) < CPUS)
		n++;
	return n;
}

/* Those who wait may find what they wait for. */
static void all_look_again(void)
{
	for (u32 c = 0; c < CPUS; c++)
		cpus[c].waits = c == fake_cpu && cpus[c].waits;
}

/* Somebody has not come to guest mode, or answers a request there. */
static bool anybody_acts(void)
{
	for (u32 c = 0; c < CPUS; c++)
		if (cpus[c].busy || cpus[c].serves)
			return true;
	return false;
}

void explore_step(void)
{
	u32 options = 1, taken;

	if (!running)
		return;

	scenario->always();

	all_look_again();
	if (preemptions_left)
		options += others_count();

	taken = choose(options);
	if (!taken)
		return;

	preemptions_left--;
	go_on_with(other(taken - 1));
}

void explore_wait(void)
{
	if (!running)
		return;

	scenario->always();
	if (++waits == WAITS_MAX)
		explore_failed("CPU %u waits for ever", fake_cpu);

	/* Who waits for this CPU has its turn, too. */
	cpus[fake_cpu].waits = true;
	if (!others_count())
		all_look_again();
	if (others_count())
		go_on_with(other(choose(others_count())));
	cpus[fake_cpu].waits = false;
}

/* What a CPU does in a run: its part, and then it only answers requests. */
static void cpu_main(void)
{
	if (scenario->cpu[fake_cpu])
		scenario->cpu[fake_cpu]();
	cpus[fake_cpu].busy = false;

	while (anybody_acts()) {
		cpus[fake_cpu].serves = true;
		cpu_poll();
		cpus[fake_cpu].serves = false;
		explore_wait();
	}
	setcontext(&back);
}

static void cpu_prepare(u32 cpu)
{
	struct cpu *c = &cpus[cpu];

	if (!c->stack)
		c->stack = malloc(STACK_BYTES);

	c->busy = scenario->cpu[cpu];
	c->serves = c->waits = false;
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = c->stack;
	c->context.uc_stack.ss_size = STACK_BYTES;
	makecontext(&c->context, cpu_main, 0);
}

static void run_once(void)
{
	made = waits = 0;
	preemptions_left = scenario->preemptions;
	explore_on(0);
	scenario->start();
	for (u32 c = 0; c < CPUS; c++)
		cpu_prepare(c);

	running = true;
	explore_on(busy(choose(busy_count())));
	swapcontext(&back, &cpus[fake_cpu].context);
	running = false;

	explore_on(0);
	scenario->always();
	scenario->end();
}

u64 explore(const struct scenario *s)
{
	u64 runs = 0;

	scenario = s;
	memset(words, 0, sizeof(words));
	known = 0;
	for (;;) {
		more_is_shared = false;
		run_once();
		runs++;

		/* There are more steps than the schedules so far knew of: from the beginning. */
		if (more_is_shared)
			known = runs = 0;
		else if (!schedule_next())
			return runs;
	}
}

/* --- the sanitizer's library ------------------------------------------------------------------ */

static bool is_shared(const struct word *w)
{
	u8 users = w->readers | w->writers;

	return w->writers && (users & (users - 1));
}

static struct word *word_of(const volatile void *p)
{
	uintptr_t at = (uintptr_t)p / 8;
	u32 i = at % WORDS;

	while (words[i].at && words[i].at != at)
		i = (i + 1) % WORDS;

	words[i].at = at;
	return &words[i];
}

static bool on_own_stack(const volatile void *p)
{
	const char *at = (const char *)p, *stack = cpus[fake_cpu].stack;

	return at >= stack && at < stack + STACK_BYTES;
}

static void access_of(const volatile void *p, bool write)
{
	struct word *w;
	bool before;

	if (!running || on_own_stack(p))
		return;

	w = word_of(p);
	before = is_shared(w);
	w->readers |= 1u << fake_cpu;
	w->writers |= (u32)write << fake_cpu;

	if (!is_shared(w))
		return;

	if (!before)
		more_is_shared = true;
	explore_step();
}

#define PLAIN(name, write)           \
	void __tsan_##name(void *p); \
	void __tsan_##name(void *p)  \
	{                            \
		access_of(p, write); \
	}
PLAIN(read1, false)
PLAIN(read2, false)
PLAIN(read4, false)
PLAIN(read8, false)
PLAIN(read16, false)
PLAIN(write1, true)
PLAIN(write2, true)
PLAIN(write4, true)
PLAIN(write8, true)
PLAIN(write16, true)
PLAIN(unaligned_read2, false)
PLAIN(unaligned_read4, false)
PLAIN(unaligned_read8, false)
PLAIN(unaligned_write2, true)
PLAIN(unaligned_write4, true)
PLAIN(unaligned_write8, true)

#define RANGE(name, write)                            \
	void __tsan_##name(void *p, unsigned long n); \
	void __tsan_##name(void *p, unsigned long n)  \
	{                                             \
		access_of(p, write);                  \
	}
RANGE(read_range, false)
RANGE(write_range, true)

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *p);
void __tsan_func_entry(void *p)
{
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

#define ATOMIC_OP(bits, name, builtin)                                                   \
	u##bits __tsan_atomic##bits##_##name(volatile u##bits *p, u##bits v, int order); \
	u##bits __tsan_atomic##bits##_##name(volatile u##bits *p, u##bits v, int order)  \
	{                                                                                \
		access_of(p, true);                                                      \
		return builtin(p, v, __ATOMIC_SEQ_CST);                                  \
	}

#define ATOMIC_CAS(bits, name)                                                               \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile u##bits *p, u##bits *was, \
							  u##bits v, int order, int other);  \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile u##bits *p, u##bits *was, \
							  u##bits v, int order, int other)   \
	{                                                                                    \
		access_of(p, true);                                                          \
		return __atomic_compare_exchange_n(p, was, v, false, __ATOMIC_SEQ_CST,       \
						   __ATOMIC_SEQ_CST);                        \
	}

/* clang asks for this one, which answers with what it found. */
#define ATOMIC_CAS_VAL(bits)                                                                 \
	u##bits __tsan_atomic##bits##_compare_exchange_val(volatile u##bits *p, u##bits was, \
							   u##bits v, int order, int other); \
	u##bits __tsan_atomic##bits##_compare_exchange_val(volatile u##bits *p, u##bits was, \
							   u##bits v, int order, int other)  \
	{                                                                                    \
		access_of(p, true);                                                          \
		__atomic_compare_exchange_n(p, &was, v, false, __ATOMIC_SEQ_CST,             \
					    __ATOMIC_SEQ_CST);                               \
		return was;                                                                  \
	}

#define ATOMIC(bits)                                                                 \
	u##bits __tsan_atomic##bits##_load(const volatile u##bits *p, int order);    \
	u##bits __tsan_atomic##bits##_load(const volatile u##bits *p, int order)     \
	{                                                                            \
		access_of(p, false);                                                 \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                         \
	}                                                                            \
	void __tsan_atomic##bits##_store(volatile u##bits *p, u##bits v, int order); \
	void __tsan_atomic##bits##_store(volatile u##bits *p, u##bits v, int order)  \
	{                                                                            \
		access_of(p, true);                                                  \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);                            \
	}                                                                            \
	ATOMIC_OP(bits, exchange, __atomic_exchange_n)                               \
	ATOMIC_OP(bits, fetch_add, __atomic_fetch_add)                               \
	ATOMIC_OP(bits, fetch_sub, __atomic_fetch_sub)                               \
	ATOMIC_OP(bits, fetch_and, __atomic_fetch_and)                               \
	ATOMIC_OP(bits, fetch_or, __atomic_fetch_or)                                 \
	ATOMIC_CAS(bits, strong)                                                     \
	ATOMIC_CAS(bits, weak)                                                       \
	ATOMIC_CAS_VAL(bits)
ATOMIC(8)
ATOMIC(16)
ATOMIC(32)
ATOMIC(64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
}

/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a machine check. Corrected errors and lost data that nobody has used are told,
 * and that is all; a guest that used lost data ends, and so does the domain that owns the frame; if
 * ring 0 used it, or the processor's own state is lost, the machine ends, with the banks in words.
 *
 * A machine check may hit ring 0 with any lock held, so there it only takes notes. They are told by
 * a timer of each CPU, which also looks for corrected errors: those raise nothing by themselves.
 */
#include <dom/domain.h>
#include <dom/machine_check.h>
#include <lib/log.h>
#include <lib/ratelimit.h>
#include <time/time.h>
#include <x86/asm.h>
#include <x86/hooks.h>
#include <x86/mca.h>
#include <x86/traps.h>

#define POLL_NS    (10 * NS_PER_SEC)
#define NOTES_MOST 16 /* of a CPU between two looks of its timer; a power of two */

/* Broken memory may have an error at each look: a few lines tell as much as all. */
#define LINES_MOST   5
#define LINES_PERIOD (60 * NS_PER_SEC)

/* What happened on a CPU and is not told yet. The machine check writes head, the timer tail. */
struct notes {
	struct timer timer;
	u32 head, tail;
	struct mca_error note[NOTES_MOST];
	struct ratelimit limit;
};
static struct notes notes[MAX_CPUS];

/* What all banks of this CPU say together. */
struct finding {
	enum mca_severity worst;
	struct mca_error error; /* the worst one */
};

static enum mca_severity severity_of(const struct mca_error *e)
{
	return mca_severity(e->status, mca_recovery());
}

/* --- telling --------------------------------------------------------------------------------- */

static void error_log(enum log_level level, const struct mca_error *e)
{
	log_print(level,
		  "machine check on CPU %u, bank %u: %s, %s: status %#lx address %#lx misc %#lx",
		  cpu_id(), e->bank, mca_severity_name(severity_of(e)), mca_part(e->status),
		  e->status, e->addr, e->misc);
}

static void note_take(const struct mca_error *e)
{
	struct notes *n = &notes[cpu_id()];

	/* So many in ten seconds: more would tell nothing new. */
	if (n->head - READ_ONCE(n->tail) == NOTES_MOST)
		return;

	n->note[n->head % NOTES_MOST] = *e;
	barrier();
	WRITE_ONCE(n->head, n->head + 1);
}

static void error_tell(struct notes *n, const struct mca_error *e)
{
	u32 untold;

	if (!ratelimit_allows(&n->limit, time_now(), &untold))
		return;

	if (untold)
		log_warn("machine checks on CPU %u: %u more were not told", cpu_id(), untold);
	error_log(LOG_WARN, e);
}

static void notes_tell(struct notes *n)
{
	while (n->tail != READ_ONCE(n->head)) {
		struct mca_error e = n->note[n->tail % NOTES_MOST];

		barrier();
		WRITE_ONCE(n->tail, n->tail + 1);
		error_tell(n, &e);
	}
}

/* --- corrected errors, looked for ------------------------------------------------------------ */

static void poll(struct timer *t)
{
	struct notes *n = &notes[cpu_id()];
	struct mca_error e;

	notes_tell(n);
	for (u32 i = 0; i < mca_banks(); i++) {
		if (!mca_read(i, &e))
			continue;

		mca_clear(i);
		error_tell(n, &e);
	}

	timer_set(t, time_now() + POLL_NS);
}

void machine_check_start(void)
{
	if (!mca_banks())
		return;

	for (u32 c = 0; c < cpu_count; c++) {
		notes[c].limit = (struct ratelimit)RATELIMIT(LINES_MOST, LINES_PERIOD);
		timer_init(&notes[c].timer, poll);
		timer_set_on(&notes[c].timer, c, time_now() + POLL_NS);
	}
}

/* --- machine checks -------------------------------------------------------------------------- */

/* Of the last CPU that runs: locks count as free. */
static void __noreturn machine_check_fatal(const struct cpu_user_regs *regs, const char *why)
{
	u64 status = mca_status();
	struct mca_error e;

	cpus_stop_others();

	log_err("machine check on CPU %u: %s, what ran %s go on, MCG_STATUS %#lx", cpu_id(), why,
		status & MCG_STATUS_RIPV ? "could" : "can not", status);
	for (u32 i = 0; i < mca_banks(); i++)
		if (mca_read(i, &e))
			error_log(LOG_ERR, &e);

	regs_dump(regs);
	panic("machine check: %s", why);
}

/* Is the error this CPU's to act on? What another CPU used, that one must find in the bank. */
static bool error_is_ours(const struct mca_error *e, u64 mcg_status)
{
	return severity_of(e) != MCA_USED || !mca_of_another_cpu(mcg_status);
}

static struct finding banks_judge(u64 mcg_status)
{
	struct finding found = { .worst = MCA_NONE };
	struct mca_error e;

	for (u32 i = 0; i < mca_banks(); i++) {
		if (!mca_read(i, &e) || !error_is_ours(&e, mcg_status))
			continue;

		if (severity_of(&e) > found.worst)
			found = (struct finding){ severity_of(&e), e };
	}

	return found;
}

/* The machine goes on: what the banks hold is noted, and they are free for the next. */
static void banks_note(u64 mcg_status)
{
	struct mca_error e;

	for (u32 i = 0; i < mca_banks(); i++) {
		if (!mca_read(i, &e) || !error_is_ours(&e, mcg_status))
			continue;

		note_take(&e);
		mca_clear(i);
	}
}

/* The domain that owns the memory at @addr, referenced, or NULL. */
static struct domain *owner_of(u64 addr)
{
	struct frame *f = frame_of(maddr_to_mfn(addr));
	struct domain *d;

	if (!f)
		return NULL;

	for (d = domain_next(0); d; d = domain_next_put(d))
		if (READ_ONCE(f->owner) == d)
			break;

	return d;
}

/*
 * Who used lost data can not go on behind it. If the frame is another domain's, that one ends, and
 * the user may try again if the processor lets it; should it meet the same error, it ends too.
 */
static void users_end(const struct mca_error *e, u64 mcg_status)
{
	struct domain *d = current()->dom, *owner = NULL;
	bool again = false;
	u64 addr = 0;

	if (mca_lost_memory(e, &addr))
		owner = owner_of(addr);

	if (owner && owner != d) {
		again = (mcg_status & MCG_STATUS_RIPV) && !owner->crashed;
		domain_crash(owner, "machine check: its memory at %#lx is lost", addr);
	}

	if (!again)
		domain_crash(d, "machine check: it used memory that is lost (%#lx)", addr);

	if (owner)
		domain_put(owner);
}

void hook_machine_check(const struct cpu_user_regs *regs, bool from_guest)
{
	u64 status = mca_status();
	struct finding found = banks_judge(status);

	if (found.worst == MCA_FATAL)
		machine_check_fatal(regs, "the processor's state or memory is lost");

	if (found.worst == MCA_USED) {
		if (!from_guest)
			machine_check_fatal(regs, "ring 0 used memory that is lost");
		users_end(&found.error, status);
	} else if (!(status & MCG_STATUS_RIPV)) {
		machine_check_fatal(regs, "what ran can not go on, and no bank says why");
	}

	banks_note(status);
	mca_finished();
	if (from_guest)
		notes_tell(&notes[cpu_id()]);
}

/* SPDX-License-Identifier: MIT */
/*
 * The small machine on which the hypervisor's rooms run as a program: 256 frames, four CPUs whose
 * TLBs keep all that they may, dom0, two guests, and a third that dom0 may make. One thread plays
 * all CPUs; who goes on, and where a call is interrupted, the input says.
 */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include <dom/domain.h>
#include <lib/hypercall.h>

#define FRAMES      256u
#define FIRST_FRAME 16u /* below: no RAM, so that mfn 0 is nobody's */
#define DOMAINS     4u
#define VCPUS       2u
#define CPUS        4u

/* Something that must hold does not: prints what the machine did last, and ends the process. */
void __noreturn finding(const char *fmt, ...) printf_like(1, 2);

#define must(claim, ...)                      \
	do {                                  \
		if (!(claim))                 \
			finding(__VA_ARGS__); \
	} while (0)

/* --- a set of frames ------------------------------------------------------------------------- */

struct frames {
	u64 word[FRAMES / 64];
};

static inline void frames_add(struct frames *s, u64 m)
{
	s->word[m / 64] |= 1ul << m % 64;
}

static inline bool frames_has(const struct frames *s, u64 m)
{
	return s->word[m / 64] >> m % 64 & 1;
}

/* What a domain's page tables, or a CPU's translations, reach: to read, to write, as a table. */
struct reach {
	struct frames read, write, walk;
};

/* --- cpu.c ----------------------------------------------------------------------------------- */

struct machine_cpu {
	struct vcpu *vcpu;           /* loaded; NULL: idle */
	const struct domain *tables; /* whose CR3 names; NULL: our own */
	struct cpu_user_regs regs;   /* of the guest, while the vcpu is loaded */
	u64 cr3, cr4;
	u64 guest_cr3; /* in guest mode, with isolation */
	bool ring0;
	bool asked;                     /* to flush */
	bool busy;                      /* in the middle of a call, in a window */
	struct reach held;              /* what its TLB may hold */
	struct frames windows[DOMAINS]; /* and of descriptor windows */
	u32 tags_dropped;               /* since all were held */
	/* Of the call that it makes: looks a budget gives, windows until others wait, or make a
	 * call meanwhile; 0: never. */
	s64 budget;
	u32 preempt_in, others_in;
};

extern struct machine_cpu machine[CPUS];
extern u64 machine_blocks;     /* of code, in this stretch; 0 where nobody counts them */
extern s64 machine_most_looks; /* charged between two windows, in all calls so far */

/* What the processor has, or needs; and whether guests take events. */
struct kind_of_machine {
	bool pcid, l1tf, isolation, events;
};

void machine_start(const struct kind_of_machine *k);
/* From here on the code runs on @cpu. */
void machine_on(u32 cpu);
/* Loads @v on @cpu, which is not busy, or NULL. */
void machine_load(u32 cpu, struct vcpu *v);
/* The guest that runs on this CPU goes from its kernel to its user part, or back, by entries. */
void machine_toggle(void);
/* It comes into ring 0. */
void machine_enter(void);
/*
 * The way back to guests: softirqs, and those that may not run any more leave their CPUs; what
 * waits for a guest is put on its stack.
 */
void machine_resume(void);
/* A call begins on this CPU, or is over. */
void machine_call_begin(s64 budget, u32 preempt_in, u32 others_in);
void machine_call_end(void);

/* --- ours.c ---------------------------------------------------------------------------------- */

/* Once, before the first world: our own tables. */
void ours_make(void);
u64 ours_gdt_page(u32 cpu); /* mfn */
/*
 * What the tables of @d show of ours, by the roots of its vcpus: no more than guests may be shown.
 */
void ours_check(const struct domain *d);
/* With isolation: the entries of @v, which runs in guest mode, find its own vcpu_info. */
void ours_entry_check(const struct vcpu *v);
/* Adds what the descriptor windows of @d map. */
void ours_windows(const struct domain *d, struct frames *held);

/* --- guest_memory.c -------------------------------------------------------------------------- */

/* From now on these are the arguments of all guests' calls. */
void guest_memory_arguments(const void *start, size_t size);

/* --- calls_entry.c --------------------------------------------------------------------------- */

/* The state that a vcpu of a new guest begins with: handlers, a stack. */
void guest_starts(struct vcpu *v, bool takes_events);

/* --- heap.c ---------------------------------------------------------------------------------- */

extern u64 heap_blocks;   /* not freed yet */
extern u32 heap_fails_in; /* allocations: that one gets nothing; 0: never */

/* --- world.c --------------------------------------------------------------------------------- */

extern bool world_off; /* the machine went down */

void world_up(const struct kind_of_machine *k);
/* Ends all domains; checks that nothing is left. */
void world_down(void);
/* Domain @id, which lives at least until softirqs run; NULL: there is none. */
struct domain *world_domain(u32 id);
/* The @i-th place among the frames of domain @id: one of its own, as long as it has some there. */
u64 world_frame(u32 id, u32 i);
/*
 * After each step: frames that came to domains are clean, if one call @alone was made and so nobody
 * could write them yet; those that went are soiled.
 */
void world_frames_moved(bool alone);
/* The place of the L1 table in the tree that each domain begins with. */
#define TREE_L1 9u
/* An entry for frame @m with these flags. */
static inline u64 entry_to(u64 m, u64 flags)
{
	return m << PAGE_SHIFT | flags;
}

/* --- reach.c, recount.c ---------------------------------------------------------------------- */

/* What the tables of the domain reach at this moment. */
void reach_scan(const struct domain *d, struct reach *r);
/*
 * Counts all references anew and compares; then checks and fills the TLBs. No call is under way.
 * @all: looks at event ports, and at what tables show of ours, too.
 */
void recount(bool all);

/* The tables in force, and the registers, with which each CPU runs a guest. */
void cpus_check(void);

/* --- events.c -------------------------------------------------------------------------------- */

/* The ports of @d, and what else is known of them. Part of recount(). */
void events_check(const struct domain *d);

/* --- contents.c ------------------------------------------------------------------------------ */

extern bool contents_lent[FRAMES]; /* to be written by others too */
/* Before a call of @d, which names these frames; @all: looks at every frame. */
void contents_keep(const struct domain *d, const u64 *named, u32 n, bool all);
/* After it: what is not @d's has not changed. */
void contents_compare(void);
/* Others made calls in between: nothing can be said. */
void contents_forget(void);

/* --- run.c ----------------------------------------------------------------------------------- */

/* Makes a world, all that the input says, and the end of that world. */
void machine_run(const u8 *data, size_t size);

/* --- ops.c ----------------------------------------------------------------------------------- */

extern u64 ops_calls; /* hypercalls made, those of lists too */

struct fuzz_input;
/* Makes the next step that the input says. */
void ops_step(struct fuzz_input *in);
void ops_start(void);
/* Are references counted after each step, or, which is quicker, after some? */
void ops_count_each(bool each);
/* In a window of a call: another CPU makes one. */
void ops_meanwhile(void);
/* The last steps, in words. */
void ops_print(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What a domain and a vcpu are. What higher rooms keep in them they define themselves, as plain
 * structs in ROOM/state.h that are embedded here. Life of a domain:
 *
 *   created (paused) -> running <-> paused -> shut down (code) -> dying -> dead -> freed
 *
 * domain_get by id takes a reference on the struct; the struct goes when the last reference and the
 * last frame are gone. dying never goes back.
 */
#ifndef DOM_DOMAIN_H
#define DOM_DOMAIN_H

#include <frame/frame.h>
#include <frame/guestmap.h>
#include <lib/errno.h>
#include <lib/index.h>
#include <lib/log.h>
#include <pvabi/xen.h>
#include <pvabi/vcpu.h>
#include <sched/sched.h>
#include <time/time.h>
#include <x86/cpu.h>
#include <x86/lock.h>
#include <x86/perf.h>

#include <ctl/state.h>
#include <event/state.h>
#include <guest/state.h>
#include <life/state.h>
#include <memory/state.h>
#include <ptable/state.h>

#define DOMID_LIMIT  0x7ff0 /* ids at and above are reserved by the ABI (DOMID_FIRST_RESERVED) */
#define MAX_VCPUS    64     /* per domain: two-level event channels and one word of affinity */
#define LEGACY_VCPUS XEN_LEGACY_MAX_VCPUS /* those with a vcpu_info inside shared_info */

struct event_table;
struct grant_table;
struct dom_log;

#define TIME_CPU_NONE (~0u)

enum dying { LIFE_ALIVE, LIFE_DYING, LIFE_DEAD };

struct domain {
	domid_t id;
	bool privileged; /* dom0: may use control operations and device memory */
	u32 refs;        /* atomic; domain_get, domain_put; its frames together hold one */
	struct domain *bucket_next; /* in the table of all domains (LOCK_DOMLIST, LOCK_DOMID) */
	struct domain *reap_next;
	struct spinlock lock; /* d->lock: life, vcpu creation, memory map */

	/* Memory: page_lock guards the list and the counts. */
	struct spinlock page_lock;
	struct frame_list frames; /* all ordinary frames it owns, page tables too */
	u64 tot_pages, max_pages;
	u64 shared_pages;           /* FRAME_SHARED frames still referenced */
	struct shared_info *shared; /* direct-map address */
	struct guestmap map;        /* what its page tables show of ours */
	u64 vm_assist;

	/* vcpus: all made before others can find the domain; never changed until it is freed. */
	u32 max_vcpus;
	struct vcpu *vcpu[MAX_VCPUS];
	struct sched_group sched; /* their weight and cap */

	/* Life. */
	enum dying dying;
	bool shutting_down, is_shut_down; /* is_shut_down: all vcpus stopped */
	u32 shutdown_code;
	bool crashed;              /* the first reason was logged */
	bool crash_waits;          /* domain_crash_finish is to shut it down */
	struct domain *crash_next; /* on its list */
	u32 pauses;                /* atomic: all reasons together */
	struct dom_log *log;

	/* What higher rooms keep for it: their state.h, or a struct that only they know. */
	struct domain_ptable pt;
	struct event_table *events;
	struct domain_event_limits event_limits;
	struct grant_table *grants;
	struct domain_io io;
	struct domain_memory memory;
	struct watchdog watchdog[WATCHDOGS];
	struct domain_teardown teardown;
	struct domain_control control;
};

/*
 * Guest state: touched by the CPU it is loaded on alone, or while the vcpu is paused. What each
 * entry, exit and switch needs comes first.
 */
struct vcpu {
	struct runnable run;
	struct spinlock state_lock; /* orders the computations of vcpu_update_ready */
	struct domain *dom;
	u32 id;
	bool kernel_mode; /* the guest runs its kernel (ring 3 too), not its user part */
	bool initialised; /* has a context; (vcpu_op initialise or setvcpucontext) */
	bool blocked;     /* sched_op block, poll: waits for an event */
	u32 pauses;       /* atomic; runnable only at 0 together with dom->pauses 0 */
	u32 down;         /* VPF down: vcpu_op down or never up */

	struct vcpu_info *info; /* direct-map address: inside shared_info, or registered */
	struct vcpu_roots roots;
	struct vcpu_callbacks callbacks;
	struct vcpu_stack kernel_stack;
	struct entry_page *entry; /* with isolation, as its domain's tables map it */
	void *entry_memory;       /* the same in the direct map */

	/* While it is not loaded on a CPU; *fpu has features.fpu_size bytes. */
	struct cpu_user_regs regs;
	struct vcpu_segments segments;
	struct vcpu_control_regs control;
	struct vcpu_debug debug;
	void *fpu;

	/* Shared with the guest. */
	struct frame *info_frame;       /* reference held when registered */
	u64 runstate_guest, time_guest; /* guest pointers registered; 0: none */
	struct vcpu_runstate_info runstate;
	u32 time_version;
	u32 time_cpu; /* whose clock it was told of, or TIME_CPU_NONE */

	struct vcpu_events events;
	struct vcpu_timers timers;
	struct vcpu_io io;
	struct vcpu_descriptors desc;
	struct vcpu_traps traps;

	struct perf_count perf[HOSPES_PERF_CAUSES]; /* x86/perf.h */
};

/* The vcpu of @d with the number @id, which a guest gave; NULL: there is none. */
static inline struct vcpu *domain_vcpu(const struct domain *d, u32 id)
{
	if (id >= d->max_vcpus)
		return NULL;

	return d->vcpu[index_nospec(id, d->max_vcpus)];
}

/* --- domain.c: made, found, stopped, freed --------------------------------------------------- */

extern struct domain *dom0;

/* Makes *out with @id, no vcpus, paused once; nobody finds it before domain_list. 0 or -ENOMEM. */
__must_check int domain_create(domid_t id, struct domain **out);
/* When all its parts are made: others find it from now on. 0, or -EEXIST if the id is taken. */
__must_check int domain_list(struct domain *d);

/*
 * References keep the struct, not the domain alive. domain_get finds by id, where DOMID_SELF is the
 * current domain, or returns NULL. domain_ref takes one more of what one holds. domain_put may be
 * called with any lock held: the last one leaves the struct to domain_reap.
 */
struct domain *domain_get(domid_t id);
struct domain *domain_ref(struct domain *d);
void domain_put(struct domain *d);

/* The first with an id >= @id, referenced, or NULL. _put: the one behind @d, which is put. */
struct domain *domain_next(domid_t id);
struct domain *domain_next_put(struct domain *d);

/* SOFTIRQ_REAP, no lock held: frees those whose last reference went; shuts down who crashed. */
void domain_reap(void);
void domain_crash_finish(void);

/*
 * Stops all vcpus for the reason @code (SHUTDOWN_*) and tells the toolstack; dom0's own end acts on
 * the machine. Takes d->lock.
 */
void domain_shutdown(struct domain *d, u32 code);
/*
 * A broken contract: stops @d alone, with the reason in its log and on the console. The caller
 * returns to the guest boundary soon; the vcpu does not run again. Any lock may be held.
 */
void domain_crash(struct domain *d, const char *fmt, ...) printf_like(2, 3);

/* --- vcpu.c ---------------------------------------------------------------------------------- */

/* Makes vcpu @id of @d, down, before domain_list. 0, -EINVAL or -ENOMEM. */
__must_check int vcpu_create(struct domain *d, u32 id);
void vcpu_free(struct vcpu *v);

/*
 * Counted; they return when the vcpu, or all of them, run nowhere and their state is in their
 * structs. Of the caller's own domain only the caller itself may be paused: it goes on until it
 * leaves ring 0. No lock held.
 */
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);
void vcpu_pause(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);

/*
 * Tells the scheduler whether @v is to run, after pauses, down, blocked, initialised or the
 * domain's state changed. From any CPU; takes v->state_lock.
 */
void vcpu_update_ready(struct vcpu *v);
/* Ends a block or poll; @patient as of sched_wake. From any CPU. */
void vcpu_wake(struct vcpu *v, bool patient);

/* For guest/resume.c around context_switch, at the time @now: */
void vcpu_leaves_cpu(struct vcpu *v, u64 now);  /* it is loaded here still */
void vcpu_left_cpu(struct vcpu *v, u64 now);    /* it is saved: another CPU may take it */
void vcpu_came_to_cpu(struct vcpu *v, u64 now); /* it is loaded here */

/* --- log.c: refusals ------------------------------------------------------------------------- */

struct dom_log *domain_log_create(void); /* NULL: out of memory */
void domain_log_free(struct dom_log *l); /* NULL is allowed */
/* A line in @d's log, behind "d7: ". Any lock below LOCK_LOG may be held. */
void domain_log(struct domain *d, const char *fmt, ...) printf_like(2, 3);
/*
 * May a line that @d causes go to the console now? It counts as one then; what is too much is told
 * with the next. Any lock below LOCK_LOG may be held.
 */
__must_check bool domain_may_print(struct domain *d, enum log_level level);
/* As console_ring_read. */
size_t domain_log_read(struct domain *d, u64 *pos, char *buf, size_t n);

/* --- memory.c -------------------------------------------------------------------------------- */

/*
 * *out: 2^order cleared frames below 2^addr_bits for @d, on its list, m2p not set. -ENOMEM: its
 * limit, or free memory. domain_add_frames does so with frames that the caller has allocated and
 * cleared, and keeps if it fails. They are counted at once and listed in pieces: if @d begins to
 * die meanwhile, those not listed yet are freed, and the answer is 0 as for those that its teardown
 * frees. Both take d->page_lock and may open windows, so no lock is held.
 */
__must_check int domain_alloc_frames(struct domain *d, u32 order, u32 addr_bits,
				     struct frame **out);
__must_check int domain_add_frames(struct domain *d, struct frame *f, u32 order);

/* A zeroed page of ours that @d may map (FRAME_SHARED); NULL: out of memory. */
void *domain_alloc_shared(struct domain *d);
/* Puts our reference on it: it is freed when the guest's mappings are gone. */
void domain_free_shared(struct domain *d, void *page);

/* --- access.c: the guest's own memory, through the current address space --------------------- */

/* May [addr, addr + n) be touched for a guest: no wrap, not in our slots. */
bool guest_range_ok(u64 addr, u64 n);
/*
 * Copies @n bytes from or to addresses that the guest which runs here may use. 0 or -EFAULT; part
 * may be done then. Any lock may be held: a fault ends the copy and nothing else.
 */
__must_check int guest_copy_in(void *dst, const void *guest, size_t n);
__must_check int guest_copy_out(void *guest, const void *src, size_t n);
/* One element of an array. */
#define guest_read(dst, guest, index)  guest_copy_in((dst), (guest) + (index), sizeof(*(dst)))
#define guest_write(guest, index, src) guest_copy_out((guest) + (index), (src), sizeof(*(src)))

/* As guest_copy_out, with a reason (lib/fail.h) when the caller's memory can not take it. */
#define guest_answer(guest, src, n)                                                                \
	(guest_copy_out((guest), (src), (n)) ? fail(-EFAULT, "%#lx is not writable", (u64)(guest)) \
					     : 0)

/* --- switch.c -------------------------------------------------------------------------------- */

/* Saves @prev, which is current, and loads @next: all registers, tables, FPU. NULL: idle. */
void context_switch(struct vcpu *prev, struct vcpu *next);
/* @d is freed: another that gets its memory is another domain. */
void switch_forget(struct domain *d);
/* Loads what @v's fields say after they changed, if @v is current. */
void vcpu_load_cr3(struct vcpu *v);
void vcpu_load_ldt(struct vcpu *v);
/* The same; @v is current, or becomes it. */
void vcpu_load_gdt(struct vcpu *v);
void vcpu_load_debug(const struct vcpu *v);
/* From the guest's kernel to its user part or back: swaps GS, loads the other CR3. */
void vcpu_toggle_mode(struct vcpu *v);

/* --- runstate.c: what a guest is told of time ------------------------------------------------ */

/* RUNSTATE_* from @now on. v->state_lock is held, or nobody else knows @v. */
void runstate_change(struct vcpu *v, int new_state, u64 now);
/* As of now: the time since the last change is added to its state's. Takes v->state_lock. */
void runstate_now(struct vcpu *v, struct vcpu_runstate_info *out);
u64 vcpu_cpu_time(struct vcpu *v); /* ns it has run */
/* Writes the area that the guest registered, if any. @v is current. */
void runstate_publish(struct vcpu *v);
/* pvclock, in vcpu_info and in the registered area: now if @v is current, else when it runs. */
void vcpu_time_update(struct vcpu *v);
void domain_wallclock_update(struct domain *d);

#endif

/* SPDX-License-Identifier: MIT */
/* The suites of the control floor, the made-up machine, and calls as a guest makes them. */
#ifndef TEST_CTL_SUITES_H
#define TEST_CTL_SUITES_H

#include "../fake/fail.h"
#include "../fake/heap.h"
#include "../fake/time.h"

#include <ctl/ctl.h>
#include <ctl/domctl.h>
#include <devices/devices.h>
#include <life/life.h>
#include <memory/claim.h>
#include <memory/memory.h>

#include <check.h>
#include <setjmp.h>

#define FRAMES      4096u
#define FIRST_FRAME 16u /* below: not free, so that mfn 0 is nobody's */
#define ARENA_SIZE  65536

Suite *suite_memory(void);
Suite *suite_blocks(void);
Suite *suite_sched(void);
Suite *suite_devices(void);
Suite *suite_domctl(void);
Suite *suite_fuzz(void);
Suite *suite_rows(void);
Suite *suite_save(void);

/* The memory that guests' pointers may point into: all else faults. */
extern u8 arena[ARENA_SIZE];
extern u32 world_dom_exc; /* how often a domain's stop or end was told */
extern u8 world_pci[256];
extern bool world_irq_taken[256];
extern u32 world_eois;
extern jmp_buf world_off;        /* where the machine goes when it is switched off */
extern u32 world_table_restarts; /* calls of table_teardown that ask to be called again first */
extern struct frame *world_large_table; /* the one that is asked for again; NULL: any */

extern bool world_forgotten[FRAMES];  /* frames whose stale translations were flushed */
extern u32 world_roots_put;           /* vcpus whose page tables were put */
extern u32 world_stretches_forgotten; /* times */

/* dom0 and one guest, id 1, both with 4 vcpus and 64 frames. */
extern struct domain *guest;
void world_up(void);
/* Ends the guest and checks that every frame and block is accounted for. */
void world_down(void);
/* Ends @d, as far as others let it go. Nobody is current afterwards. */
void world_end(struct domain *d);
/* Fills all free memory with what nobody may see, and forgets what was forgotten. */
void world_soil(void);
void world_as(struct domain *d);
void world_irq(u8 vector);
u32 world_irq_cpu(u8 vector); /* where it is sent */
void world_run_reaper(void);
/* A frame of @d. */
struct frame *world_frame(struct domain *d);

/* One call, made again while it asks for it. */
long call(u32 nr, u64 a, u64 b, u64 c);
u32 world_restarts(void); /* how often the last call was made again */

#endif

/* SPDX-License-Identifier: MIT */
/* The suites of grants, and the world they play in: see world.c. */
#ifndef TEST_GRANT_SUITES_H
#define TEST_GRANT_SUITES_H

#include "../fake/domain.h"
#include "../fake/heap.h"

#include <grant/table.h>

#include <check.h>

/* For loops: ck_assert reports every pass to the runner, which takes its time. */
#define must(x)                                         \
	do {                                            \
		if (!(x))                               \
			ck_abort_msg("not so: %s", #x); \
	} while (0)

Suite *suite_entry(void);
Suite *suite_maptrack(void);
Suite *suite_ops(void);
Suite *suite_fuzz(void);

#define FRAMES 256 /* of the machine */

void world_up(void);
/* Checks that nothing is left: mappings, references, records. */
void world_down(void);
/* A fresh frame of domain @who, full of @fill. */
u64 world_page(u32 who, unsigned char fill);
u64 world_refs(u64 mfn);
u64 world_writers(u64 mfn);
void world_make_table(u64 mfn, bool on); /* a page table now: not to be written */
u32 world_mappings(void);                /* entries of page tables there are */
u64 world_entry(u64 where);              /* what is mapped at @where: entry, 0 if nothing */
void world_forget(u64 where); /* the guest overwrites its entry without the grant operation */
/* No frame has more writable mappings than there are handles for them. One CPU runs. */
void world_handles_cover(void);
extern u32 world_flushes;
extern void (*world_on_flush)(void);

/* grant_table_op as domain @who. */
long call(u32 who, u32 cmd, void *list, u32 n);
struct grant_entry_v1 *entry_of(u32 who, u32 ref);
void grant(u32 who, u32 ref, u32 to, u64 mfn, u32 flags);
int map(u32 who, u32 from, u32 ref, u64 where, u32 flags, u32 *handle);
int unmap(u32 who, u64 where, u32 handle);

#endif

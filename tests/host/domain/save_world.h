/* SPDX-License-Identifier: MIT */
/*
 * A made-up hypervisor, for a domain that is saved and one that is made of it: the machine's frames
 * are an array, of which the first has some, and the second gets others.
 */
#ifndef TESTS_HOST_DOMAIN_SAVE_WORLD_H
#define TESTS_HOST_DOMAIN_SAVE_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <pvabi/xen.h>

#define OLD    3 /* the domain that is saved, and the one that is made of it */
#define NEW    4
#define FRAMES 128
#define PAGES  32
#define TOLD   1024 /* no configuration has less than 4 MiB */
#define WORDS  512

/* The old one's frames lie backwards, the new one gets those from FIRST_NEW on. */
#define OLD_FRAME(pfn) (60ULL - (pfn))
#define FIRST_NEW      64
#define SHARED_OLD     120
#define SHARED_NEW     121
#define ALIEN          7

/* Pages of the old one. */
enum { START, P2M, STORE, CONSOLE, L4, L3, L2, L1, GDT, USER_L4, DATA, EMPTY, HOLE = PAGES - 1 };

/* The machine; the context that the old one has, and that the new one was given; and how often what
 * was done for the new one. */
extern uint64_t memory[FRAMES][WORDS];
extern struct vcpu_guest_context context, given;
extern uint64_t state_given;
extern unsigned int made, mapped, pins, ports, grants;
extern uint64_t pinned[4];

bool owns(domid_t domid, uint64_t mfn);

#endif

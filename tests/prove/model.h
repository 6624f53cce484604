/* SPDX-License-Identifier: MIT */
/*
 * Included before everything when contracts are proved (tests/prove/run): what the prover is told
 * of the machine. Frama-C does not know the compiler's atomic accesses, so each is a function with
 * a contract here, and what it found or did stands in a variable that contracts can speak of.
 *
 * Who shares a word with us writes to it at any time: each load finds anything, and so does
 * READ_ONCE, since nothing is known of a volatile value.
 */
#ifndef PROVE_MODEL_H
#define PROVE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* A type that Frama-C does not know. Nothing that is proved has one. */
#define __int128 long

/*
 * Of the frame that frame/frame.h speaks of, what this CPU has and did: plain references, type
 * references and their type, whether it is changing the frame; how often it dropped stale
 * translations of it, stamped it, and freed it (counts that no machine lives to fill).
 */
extern int held, held_types, held_as;
extern long flushes, stamps, frees;
extern bool changes;

/* What the last load of an index in a shared page found. */
extern uint32_t heard;
//@ requires \valid_read(at); assigns heard; ensures \result == heard;
uint32_t shared_load(const uint32_t *at);
#define __atomic_load_n(at, order) shared_load(at)

/* The word of a guest that was replaced last, and by what; a failure finds another there. */
extern uint32_t marked_from, marked_to;
/*@
  requires \valid(at) && \valid(expected);
  assigns *at, *expected, marked_from, marked_to;
  ensures \result ==> marked_from == \old(*expected) && marked_to == next;
*/
bool shared_cas(uint32_t *at, uint32_t *expected, uint32_t next);
#define __atomic_compare_exchange_n(at, expected, next, weak, success, failure) \
	shared_cas((at), (expected), (next))

//@ requires \valid(at); assigns *at; ensures *at == (\old(*at) & keep);
void shared_and(uint16_t *at, uint16_t keep);
#define __atomic_fetch_and(at, keep, order) shared_and((at), (keep))

/* The order in which others find what we write is beyond these contracts. */
#define __atomic_store_n(at, value, order) ((void)(*(at) = (value)))
#define __atomic_thread_fence(order)       ((void)0)

/* Words for people only. */
//@ assigns \nothing;
void fail_reason(int err, const char *where, const char *fmt, ...);

#endif

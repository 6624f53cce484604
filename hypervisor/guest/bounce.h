/* SPDX-License-Identifier: MIT */
/* Sending a guest to one of its handlers: the frame it finds on its kernel stack. */
#ifndef GUEST_BOUNCE_H
#define GUEST_BOUNCE_H

#include <dom/domain.h>

struct bounce {
	u64 address;
	u16 cs;
	bool has_error, mask_events;
	bool failsafe; /* push ds es fs gs instead of an error code */
	u32 error;
};

/*
 * Pushes the frame and points the current vcpu at the handler. False if the kernel stack can not be
 * written: the domain is crashed then.
 */
bool bounce_to(struct vcpu *v, const struct bounce *b);
/* The event upcall, if one is due and the guest has registered an entry. */
void bounce_event(struct vcpu *v);
/* A segment or return address of the guest was refused by the processor. */
void bounce_failsafe(struct vcpu *v);

#endif

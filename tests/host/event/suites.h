/* SPDX-License-Identifier: MIT */
/* The suites of event channels, and the call that they make as a guest would. */
#ifndef TEST_EVENT_SUITES_H
#define TEST_EVENT_SUITES_H

#include "../fake/domain.h"

#include <event/table.h>

#include <check.h>

Suite *suite_port(void);
Suite *suite_bits(void);
Suite *suite_ops(void);
Suite *suite_races(void);

/* event_channel_op as domain @who. */
long call(u32 who, u32 cmd, void *arg);
int alloc_unbound(u32 who, u32 remote);
int bind_interdomain(u32 who, u32 remote, u32 port);
long close_port(u32 who, u32 port);
long send_port(u32 who, u32 port);
/* Every pair points at each other, every virq at its port. */
void invariants(void);
void domains_up(u32 vcpus);
void domains_down(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What a guest tells the scheduler: sched_op(cmd, arg) with a SCHEDOP_* and its
 * struct sched_*. block unmasks events first, so that no wake-up is lost.
 */
#ifndef PVABI_SCHED_H
#define PVABI_SCHED_H

#include "event_channel.h"

#define SCHEDOP_yield           0
#define SCHEDOP_block           1
#define SCHEDOP_shutdown        2
#define SCHEDOP_poll            3
#define SCHEDOP_remote_shutdown 4
#define SCHEDOP_shutdown_code   5
#define SCHEDOP_watchdog        6
#define SCHEDOP_pin_override    7

/* Why a domain went down. */
#define SHUTDOWN_poweroff   0
#define SHUTDOWN_reboot     1
#define SHUTDOWN_suspend    2
#define SHUTDOWN_crash      3
#define SHUTDOWN_watchdog   4
#define SHUTDOWN_soft_reset 5
#define SHUTDOWN_MAX        5

struct sched_shutdown {
	unsigned int reason; /* SHUTDOWN_* */
};

/* Sleeps until one of the ports is pending or system time reaches timeout (0: never). */
struct sched_poll {
	GUEST_HANDLE(evtchn_port_t) ports;
	unsigned int nr_ports;
	uint64_t timeout;
};
PVABI_SIZE(struct sched_poll, 24);

struct sched_remote_shutdown {
	domid_t domain_id;
	unsigned int reason;
};
PVABI_SIZE(struct sched_remote_shutdown, 8);

/* id 0 makes one, timeout 0 (seconds) ends it. */
struct sched_watchdog {
	uint32_t id;
	uint32_t timeout;
};
PVABI_SIZE(struct sched_watchdog, 8);

/* Ties the calling vcpu to a physical CPU; -1 unties. */
struct sched_pin_override {
	int32_t pcpu;
};

#endif

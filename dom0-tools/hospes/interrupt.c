/* SPDX-License-Identifier: MIT */
/* SIGINT and its kin: a mark in place of an end. */
#include "interrupt.h"

#include <stddef.h>
#include <dom0-tools/base/array.h>

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	interrupted = signal;
}

static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static void signals_set(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler }, now;

	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
}

const volatile sig_atomic_t *interrupt_begin(void)
{
	signals_set(on_signal);
	return &interrupted;
}

void interrupt_end(void)
{
	signals_set(SIG_DFL);
}

/* SPDX-License-Identifier: MIT */
/* The control floor: the hypercall entry and what only a hypercall's table leads to. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <dom/domain.h>
#include <lib/hypercall.h>

#define HV_VERSION_MAJOR 4
#define HV_VERSION_MINOR 17

/*
 * Makes the call @hc, whose number may be any. The handler's answer, -ENOSYS, or -ERESTART with the
 * arguments to make it again with. (hypercall.c)
 */
long __must_check hypercall_run(struct hypercall *hc);

/* Kept for XENVER_commandline; boot/ calls it. (version.c) */
void version_set_command_line(const char *line);

/* Takes the console's UART from dom0 and its interrupt for us. (console.c) */
void console_uart_start(void);

#endif

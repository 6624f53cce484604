/* SPDX-License-Identifier: MIT */
/* From a shutdown code to the action that the configuration wants. No I/O. */
#include <pvabi/sched.h>
#include <dom0-tools/base/array.h>
#include "decide.h"

enum config_action decide_action(const struct domain_config *config, unsigned int reason)
{
	switch (reason) {
	case SHUTDOWN_poweroff:
		return config->on_poweroff;
	case SHUTDOWN_reboot:
		return config->on_reboot;
	case SHUTDOWN_crash:
	case SHUTDOWN_watchdog:
		return config->on_crash;
	default: /* suspended domains wait for whoever suspended them */
		return CONFIG_PRESERVE;
	}
}

bool decide_dump(const struct domain_config *config, unsigned int reason)
{
	return config->crash_dump && (reason == SHUTDOWN_crash || reason == SHUTDOWN_watchdog);
}

const char *decide_reason(unsigned int reason)
{
	static const char *const words[] = {
		[SHUTDOWN_poweroff] = "powered off",
		[SHUTDOWN_reboot] = "wants to reboot",
		[SHUTDOWN_suspend] = "suspended",
		[SHUTDOWN_crash] = "crashed",
		[SHUTDOWN_watchdog] = "was stopped by its watchdog",
		[SHUTDOWN_soft_reset] = "wants a soft reset",
	};

	return reason < ARRAY_SIZE(words) ? words[reason] : "stopped";
}

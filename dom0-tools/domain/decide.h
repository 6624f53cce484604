/* SPDX-License-Identifier: MIT */
/* What is to be done when a domain stops. Pure. */
#ifndef HOSPES_DOMAIN_DECIDE_H
#define HOSPES_DOMAIN_DECIDE_H

#include <dom0-tools/config/config.h>

/* The action for a shutdown code; CONFIG_PRESERVE for codes that are none of our business. */
enum config_action decide_action(const struct domain_config *config, unsigned int reason);
/* Whether a core is to be written before that. */
bool decide_dump(const struct domain_config *config, unsigned int reason);
const char *decide_reason(unsigned int reason);

#endif

/* SPDX-License-Identifier: MIT */
/* Tells systemd that the daemon serves, if it was started by it (sd_notify(3), Type=notify). */
#ifndef HOSPES_HOSPESD_READY_H
#define HOSPES_HOSPESD_READY_H

/*
 * 0 also where nobody wants to know. Afterwards children do not know of systemd's socket any more.
 */
int ready_tell(void);

#endif

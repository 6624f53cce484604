/* SPDX-License-Identifier: MIT */
/* Work that the kernel would otherwise do while the first guest is created. */
#ifndef HOSPES_HOSPESD_WARM_H
#define HOSPES_HOSPESD_WARM_H

void warm_up(void);

#endif

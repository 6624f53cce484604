/* SPDX-License-Identifier: MIT */
/*
 * Control operations, a function each, with the member of the ABI's union as argument (dom/ops.h).
 * Those of domctl, but for the two that make or look for one, find their domain referenced, alive
 * (but for those that may act on a dying one), and no other CPU controls it meanwhile: its
 * control.busy is set (destroydomain sees to that itself).
 */
#ifndef CTL_DOMCTL_H
#define CTL_DOMCTL_H

#include <ctl/ctl.h>
#include <dom/ops.h>
#include <lib/fail.h>
#include <pvabi/domctl.h>
#include <pvabi/sysctl.h>

#define SCHEDULER_ID XEN_SCHEDULER_CREDIT2 /* whose parameters the tools know to ask for */

#define OP_domctl(nr, name, arg, who, how, ...) OP_HANDLER(op_domctl_##name, arg, how)
#define OP_sysctl(nr, name, arg, who, how, ...) OP_HANDLER(op_sysctl_##name, arg, how)
#include <pvabi/hypercalls.def>

/* What getdomaininfo and its list tell of @d. (domctl_info.c) */
void domain_info(struct domain *d, struct xen_domctl_getdomaininfo *info);

/* Word @i of the processor's own features. (policy.c) */
u32 policy_word(u32 i);

/*
 * The first 64 bits of a client's bitmap; the rest is not read, and written as zero. 0, -EFAULT, or
 * -EINVAL for one that is too long. (cpumap.c)
 */
int __must_check cpumap_in(const struct xenctl_bitmap *b, u64 *out);
int __must_check cpumap_out(const struct xenctl_bitmap *b, u64 map);
/* A bit for each CPU that there is. */
u64 cpumap_online(void);

/* Does what the key stands for; says so if it stands for nothing. No lock held. (keys.c) */
void debug_key(char key);

#endif

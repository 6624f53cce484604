/* SPDX-License-Identifier: MIT */
/* What guests are shown of the processor, as the tools read it: lists of CPUID leaves, words of features. */
#ifndef CTL_POLICY_H
#define CTL_POLICY_H

#include <lib/types.h>
#include <pvabi/domctl.h>

struct xen_sysctl_cpu_policy;
struct xen_sysctl_cpu_featureset;

/* @raw: the processor's own answers; else what a new PV guest gets. Fills up to *n leaves; *n: how many there are. */
int policy_leaves(bool raw, xen_cpuid_leaf_t *list, u32 *n);
int policy_msrs(xen_msr_entry_t *list, u32 *n);
int policy_features(bool raw, u32 *list, u32 *n);
u32 policy_word(bool raw, u32 i); /* word @i of the features; 0 beyond the last */

#endif

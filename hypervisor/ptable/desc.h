/* SPDX-License-Identifier: MIT */
/* Segment descriptors, as ptable/'s files share them. */
#ifndef PTABLE_DESC_H
#define PTABLE_DESC_H

#include <lib/types.h>

#define DESC_PER_PAGE 512
#define GDT_GUEST_PAGES 14 /* below GDT_RESERVED_PAGE */
#define LDT_PAGES 16
#define LDT_MAX_ENTRIES 8192u

bool desc_check(u64 *desc);

#endif

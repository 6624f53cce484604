/* SPDX-License-Identifier: MIT */
/* Between the files of this room, at boot. */
#ifndef FRAME_INIT_H
#define FRAME_INIT_H

#include <frame/frame.h>
#include <x86/paging.h>

/* Page tables of slot 257 down to level 2; @page gives zeroed pages by direct-map address. */
void ownmap_init(pte_t *l3, void *(*page)(void));

#endif

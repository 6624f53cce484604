/* SPDX-License-Identifier: MIT */
/* The memory of a small machine: see memory.h. */
#include "memory.h"

#include <frame/frame.h>

#include <sys/mman.h>

static struct region {
	void *at;
	u64 size;
} regions[3];
static u32 n_regions;

static void region_map(u64 at, u64 size)
{
	void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (p != (void *)at)
		panic("no memory at %#lx", at);

	assert(n_regions < ARRAY_SIZE(regions));
	regions[n_regions++] = (struct region){ p, size };
}

void fake_frame_table_up(u64 frames)
{
	region_map(FRAMETABLE_VIRT, frames * sizeof(struct frame));
	frame_count = frames;
}

void fake_memory_up(u64 frames)
{
	fake_frame_table_up(frames);
	region_map(DIRECT_VIRT, frames * PAGE_SIZE);
	region_map(M2P_RW_VIRT, frames * sizeof(u64));
}

void fake_memory_down(void)
{
	while (n_regions) {
		n_regions--;
		munmap(regions[n_regions].at, regions[n_regions].size);
	}
	frame_count = 0;
}

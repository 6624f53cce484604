/* SPDX-License-Identifier: MIT */
/*
 * A block front end at work: copies the first half of the disk xvda over its second half, reads
 * both again, and says whether they are the same.
 */
#include <pvabi/kit/kit.h>

static struct disk disk;
static char here[DISK_MOST * DISK_SECTOR], there[DISK_MOST * DISK_SECTOR];

static u32 piece(u64 left)
{
	return left < DISK_MOST ? (u32)left : DISK_MOST;
}

static int copy(u64 half)
{
	u32 n;

	for (u64 at = 0; at < half; at += n) {
		n = piece(half - at);
		if (disk_read(&disk, at, here, n) || disk_write(&disk, half + at, here, n))
			return -1;
	}
	return disk_flush(&disk);
}

static int compare(u64 half)
{
	u32 n;

	for (u64 at = 0; at < half; at += n) {
		n = piece(half - at);
		if (disk_read(&disk, at, here, n) || disk_read(&disk, half + at, there, n))
			return -1;
		if (memcmp(here, there, n * DISK_SECTOR))
			return -1;
	}
	return 0;
}

void kernel_main(void)
{
	u64 begin, half;

	if (disk_open(&disk, DISK_XVDA)) {
		print("copy: there is no disk xvda\n");
		return;
	}

	half = disk.sectors / 2;
	begin = time_ns();
	if (copy(half)) {
		print("copy: the disk does not take it\n");
		return;
	}
	print("copied %lu sectors in %lu ms\n", half, (time_ns() - begin) / 1000000);
	print(compare(half) ? "the halves differ\n" : "the halves are the same\n");
}

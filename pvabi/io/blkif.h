/* SPDX-License-Identifier: MIT */
/*
 * Block devices: the slots of the ring between a disk's front and back end. Sectors
 * are of 512 bytes whatever the disk's own are. Store keys are the toolstack's matter.
 */
#ifndef PVABI_IO_BLKIF_H
#define PVABI_IO_BLKIF_H

#include "ring.h"
#include "../grant_table.h"

#define blkif_vdev_t   uint16_t
#define blkif_sector_t uint64_t

#define BLKIF_OP_READ            0
#define BLKIF_OP_WRITE           1
#define BLKIF_OP_WRITE_BARRIER   2
#define BLKIF_OP_FLUSH_DISKCACHE 3
#define BLKIF_OP_RESERVED_1      4
#define BLKIF_OP_DISCARD         5
#define BLKIF_OP_INDIRECT        6

#define BLKIF_MAX_SEGMENTS_PER_REQUEST       11
#define BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST 8

#define BLKIF_DISCARD_SECURE (1 << 0)

#define BLKIF_RSP_EOPNOTSUPP (-2)
#define BLKIF_RSP_ERROR      (-1)
#define BLKIF_RSP_OKAY       0

/* The bits of the store's "info". */
#define VDISK_CDROM     0x1
#define VDISK_REMOVABLE 0x2
#define VDISK_READONLY  0x4

/* A run of sectors in a granted page, both inclusive. */
struct blkif_request_segment {
	grant_ref_t gref;
	uint8_t first_sect, last_sect;
};
PVABI_SIZE(struct blkif_request_segment, 8);

struct blkif_request {
	uint8_t operation; /* BLKIF_OP_* */
	uint8_t nr_segments;
	blkif_vdev_t handle;
	uint64_t id; /* repeated in the answer */
	blkif_sector_t sector_number;
	struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
};
PVABI_SIZE(struct blkif_request, 112);

struct blkif_request_discard {
	uint8_t operation;
	uint8_t flag; /* BLKIF_DISCARD_SECURE */
	blkif_vdev_t handle;
	uint64_t id;
	blkif_sector_t sector_number;
	uint64_t nr_sectors;
};
PVABI_SIZE(struct blkif_request_discard, 32);

/* A request whose segments are in granted pages. */
struct blkif_request_indirect {
	uint8_t operation;
	uint8_t indirect_op; /* what to do with the segments */
	uint16_t nr_segments;
	uint64_t id;
	blkif_sector_t sector_number;
	blkif_vdev_t handle;
	grant_ref_t indirect_grefs[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
};
PVABI_SIZE(struct blkif_request_indirect, 64);

struct blkif_response {
	uint64_t id;
	uint8_t operation;
	int16_t status; /* BLKIF_RSP_* */
};
PVABI_SIZE(struct blkif_response, 16);

DEFINE_RING_TYPES(blkif, struct blkif_request, struct blkif_response);
PVABI_SIZE(struct blkif_sring, 176);

#endif

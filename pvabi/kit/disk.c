/* SPDX-License-Identifier: MIT */
/*
 * The front end of a disk: requests and answers in one ring (pvabi/io/blkif.h). One request at a
 * time, through pages that were granted once for all, so that the back end may keep them mapped
 * ("feature-persistent").
 */
#include <pvabi/io/blkif.h>
#include <pvabi/io/protocols.h>
#include <pvabi/kit/kit.h>

#define PAGES       BLKIF_MAX_SEGMENTS_PER_REQUEST
#define PER_PAGE    (PAGE_SIZE / DISK_SECTOR)
#define ANSWER_NS   100000000ul /* then the ring is looked at again */
#define ANSWER_TURN 300         /* so often; a back end that takes longer is gone */

_Static_assert(DISK_MOST == PAGES * PER_PAGE, "one request");

int disk_open(struct disk *d, u32 number)
{
	if (device_find(&d->device, "vbd", number))
		return -1;

	d->ring = device_ring(&d->device, "ring-ref");
	d->port = device_port(&d->device);
	if (!d->ring || d->port < 0)
		return -1;

	d->ring->req_event = d->ring->rsp_event = 1;
	d->handle = (u16)number;
	d->pages = pages_alloc(PAGES);
	for (u32 i = 0; i < PAGES; i++)
		d->refs[i] = grant_access(d->device.of, va_to_mfn(d->pages + i * PAGE_SIZE), false);

	/* Without the word the slots of 32-bit kernels are meant, which are smaller. */
	device_tell_text(&d->device, "protocol", XEN_IO_PROTO_ABI_NATIVE);
	device_tell(&d->device, "feature-persistent", 1);
	device_tell(&d->device, "state", XenbusStateInitialised);
	if (device_await(&d->device, XenbusStateConnected))
		return -1;

	d->sectors = device_number(&d->device, "sectors");
	return device_tell(&d->device, "state", XenbusStateConnected);
}

/* A segment a page, and the last one may be a part. */
static void segments_fill(const struct disk *d, struct blkif_request *r, u32 sectors)
{
	u32 n;

	for (; sectors; sectors -= n) {
		n = sectors < PER_PAGE ? sectors : PER_PAGE;
		r->seg[r->nr_segments] = (struct blkif_request_segment){
			.gref = (grant_ref_t)d->refs[r->nr_segments],
			.last_sect = (u8)(n - 1),
		};
		r->nr_segments++;
	}
}

static int answer_await(struct disk *d)
{
	for (u32 turn = 0; turn < ANSWER_TURN; turn++) {
		if (__atomic_load_n(&d->ring->rsp_prod, __ATOMIC_ACQUIRE) != d->answered)
			break;
		event_wait((u32)d->port, ANSWER_NS);
	}
	if (d->ring->rsp_prod == d->answered)
		return -1;

	d->answered++;
	d->ring->rsp_event = d->answered + 1;
	return 0;
}

/* Slot and answer are in the same place of the ring: one request is on its way, no more. */
static int request(struct disk *d, u8 operation, u64 sector, u32 sectors)
{
	u32 slots = ring_slots(PAGE_SIZE, sizeof(union blkif_sring_entry));
	union blkif_sring_entry *slot = &d->ring->ring[d->asked % slots];

	if (sectors > DISK_MOST || sector > d->sectors || sectors > d->sectors - sector)
		return -1;

	slot->req = (struct blkif_request){
		.operation = operation,
		.handle = d->handle,
		.id = d->asked,
		.sector_number = sector,
	};
	segments_fill(d, &slot->req, sectors);
	d->asked++;
	__atomic_store_n(&d->ring->req_prod, d->asked, __ATOMIC_RELEASE);
	event_send((u32)d->port);
	if (answer_await(d))
		return -1;

	return slot->rsp.status == BLKIF_RSP_OKAY ? 0 : -1;
}

int disk_read(struct disk *d, u64 sector, void *to, u32 sectors)
{
	if (request(d, BLKIF_OP_READ, sector, sectors))
		return -1;

	memcpy(to, d->pages, sectors * DISK_SECTOR);
	return 0;
}

int disk_write(struct disk *d, u64 sector, const void *from, u32 sectors)
{
	if (sectors > DISK_MOST)
		return -1;

	memcpy(d->pages, from, sectors * DISK_SECTOR);
	return request(d, BLKIF_OP_WRITE, sector, sectors);
}

int disk_flush(struct disk *d)
{
	return request(d, BLKIF_OP_FLUSH_DISKCACHE, 0, 0);
}

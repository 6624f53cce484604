/* SPDX-License-Identifier: MIT */
/*
 * The migration stream, version 2 and 3, that Xen's tools call "LibXenCtrl Domain Image Format": a
 * PV domain as a sequence of bytes. This is its form: headers, and which records there are. What
 * stands in them is read by stream_body.h; docs/stream.md tells it all in words.
 *
 *   image header      24 bytes, big-endian
 *   domain header     16 bytes, as all that follows in the order that the image header tells
 *   record, record    each a type, a length, a body, and zeros up to a multiple of 8 bytes
 *   ...
 *   END
 */
#ifndef HOSPES_STREAM_FORMAT_H
#define HOSPES_STREAM_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_MARKER     UINT64_MAX
#define STREAM_ID         0x58454e46U /* "XENF" */
#define STREAM_VERSION_2  2U          /* before Xen 4.14 */
#define STREAM_VERSION_3  3U          /* what is written here */
#define STREAM_BIG_ENDIAN 1U          /* an option */
#define STREAM_TYPE_PV    1U
#define STREAM_PAGE_SHIFT 12
#define STREAM_PAGE_SIZE  (1UL << STREAM_PAGE_SHIFT)

struct stream_image_header {
	uint64_t marker;
	uint32_t id, version;
	uint16_t options, reserved;
	uint32_t reserved_too;
};

struct stream_domain_header {
	uint32_t type;
	uint16_t page_shift, reserved;
	uint32_t major, minor; /* of the hypervisor on which it was saved */
};

struct stream_record_header {
	uint32_t type;
	uint32_t length; /* of the body, without the zeros behind it */
};

enum stream_type {
	STREAM_END = 0x00,
	STREAM_PAGE_DATA = 0x01,
	STREAM_PV_INFO = 0x02,
	STREAM_PV_P2M_FRAMES = 0x03,
	STREAM_PV_VCPU_BASIC = 0x04,
	STREAM_PV_VCPU_EXTENDED = 0x05,
	STREAM_PV_VCPU_XSAVE = 0x06,
	STREAM_SHARED_INFO = 0x07,
	STREAM_TSC_INFO = 0x08,
	STREAM_PV_VCPU_MSRS = 0x0c,
	STREAM_VERIFY = 0x0d,
	STREAM_CHECKPOINT = 0x0e,
	STREAM_STATIC_DATA_END = 0x10,
	STREAM_CPUID_POLICY = 0x11,
	STREAM_MSR_POLICY = 0x12,
};

/* A record of a type that has it may be left alone by who does not know it. */
#define STREAM_OPTIONAL 0x80000000U
/* Ours: the configuration, and a checksum of what stands between it and the one before it. */
#define STREAM_HOSPES_DOMAIN 0x80485801U
#define STREAM_HOSPES_CHECK  0x80485802U

/* Pages that a record has at most, as Xen's tools write them: 4 MiB. */
#define STREAM_PAGES_MAX 1024
/* The highest page that a domain may have, and one: 512 GiB. */
#define STREAM_PFN_LIMIT (1UL << 27)
/* As many virtual CPUs as the ABI has for any PV domain. */
#define STREAM_VCPUS_MAX 8192
/* Of an optional record that we do not know: it is read for its place in the checksum. */
#define STREAM_UNKNOWN_MAX (1UL << 20)

struct stream_kind {
	uint32_t type;
	const char *name;     /* as in Xen's specification */
	uint32_t least, most; /* of the body, in bytes */
	bool many;            /* it may come more than once */
};

/* NULL: we do not know it. */
const struct stream_kind *stream_kind_of(uint32_t type);
/* A name for messages in any case. */
const char *stream_type_name(uint32_t type);

/* Zeros behind a body. */
static inline size_t stream_padding(uint32_t length)
{
	return -(size_t)length & 7;
}

#endif

/* SPDX-License-Identifier: MIT */
/* What an error of a bank means, by the words of its status register. Pure. */
#include <lib/string.h>
#include <x86/mca.h>

/* MCi_STATUS (Intel SDM vol. 3, 16.3.2.2). */
#define STATUS_VAL   (1ul << 63)
#define STATUS_OVER  (1ul << 62)
#define STATUS_UC    (1ul << 61)
#define STATUS_EN    (1ul << 60)
#define STATUS_MISCV (1ul << 59)
#define STATUS_ADDRV (1ul << 58)
#define STATUS_PCC   (1ul << 57)
#define STATUS_S     (1ul << 56)
#define STATUS_AR    (1ul << 55)
#define STATUS_CODE  0xefffu /* the filter bit is none of the code */

/* MCi_MISC of memory errors: the address' lowest valid bit, and its kind. */
#define MISC_LSB(misc)  ((misc)&0x3f)
#define MISC_MODE(misc) ((misc) >> 6 & 7)
#define MODE_PHYSICAL   2
#define LSB_MOST        12 /* of less than a frame nothing is known */

enum mca_severity mca_severity(u64 status, enum mca_recovery recovery)
{
	if (!(status & STATUS_VAL))
		return MCA_NONE;

	if (status & STATUS_PCC)
		return MCA_FATAL;

	if (!(status & STATUS_UC))
		return MCA_CORRECTED;

	/* It was not to raise a machine check: what raised this one is another error. */
	if (!(status & STATUS_EN))
		return MCA_DEFERRED;

	if (recovery == MCA_RECOVERS_NOT)
		return MCA_FATAL;

	if (recovery == MCA_RECOVERS_BY_BITS && !(status & STATUS_S && status & STATUS_AR))
		return MCA_DEFERRED;

	/* Another error stood here before: nobody knows whose data that was. */
	if (status & STATUS_OVER)
		return MCA_FATAL;

	return MCA_USED;
}

const char *mca_severity_name(enum mca_severity severity)
{
	static const char *const names[] = {
		[MCA_NONE] = "no error",
		[MCA_CORRECTED] = "corrected",
		[MCA_DEFERRED] = "uncorrected, not used yet",
		[MCA_USED] = "uncorrected, used by what ran",
		[MCA_FATAL] = "fatal",
	};

	return severity < ARRAY_SIZE(names) ? names[severity] : "unknown";
}

/* The highest bit of a code says the kind, those below it where and how (SDM vol. 3, 16.9). */
const char *mca_part(u64 status)
{
	u32 code = status & STATUS_CODE;

	if (code & 0x0800)
		return "bus or interconnect";
	if (code & 0x0400)
		return code == 0x0400 ? "internal timer" : "internal";
	if (code & 0x0100)
		return "cache";
	if (code & 0x0080)
		return "memory controller";
	if (code & 0x0010)
		return "TLB";
	if (code & 0x000c)
		return "cache";

	return "processor";
}

bool mca_lost_memory(const struct mca_error *e, u64 *addr)
{
	if (!(e->status & STATUS_ADDRV))
		return false;

	if (e->status & STATUS_MISCV) {
		if (MISC_MODE(e->misc) != MODE_PHYSICAL || MISC_LSB(e->misc) > LSB_MOST)
			return false;
	}

	*addr = e->addr;
	return true;
}

/* SDM vol. 3, table 16-19. */
bool mca_of_another_cpu(u64 mcg_status)
{
	return (mcg_status & MCG_STATUS_RIPV) && !(mcg_status & MCG_STATUS_EIPV);
}

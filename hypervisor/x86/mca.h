/* SPDX-License-Identifier: MIT */
/*
 * Machine checks: what the processor's banks say of errors of the hardware, read, judged and put in
 * words (Intel SDM vol. 3, chapter 16; AMD APM vol. 2, chapter 9). What becomes of the guest or the
 * machine is dom/machine_check.c's business.
 */
#ifndef X86_MCA_H
#define X86_MCA_H

#include <lib/types.h>

#define MCG_STATUS_RIPV (1ul << 0) /* what was interrupted can go on where it was */
#define MCG_STATUS_EIPV (1ul << 1) /* it is what met the error */
#define MCG_STATUS_MCIP (1ul << 2) /* a machine check is being handled: another one is a reset */

/* By rising gravity. */
enum mca_severity {
	MCA_NONE,
	MCA_CORRECTED, /* the hardware mended it */
	MCA_DEFERRED,  /* data was lost that nobody has used so far */
	MCA_USED,      /* what ran wants lost data: it can not go on, all others can */
	MCA_FATAL,     /* the processor's own state, or an unknown part of memory, is lost */
};

/* How a processor tells an error that can be survived from others. */
enum mca_recovery {
	MCA_RECOVERS_NOT,
	MCA_RECOVERS_BY_BITS, /* Intel, MCG_CAP.SER_P: S and AR say what is to be done */
	MCA_RECOVERS_BY_PCC,  /* AMD, SUCCOR: what does not corrupt the processor's context */
};

/* One error, as a bank holds it. */
struct mca_error {
	u32 bank;
	u64 status, addr, misc;
};

/* --- pure ------------------------------------------------------------------------------------ */

enum mca_severity mca_severity(u64 status, enum mca_recovery recovery);
const char *mca_severity_name(enum mca_severity severity);
/* Which part of the machine the error code of @status names. */
const char *mca_part(u64 status);
/* The machine address of the memory that is lost, if the bank knows it. */
__must_check bool mca_lost_memory(const struct mca_error *e, u64 *addr);
/*
 * Did an error that says "used" hit another CPU than the one with this MCG_STATUS? Some processors
 * tell all CPUs of a package.
 */
bool mca_of_another_cpu(u64 mcg_status);

/* --- this CPU's banks; none of these faults, nor takes locks --------------------------------- */

/* Turns all banks on; what they hold from before the start is logged. Once a CPU, at its start. */
void mca_init_cpu(void);
u32 mca_banks(void); /* 0: this processor has none */
enum mca_recovery mca_recovery(void);
/* False: bank @bank holds no error. */
__must_check bool mca_read(u32 bank, struct mca_error *e);
void mca_clear(u32 bank);
u64 mca_status(void);    /* MCG_STATUS */
void mca_finished(void); /* a machine check was handled: the next one may come */

#endif

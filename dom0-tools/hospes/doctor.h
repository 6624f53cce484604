/* SPDX-License-Identifier: MIT */
/*
 * hospes doctor in two halves: what is looked at on the host, and what that means. The second half
 * is pure. Inside hospes/ only.
 */
#ifndef HOSPES_HOSPES_DOCTOR_H
#define HOSPES_HOSPES_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum doctor_answer { DOCTOR_UNKNOWN, DOCTOR_NO, DOCTOR_YES };

/* What the host is like. Texts are empty and numbers 0 where it does not say. */
struct doctor_facts {
	char type[32];        /* /sys/hypervisor/type: "xen" under Hospes too */
	char extra[64];       /* of the version, ".hospes-0.1.0" under Hospes */
	bool xenfs;           /* is /proc/xen mounted */
	bool control;         /* are we the control domain */
	char missing[128];    /* drivers that are not there, by blanks */
	char hypercalls[128]; /* why they cannot be made */
	bool store, daemon;   /* does it answer */
	unsigned int bridges;
	uint64_t total_mib, free_mib, dom0_mib;
	unsigned int images;     /* of Hospes in /boot */
	enum doctor_answer grub; /* does it boot Hospes by default */
	uint64_t var_mib;        /* free on the file system of /var */
};

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor_finding {
	const char *what;
	enum doctor_level level;
	char text[160];
	char advice[160]; /* empty if there is nothing to do */
};

#define DOCTOR_FINDINGS_MAX 16

/* Fills @facts from the host. What cannot be found out stays empty. (doctor_look.c) */
void doctor_look(struct doctor_facts *facts);

/*
 * Judges the facts, for tools of @version. Returns the number of findings in @findings; what
 * cannot be told before something else is mended is left out.
 */
size_t doctor_judge(const struct doctor_facts *facts, const char *version,
		    struct doctor_finding findings[DOCTOR_FINDINGS_MAX]);

/* "ok", "warn", "fail". */
const char *doctor_level_name(enum doctor_level level);

/*
 * Whether the entry that the text of a grub.cfg boots by default loads Hospes. Changes the text.
 * Pure.
 */
enum doctor_answer doctor_grub(char *text);

#endif

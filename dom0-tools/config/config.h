/* SPDX-License-Identifier: MIT */
/*
 * A domain's configuration: libvirt's domain XML, the subset for PV guests, read and checked.
 * config_load() gives values that are already sound in themselves: sizes, counts, name characters,
 * duplicates. All that is wrong in a file is told in one run. It does not look at the host: whether
 * files exist, memory suffices or a name is taken is for those who use the values.
 */
#ifndef HOSPES_CONFIG_CONFIG_H
#define HOSPES_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <dom0-tools/access/cpu_map.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

/* Longest name: it becomes part of file names and of store values. */
#define CONFIG_NAME_MAX 63
/* Faults that are told of one file: who has more mends these first. */
#define CONFIG_FAULTS_MAX 50
/* Room for xvda to xvdz, some of them as partitions, and for more interfaces than anybody uses. */
#define CONFIG_DISKS_MAX 32
#define CONFIG_NICS_MAX  16
/* What the hypervisor gives one domain. */
#define CONFIG_VCPUS_MAX 64
/* Bytes of XML: a page of text a device is plenty. */
#define CONFIG_FILE_MAX (256 * 1024)
/* The kernel's own bound on a command line, and the start info page's field. */
#define CONFIG_CMDLINE_MAX 1023
/* Bounds of guest memory: no guest boots in less than 4 MiB, no machine has more than 16 TiB. */
#define CONFIG_MEMORY_MIN_KIB (4UL * 1024)
#define CONFIG_MEMORY_MAX_KIB (16UL * 1024 * 1024 * 1024)
#define CONFIG_IFNAME_MAX     15 /* Linux: 16 with the end */
/* What carries IPv4 at all, and the largest that netfront and netback carry. */
#define CONFIG_MTU_MIN 68
#define CONFIG_MTU_MAX 65517
/* More queues than any frontend or backend makes. */
#define CONFIG_QUEUES_MAX 64
/* 100 Gbit/s in KiB/s, and some more. */
#define CONFIG_RATE_MAX_KIB (16UL * 1024 * 1024)
/* GRUB as the kernel of a PV guest, from Debian's package grub-xen-host. */
#define CONFIG_BOOTLOADER "/usr/lib/grub-xen/grub-x86_64-xen.bin"

/* One thing that is wrong in a file. */
struct config_fault {
	int code;          /* -errno */
	unsigned int line; /* 0: the file as a whole */
	char *text;        /* printable, with the file's name and the line in front */
};

struct config_faults {
	unsigned int count; /* by rising line when the reading is over */
	bool more;          /* than are kept here */
	struct config_fault list[CONFIG_FAULTS_MAX];
};

enum config_action {
	CONFIG_DESTROY,
	CONFIG_RESTART,
	CONFIG_PRESERVE,
};

struct config_disk {
	unsigned int line; /* in the file, for messages; 0 if not from a file */
	char *source;      /* absolute path of an image file or block device */
	bool is_block;     /* the source must be a block device */
	bool readonly;
	bool shareable;      /* may be writable in more than one domain */
	bool no_discard;     /* the guest may not give blocks back */
	unsigned int queues; /* that the guest uses at most; 0: no bound of its own */
	char target[16];     /* "xvda", "xvda1" */
	unsigned int vdev;   /* the number the frontend knows it by */
};

struct config_nic {
	unsigned int line;
	char bridge[CONFIG_IFNAME_MAX + 1]; /* "": the link stands alone, for dom0 to route */
	char target[CONFIG_IFNAME_MAX + 1]; /* name of dom0's end; "" leaves vifD.N */
	uint8_t mac[6];                     /* always set */
	unsigned int mtu;                   /* of dom0's end; 0: the bridge's */
	uint64_t rate_kib;                  /* KiB/s that the guest sends at most; 0: no bound */
	unsigned int queues;                /* as of a disk */
	bool link_down;                     /* dom0's end stays down */
};

struct domain_config {
	char name[CONFIG_NAME_MAX + 1];
	uint8_t uuid[16];                      /* as given, or derived from the name: always set */
	uint64_t memory_kib;                   /* at boot */
	uint64_t memory_max_kib;               /* what the balloon may grow to; >= memory_kib */
	uint64_t memory_guaranteed_kib;        /* 0: it shares its memory with nobody */
	unsigned int vcpus;                    /* that it can ever have */
	unsigned int vcpus_online;             /* that it starts with; 1 to vcpus */
	bool pinned[CONFIG_VCPUS_MAX];         /* which of them are pinned */
	struct cpu_map pins[CONFIG_VCPUS_MAX]; /* and to which CPUs; some may not exist here */
	uint16_t weight;                       /* share relative to other domains; 0: the default */
	uint16_t cap;    /* percent of one CPU that it gets at most; 0: no bound */
	bool bootloader; /* the kernel is GRUB, which finds the guest's own on its first disk */
	char *kernel;    /* absolute path */
	char *initrd;    /* absolute path or NULL */
	char *cmdline;   /* never NULL */
	enum config_action on_poweroff, on_reboot, on_crash;
	bool crash_dump; /* a core is wanted before on_crash is done */
	unsigned int disk_count, nic_count;
	struct config_disk disks[CONFIG_DISKS_MAX];
	struct config_nic nics[CONFIG_NICS_MAX];
	bool from_xl; /* the file was an xl.cfg */
	char *text;   /* the XML as it was read, or what the xl.cfg means: config_save() keeps it */
	size_t text_length;
	struct config_faults faults; /* after a failure: all of them */
	char *notice; /* one line: what the file asks for and does not get; NULL: nothing */
};

/*
 * 0, or -errno with a line in @err that names the file and the line in it: the first fault, and how
 * many there are. c->faults has all. @c is set up in any case: config_free() must follow.
 */
__must_check int config_load(const char *path, struct domain_config *c, struct hospes_error *err);
/* The same from memory; @name stands for the file in messages. */
__must_check int config_parse(const char *text, size_t length, const char *name,
			      struct domain_config *c, struct hospes_error *err);
void config_free(struct domain_config *c);

/* Writes @c as a file of xl.cfg(5), with a comment for each thing that it cannot say there. */
void config_print_xl(const struct domain_config *c, FILE *out);

/* "10Mb/s", "250KB/s@20ms", as xl.cfg(5) has a rate: in KiB/s. 0: it is none. */
uint64_t config_rate_read(const char *text);

/* "destroy", "restart", "preserve" */
const char *config_action_name(enum config_action action);
/* "01234567-89ab-cdef-0123-456789abcdef", 36 characters and the end */
#define CONFIG_UUID_LENGTH 36
void config_uuid_text(const uint8_t uuid[16], char text[CONFIG_UUID_LENGTH + 1]);
/* 32 hexadecimal digits, with hyphens anywhere between them, as libvirt takes it. */
__must_check bool config_uuid_parse(const char *text, uint8_t uuid[16]);

/*
 * Makes c->text name the UUID, which is derived from the name where the text left it out: so that
 * it stays whatever becomes of the name.
 */
__must_check int config_uuid_write(struct domain_config *c, struct hospes_error *err);
/*
 * Changes in c->text what the domain starts with, or the most that it may have, and reads it anew:
 * @c has the new values then. -EINVAL: they do not fit the other one, or the text's rules.
 */
__must_check int config_memory_write(struct domain_config *c, uint64_t kib,
				     struct hospes_error *err);
__must_check int config_memory_max_write(struct domain_config *c, uint64_t kib,
					 struct hospes_error *err);

/* Another name, in @c and in its text; @name is one that a configuration may have. The UUID is
 * written too: it stays. */
__must_check int config_rename(struct domain_config *c, const char *name, struct hospes_error *err);

/*
 * The configuration of a living domain is kept as it was given, one file a domain number, for
 * restarts and for `info`. Written before the domain's first instruction, forgotten after its last.
 * The directory is /run/hospes, or $HOSPES_RUN_DIR for tests.
 */
__must_check int config_save(const struct domain_config *c, uint32_t domid,
			     struct hospes_error *err);
__must_check int config_load_saved(uint32_t domid, struct domain_config *c,
				   struct hospes_error *err);
void config_forget(uint32_t domid);
const char *config_run_dir(void);
/*
 * Makes that directory, for its owner alone: what lies there is locked, and a lock can be taken by
 * whoever may open the file. One that others may enter is closed to them.
 */
__must_check int config_run_dir_make(struct hospes_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * All verbs. A file of this room calls only those before it:
 *
 *   exit, verb, table < help < args; interrupt, targets < device_call;
 *   top_table, top_look < top_screen; doctor < doctor_look; all of these < verb_* < verbs_* < verbs
 *   < main
 */
#ifndef HOSPES_HOSPES_VERBS_H
#define HOSPES_HOSPES_VERBS_H

#include <dom0-tools/base/must_check.h>
#include <dom0-tools/domain/domain_create.h>
#include "verb.h"

__must_check int verb_autostart(struct invocation *in);
__must_check int verb_block_attach(struct invocation *in);
__must_check int verb_block_detach(struct invocation *in);
__must_check int verb_block_list(struct invocation *in);
__must_check int verb_block_resize(struct invocation *in);
__must_check int verb_console(struct invocation *in);
__must_check int verb_convert(struct invocation *in);
__must_check int verb_create(struct invocation *in);
__must_check int verb_debug_keys(struct invocation *in);
__must_check int verb_define(struct invocation *in);
__must_check int verb_destroy(struct invocation *in);
__must_check int verb_dmesg(struct invocation *in);
__must_check int verb_doctor(struct invocation *in);
__must_check int verb_domid(struct invocation *in);
__must_check int verb_domname(struct invocation *in);
__must_check int verb_dump_core(struct invocation *in);
__must_check int verb_dumpxml(struct invocation *in);
__must_check int verb_edit(struct invocation *in);
__must_check int verb_events(struct invocation *in);
__must_check int verb_guests_start(struct invocation *in);
__must_check int verb_guests_stop(struct invocation *in);
__must_check int verb_help(struct invocation *in);
__must_check int verb_info(struct invocation *in);
__must_check int verb_list(struct invocation *in);
__must_check int verb_log(struct invocation *in);
__must_check int verb_mem_max(struct invocation *in);
__must_check int verb_mem_set(struct invocation *in);
int verb_memory(struct invocation *in);
__must_check int verb_network_attach(struct invocation *in);
__must_check int verb_network_detach(struct invocation *in);
__must_check int verb_network_list(struct invocation *in);
__must_check int verb_pause(struct invocation *in);
__must_check int verb_perf(struct invocation *in);
__must_check int verb_costs(struct invocation *in);
__must_check int verb_reboot(struct invocation *in);
__must_check int verb_rename(struct invocation *in);
__must_check int verb_restore(struct invocation *in);
__must_check int verb_save(struct invocation *in);
__must_check int verb_sched(struct invocation *in);
__must_check int verb_shutdown(struct invocation *in);
__must_check int verb_start(struct invocation *in);
__must_check int verb_sysrq(struct invocation *in);
__must_check int verb_top(struct invocation *in);
__must_check int verb_trigger(struct invocation *in);
__must_check int verb_undefine(struct invocation *in);
__must_check int verb_unpause(struct invocation *in);
__must_check int verb_update_device(struct invocation *in);
__must_check int verb_uptime(struct invocation *in);
__must_check int verb_vcpu_list(struct invocation *in);
__must_check int verb_vcpu_pin(struct invocation *in);
__must_check int verb_vcpu_set(struct invocation *in);

/* verb_create.c: a domain from @config, when nobody else is at it any more; errors of
 * intent_begin() and domain_create(). */
__must_check int create_in_turn(struct host *h, const struct domain_config *config,
				const struct create_options *options, int wait_ms, domid_t *domid,
				struct hospes_error *err);

/* The groups of rows, and verbs.c: all of them, ended by a NULL. */
extern const struct verb_group verbs_of_domains;
extern const struct verb_group verbs_of_defined;
extern const struct verb_group verbs_of_running;
extern const struct verb_group verbs_of_devices;
extern const struct verb_group verbs_of_memory;
extern const struct verb_group verbs_of_cpus;
extern const struct verb_group verbs_of_host;
extern const struct verb_group *const verbs_all[];

#endif

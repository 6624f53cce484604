/* SPDX-License-Identifier: MIT */
/* The order of a saving: what can be refused first, then the suspension, the file, and the end. */
#include "domain_save.h"

#include <errno.h>
#include <string.h>
#include <dom0-tools/access/domctl.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/part_file.h>
#include <dom0-tools/base/progress.h>
#include <dom0-tools/config/config.h>
#include "domain_life.h"
#include "standstill.h"
#include "suspend.h"

struct saving {
	struct host *h;
	domid_t domid;
	const struct save_options *options;
	struct domain_config config;
	struct part_file file;
	struct standstill still;
};

static int check(struct saving *s, struct hospes_error *err)
{
	struct xen_domctl_getdomaininfo info;
	int rc = domctl_info(s->h->privcmd, s->domid, &info, err);

	if (rc < 0)
		return rc;
	if (s->domid == 0)
		return error_set(err, -EINVAL, "domain 0 is this one: it cannot be saved");
	if ((info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) != 0)
		return error_set(err, -ESHUTDOWN, "domain %u has stopped", s->domid);
	if ((info.flags & XEN_DOMINF_paused) != 0)
		return error_set(err, -EBUSY,
				 "domain %u is paused, and so is its kernel; `hospes unpause %u`",
				 s->domid, s->domid);

	rc = config_load_saved(s->domid, &s->config, err);
	return rc < 0 ? error_prefix(err, "the configuration of domain %u", s->domid) : 0;
}

static int sink_write(void *context, const void *data, size_t size)
{
	const struct part_file *file = context;

	return file_write(file->fd, data, size);
}

static int content_write(struct saving *s, struct save_result *result, struct hospes_error *err)
{
	const struct save_request request = {
		.domid = s->domid,
		.xml = s->config.text,
		.xml_length = s->config.text_length,
		.interrupted = s->options->interrupted,
	};
	const struct stream_sink sink = { sink_write, &s->file };
	int rc;

	progress_next("%s: writing %s", s->config.name, s->file.path);
	rc = save_stream(s->h, &request, &sink, result, err);
	if (rc < 0)
		return error_prefix(err, "%s", s->file.path);

	return part_file_sync(&s->file, err);
}

/* Its file gets its name while whoever finds the record knows what that means. */
static int end_saved(struct saving *s, struct hospes_error *err)
{
	int rc = standstill_saved(&s->still, s->file.path, s->file.fd, err);

	if (rc < 0)
		return rc;

	rc = part_file_name(&s->file, err);
	if (rc == 0)
		rc = domain_destroy(s->h, s->domid, err);
	else
		ignore(suspend_cancel(s->h, s->domid, NULL));

	standstill_saved_end(&s->still);
	return rc;
}

static int go_on_saved(struct saving *s, struct hospes_error *err)
{
	int rc = part_file_name(&s->file, err);

	if (rc == 0 && s->options->then == SAVE_AND_PAUSE)
		rc = domctl_pause(s->h->privcmd, s->domid, err);
	if (rc < 0)
		return rc;

	return standstill_end(s->h, &s->still, err);
}

static int suspended(struct saving *s, struct save_result *result, struct hospes_error *err)
{
	int rc;

	progress_next("%s: suspending itself", s->config.name);
	rc = suspend_ask(s->h, s->domid, s->options->wait_ms, s->options->interrupted, err);
	if (rc == 0)
		rc = content_write(s, result, err);
	if (rc < 0)
		return rc;

	return s->options->then == SAVE_AND_END ? end_saved(s, err) : go_on_saved(s, err);
}

static int save(struct saving *s, const char *path, struct save_result *result,
		struct hospes_error *err)
{
	int rc = check(s, err);

	if (rc == 0)
		rc = part_file_begin(&s->file, path, err);
	if (rc == 0)
		rc = standstill_suspends(s->h, s->domid, &s->still, err);
	if (rc < 0)
		return rc;

	rc = suspended(s, result, err);
	/* Where it is not over yet, it failed. */
	ignore(standstill_end(s->h, &s->still, NULL));
	return rc;
}

int domain_save(struct host *h, domid_t domid, const char *path, const struct save_options *options,
		struct save_result *result, struct hospes_error *err)
{
	struct saving s = {
		.h = h,
		.domid = domid,
		.options = options,
		.file = { .fd = -1 },
	};
	int rc = save(&s, path, result, err);

	part_file_end(&s.file);
	config_free(&s.config);
	return rc;
}

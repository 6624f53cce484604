/* SPDX-License-Identifier: MIT */
/* A creation whose memory is filled from a file. */
#include "domain_restore.h"

#include <unistd.h>
#include <dom0-tools/base/file.h>

static ssize_t source_read(void *context, void *to, size_t size)
{
	const struct restore_file *f = context;

	return file_read(f->fd, to, size);
}

int restore_file_open(struct restore_file *f, const char *path, struct hospes_error *err)
{
	const struct stream_source source = { source_read, f };
	struct stat st;
	int rc;

	*f = (struct restore_file){ .path = path };
	f->fd = file_open_regular(path, "the saved domain", &st, err);
	if (f->fd < 0)
		return f->fd;

	rc = restore_read_head(&f->restore, &source, &f->config, err);
	return rc < 0 ? error_prefix(err, "%s", path) : 0;
}

void restore_file_close(struct restore_file *f)
{
	if (f->fd < 0)
		return;

	restore_free(&f->restore);
	config_free(&f->config);
	close(f->fd);
}

static int fill(void *context, struct privcmd *p, domid_t domid, struct node_rings *rings,
		struct hospes_error *err)
{
	struct restore_file *f = context;
	int rc = restore_fill(&f->restore, p, domid, rings, err);

	return rc < 0 ? error_prefix(err, "%s", f->path) : 0;
}

int domain_restore(struct host *h, struct restore_file *f, struct create_options *options,
		   domid_t *domid, struct hospes_error *err)
{
	const struct create_filler filler = { fill, f };

	options->filler = &filler;
	return domain_create(h, &f->config, options, domid, err);
}

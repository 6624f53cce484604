/* SPDX-License-Identifier: MIT */
/*
 * hospes edit: a defined domain's XML in the editor of $VISUAL or $EDITOR. It is checked before it
 * is taken; where it has a fault, the person is asked whether to edit on, so that no work is lost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/process.h>
#include <dom0-tools/domain/defined.h>
#include "verbs.h"

#define EDITOR_DEFAULT "vi"

/* The copy that the editor gets. */
struct draft {
	char path[128];
	const struct domain_config *before; /* as it is defined now */
};

static const char *editor(void)
{
	const char *visual = getenv("VISUAL"), *plain = getenv("EDITOR");

	if (visual != NULL && *visual != '\0')
		return visual;

	return plain != NULL && *plain != '\0' ? plain : EDITOR_DEFAULT;
}

static int draft_make(struct draft *d, struct hospes_error *err)
{
	int fd, rc;

	snprintf(d->path, sizeof(d->path), "/tmp/hospes-edit-XXXXXX.xml");
	fd = mkstemps(d->path, strlen(".xml"));
	if (fd < 0)
		return error_set(err, -errno, "cannot make %s: %s", d->path, strerror(errno));

	rc = file_write(fd, d->before->text, d->before->text_length);
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc < 0) {
		unlink(d->path);
		return error_set(err, rc, "cannot write %s: %s", d->path, strerror(-rc));
	}

	return 0;
}

/* The editor may be a command with options: a shell takes it apart. */
static int draft_edit(const struct draft *d, struct hospes_error *err)
{
	char command[512];
	char *argv[] = { "sh", "-c", command, "sh", (char *)d->path, NULL };
	pid_t pid;
	int rc;

	snprintf(command, sizeof(command), "%s \"$1\"", editor());
	pid = process_start("/bin/sh", argv, NULL);
	if (pid < 0)
		return error_set(err, pid, "cannot start the editor %s: %s", editor(),
				 strerror(-pid));

	rc = process_wait(pid);
	if (rc == 0)
		return 0;

	return error_set(err, -ECANCELED, "the editor %s failed: %s was not changed", editor(),
			 d->before->name);
}

/* What was edited stays this domain: another name or UUID would define another. */
static int draft_check(struct invocation *in, const struct draft *d, struct domain_config *after)
{
	struct hospes_error *err = &in->err;
	int rc = verb_config_load(in, d->path, after);

	if (rc < 0)
		return rc;
	if (strcmp(after->name, d->before->name) != 0)
		return error_set(err, -EINVAL, "the name cannot be changed by an edit: it was %s",
				 d->before->name);
	if (memcmp(after->uuid, d->before->uuid, sizeof(after->uuid)) != 0)
		return error_set(err, -EINVAL, "the UUID cannot be changed by an edit");

	return 0;
}

/* Somebody may have defined it anew while it was edited: his work is not overwritten. */
static int unchanged_check(const struct draft *d, struct hospes_error *err)
{
	struct domain_config now;
	bool same = false;
	int rc = defined_load(d->before->name, &now, err);

	if (rc == 0)
		same = now.text_length == d->before->text_length &&
		       memcmp(now.text, d->before->text, now.text_length) == 0;
	config_free(&now);
	if (rc < 0)
		return rc;
	if (same)
		return 0;

	return error_set(err, -EBUSY, "%s was changed by somebody else meanwhile", d->before->name);
}

static bool edit_again(const struct hospes_error *err)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return false;

	fprintf(stderr, "hospes: %s\nEdit again? [Y/n] ", err->text);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return false;

	return answer[0] != 'n' && answer[0] != 'N';
}

/* 1: taken; 0: nothing was changed. */
static int draft_take(struct invocation *in, const struct draft *d)
{
	struct domain_config after;
	bool changed;
	int rc = draft_check(in, d, &after);

	changed = rc < 0 || after.text_length != d->before->text_length ||
		  memcmp(after.text, d->before->text, after.text_length) != 0;
	if (rc == 0 && changed)
		rc = unchanged_check(d, &in->err);
	if (rc == 0 && changed)
		rc = defined_save(&in->host, &after, &in->err);

	config_free(&after);
	return rc < 0 ? rc : changed;
}

static int draft_run(struct invocation *in, const struct draft *d)
{
	for (;;) {
		int rc = draft_edit(d, &in->err);

		if (rc == 0)
			rc = draft_take(in, d);
		if (rc >= 0 || rc == -ECANCELED || !edit_again(&in->err))
			return rc;
	}
}

int verb_edit(struct invocation *in)
{
	struct domain_config before;
	struct draft d = { .before = &before };
	int rc = defined_load(in->argv[0], &before, &in->err);

	ignore(host_open(&in->host, false, NULL));
	if (rc == 0)
		rc = draft_make(&d, &in->err);
	if (rc < 0) {
		config_free(&before);
		return rc;
	}

	rc = draft_run(in, &d);
	/* What has a fault is not thrown away. */
	if (rc < 0)
		error_prefix(&in->err, "%s is kept as it was; what was edited is in %s",
			     before.name, d.path);
	else
		unlink(d.path);

	result_text(in, "name", before.name);
	if (rc >= 0 && !in->json)
		printf("%s %s\n", before.name, rc > 0 ? "is defined anew" : "was not changed");
	config_free(&before);
	return rc < 0 ? rc : 0;
}

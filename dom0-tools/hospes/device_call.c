/* SPDX-License-Identifier: MIT */
/* From the words of a command line to a device of a running domain. */
#include "device_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include "interrupt.h"

/* How long a guest's kernel is waited for without --timeout: it may have to load a driver. */
#define GUEST_WAIT_MS 10000

/* With the turn and signals held back when it is 0. */
static int call_open(struct invocation *in, struct device_call *call)
{
	int rc;

	*call = (struct device_call){ .turn = { .intent = { .fd = -1 } } };
	rc = timeout_read(in, GUEST_WAIT_MS, &call->how.patience.wait_ms);
	if (rc < 0)
		return rc;

	call->how.force = in->flag['f'];
	call->how.define = in->flag['c'];
	call->how.patience.interrupted = interrupt_begin();
	rc = operand_turn(in, 0, INTENT_DEVICE, &call->turn);
	if (rc < 0)
		interrupt_end();
	return rc;
}

void device_call_end(struct device_call *call)
{
	turn_end(&call->turn);
	interrupt_end();
}

int device_call_begin(struct invocation *in, enum dev_kind kind, struct device_call *call)
{
	int rc = call_open(in, call);

	if (rc < 0)
		return rc;

	rc = dev_view_find(in->host.store, call->turn.domid, kind, in->argv[1], &call->view,
			   &in->err);
	if (rc < 0)
		device_call_end(call);
	return rc;
}

int device_call_detach(struct invocation *in, enum dev_kind kind, struct device_call *call)
{
	int rc = device_call_begin(in, kind, call);

	if (rc < 0)
		return rc;

	rc = device_detach(&in->host, call->turn.domid, &call->view, &call->how, &in->err);
	device_call_end(call);
	return rc;
}

/* The file as a string; NULL where @in->err is set. */
static char *file_text(struct invocation *in, const char *path)
{
	struct stat st;
	ssize_t length;
	char *text;
	int fd = file_open_regular(path, "the device", &st, &in->err);

	if (fd < 0)
		return NULL;

	text = calloc(1, CONFIG_DEVICE_TEXT_MAX + 1);
	length = text != NULL ? file_read(fd, text, CONFIG_DEVICE_TEXT_MAX + 1) : -ENOMEM;
	close(fd);
	if (length >= 0 && length <= CONFIG_DEVICE_TEXT_MAX)
		return text;

	free(text);
	if (length < 0)
		error_set(&in->err, (int)length, "cannot read %s: %s", path,
			  strerror((int)-length));
	else
		error_set(&in->err, -EFBIG, "%s has more than %d bytes: no device needs that much",
			  path, CONFIG_DEVICE_TEXT_MAX);
	return NULL;
}

/*
 * The operands after the domain, with commas between them. virsh's `bridge NAME` becomes what xl
 * has for it.
 */
static char *operands_text(struct invocation *in)
{
	size_t size = 1;
	char *text;

	for (int i = 1; i < in->argc; i++)
		size += strlen(in->argv[i]) + 1;

	text = calloc(1, size);
	if (text == NULL)
		error_set(&in->err, -ENOMEM, "out of memory");
	for (int i = 1; i < in->argc && text != NULL; i++) {
		if (i > 1)
			strcat(text, i == 2 && strcmp(in->argv[1], "bridge") == 0 ? "=" : ",");
		strcat(text, in->argv[i]);
	}

	return text;
}

/* call->text is to be freed in any case. */
static int addition_read(struct invocation *in, struct config_addition *add,
			 struct device_call *call)
{
	const char *path = in->value['x'];

	if (path != NULL && in->argc > 1)
		return error_set(&in->err, -EINVAL, "a device in words or one in a file, not both");
	if (path == NULL && in->argc < 2)
		return error_set(&in->err, -EINVAL,
				 "what is attached is missing: in words, or in a file with --xml");

	add->xml = path != NULL;
	add->name = path != NULL ? path : "the device";
	call->text = path != NULL ? file_text(in, path) : operands_text(in);
	add->text = call->text;
	return call->text != NULL ? 0 : in->err.code;
}

int device_call_attach(struct invocation *in, enum config_device kind, struct device_call *call)
{
	struct config_addition add = { .kind = kind };
	int rc = call_open(in, call);

	if (rc < 0)
		return rc;

	rc = addition_read(in, &add, call);
	if (rc == 0)
		rc = device_attach(&in->host, call->turn.domid, &add, &call->how, &call->view,
				   &in->err);

	free(call->text);
	device_call_end(call);
	return rc;
}

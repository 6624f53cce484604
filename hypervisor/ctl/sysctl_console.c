/* SPDX-License-Identifier: MIT */
/* sysctl's part of the console: its text for a reader, and keys as if typed there. */
#include <console/console.h>
#include <ctl/domctl.h>
#include <frame/alloc.h>

#define TEXT_CHUNK 4096
#define KEYS_MAX   64

/* Copies at most @most bytes of the ring, from *pos on, to the client; *done counts. */
static int text_out(char *buf, char *to, u32 most, u64 *pos, u32 *done)
{
	while (*done < most) {
		size_t n = console_ring_read(pos, buf, MIN(most - *done, (u32)TEXT_CHUNK));

		if (!n)
			return 0;

		if (guest_copy_out(to + *done, buf, n))
			return fail(-EFAULT, "console text is not writable");

		*done += n;
	}

	return 0;
}

long op_sysctl_readconsole(struct domain *d, struct xen_sysctl_readconsole *r)
{
	u64 pos = 0;
	u32 done = 0;
	char *buf;
	int rc;

	if (r->incremental)
		pos = r->index;

	buf = heap_alloc(TEXT_CHUNK);
	if (!buf)
		return fail(-ENOMEM, "no memory for console text");

	rc = text_out(buf, r->buffer.p, r->count, &pos, &done);
	heap_free(buf);
	if (rc)
		return rc;

	r->count = done;
	r->index = (u32)pos;
	if (r->clear)
		console_ring_clear();
	return 0;
}

long op_sysctl_debug_keys(struct domain *d, struct xen_sysctl_debug_keys *k)
{
	char keys[KEYS_MAX];

	if (k->nr_keys > KEYS_MAX)
		return fail(-E2BIG, "%u debug keys at once, at most %u", k->nr_keys, KEYS_MAX);

	if (guest_copy_in(keys, k->keys.p, k->nr_keys))
		return fail(-EFAULT, "debug keys are not readable");

	for (u32 i = 0; i < k->nr_keys; i++)
		debug_key(keys[i]);
	return 0;
}

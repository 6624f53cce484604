/* SPDX-License-Identifier: MIT */
/*
 * The floor of arrays (see fake_floor.h).
 */
#include "fake_floor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The local port of a domain is its number beyond this. */
#define PORT_FIRST 100

struct fake_domain *fake;

static void __attribute__((constructor)) fake_make(void)
{
	fake = mmap(NULL, FAKE_DOMAINS * sizeof(*fake), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fake == MAP_FAILED)
		abort();
}

static int fake_map(uint32_t domid, uint64_t mfn, struct xenstore_domain_interface **page, int *how)
{
	if (domid >= FAKE_DOMAINS || mfn == FAKE_BAD)
		return -EINVAL;

	fake[domid].mapped++;
	*page = &fake[domid].page;
	*how = domid;
	return 0;
}

static void fake_unmap(struct xenstore_domain_interface *page, int how)
{
	ck_assert_ptr_eq(page, &fake[how].page);
	fake[how].mapped--;
}

static int fake_bind(uint32_t domid, uint32_t remote_port)
{
	if (remote_port == FAKE_BAD)
		return -EINVAL;

	fake[domid].bound++;
	return PORT_FIRST + domid;
}

static void fake_unbind(uint32_t port)
{
	fake[port - PORT_FIRST].bound--;
}

static void fake_notify(uint32_t port)
{
	fake[port - PORT_FIRST].notified++;
}

static int fake_life(uint32_t domid, struct domain_life *life)
{
	if (domid >= FAKE_DOMAINS || !fake[domid].exists)
		return -ESRCH;

	life->shutdown = fake[domid].shutdown;
	life->dying = fake[domid].dying;
	return 0;
}

const struct floor fake_floor = {
	fake_map, fake_unmap, fake_bind, fake_unbind, fake_notify, fake_life,
};

void fake_reset(void)
{
	memset(fake, 0, FAKE_DOMAINS * sizeof(*fake));
	for (int i = 0; i < FAKE_DOMAINS; i++)
		fake[i].exists = true;
}

void fake_is_let_go(void)
{
	for (int i = 0; i < FAKE_DOMAINS; i++) {
		ck_assert_int_eq(fake[i].mapped, 0);
		ck_assert_int_eq(fake[i].bound, 0);
	}
}

/* ---- guests */

void guest_send(uint32_t domid, uint32_t type, const char *payload, size_t len)
{
	struct xenstore_domain_interface *page = &fake[domid].page;
	struct xsd_sockmsg hdr = { type, 3, 0, len };
	char message[1024];

	memcpy(message, &hdr, sizeof(hdr));
	memcpy(message + sizeof(hdr), payload, len);

	for (size_t i = 0; i < sizeof(hdr) + len; i++)
		page->req[MASK_XENSTORE_IDX(page->req_prod++)] = message[i];
}

const char *guest_take(uint32_t domid, uint32_t *type)
{
	struct xenstore_domain_interface *page = &fake[domid].page;
	static char message[2048];
	size_t len = 0, want = sizeof(struct xsd_sockmsg);

	while (len < want && page->rsp_cons != page->rsp_prod) {
		message[len++] = page->rsp[MASK_XENSTORE_IDX(page->rsp_cons++)];
		if (len == sizeof(struct xsd_sockmsg))
			want += ((struct xsd_sockmsg *)message)->len;
	}

	if (len < want)
		return NULL;

	message[len] = '\0';
	*type = ((struct xsd_sockmsg *)message)->type;
	return message + sizeof(struct xsd_sockmsg);
}

/* SPDX-License-Identifier: MIT */
/*
 * What all front ends have in common: a folder of the store in which the two ends of a device tell
 * each other their state, and by the way where their rings are. Each end writes in its own folder
 * and reads in the other's.
 */
#include <pvabi/kit/kit.h>

#define WAIT_NS 10000000000ul
#define TURN_NS 10000000ul

static int read_number(const char *folder, const char *node, u64 *number)
{
	char path[DEVICE_PATH], text[24];

	text_join(path, sizeof(path), folder, node);
	if (store_read(path, text, sizeof(text)) <= 0)
		return -1;

	*number = number_parse(text);
	return 0;
}

int device_find(struct device *d, const char *kind, u32 number)
{
	char path[DEVICE_PATH], text[24];
	u64 backend;

	number_text(text, number);
	text_join(path, sizeof(path), "device", kind);
	text_join(d->home, sizeof(d->home), path, text);
	text_join(path, sizeof(path), d->home, "backend");
	if (store_read(path, d->backend, sizeof(d->backend)) <= 0)
		return -1;
	if (read_number(d->home, "backend-id", &backend))
		return -1;

	d->of = (domid_t)backend;
	return device_await(d, XenbusStateInitWait);
}

u64 device_number(const struct device *d, const char *node)
{
	u64 number = 0;

	read_number(d->backend, node, &number);
	return number;
}

int device_tell_text(const struct device *d, const char *node, const char *text)
{
	char path[DEVICE_PATH];

	text_join(path, sizeof(path), d->home, node);
	return store_write(path, text);
}

int device_tell(const struct device *d, const char *node, u64 number)
{
	char text[24];

	number_text(text, number);
	return device_tell_text(d, node, text);
}

/* The other end may be further than that already. */
int device_await(const struct device *d, enum xenbus_state state)
{
	u64 end = time_ns() + WAIT_NS, now;

	do {
		now = device_number(d, "state");
		if (now >= state && now <= XenbusStateConnected)
			return 0;
		time_sleep(TURN_NS);
	} while (time_ns() < end);
	return -1;
}

void *device_ring(const struct device *d, const char *node)
{
	void *page = page_alloc();
	int ref = grant_access(d->of, va_to_mfn(page), false);

	return ref < 0 || device_tell(d, node, (u64)ref) ? NULL : page;
}

int device_port(const struct device *d)
{
	int port = event_alloc_unbound(d->of);

	return port < 0 || device_tell(d, "event-channel", (u64)port) ? -1 : port;
}

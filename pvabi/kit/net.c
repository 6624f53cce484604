/* SPDX-License-Identifier: MIT */
/*
 * The front end of a network interface: one ring to send, one to receive (pvabi/io/netif.h). Pages
 * are granted once for all. The slot of a request is known by its id, which is the page's number.
 * No offers are made: a packet is one page, its checksums are right.
 */
#include <pvabi/io/netif.h>
#include <pvabi/kit/kit.h>

#define SEND_TURN 100
#define SEND_NS   10000000ul

#define TX_SLOTS ring_slots(PAGE_SIZE, sizeof(union netif_tx_sring_entry))
#define RX_SLOTS ring_slots(PAGE_SIZE, sizeof(union netif_rx_sring_entry))

static u8 digit(char c)
{
	return (u8)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

/* The toolstack says it as text: aa:bb:cc:dd:ee:ff. */
static int mac_read(struct net *n)
{
	char path[DEVICE_PATH], text[24];

	text_join(path, sizeof(path), n->device.home, "mac");
	if (store_read(path, text, sizeof(text)) != 17)
		return -1;

	for (u32 i = 0; i < sizeof(n->mac); i++)
		n->mac[i] = (u8)(digit(text[3 * i]) << 4 | digit(text[3 * i + 1]));
	return 0;
}

static void page_post(struct net *n, u32 page)
{
	struct netif_rx_request *r = &n->rx->ring[n->rx->req_prod % RX_SLOTS].req;

	r->id = (u16)page;
	r->gref = (grant_ref_t)n->rx_refs[page];
	__atomic_store_n(&n->rx->req_prod, n->rx->req_prod + 1, __ATOMIC_RELEASE);
}

static void pages_grant(struct net *n)
{
	n->tx_pages = pages_alloc(NET_PAGES);
	n->rx_pages = pages_alloc(NET_PAGES);
	for (u32 i = 0; i < NET_PAGES; i++) {
		n->tx_refs[i] = grant_access(n->device.of, va_to_mfn(n->tx_pages + i * PAGE_SIZE),
					     true);
		n->rx_refs[i] = grant_access(n->device.of, va_to_mfn(n->rx_pages + i * PAGE_SIZE),
					     false);
		page_post(n, i);
	}
}

int net_open(struct net *n, u32 number)
{
	if (device_find(&n->device, "vif", number) || mac_read(n))
		return -1;

	n->tx = device_ring(&n->device, "tx-ring-ref");
	n->rx = device_ring(&n->device, "rx-ring-ref");
	n->port = device_port(&n->device);
	if (!n->tx || !n->rx || n->port < 0)
		return -1;

	n->tx->req_event = n->tx->rsp_event = n->rx->req_event = n->rx->rsp_event = 1;
	pages_grant(n);
	device_tell(&n->device, "request-rx-copy", 1);
	device_tell(&n->device, "feature-rx-notify", 1);
	device_tell(&n->device, "feature-no-csum-offload", 1);
	device_tell(&n->device, "state", XenbusStateConnected);
	if (device_await(&n->device, XenbusStateConnected))
		return -1;

	return event_send((u32)n->port);
}

/* Answers may come in any order: each says which page is free again. */
static void answers_take(struct net *n)
{
	u32 end = __atomic_load_n(&n->tx->rsp_prod, __ATOMIC_ACQUIRE);

	for (; n->answered != end; n->answered++)
		n->busy &= ~(1u << n->tx->ring[n->answered % TX_SLOTS].rsp.id % NET_PAGES);
	n->tx->rsp_event = n->answered + 1;
}

/* The number of a page to send in, now in use; -1: the back end does not take any. */
static int tx_page(struct net *n)
{
	int page;

	answers_take(n);
	for (u32 turn = 0; n->busy == ~0u && turn < SEND_TURN; turn++) {
		time_sleep(SEND_NS);
		answers_take(n);
	}
	if (n->busy == ~0u)
		return -1;

	page = __builtin_ctz(~n->busy);
	n->busy |= 1u << page;
	return page;
}

int net_send(struct net *n, const void *packet, u32 length)
{
	struct netif_tx_request *r = &n->tx->ring[n->sent % TX_SLOTS].req;
	int page = length > PAGE_SIZE ? -1 : tx_page(n);

	if (page < 0)
		return -1;

	memcpy(n->tx_pages + page * PAGE_SIZE, packet, length);
	*r = (struct netif_tx_request){ .gref = (grant_ref_t)n->tx_refs[page],
					.id = (u16)page,
					.size = (u16)length };
	n->sent++;
	__atomic_store_n(&n->tx->req_prod, n->sent, __ATOMIC_RELEASE);
	return event_send((u32)n->port);
}

/* The answer says which page it is about: foreign, so looked at before it is used. */
static int packet_take(struct net *n, void *packet, u32 size)
{
	struct netif_rx_response r = n->rx->ring[n->received % RX_SLOTS].rsp;
	int length = 0;

	n->received++;
	if (r.id >= NET_PAGES)
		return 0;

	if (r.status > 0 && (u32)r.status <= size && r.offset + (u32)r.status <= PAGE_SIZE) {
		memcpy(packet, n->rx_pages + r.id * PAGE_SIZE + r.offset, (u32)r.status);
		length = r.status;
	}
	page_post(n, r.id);
	event_send((u32)n->port);
	return length;
}

int net_receive(struct net *n, void *packet, u32 size, u64 ns)
{
	u64 end = time_ns() + ns;

	for (;;) {
		n->rx->rsp_event = n->received + 1;
		if (__atomic_load_n(&n->rx->rsp_prod, __ATOMIC_SEQ_CST) != n->received)
			return packet_take(n, packet, size);
		if (time_ns() >= end)
			return 0;
		event_wait((u32)n->port, end - time_ns());
	}
}

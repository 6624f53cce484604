/* SPDX-License-Identifier: MIT */
/*
 * A network front end at work: answers who asks for its address (ARP), echoes (ICMP), and serves
 * one page of the web (TCP, port 80). It remembers nothing: what an answer needs stands in the
 * packet that it answers, and the number that a connection begins with is made of the peer's, so
 * that only who has got it goes on. A page fits one segment. Ends when it is told to shut down.
 *
 * The words ip=ADDRESS and seconds=S on the command line: else 10.0.2.15, and for ever.
 */
#include <pvabi/kit/kit.h>

#define PACKED   __attribute__((packed))
#define SWAP(n)  __builtin_bswap16(n)
#define SWAP4(n) __builtin_bswap32(n)

struct PACKED ether {
	u8 to[6], from[6];
	u16 type;
};
struct PACKED arp {
	u16 hardware, protocol;
	u8 hardware_size, protocol_size;
	u16 what;
	u8 from_mac[6];
	u32 from;
	u8 to_mac[6];
	u32 to;
};
struct PACKED ip {
	u8 version_size, service;
	u16 length, id, fragment;
	u8 hops, protocol;
	u16 sum;
	u32 from, to;
};
struct PACKED icmp {
	u8 type, code;
	u16 sum;
};
struct PACKED tcp {
	u16 from, to;
	u32 number, acknowledged;
	u8 size, flags;
	u16 window, sum, urgent;
};

#define TYPE_IP       0x0800
#define TYPE_ARP      0x0806
#define ARP_REQUEST   1
#define ARP_REPLY     2
#define IP_PLAIN      0x45   /* version 4, no options */
#define FRAGMENT      0x3fff /* more fragments, or not the first: none is answered */
#define HOPS          64
#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP  6
#define ECHO_REPLY    0
#define ECHO_REQUEST  8
#define HTTP          80
#define FIN           0x01
#define SYN           0x02
#define RST           0x04
#define PSH           0x08
#define ACK           0x10
#define WINDOW        1460
#define TURN_NS       500000000ul
#define SECOND        1000000000ul

static const char page[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
			   "Connection: close\r\n\r\nhello from a kernel of my own\n";

static struct net net;
static u8 packet[2048];
static struct ether *const ether = (struct ether *)packet;
static struct arp *const arp = (struct arp *)(packet + sizeof(struct ether));
static struct ip *const ip = (struct ip *)(packet + sizeof(struct ether));
static u32 address, secret, answered;

#define HEADS (sizeof(struct ether) + sizeof(struct ip))

/* The Internet's sum of 16-bit words (RFC 1071), on top of another. */
static u32 sum_add(u32 sum, const void *data, u32 length)
{
	const u8 *p = data;

	for (; length > 1; length -= 2, p += 2)
		sum += (u32)p[0] << 8 | p[1];
	return length ? sum + ((u32)p[0] << 8) : sum;
}

static u16 sum_end(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return SWAP((u16)~sum);
}

static u32 address_parse(const char *s)
{
	u32 a = 0;

	for (u32 i = 0; i < 4; i++) {
		a = a << 8 | (u8)number_parse(s);
		while (*s && *s++ != '.')
			;
	}
	return SWAP4(a);
}

static void ether_answer(u32 length)
{
	memcpy(ether->to, ether->from, sizeof(ether->to));
	memcpy(ether->from, net.mac, sizeof(ether->from));
	if (!net_send(&net, packet, length))
		answered++;
}

static void arp_asked(u32 length)
{
	if (length < sizeof(*ether) + sizeof(*arp) || arp->what != SWAP(ARP_REQUEST))
		return;
	if (arp->to != address)
		return;

	arp->what = SWAP(ARP_REPLY);
	memcpy(arp->to_mac, arp->from_mac, sizeof(arp->to_mac));
	memcpy(arp->from_mac, net.mac, sizeof(arp->from_mac));
	arp->to = arp->from;
	arp->from = address;
	ether_answer(sizeof(*ether) + sizeof(*arp));
}

/* length: of what stands behind the IP header. */
static void ip_answer(u32 length)
{
	ip->length = SWAP((u16)(sizeof(*ip) + length));
	ip->id = ip->fragment = ip->sum = 0;
	ip->hops = HOPS;
	ip->to = ip->from;
	ip->from = address;
	ip->sum = sum_end(sum_add(0, ip, sizeof(*ip)));
	ether_answer(HEADS + length);
}

static void icmp_asked(u32 length)
{
	struct icmp *m = (struct icmp *)(packet + HEADS);

	if (length < sizeof(*m) || m->type != ECHO_REQUEST)
		return;

	m->type = ECHO_REPLY;
	m->sum = 0;
	m->sum = sum_end(sum_add(0, m, length));
	ip_answer(length);
}

/* What a connection's numbers begin with on this side. */
static u32 first_number(const struct tcp *t)
{
	u32 n = (ip->from ^ secret) * 2654435761u;

	return (n ^ t->from) * 2654435761u;
}

static void tcp_answer(struct tcp *t, u32 number, u32 acknowledged, u8 flags, const char *text)
{
	u32 length = sizeof(*t) + (u32)strlen(text);
	u16 from = t->from;

	t->from = t->to;
	t->to = from;
	t->number = SWAP4(number);
	t->acknowledged = SWAP4(acknowledged);
	t->size = sizeof(*t) / 4 << 4;
	t->flags = flags;
	t->window = SWAP(WINDOW);
	t->sum = t->urgent = 0;
	memcpy(t + 1, text, strlen(text));
	t->sum = sum_end(sum_add(sum_add(PROTOCOL_TCP + length, &ip->from, 8), t, length));
	ip_answer(length);
}

/* A connection begins; brings a request, which is answered with the page and the end; is ended. */
static void tcp_asked(u32 length)
{
	struct tcp *t = (struct tcp *)(packet + HEADS);
	u32 head = (u32)(t->size >> 4) * 4, text, next, first = first_number(t);

	if (length < sizeof(*t) || head < sizeof(*t) || head > length || t->to != SWAP(HTTP))
		return;
	if (t->flags & RST)
		return;

	text = length - head;
	next = SWAP4(t->number) + text + !!(t->flags & (SYN | FIN));
	if (t->flags & SYN)
		tcp_answer(t, first, next, SYN | ACK, "");
	else if (text && SWAP4(t->acknowledged) == first + 1)
		tcp_answer(t, first + 1, next, ACK | PSH | FIN, page);
	else if (t->flags & FIN)
		tcp_answer(t, SWAP4(t->acknowledged), next, ACK, "");
}

static void ip_asked(u32 length)
{
	u32 inside;

	if (length < HEADS || ip->version_size != IP_PLAIN || ip->fragment & SWAP(FRAGMENT))
		return;
	if (ip->to != address || SWAP(ip->length) < sizeof(*ip))
		return;
	if (SWAP(ip->length) > length - sizeof(*ether))
		return;

	inside = SWAP(ip->length) - (u32)sizeof(*ip);
	if (ip->protocol == PROTOCOL_ICMP)
		icmp_asked(inside);
	else if (ip->protocol == PROTOCOL_TCP)
		tcp_asked(inside);
}

static void serve(u64 seconds)
{
	u64 end = time_ns() + seconds * SECOND;
	int length, asked;

	while (!seconds || time_ns() < end) {
		asked = control_asked();
		if (asked != CONTROL_NOTHING)
			kernel_exit((u32)asked);

		length = net_receive(&net, packet, sizeof(packet), TURN_NS);
		if (length < (int)sizeof(*ether))
			continue;
		if (ether->type == SWAP(TYPE_ARP))
			arp_asked((u32)length);
		else if (ether->type == SWAP(TYPE_IP))
			ip_asked((u32)length);
	}
	print("web: %u packets answered\n", answered);
}

void kernel_main(void)
{
	char ip_word[16] = "10.0.2.15", seconds[8] = "0";

	cmdline_word("ip", ip_word, sizeof(ip_word));
	cmdline_word("seconds", seconds, sizeof(seconds));
	address = address_parse(ip_word);
	secret = (u32)time_ns();
	if (net_open(&net, 0) || control_start()) {
		print("web: there is no network\n");
		return;
	}

	print("web: serves %s\n", ip_word);
	serve(number_parse(seconds));
}

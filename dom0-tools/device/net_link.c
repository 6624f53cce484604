/* SPDX-License-Identifier: MIT */
/*
 * Network links by netlink: one request, one answer, no state kept. There is but one kind of
 * request, so it goes without a library.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "net_link.h"

bool net_link_exists(const char *name)
{
	return if_nametoindex(name) != 0;
}

int net_bridge_check(const char *name, struct hospes_error *err)
{
	char path[64];
	struct stat st;

	if (!net_link_exists(name))
		return error_set(
			err, -ENODEV,
			"the bridge %s does not exist (ip link add %s type bridge makes one)", name,
			name);
	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	if (stat(path, &st))
		return error_set(err, -EINVAL, "the network device %s is not a bridge", name);
	return 0;
}

/* What makes a link a named port. The attributes follow the head, as rtnetlink wants them. */
struct link_request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	char attributes[64];
};

static void attribute_add(struct link_request *r, unsigned short type, const void *data,
			  size_t length)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(length);
	memcpy(RTA_DATA(a), data, length);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

/* Sends @request and waits for the kernel's verdict: 0 or -errno. */
static int transact(int fd, const struct nlmsghdr *request)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr verdict;
		char copy[sizeof(struct link_request)]; /* of the request, with its verdict */
	} answer;
	ssize_t n;

	if (send(fd, request, request->nlmsg_len, 0) < 0)
		return -errno;
	n = recv(fd, &answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < offsetof(typeof(answer), copy) || answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return answer.verdict.error;
}

static int send_request(const struct nlmsghdr *request)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int ret;

	if (fd < 0)
		return -errno;
	ret = transact(fd, request);
	close(fd);
	return ret;
}

int net_link_join(const char *name, const char *rename, const char *bridge,
		  struct hospes_error *err)
{
	unsigned int index = if_nametoindex(bridge);
	struct link_request r = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.info)),
			  .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.info = { .ifi_family = AF_UNSPEC,
			  .ifi_index = (int)if_nametoindex(name),
			  .ifi_flags = IFF_UP,
			  .ifi_change = IFF_UP },
	};
	int ret;

	if (!r.info.ifi_index)
		return error_set(err, -ENODEV, "the network device %s does not exist", name);
	if (rename && strlen(rename) >= IFNAMSIZ)
		return error_set(err, -EINVAL, "%s is too long for the name of a network device",
				 rename);
	if (rename && *rename)
		attribute_add(&r, IFLA_IFNAME, rename, strlen(rename) + 1);
	attribute_add(&r, IFLA_MASTER, &index, sizeof(index));
	ret = send_request(&r.head);
	if (ret)
		error_set(err, ret, "cannot put %s into the bridge %s: %s", name, bridge,
			  strerror(-ret));
	return ret;
}

/* SPDX-License-Identifier: MIT */
/* Network links by netlink, through libmnl: one request, one answer, no state kept. */
#include "net_link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <dom0-tools/base/file.h>

/* Room for a request with its few attributes, and for the answer, which quotes the request. */
#define MESSAGE_MAX 8192
/* The kernel answers at once; its answer may be lost where memory is short. */
#define ANSWER_SECONDS 5

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
	if (stat(path, &st) < 0)
		return error_set(err, -EINVAL, "the network device %s is not a bridge", name);

	return 0;
}

/* A number as sysfs has it, with 0x in front of hexadecimal ones; 0 where there is none. */
static unsigned int link_number(const char *name, const char *what)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, what);
	if (file_read_text(path, text, sizeof(text)) <= 0)
		return 0;

	return (unsigned int)strtoul(text, NULL, 0);
}

unsigned int net_link_mtu(const char *name)
{
	return link_number(name, "mtu");
}

bool net_link_is_up(const char *name)
{
	return (link_number(name, "flags") & IFF_UP) != 0;
}

/*
 * What makes the link @index such a port. The kernel sets the MTU before the link is in the bridge,
 * so that a bridge, which takes the least of its ports', is not pulled down for a moment.
 */
static struct nlmsghdr *request_make(char buffer[MESSAGE_MAX], unsigned int index,
				     const struct net_port *port)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(buffer);
	bool alone = port->bridge[0] == '\0';
	unsigned int mtu = port->mtu;
	struct ifinfomsg *info;

	head->nlmsg_type = RTM_NEWLINK;
	head->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head->nlmsg_seq = (uint32_t)time(NULL);

	info = mnl_nlmsg_put_extra_header(head, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	info->ifi_index = (int)index;
	info->ifi_flags = port->down ? 0 : IFF_UP;
	info->ifi_change = IFF_UP;

	if (mtu == 0 && !alone)
		mtu = net_link_mtu(port->bridge);
	if (mtu != 0)
		mnl_attr_put_u32(head, IFLA_MTU, mtu);
	if (port->rename[0] != '\0')
		mnl_attr_put_strz(head, IFLA_IFNAME, port->rename);
	if (!alone)
		mnl_attr_put_u32(head, IFLA_MASTER, if_nametoindex(port->bridge));
	return head;
}

/* Sends @request and waits for the kernel's verdict: 0 or -errno. */
static int transact(struct mnl_socket *s, const struct nlmsghdr *request)
{
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	char answer[MESSAGE_MAX];
	ssize_t n;

	if (setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
		return -errno;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	if (mnl_socket_sendto(s, request, request->nlmsg_len) < 0)
		return -errno;

	n = mnl_socket_recvfrom(s, answer, sizeof(answer));
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;

	/* It sees that the answer is one to this request, and puts the verdict into errno. */
	if (mnl_cb_run(answer, (size_t)n, request->nlmsg_seq, mnl_socket_get_portid(s), NULL,
		       NULL) < 0)
		return -errno;
	return 0;
}

static int request_send(const struct nlmsghdr *request)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int rc;

	if (s == NULL)
		return -errno;

	rc = transact(s, request);
	mnl_socket_close(s);
	return rc;
}

int net_link_join(const char *name, const struct net_port *port, struct hospes_error *err)
{
	unsigned int index = if_nametoindex(name);
	char buffer[MESSAGE_MAX];
	int rc;

	if (index == 0)
		return error_set(err, -ENODEV, "the network device %s does not exist", name);
	if (strlen(port->rename) >= IFNAMSIZ)
		return error_set(err, -EINVAL, "%s is too long for the name of a network device",
				 port->rename);

	rc = request_send(request_make(buffer, index, port));
	if (rc == 0)
		return 0;
	if (port->bridge[0] == '\0')
		return error_set(err, rc, "cannot bring up %s: %s", name, strerror(-rc));

	return error_set(err, rc, "cannot put %s into the bridge %s: %s", name, port->bridge,
			 strerror(-rc));
}

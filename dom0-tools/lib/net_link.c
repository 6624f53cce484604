/* SPDX-License-Identifier: MIT */
/* Network links by netlink (libmnl): one request, one answer, no state kept. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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

/* Sends @request and waits for the kernel's verdict. */
static int transact(struct mnl_socket *socket, struct nlmsghdr *request)
{
	char buffer[4096];
	unsigned int port = mnl_socket_get_portid(socket);
	ssize_t n;

	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	if (n < 0 || mnl_cb_run(buffer, (size_t)n, request->nlmsg_seq, port, NULL, NULL) < 0)
		return -errno;
	return 0;
}

static int send_request(struct nlmsghdr *request)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int ret;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		ret = -errno;
	else
		ret = transact(socket, request);
	mnl_socket_close(socket);
	return ret;
}

int net_link_join(const char *name, const char *rename, const char *bridge,
		  struct hospes_error *err)
{
	char buffer[512] = "";
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;
	int ret;

	request->nlmsg_type = RTM_NEWLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	request->nlmsg_seq = (uint32_t)time(NULL);
	info = mnl_nlmsg_put_extra_header(request, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	info->ifi_index = (int)if_nametoindex(name);
	info->ifi_flags = IFF_UP;
	info->ifi_change = IFF_UP;
	if (!info->ifi_index)
		return error_set(err, -ENODEV, "the network device %s does not exist", name);
	if (rename && *rename)
		mnl_attr_put_strz(request, IFLA_IFNAME, rename);
	mnl_attr_put_u32(request, IFLA_MASTER, if_nametoindex(bridge));
	ret = send_request(request);
	if (ret)
		error_set(err, ret, "cannot put %s into the bridge %s: %s", name, bridge,
			  strerror(-ret));
	return ret;
}

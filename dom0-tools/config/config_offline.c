/* SPDX-License-Identifier: MIT */
/*
 * libxml2 can read documents from the network. The tools never let it; and where they are linked
 * without shared libraries, the search for addresses would want some when they run. So there is
 * none.
 */
#include <netdb.h>
#include <stddef.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **list)
{
	(void)name, (void)service, (void)hints;
	*list = NULL;
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

struct hostent *gethostbyname(const char *name)
{
	(void)name;
	return NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * What the toolstack asks of a kernel: a word in the node control/shutdown. Who has read it writes
 * it empty, and so says that he knows; then he does it, in his own time. That the node exists in
 * control/feature-... says beforehand what he will do.
 */
#include <pvabi/kit/kit.h>

#define NODE "control/shutdown"

static const struct {
	const char *word;
	int reason;
} words[] = {
	{ "poweroff", SHUTDOWN_poweroff },
	{ "halt", SHUTDOWN_poweroff },
	{ "reboot", SHUTDOWN_reboot },
	{ "suspend", SHUTDOWN_suspend },
};

int control_start(void)
{
	int rc = store_write("control/feature-poweroff", "1");

	if (!rc)
		rc = store_write("control/feature-reboot", "1");
	return rc ? rc : store_watch(NODE);
}

int control_asked(void)
{
	char word[16];

	if (!store_changed() || store_read(NODE, word, sizeof(word)) <= 0)
		return CONTROL_NOTHING;

	for (u32 i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i].word))
			continue;
		store_write(NODE, "");
		return words[i].reason;
	}
	return CONTROL_NOTHING;
}

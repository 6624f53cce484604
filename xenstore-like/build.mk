# SPDX-License-Identifier: MIT
# The store: its daemon, its client library, its command-line clients, and their tests.

store_srcs = $(wildcard $(1:%=xenstore-like/%/*.c))
STORE_DAEMON_SRCS := $(call store_srcs,tree txn wire daemon)
STORE_CORE_SRCS := $(filter-out %/main.c %/options.c %/loop.c %/xen.c,$(STORE_DAEMON_SRCS))
STORE_CLIENT_SRCS := $(call store_srcs,client) xenstore-like/wire/wire.c
STORE_TOOL_SRCS := $(call store_srcs,commands)

# For the toolstack too; its header is xenstore-like/client/client.h.
STORE_CLIENT_LIB := $(B)/libhospes-store.a
$(STORE_CLIENT_LIB): $(STORE_CLIENT_SRCS:%.c=$(B)/tool/%.o)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcsD $@ $^

TOOL_BINS += $(B)/hospes-stored $(B)/xenstore
TOOL_LINKS += $(addsuffix :xenstore,$(addprefix xenstore-,ls read write list rm chmod watch exists \
	control))

$(B)/hospes-stored: $(STORE_DAEMON_SRCS:%.c=$(B)/tool/%.o) $(B)/libhospes-access.a
	$(call say,LD,$@)
	$(Q)$(CC) $(TOOL_CFLAGS) -o $@ $^

$(B)/xenstore: $(STORE_TOOL_SRCS:%.c=$(B)/tool/%.o) $(STORE_CLIENT_LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(TOOL_CFLAGS) -o $@ $^

# Tests, all under the sanitizers: of the parts, through peers in memory; and of a whole daemon,
# which is under the sanitizers too, by the client library.
STORE_TESTS := $(addprefix $(B)/tests/store-,tree txn quota wire watch domain state hostile \
	hostile_txn kill disk)
STORE_DAEMON_TESTS := $(addprefix $(B)/tests/store-,daemon batch descriptors)
STORE_FAKES := $(addprefix tests/host/store/,peer.c world.c fake_floor.c)
HOST_TESTS += $(STORE_TESTS) $(STORE_DAEMON_TESTS)
CHECK_SCRIPTS += tests/host/store/clients.sh tests/abi/store/compare

$(STORE_TESTS): $(B)/tests/store-%: $(B)/san/tests/host/store/%_test.o \
		$(STORE_FAKES:%.c=$(B)/san/%.o) $(STORE_CORE_SRCS:%.c=$(B)/san/%.o)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) $(STORE_WRAPS) -o $@ $^ $(CHECK_LIBS)

# The daemon that is killed dies in the middle of these.
$(B)/tests/store-kill: STORE_WRAPS = $(patsubst %,-Wl$(comma)--wrap=%,write rename xsring_write \
	xsring_consume)

# Files that cannot be written.
$(B)/tests/store-disk: STORE_WRAPS = $(patsubst %,-Wl$(comma)--wrap=%,write pwrite rename open)

$(STORE_DAEMON_TESTS): $(B)/tests/store-%: $(B)/san/tests/host/store/%_test.o \
		$(B)/san/tests/host/store/daemon_run.o $(STORE_CLIENT_SRCS:%.c=$(B)/san/%.o) \
		| $(B)/tests/hospes-stored
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^ $(CHECK_LIBS)

$(B)/tests/hospes-stored: $(STORE_DAEMON_SRCS:%.c=$(B)/san/%.o) \
		$(B)/libhospes-access.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^

MAN_PAGES += $(wildcard xenstore-like/man/*.[1-9])

# What the dearest requests cost; for docs/store.md.
$(B)/tests/bench-store: $(B)/tool/tests/bench/store_table.o $(STORE_FAKES:%.c=$(B)/tool/%.o) \
		$(STORE_CORE_SRCS:%.c=$(B)/tool/%.o)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(TOOL_CFLAGS) -o $@ $^ $(CHECK_LIBS)

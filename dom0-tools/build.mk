# SPDX-License-Identifier: MIT
# The tools of the control domain: a room is a folder, each room's objects go into one library, and
# the programs hospes and hospesd take from it what they call.

# ---- rooms, lowest first; TOOL_SRCS(room) are its sources

TOOL_ROOMS := base access stream config builder device console domain
tool_srcs = $(wildcard $(1:%=dom0-tools/%/*.c))

# Also linked by the store, which is above the access layer and below all others.
TOOL_ACCESS_LIB := $(B)/libhospes-access.a
$(TOOL_ACCESS_LIB): $(patsubst %.c,$(B)/tool/%.o,$(call tool_srcs,base access))
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcsD $@ $^

TOOL_LIB := $(B)/libhospes.a
TOOL_LIB_SRCS := $(call tool_srcs,stream config builder device console domain) $(LOAD_SRCS)
$(TOOL_LIB): $(patsubst %.c,$(B)/tool/%.o,$(TOOL_LIB_SRCS))
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcsD $@ $^

XML_CFLAGS := $(shell pkg-config --cflags libxml-2.0 2>/dev/null || echo -I/usr/include/libxml2)
CONFIG_OBJS := $(foreach o,tool san,$(patsubst %.c,$(B)/$o/%.o,$(call tool_srcs,config)))
$(CONFIG_OBJS): TOOL_CFLAGS += $(XML_CFLAGS)
$(foreach o,tool san,$(B)/$(o)/dom0-tools/config/config_form.o): dom0-tools/config/domain.rng
TOOL_DATA += dom0-tools/config/domain.rng

# Debian's shared libraries, by the room that calls them.
XML_LIBS := -lxml2
STREAM_LIBS := -lz
BUILDER_LIBS := -lsodium -llzma -lzstd -lz -llz4
DEVICE_LIBS := -lmnl
TOOL_LIB_LIBS := $(XML_LIBS) $(BUILDER_LIBS) $(DEVICE_LIBS)

# ---- programs

TOOL_BINS += $(B)/hospes $(B)/hospesd
TOOL_LIBS := $(TOOL_LIB) $(STORE_CLIENT_LIB) $(TOOL_ACCESS_LIB)
$(B)/hospes: $(patsubst %.c,$(B)/tool/%.o,$(call tool_srcs,hospes)) $(TOOL_LIBS)
	$(call say,LD,$@)
	$(Q)$(CC) $(TOOL_CFLAGS) -o $@ $^ $(TOOL_LIB_LIBS) -ljson-c -lncurses -ltinfo

$(B)/hospesd: $(patsubst %.c,$(B)/tool/%.o,$(call tool_srcs,hospesd)) $(TOOL_LIBS)
	$(call say,LD,$@)
	$(Q)$(CC) $(TOOL_CFLAGS) -o $@ $^ $(TOOL_LIB_LIBS)

MAN_PAGES += $(wildcard dom0-tools/man/*.[1-9])

# ---- what is made from the table of verbs: the manual page, and completion for shells

PAGES := $(B)/hospes-pages
PAGES_SRCS := $(call tool_srcs,pages) $(filter-out %/main.c,$(call tool_srcs,hospes))
$(PAGES): $(patsubst %.c,$(B)/tool/%.o,$(PAGES_SRCS)) $(TOOL_LIBS)
	$(call say,LD,$@)
	$(Q)$(CC) $(TOOL_CFLAGS) -o $@ $^ $(TOOL_LIB_LIBS) -ljson-c -lncurses -ltinfo

define page
$(1): $(2) $(PAGES)
	@mkdir -p $$(@D)
	$$(call say,PAGE,$$@)
	$$(Q)$(PAGES) <$$< >$$@
endef

HOSPES_MAN := $(B)/man/hospes.1
HOSPES_BASH := $(B)/completion/bash/hospes
HOSPES_ZSH := $(B)/completion/zsh/_hospes
$(eval $(call page,$(HOSPES_MAN),dom0-tools/man/hospes.1.in))
$(eval $(call page,$(HOSPES_BASH),dom0-tools/completion/hospes.bash))
$(eval $(call page,$(HOSPES_ZSH),dom0-tools/completion/_hospes))
MAN_PAGES += $(HOSPES_MAN)
BASH_COMPLETIONS += $(HOSPES_BASH)
ZSH_COMPLETIONS += $(HOSPES_ZSH)
tools: $(HOSPES_MAN) $(HOSPES_BASH) $(HOSPES_ZSH)
CHECK_SCRIPTS += $(addprefix tests/host/hospes/,completion completion_zsh schemas)

# ---- tests on the build machine, under the sanitizers
#
#   $(eval $(call tool_test,ROOM/NAME,SOURCES,LIBS)): tests/host/ROOM/NAME_test.c with these sources

define tool_test
HOST_TESTS += $(B)/tests/tools/$(notdir $(1))
$(B)/tests/tools/$(notdir $(1)): $(B)/san/tests/host/$(1)_test.o $(2:%.c=$(B)/san/%.o)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$(CC) $(SAN_CFLAGS) -o $$@ $$(filter %.o,$$^) $(3) $(CHECK_LIBS)
endef

CONFIG_TEST_SRCS := $(call tool_srcs,base config) dom0-tools/access/cpu_map.c
BUILDER_TEST_SRCS := $(LOAD_SRCS) $(call tool_srcs,base) \
	$(filter-out %guest_build.c %guest_memory.c %guest_start.c,$(call tool_srcs,builder))

$(eval $(call tool_test,base/base,$(call tool_srcs,base)))
$(eval $(call tool_test,base/progress,$(addprefix dom0-tools/base/,progress.c printable.c)))
$(eval $(call tool_test,access/cpu_map,$(call tool_srcs,base) dom0-tools/access/cpu_map.c))
$(foreach t,config config_change config_device config_vcpu config_faults config_xl,\
	$(eval $(call tool_test,config/$t,$(CONFIG_TEST_SRCS),$(XML_LIBS))))

# Reads any files, for a script that has libvirt's.
$(B)/tests/tools/config_read: $(B)/san/tests/host/config/config_read.o \
	$(CONFIG_TEST_SRCS:%.c=$(B)/san/%.o)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(SAN_CFLAGS) -o $@ $^ $(XML_LIBS)

host-tests: $(B)/tests/tools/config_read
SLOW_SCRIPTS += tests/host/config/libvirt

$(eval $(call tool_test,stream/stream,$(call tool_srcs,base stream),$(STREAM_LIBS)))
$(foreach t,cache kernel_cache kernel_elf,\
	$(eval $(call tool_test,builder/$t,$(BUILDER_TEST_SRCS),$(BUILDER_LIBS))))
$(eval $(call tool_test,domain/building,\
	$(CONFIG_TEST_SRCS) dom0-tools/domain/building.c,$(XML_LIBS)))
$(eval $(call tool_test,domain/intent,\
	$(CONFIG_TEST_SRCS) dom0-tools/domain/intent.c,$(XML_LIBS)))
$(eval $(call tool_test,domain/memory_size,\
	$(call tool_srcs,base) dom0-tools/domain/memory_size.c))
$(foreach t,memory_share memory_guest,\
	$(eval $(call tool_test,domain/$t,dom0-tools/domain/$t.c)))
$(eval $(call tool_test,domain/frame_names,dom0-tools/domain/frame_names.c))
$(eval $(call tool_test,domain/save,tests/host/domain/save_world.c $(CONFIG_TEST_SRCS) \
	$(call tool_srcs,stream) \
	$(addprefix dom0-tools/domain/,frame_names.c guest_p2m.c guest_walk.c saved_memory.c \
	restored_memory.c save_stream.c restore_stream.c),$(XML_LIBS) $(STREAM_LIBS)))
$(eval $(call tool_test,domain/core_file,$(call tool_srcs,base) dom0-tools/domain/core_file.c))
$(eval $(call tool_test,domain/defined,\
	$(CONFIG_TEST_SRCS) $(addprefix dom0-tools/domain/,intent.c defined.c defined_file.c \
	autostart.c),$(XML_LIBS)))
$(eval $(call tool_test,domain/refusals,\
	$(CONFIG_TEST_SRCS) dom0-tools/console/console_connect.c \
	$(addprefix dom0-tools/domain/,intent.c refusals.c),$(XML_LIBS)))
$(eval $(call tool_test,domain/standstill,$(CONFIG_TEST_SRCS) \
	$(addprefix dom0-tools/domain/,standstill.c standstill_clean.c),$(XML_LIBS)))
$(eval $(call tool_test,domain/turn,\
	$(CONFIG_TEST_SRCS) $(addprefix dom0-tools/domain/,intent.c turn.c),$(XML_LIBS)))
$(eval $(call tool_test,hospesd/console,$(CONFIG_TEST_SRCS) dom0-tools/domain/decide.c \
	$(addprefix dom0-tools/hospesd/,ring.c throttle.c),$(XML_LIBS)))
$(eval $(call tool_test,hospesd/log,$(CONFIG_TEST_SRCS) dom0-tools/console/console_connect.c \
	dom0-tools/hospesd/log.c,$(XML_LIBS)))
$(eval $(call tool_test,console/client,$(CONFIG_TEST_SRCS) $(call tool_srcs,console),$(XML_LIBS)))
$(eval $(call tool_test,hospesd/changes,$(CONFIG_TEST_SRCS) $(addprefix dom0-tools/,\
	hospesd/changes.c hospesd/feed_line.c domain/shutdown_word.c),$(XML_LIBS) -ljson-c))
$(eval $(call tool_test,hospesd/feed,$(CONFIG_TEST_SRCS) $(addprefix dom0-tools/,\
	hospesd/feed.c hospesd/feed_line.c hospesd/events.c console/feed_connect.c),$(XML_LIBS)))
$(eval $(call tool_test,hospesd/note,$(CONFIG_TEST_SRCS) dom0-tools/console/console_connect.c \
	dom0-tools/hospesd/note.c,$(XML_LIBS)))
$(eval $(call tool_test,hospesd/waiting,dom0-tools/hospesd/waiting.c))
$(eval $(call tool_test,hospesd/ready,dom0-tools/hospesd/ready.c))
$(eval $(call tool_test,hospesd/dump,$(call tool_srcs,base) dom0-tools/hospesd/dump.c))
$(eval $(call tool_test,hospesd/restart,$(filter-out %/clock.c,$(CONFIG_TEST_SRCS)) \
	dom0-tools/domain/intent.c dom0-tools/hospesd/restart.c,$(XML_LIBS)))
$(eval $(call tool_test,hospesd/sharing,$(addprefix dom0-tools/hospesd/,sharing.c tightness.c) \
	$(addprefix dom0-tools/domain/memory_,share.c guest.c)))
$(eval $(call tool_test,hospes/top,$(addprefix dom0-tools/,hospes/top_screen.c hospes/top_table.c \
	base/clock.c domain/usage_rate.c),-lncurses -ltinfo))
$(eval $(call tool_test,hospes/doctor,dom0-tools/hospes/doctor.c))
$(eval $(call tool_test,domain/nodes,\
	$(CONFIG_TEST_SRCS) dom0-tools/domain/domain_nodes.c,$(XML_LIBS)))
$(eval $(call tool_test,hospes/args,$(call tool_srcs,base) \
	$(addprefix dom0-tools/hospes/,args.c exit.c help.c table.c)))
$(foreach t,dev plug,$(eval $(call tool_test,device/$t,tests/host/device/device_store.c \
	$(call tool_srcs,base device) $(STORE_CLIENT_SRCS),$(DEVICE_LIBS))))

# They start a store of their own.
$(B)/san/tests/host/device/device_store.o: TOOL_CFLAGS += -DSTORED='"$(B)/hospes-stored"'
$(B)/tests/tools/dev $(B)/tests/tools/plug: | $(B)/hospes-stored

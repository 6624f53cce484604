# SPDX-License-Identifier: MIT
# Configuration, devices and consoles of the tools' library, and hospesd. Read by build.mk.

CONFIG_SRCS := $(addprefix dom0-tools/lib/, config.c config_derive.c config_device.c config_save.c \
	config_schema.c config_text.c config_values.c config_vcpu.c)
CONFIG_LIBS := -lxml2

# The tools take libxml2's archive, with config_icu.c in place of libicu, whose names carry a version.
XML_ARCHIVE := $(wildcard /usr/lib/$(shell $(CC) -print-multiarch 2>/dev/null)/libxml2.a)
XML_ICU := $(if $(XML_ARCHIVE),$(shell nm -u $(XML_ARCHIVE) 2>/dev/null | \
	grep -oE '(ucnv|UCNV)_[A-Za-z_]+_[0-9]+' | sort -u))
XML_LIBS := $(if $(XML_ICU),-Xlinker -u -Xlinker config_icu_open $(XML_ARCHIVE) -lz -llzma -lm \
	$(foreach s,$(XML_ICU),-Wl,--defsym=$(s)=config_icu_$(if $(filter ucnv_open_%,$(s)),open,never)), \
	$(CONFIG_LIBS) -lz -llzma -lm)
DEVICE_SRCS := $(addprefix dom0-tools/lib/, dev_attach.c dev_detach.c dev_disk.c dev_nodes.c \
	dev_wait.c loop.c net_link.c)
CONSOLE_CLIENT_SRCS := $(addprefix dom0-tools/lib/, console_connect.c console_interact.c)
TOOL_LIB_SRCS += $(CONFIG_SRCS) $(addprefix dom0-tools/lib/,config_icu.c config_offline.c) \
	$(DEVICE_SRCS) $(CONSOLE_CLIENT_SRCS)
TOOL_LIB_LIBS += $(XML_LIBS)
TOOL_DATA += dom0-tools/lib/domain.rng

XML_CFLAGS := $(shell pkg-config --cflags libxml-2.0 2>/dev/null || echo -I/usr/include/libxml2)
$(foreach o,tool san,$(CONFIG_SRCS:%.c=$(B)/$(o)/%.o)): TOOL_CFLAGS += $(XML_CFLAGS)
$(foreach o,tool san,$(B)/$(o)/dom0-tools/lib/config_schema.o): dom0-tools/lib/domain.rng

HOSPESD_SRCS := $(addprefix dom0-tools/hospesd/, client.c decide.c domains.c ends.c events.c guest.c \
	log.c main.c note.c prefill.c pty.c ring.c warm.c worker.c)
TOOL_BINS += $(B)/hospesd
$(B)/hospesd: $(patsubst %.c,$(B)/tool/%.o, $(HOSPESD_SRCS) $(TOOL_LIB_SRCS)) $(STORE_CLIENT_LIB) \
		$(TOOL_ACCESS_LIB)
	$(CC) $(TOOL_CFLAGS) -o $@ $^ $(TOOL_LIB_LIBS)

CONFIG_TESTS := $(addprefix $(B)/tests/tools/,config config_vcpu)
HOST_TESTS += $(CONFIG_TESTS)
$(CONFIG_TESTS): $(B)/tests/tools/%: $(B)/san/tests/host/tools/%_test.o $(patsubst %.c,$(B)/san/%.o, \
		dom0-tools/access/error.c dom0-tools/access/cpu_map.c $(CONFIG_SRCS))
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -o $@ $^ $(CONFIG_LIBS) $(CHECK_LIBS)

HOST_TESTS += $(B)/tests/tools/cpu_map
$(B)/tests/tools/cpu_map: $(patsubst %.c,$(B)/san/%.o, tests/host/tools/cpu_map_test.c \
		dom0-tools/access/error.c dom0-tools/access/cpu_map.c)
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -o $@ $^ $(CHECK_LIBS)

HOST_TESTS += $(B)/tests/tools/console
$(B)/tests/tools/console: $(patsubst %.c,$(B)/san/%.o, tests/host/tools/console_test.c \
		dom0-tools/hospesd/ring.c dom0-tools/hospesd/log.c dom0-tools/hospesd/decide.c \
		dom0-tools/lib/console_connect.c dom0-tools/lib/config_save.c dom0-tools/access/error.c \
		dom0-tools/access/cpu_map.c \
		$(filter-out %config_save.c, $(CONFIG_SRCS)))
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -o $@ $^ $(CONFIG_LIBS) $(CHECK_LIBS)

HOST_TESTS += $(B)/tests/tools/dev
$(B)/san/tests/host/tools/dev_test.o: TOOL_CFLAGS += -DSTORED='"$(B)/hospes-stored"'
$(B)/tests/tools/dev: $(patsubst %.c,$(B)/san/%.o, tests/host/tools/dev_test.c \
		dom0-tools/access/error.c $(DEVICE_SRCS) $(STORE_CLIENT_SRCS)) | $(B)/hospes-stored
	@mkdir -p $(@D)
	$(CC) $(SAN_CFLAGS) -o $@ $^ $(CHECK_LIBS)

MAN_PAGES += dom0-tools/man/hospesd.8 dom0-tools/man/hospes-domain.5

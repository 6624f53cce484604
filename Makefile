# SPDX-License-Identifier: MIT
# The one build of Hospes. Each folder's build.mk appends to the lists below; the targets stand
# here. `make help` lists them. Kconfig's choices (.config) reach C as build/config.h and make as
# CONFIG_*.

VERSION := 0.1.0
B := build
CC := gcc
PYTHON := /usr/bin/python3
DESTDIR :=
PREFIX := /usr
comma := ,
export HOSPES_VERSION := $(VERSION)

# One short line a file, as `CC hypervisor/dom/domain.c`; whole commands with V=1, nothing with -s.
Q := $(if $(V),,@)
silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V)$(silent),,@printf '%-4s %s\n' '$(1)' '$(strip $(2))')

# gcc turns loops into calls of memset or strlen, in these functions themselves too; clang leaves
# freestanding code alone, and does not know the word.
KEEP_LOOPS := $(if $(findstring clang,$(CC)),,-fno-tree-loop-distribute-patterns)

# No object remembers the folder it was built in.
HERE_CFLAGS := -ffile-prefix-map=$(CURDIR)=.

CONFIG_CFLAGS = -include $(B)/config.h
TOOL_CFLAGS = -O2 -g -Wall -Wextra -Werror -std=gnu11 $(HERE_CFLAGS) -I. -D_GNU_SOURCE \
	-DHOSPES_VERSION='"$(VERSION)"' $(CONFIG_CFLAGS)
SAN_CFLAGS = $(TOOL_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all
CHECK_LIBS = $(shell pkg-config --libs check)

# What the folders' build.mk give.
HV_IMAGE :=		# the Multiboot2 image: one file
HV_DEBUG_IMAGE :=	# the same as the tests boot it
TOOL_BINS :=		# programs of dom0, installed in sbin
TOOL_LINKS :=		# LINK:PROGRAM, further names of a program
TOOL_DATA :=		# files installed in share/hospes
BASH_COMPLETIONS :=	# files of completion
ZSH_COMPLETIONS :=
MAN_PAGES :=		# sources of man pages, NAME.SECTION
ABI_PAGES :=		# those of them that are for writers of guest kernels
ABI_HEADERS :=
HOST_TESTS :=		# libcheck programs
CHECK_SCRIPTS :=	# scripts that exit 0 when what they check holds
SLOW_SCRIPTS :=		# the same, which take minutes: part of `make check` alone
BOOT_TESTS :=		# scripts that boot a machine in QEMU
PROVE_SCRIPTS :=	# scripts that prove contracts

.PHONY: all hypervisor tools host-tests show-host-tests iso run demo guest guest-asked check \
	check-host check-boot lint format nightly mutate race prove bench profile shape install \
	install-hypervisor install-tools install-dev uninstall deb clean distclean help \
	defconfig menuconfig oldconfig showconfig deps
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

NO_CONFIG_GOALS := clean distclean help defconfig menuconfig oldconfig
ifneq ($(filter-out $(NO_CONFIG_GOALS),$(or $(MAKECMDGOALS),all)),)
-include .config
include $(B)/config.mk
endif

-include $(addsuffix /build.mk,pvabi hypervisor xenstore-like dom0-tools tests)

HV_IMAGE := $(strip $(HV_IMAGE))
HV_DEBUG_IMAGE := $(strip $(HV_DEBUG_IMAGE))
TOOL_BINS := $(strip $(TOOL_BINS))

all: hypervisor tools
hypervisor: $(HV_IMAGE) $(HV_DEBUG_IMAGE)
tools: $(TOOL_BINS)

# Objects of user-space code: $(B)/tool/X.o, and the same under the sanitizers: $(B)/san/X.o.
$(B)/tool/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(TOOL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$< (sanitizers))
	$(Q)$(CC) $(SAN_CFLAGS) -MMD -MP -c -o $@ $<

ifneq ($(wildcard $(B)),)
-include $(shell find $(B)/tool $(B)/san -name '*.d' 2>/dev/null)
endif

# ---- configuration: real Kconfig, by kconfiglib

$(B)/config.mk: Kconfig .config
	@mkdir -p $(@D)
	@$(PYTHON) -m olddefconfig >/dev/null
	@$(PYTHON) -m genconfig --header-path $(B)/config.h.new
	@cmp -s $(B)/config.h.new $(B)/config.h || cp $(B)/config.h.new $(B)/config.h
	@rm -f $(B)/config.h.new
	@cp .config $@

.config:
	@tests/tools/deps build
	@$(PYTHON) -m alldefconfig >/dev/null

defconfig:
	@tests/tools/deps build
	@$(PYTHON) -m alldefconfig

menuconfig oldconfig:
	@tests/tools/deps build
	@$(PYTHON) -m $@

showconfig:
	@grep ^CONFIG .config

deps:
	@tests/tools/deps all

# ---- systems to boot

iso: $(B)/hospes.iso

$(B)/hospes.iso: $(HV_IMAGE) $(TOOL_BINS) $(TOOL_DATA) $(DEMO_INPUTS)
	@tests/tools/deps boot
	tests/system/mkdemo $@

run: iso
	tests/system/run $(B)/hospes.iso

demo: iso
	tests/system/demo

# One's own kernel as a guest, its console here: make guest KERNEL=FILE and more, see `make help`.
quoted = '$(subst ','\'',$(1))'
option = $(if $(2),--$(1)=$(call quoted,$(2)))
GUEST_WORDS = $(call quoted,$(KERNEL)) $(if $(NET),--net) $(call option,initrd,$(INITRD)) \
	$(call option,cmdline,$(CMDLINE)) $(call option,disk,$(DISK)) \
	$(call option,memory,$(MEMORY)) $(call option,vcpus,$(VCPUS)) \
	$(call option,seconds,$(SECONDS)) $(call option,second,$(SECOND))

# What is asked for is looked at before anything is built for it.
guest-asked:
	@tests/system/try-guest --check $(GUEST_WORDS)

guest: guest-asked $(B)/workshop.state
	@tests/system/try-guest $(GUEST_WORDS)

$(B)/workshop.state: $(HV_IMAGE) $(TOOL_BINS) $(TOOL_DATA) $(WORKSHOP_INPUTS)
	@tests/tools/deps boot
	@echo "The workshop is booted once, and kept: a minute or two."
	tests/system/workshop.py $@

# ---- checks: each ends with the line `N passed, N failed`

export SMP_RUNS SMP_SEED
ON_BOOT = $(if $(filter y,$(CONFIG_TESTS_BOOT)),$(BOOT_TESTS))
ON_PROVE = $(if $(filter y,$(CONFIG_TESTS_PROVE)),$(PROVE_SCRIPTS))
RUNNER = tests/tools/runner -j $(or $(CONFIG_TESTS_JOBS),2)

check: all host-tests fuzzers $(if $(ON_BOOT),$(B)/hospes.iso guest-kernels)
	@tests/tools/deps all
	@$(RUNNER) $(ON_BOOT) $(SLOW_SCRIPTS) $(ON_PROVE) $(HOST_TESTS) $(CHECK_SCRIPTS)

check-host: all host-tests
	@tests/tools/deps check lint
	@$(RUNNER) $(HOST_TESTS) $(CHECK_SCRIPTS)

lint: all
	@tests/tools/deps lint
	@$(RUNNER) $(LINT_QUICK) $(LINT_SLOW)

# Writes all C as lint wants it.
format:
	@tests/tools/deps lint
	@tests/lint/form --mend

check-boot: all $(B)/hospes.iso guest-kernels
	@tests/tools/deps boot
	@$(RUNNER) $(BOOT_TESTS)

host-tests: $(HOST_TESTS)

show-host-tests:
	@echo $(HOST_TESTS)

# What is longer than a check may be: all machines again with page-table isolation, the packages on
# a whole Debian, races, seeds, faults put in on purpose, all figures.
NIGHT_SEEDS := 20
nightly: check
	ROUNDS=2 HV_ARGS=spec-ctrl=isolation $(MAKE) check-boot
	tests/system/test-install
	tests/system/test-memory
	tests/system/test-grub
	$(MAKE) race SECONDS=600
	$(MAKE) fuzz SECONDS=1800
	SMP_RUNS=$(NIGHT_SEEDS) tests/system/test-smp 1 2 4 8
	$(MAKE) mutate
	$(MAKE) bench

# Small faults put into copies of the sources: does a test notice?
mutate: all $(B)/hospes.iso guest-kernels
	@tests/tools/deps boot check
	tests/mutate/run $(FAULTS)

# Kernels whose vcpus race, for so long and from that seed on.
race: all $(B)/hospes.iso guest-kernels
	@tests/tools/deps boot
	RACES_SECONDS=$(or $(SECONDS),600) SEED=$(or $(SEED),1) tests/guest/race

prove:
	@tests/tools/deps prove
	@$(RUNNER) $(PROVE_SCRIPTS)

bench: all $(B)/hospes.iso
	@tests/tools/deps boot
	tests/bench/run docs/figures.md

# What ring 0 executes for an operation of a process (tests/bench/ops.py) or of domains with each
# other (tests/bench/domains.py), by function.
profile: all
	@tests/tools/deps boot
	tests/bench/profile $(or $(OP),fork32)

# Of the figures only what is told of the code: no machine is booted.
shape:
	@tests/tools/deps lint
	@tests/bench/run docs/figures.md shape

# ---- installation
#
# Three parts, as there are three packages: the hypervisor, the tools, and what is for writers of
# guest kernels. What goes where are words SOURCE:PLACE.

HOST := dom0-tools/host
UNITS := /lib/systemd/system
NOT_HERE := $(HOST)/not-under-hospes.conf
SHARE := $(PREFIX)/share

# $(call into,FILES,FOLDER): these words for files that keep their names.
into = $(foreach f,$(1),$(f):$(2)/$(notdir $(f)))
# The same for manual pages NAME.SECTION; behind the section's digit there may be a letter.
into_man = $(foreach f,$(1),$(call into,$(f),$(SHARE)/man/man$(call digit,$(suffix $(f)))))
digit = $(patsubst .%,%,$(patsubst .%x,.%,$(1)))

HYPERVISOR_FILES = $(B)/xen-hospes.gz:/boot/xen-hospes-$(VERSION).gz \
	$(HOST)/hospes.cfg:/etc/default/grub.d/hospes.cfg

# An example is text, or a program.
EXAMPLES := $(wildcard dom0-tools/examples/*)
EXAMPLE_PROGRAMS := $(shell find dom0-tools/examples -type f -perm -u+x)

TOOL_PROGRAMS = $(call into,$(TOOL_BINS),$(PREFIX)/sbin) \
	$(call into,$(EXAMPLE_PROGRAMS),$(SHARE)/hospes/examples)
TOOL_FILES = $(call into,$(TOOL_DATA),$(SHARE)/hospes) \
	$(call into,$(filter-out $(EXAMPLE_PROGRAMS),$(EXAMPLES)),$(SHARE)/hospes/examples) \
	$(call into,$(wildcard dom0-tools/schemas/*),$(SHARE)/hospes/schemas) \
	$(call into,$(BASH_COMPLETIONS),$(SHARE)/bash-completion/completions) \
	$(call into,$(ZSH_COMPLETIONS),$(SHARE)/zsh/vendor-completions) \
	$(call into_man,$(filter-out $(ABI_PAGES),$(MAN_PAGES))) \
	$(call into,$(wildcard $(HOST)/*.service $(HOST)/*.mount),$(UNITS)) \
	$(foreach u,xen xendomains,$(NOT_HERE):$(UNITS)/$(u).service.d/hospes.conf) \
	$(HOST)/hospes.tmpfiles:$(PREFIX)/lib/tmpfiles.d/hospes.conf \
	$(HOST)/hospes.logrotate:/etc/logrotate.d/hospes

DEV_FILES = $(foreach f,$(ABI_HEADERS),$(f):$(PREFIX)/include/hospes/$(f)) \
	$(call into,$(wildcard pvabi/kit/*.*),$(SHARE)/hospes/pvabi/kit) \
	$(call into,$(wildcard pvabi/kit/examples/*),$(SHARE)/hospes/pvabi/kit/examples) \
	$(call into,$(wildcard docs/abi/*),$(SHARE)/doc/hospes-dev/abi) \
	$(call into_man,$(ABI_PAGES))

sources = $(foreach f,$(1),$(firstword $(subst :, ,$(f))))
# $(call put,MODE,WORDS), and back: a file of /etc that somebody has changed stays.
put = @for f in $(2); do install -D -m $(1) $${f%%:*} "$(DESTDIR)$${f\#*:}" || exit 1; done
take = @for f in $(1); do \
	place="$(DESTDIR)$${f\#*:}"; \
	case $$place in \
	*/etc/*) cmp -s $${f%%:*} "$$place" || continue ;; \
	esac; \
	rm -f "$$place"; \
	rmdir -p --ignore-fail-on-non-empty "$${place%/*}" 2>/dev/null || true; \
	done

install: install-hypervisor install-tools install-dev

# GRUB unpacks it. Whoever looks for a fault has the symbols in $(B).
$(B)/xen-hospes.gz: $(HV_IMAGE)
	$(call say,GZIP,$@)
	$(Q)objcopy --strip-debug $< $(@:.gz=.plain)
	$(Q)gzip -9nc $(@:.gz=.plain) >$@
	@rm $(@:.gz=.plain)

install-hypervisor: $(B)/xen-hospes.gz
	$(call put,644,$(HYPERVISOR_FILES))

install-tools: tools $(call sources,$(TOOL_FILES))
	$(call put,755,$(TOOL_PROGRAMS))
	$(call put,644,$(TOOL_FILES))
	@install -d $(DESTDIR)/etc/hospes/domains
	@for l in $(TOOL_LINKS); do \
		ln -sf $${l#*:} $(DESTDIR)$(PREFIX)/sbin/$${l%%:*} || exit 1; \
	done

install-dev: $(call sources,$(DEV_FILES))
	$(call put,644,$(DEV_FILES))

uninstall: $(call sources,$(HYPERVISOR_FILES) $(TOOL_FILES) $(DEV_FILES))
	@for l in $(TOOL_LINKS); do rm -f $(DESTDIR)$(PREFIX)/sbin/$${l%%:*}; done
	$(call take,$(HYPERVISOR_FILES) $(TOOL_PROGRAMS) $(TOOL_FILES) $(DEV_FILES))
	@rmdir -p --ignore-fail-on-non-empty $(DESTDIR)/etc/hospes/domains 2>/dev/null || true

# Debian's packages, in build/: hospes-hypervisor, hospes-utils, hospes-dev.
deb:
	@tests/tools/deps build package
	debian/package $(VERSION) $(B)

clean:
	rm -rf $(B)

distclean: clean
	rm -f .config .config.old

help:
	@echo 'make              the hypervisor and the tools, in build/; V=1: in full'
	@echo 'make run          boot it in QEMU, with a shell of dom0 on this terminal'
	@echo 'make guest KERNEL=FILE  your own kernel as a guest, its console here; and also'
	@echo '  INITRD= CMDLINE= DISK= NET=1 MEMORY= VCPUS= SECONDS= SECOND=: docs/own-kernel.md'
	@echo 'make demo         the demonstration: two guests, every step printed'
	@echo 'make iso          build/hospes.iso, to boot by GRUB from a disc or a stick'
	@echo 'make check        every test; its parts are check-host, check-boot, lint, prove'
	@echo 'make lint         the rules of the sources; make format writes C by them'
	@echo 'make nightly      a check, and what is longer: isolation, races, seeds, mutation'
	@echo 'make race         small guest kernels whose vcpus race: SECONDS=600 SEED=1'
	@echo 'make fuzz         search parsers and hypercalls: SECONDS=600 FUZZ=NAME'
	@echo 'make mutate       put small faults in: which does no test notice? FAULTS=WORD'
	@echo 'make bench        measure, beside Xen 4.17, into docs/figures.md'
	@echo 'make profile OP=fork32  what ring 0 executes for an operation, by function'
	@echo 'make shape        of these figures only those of the code'
	@echo 'make docs         docs/abi, a page for each hypercall, from pvabi/hypercalls.def'
	@echo 'make deb          packages for Debian, in build/'
	@echo 'make install      on this machine, or below DESTDIR; make uninstall takes it away'
	@echo 'make defconfig    the default choices; menuconfig asks; oldconfig asks for new ones'
	@echo 'make showconfig   the choices of this build'
	@echo 'make deps         install every Debian package that build and tests use'
	@echo 'make clean        remove build/; distclean also .config'

# SPDX-License-Identifier: MIT
# What the tests add to the build's lists; each folder of tests may bring a build.mk of its own.

-include $(wildcard tests/*/build.mk tests/host/*/build.mk)

CHECK_SCRIPTS += tests/size.sh

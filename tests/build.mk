# SPDX-License-Identifier: MIT
# What the tests add to the build's lists; each folder of tests may bring a build.mk of its own.

-include tests/host/build.mk tests/guest/build.mk tests/prove/build.mk tests/boot/build.mk

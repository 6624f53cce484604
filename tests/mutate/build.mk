# SPDX-License-Identifier: MIT
# The table of small faults fits the sources; `make mutate` puts them in.
CHECK_SCRIPTS += tests/mutate/check

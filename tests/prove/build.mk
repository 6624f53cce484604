# SPDX-License-Identifier: MIT
# Contracts that stand beside the code, and their proof.
PROVE_SCRIPTS += tests/prove/run

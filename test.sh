#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build pefsim, installing what is missing, and run all the tests.
#   ./test.sh                 everything
#   ./test.sh ARGUMENTS...    passed on to ctest, as in ./test.sh -L script
set -eu
. "$(dirname "$0")/setup.sh"
pef_install "${pef_packages[@]}" clang-format-14
pef_build check
pef_test check "$@"

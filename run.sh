#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build pefsim, installing what is missing, and run it.
#   ./run.sh                  the demonstration: a secure guest boots, shares, is paged out and in
#   ./run.sh ARGUMENTS...     pefsim with these arguments, as in ./run.sh run FILE
set -eu
here=$(pwd)
. "$(dirname "$0")/setup.sh"
pef_install "${pef_packages[@]}"
pef_build check pefsim pef_data
cd "$here"
if [ $# -eq 0 ]; then
	cd "$pef_top"
	set -- run scenarios/seed/boot-share-pageout.pef
fi
exec "$pef_top/build/check/pefsim" "$@"

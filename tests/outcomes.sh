#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether uvmem-lock and the kernel's file come to the same in all schedules, up to a number of delays: each scenario of
# scenarios/kernel, kernel/found, seed and protocol. Prints the table of docs/kernel-model.md; exit 1 when a difference was told.
#   tests/outcomes.sh [PEFSIM]
#   DESIGNS=uvmem-lock,linux:6.1,linux:6.12   built before with "pefsim kernel build"; this is the default
#   RUNS=20000                                at most so many schedules of each design
set -eu
cd "$(dirname "$0")/.."
pefsim=${1:-build/check/pefsim}
designs=${DESIGNS:-uvmem-lock,linux:6.1,linux:6.12}
runs=${RUNS:-20000}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
bad=0

for file in scenarios/kernel/*.pef scenarios/kernel/found/*.pef scenarios/seed/*.pef scenarios/protocol/*.pef; do
	code=0
	"$pefsim" outcomes "$file" --designs "$designs" --runs "$runs" --out "$out" >"$out/log" 2>&1 || code=$?
	[ $code = 0 ] || [ $code = 5 ] || bad=1
	schedules=$(sed -n 's/^  1   [^ ]*: [0-9]* of \([0-9]*\).*/\1/p' "$out/log")
	said=$(tail -2 "$out/log" | head -1 | sed 's/^  //')
	echo "$said|$(basename "$file" .pef)|$schedules|$(grep -c '^  [0-9]' "$out/log")"
done >"$out/all"

echo "| $designs | scenarios | schedules of one design | outcomes |"
echo "|---|---|---|---|"
sort "$out/all" | awk -F '|' '
	{ said[$1]++; schedules[$1] += $3; outcomes[$1] += $4; names[$1] = names[$1] (said[$1] > 1 ? ", " : "") "`" $2 "`" }
	END { for (s in said) printf "| %s%s | %d | %d | %d |\n", s, s ~ /^the same/ ? "" : ": " names[s], said[s], schedules[s], outcomes[s] }' | sort
exit $bad

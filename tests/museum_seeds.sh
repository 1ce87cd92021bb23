#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How many schedules the default portfolio needs to tell each bug of the museum from its twin, over many seeds.
#   tests/museum_seeds.sh [SEEDS [PEFSIM]]
#
# A bug is told by the first finding that its twin does not show ("pefsim mutants --score"); 0 is the timed run. The
# scenarios are taken without their own schedule, which would show the bug at once. A seed that does not tell it within
# $RUNS schedules (300 when not given) is tried again with $MORE (20000). Prints the table of docs/exploration.md.
set -eu
cd "$(dirname "$0")/.."
seeds=${1:-100}
pefsim=$(realpath "${2:-build/check/pefsim}")
runs=${RUNS:-300}
more=${MORE:-20000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
all=$folder/all
mkdir -p "$folder/scenarios/museum"
for file in scenarios/museum/*.pef; do
	awk '/^[^ \t]/ { inside = $1 == "schedule" } !inside' "$file" >"$folder/scenarios/museum/${file##*/}"
done
cd "$folder"
names=$("$pefsim" list museum | awk '{print $1}')

# NAME SCHEDULES, one a line; "none" when the search found nothing.
score() { # SEED RUNS NAME...
	"$pefsim" mutants --score --seed "$1" --runs "$2" "${@:3}" | awk '
		$1 == "caught" { for (i = 2; i < NF; i++) if ($i == "run") { print $2, $(i + 1); next } }
		$1 == "survived" { print $2, "none" }'
}

for seed in $(seq "$seeds"); do
	# shellcheck disable=SC2086 # a word a name
	score "$seed" "$runs" $names | while read -r name first; do
		[ "$first" != none ] || read -r name first < <(score "$seed" "$more" "$name")
		echo "$name $first"
	done >>"$all"
done

echo "| bug | seeds that told it | median | worst | in the timed run |"
echo "|---|---|---|---|---|"
for name in $names; do
	grep "^$name " "$all" | awk '$2 != "none" {print $2}' | sort -n | awk -v name="$name" -v seeds="$seeds" '
		{ hit[NR] = $1; timed += $1 == 0 }
		END {
			if (NR) printf "| %s | %d of %d | %d | %d | %d |\n", name, NR, seeds, hit[int((NR + 1) / 2)], hit[NR], timed
			else printf "| %s | 0 of %d | - | - | - |\n", name, seeds
		}'
done

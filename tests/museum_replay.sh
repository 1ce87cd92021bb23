#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What becomes of a bug of the museum once it is found: shrunk, and replayed in both executors.
#   tests/museum_replay.sh [TIMES [PEFSIM]]
#
# Of each bug the first finding that its twin does not show, of the default portfolio's $RUNS schedules (200 when not
# given). The scenarios are taken without their own schedule. A replay is the same when its trace has the hash of the
# first; TIMES, 100 when not given, are made in each executor. Prints the table of docs/exploration.md; exit 1 when
# a finding was not there, could not be shrunk, or a replay was another.
set -eu
cd "$(dirname "$0")/.."
times=${1:-100}
pefsim=$(realpath "${2:-build/check/pefsim}")
runs=${RUNS:-200}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bad=0
mkdir "$folder/yes" "$folder/no"

search() { # BUG FILE OUT
	"$pefsim" check -p "bug=$1" --runs "$runs" --stop all --no-shrink --out "$3" "$2" >/dev/null 2>&1 || true
}

signature() { sed -n 's/^finding //p' "$1"; }

# The first record whose finding the twin does not have.
told() { # WITH WITHOUT
	local record
	for record in "$1"/*.pefrec; do
		[ -e "$record" ] || continue
		grep -qxF "finding $(signature "$record")" "$2"/*.pefrec 2>/dev/null || { echo "$record"; return; }
	done
}

# Its row of the table; exit 1 when something is not as it should be.
row() { # FILE
	local name plain record shrunk first hash exec same=0
	name=$(basename "$1" .pef)
	plain=$folder/$name.pef
	awk '/^[^ \t]/ { inside = $1 == "schedule" } !inside' "$1" >"$plain"
	search yes "$plain" "$folder/yes/$name"
	search no "$plain" "$folder/no/$name"
	record=$(told "$folder/yes/$name" "$folder/no/$name")
	[ -n "$record" ] || { echo "| ${name%%-*} | none | - | - |"; return 1; }
	shrunk=$("$pefsim" shrink "$record" -o "$folder/small.pef" 2>/dev/null | sed -n 's/^.*small.pef: //p') || true
	first=$("$pefsim" replay "$record" --hash 2>/dev/null) || true
	for exec in threads fibers; do
		for _ in $(seq "$times"); do
			hash=$("$pefsim" replay "$record" --hash --exec "$exec" 2>/dev/null) || true
			[ -z "$hash" ] || [ "$hash" != "$first" ] || same=$((same + 1))
		done
	done
	echo "| ${name%%-*} | $(signature "$record") | $shrunk | $same of $((2 * times)) |"
	[ "$same" = $((2 * times)) ] && [ -n "$shrunk" ]
}

echo "| bug | finding | shrunk to | the same trace |"
echo "|---|---|---|---|"
while read -r file; do
	row "$file" || bad=1
done < <(printf '%s\n' scenarios/museum/*.pef | sort -V)
exit "$bad"

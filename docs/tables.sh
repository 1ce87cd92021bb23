#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables in the pages are the program's own: each block after a line "<!-- table: ARGUMENTS -->" is what
# "pefsim ARGUMENTS" prints, whole.
#   docs/tables.sh [PEFSIM]           rewrite the blocks
#   docs/tables.sh --check [PEFSIM]   say which are not current; exit 1 when there is one
set -eu
cd "$(dirname "$0")/.."
check=0
if [ "${1:-}" = --check ]; then
	check=1
	shift
fi
pefsim=${1:-build/check/pefsim}
bad=0

# A record that a page explains.
"$pefsim" check scenarios/seed/two-host-readers.pef --design uvmem-lock --runs 100 --no-shrink --out /tmp/pefsim-out >/dev/null 2>&1

# The page with its tables printed anew.
fresh() { # FILE
	local line table="" inside=0
	while IFS= read -r line || [ -n "$line" ]; do
		if [ $inside = 1 ] && [ "$line" != '```' ]; then
			continue
		fi
		inside=0
		printf '%s\n' "$line"
		if [[ $line =~ ^\<!--\ table:\ (.*)\ --\>$ ]]; then
			table=${BASH_REMATCH[1]}
		elif [ -n "$table" ] && [ "$line" = '```' ]; then
			# shellcheck disable=SC2086 # the words of a command
			"$pefsim" $table
			inside=1
			table=""
		fi
	done <"$1"
}

for page in docs/*.md; do
	grep -q '^<!-- table: ' "$page" || continue
	new=$(mktemp)
	fresh "$page" >"$new"
	if cmp -s "$page" "$new"; then
		rm "$new"
	elif [ $check = 1 ]; then
		echo "docs: $page: a table is not what pefsim prints; docs/tables.sh rewrites it" >&2
		diff "$page" "$new" | head -10 >&2 || true
		rm "$new"
		bad=1
	else
		cat "$new" >"$page"
		rm "$new"
		echo "rewritten: $page"
	fi
done
exit $bad

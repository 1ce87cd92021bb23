#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The code in a reading order: comments that begin with a chapter letter and a
# number (/*E:120 ... :*/) are printed by number, each followed by the function,
# table or struct below it.
#   docs/book.sh            the chapters there are
#   docs/book.sh E          chapter E
# A number used twice, or a chapter without fragments, is an error.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

titles="S=Scenario: from a line of text to a run
E=Engine: one event after the other
L=Locks: waiting in virtual time
U=Ultravisor: a trap and its states
H=Hypervisor: a page on its way
D=Detection: how a stale pointer is seen
C=Checks: what must hold
T=Trace: how a run is told
X=Exploration: schedules nobody wrote down"

# Fragments of a chapter as "number file line", in the order of numbers.
index_of() {
	(cd "$top" && grep -rnoE "^[[:space:]]*/\*$1:[0-9]+" include sim uv_model hv_model --include='*.[chS]') |
		sed -E "s|^([^:]+):([0-9]+):[[:space:]]*/\*$1:([0-9]+)|\3 \1 \2|" | sort -n -k1,1 -k2,2 -k3,3
}

# The text of the fragment at a line of a file, then the code below it: up to the first blank line outside of braces.
fragment() {
	awk -v from="$2" '
		NR < from { next }
		NR == from { sub(/\/\*[A-Z]:[0-9]+[ ]?/, "") }
		!in_code {
			done = sub(/[ \t]*:\*\/.*/, "")
			sub(/^[ \t]*\*?[ ]?/, "")
			if ($0 != "") print
			if (done) { in_code = 1; print "" }
			next
		}
		/^[ \t]*$/ && depth <= 0 { exit }
		{
			print "    " $0
			line = $0
			gsub(/"([^"\\]|\\.)*"/, "", line)
			gsub(/\047([^\047\\]|\\.)\047/, "", line)
			depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
		}
	' "$top/$1"
}

if [ $# -eq 0 ]; then
	echo "chapters (docs/book.sh LETTER):"
	while IFS='=' read -r letter title; do
		printf '  %s  %-45s %2d fragments\n' "$letter" "$title" "$(index_of "$letter" | wc -l)"
	done <<<"$titles"
	exit 0
fi

title=$(sed -n "s/^$1=//p" <<<"$titles")
[ -n "$title" ] || {
	echo "book: no chapter '$1'" >&2
	exit 2
}
index=$(index_of "$1")
[ -n "$index" ] || {
	echo "book: chapter $1 has no fragments" >&2
	exit 1
}
twice=$(cut -d' ' -f1 <<<"$index" | uniq -d)
[ -z "$twice" ] || {
	echo "book: chapter $1 uses a number twice:" >&2
	for number in $twice; do
		grep "^$number " <<<"$index" | sed "s|^\([0-9]*\) \([^ ]*\) \([0-9]*\)|  $1:\1  \2:\3|" >&2
	done
	exit 1
}

printf '# %s\n' "$title"
while read -r number file line; do
	printf '\n---- %s:%s  %s:%s\n\n' "$1" "$number" "$file" "$line"
	fragment "$file" "$line"
done <<<"$index"

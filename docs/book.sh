#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The code in a reading order: comments that begin with a chapter letter and a
# number (/*B:120 ... :*/) are printed by number, each followed by the code
# below it up to the next numbered comment's end or the end of its block.
#   docs/book.sh            the chapters there are
#   docs/book.sh E          chapter E
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

titles="S=Scenario: from a line of text to a context
E=Engine: one event after the other
L=Locks: waiting in virtual time
U=Ultravisor: a trap and its states
H=Hypervisor: a page on its way
D=Detection: how a stale pointer is seen"

if [ $# -eq 0 ]; then
	echo "chapters (docs/book.sh LETTER):"
	printf '%s\n' "$titles" | sed 's/^/  /; s/=/  /'
	exit 0
fi

letter=$1
title=$(printf '%s\n' "$titles" | sed -n "s/^$letter=//p")
[ -n "$title" ] || {
	echo "book: no chapter '$letter'" >&2
	exit 2
}

# Fragments as "number file line" in order; a number used twice is an error.
index=$(cd "$top" && grep -rnoE "^[[:space:]]*/\*$letter:[0-9]+" include sim uv_model hv_model --include='*.[chS]' |
	sed -E "s|^([^:]+):([0-9]+):[[:space:]]*/\*$letter:([0-9]+)|\3 \1 \2|" | sort -n)
twice=$(printf '%s\n' "$index" | cut -d' ' -f1 | uniq -d)
[ -z "$twice" ] || {
	echo "book: chapter $letter uses number $twice twice" >&2
	exit 1
}

printf '# %s\n' "$title"
printf '%s\n' "$index" | while read -r number file line; do
	[ -n "$number" ] || continue
	printf '\n---- %s %s, %s:%s\n\n' "$letter" "$number" "$file" "$line"
	awk -v from="$line" '
		NR < from { next }
		NR == from { sub(/\/\*[A-Z]:[0-9]+[ ]?/, "") }
		in_code == 0 {
			done = sub(/:\*\/.*/, "")
			sub(/^[ \t]*\*[ ]?/, ""); sub(/^[ \t]+/, "")
			if ($0 != "" || !done) print
			if (done) { in_code = 1; print "" }
			next
		}
		/^[ \t]*\/\*[A-Z]:[0-9]+/ { exit }
		{ print "    " $0 }
		/^}/ { exit }
	' "$top/$file"
done

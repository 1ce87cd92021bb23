#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The pages say what is true: relative links lead to files, commands in code blocks exit as the page says, and what a
# page shows as output is printed by the command named above it.
#   tests/docs/check.sh PEFSIM ROOT
#
# A command is a line of a code block that begins with "./run.sh", with or without "$ " in front; it ends at "#" or two
# blanks, and what follows may say "exit N" (0 when it does not). One with FILE, NAME ... in it is not run, nor one that
# wants a kernel tree (ctest -R kernel runs those). Output is a
# block after a line "<!-- output: ARGUMENTS -->": its lines are printed in that order, "..." stands for any others.
set -eu
pefsim=$1
cd "$2"
bad=0

complain() {
	echo "docs: $*" >&2
	bad=1
}

check_links() { # FILE
	local folder link
	folder=$(dirname "$1")
	while read -r link; do
		[ -e "$folder/$link" ] || complain "$1: no file behind the link '$link'"
	done < <(grep -oE '\]\([^)#]+' "$1" | cut -c3- | grep -v '^[a-z]*:' || true)
}

check_command() { # FILE LINE-OF-A-BLOCK
	local text=${2#"$ "} words want=0 got=0
	words=$(sed -E 's/ *(  |#).*$//; s/^\.\/run\.sh *//' <<<"$text")
	[[ $words =~ (^|[ =])(FILE|DIR|NAME|WHAT|COMMAND|ARGUMENTS)($|[ .]) ]] && return
	[[ $words != "kernel "* ]] || return 0
	[[ ${text#*"$words"} =~ exit\ ([0-9]+) ]] && want=${BASH_REMATCH[1]}
	[ -n "$words" ] || words="run scenarios/seed/boot-share-pageout.pef"
	eval "set -- $words"
	"$pefsim" "$@" >"$scratch" 2>&1 || got=$?
	[ "$got" = "$want" ] || complain "$page: '$text' exits $got, not $want"
}

# Line numbers of the code are left out: a comment more in a model's file is no reason to edit a page.
plain() {
	sed -E 's/(\.[chS]):[0-9]+$/\1/; s/(\.[chS]):[0-9]+ /\1 /'
}

check_output() { # FILE ARGUMENTS, the block on stdin
	local line at=1 found
	eval "set -- $2"
	"$pefsim" "$@" 2>&1 | plain >"$scratch" || true
	while IFS= read -r line; do
		if [ "$line" = "..." ] || [ -z "$line" ]; then
			continue
		fi
		found=$(tail -n "+$at" "$scratch" | grep -nFx -m 1 -e "$line" | cut -d: -f1)
		if [ -z "$found" ]; then
			complain "$page: 'pefsim $*' does not print: $line"
			return
		fi
		at=$((at + found))
	done
}

# shellcheck disable=SC2094 # the page is only read
check_page() { # FILE
	local line block=0 output="" text=""
	page=$1
	check_links "$page"
	while IFS= read -r line; do
		if [[ $line == '```'* ]]; then
			block=$((1 - block))
			[ $block = 1 ] || [ -z "$output" ] || check_output "$page" "$output" < <(plain <<<"$text")
			[ $block = 1 ] || output=""
			text=""
		elif [ $block = 1 ]; then
			text+=$line$'\n'
			[[ $line =~ ^(\$\ )?\./run\.sh($|\ ) ]] && check_command "$page" "$line"
		elif [[ $line =~ ^\<!--\ output:\ (.*)\ --\>$ ]]; then
			output=${BASH_REMATCH[1]}
		fi
	done <"$page"
}

scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT
for each in README.md CONTRIBUTING.md CHANGELOG.md scenarios/README.md docs/*.md; do
	check_page "$each"
done

docs/tables.sh --check "$pefsim" || bad=1
docs/scenarios.sh --check || bad=1
docs/protocol.sh --check "$pefsim" || bad=1

# shellcheck disable=SC2016
# The program of the page is the one that the test docs_from_c builds and runs.
diff <(sed -n '/^```c$/,/^```$/p' docs/scenario-language.md | sed '1d;$d') <(sed -n '/^#include/,$p' tests/docs/from_c.c) >&2 ||
	complain "docs/scenario-language.md: the C program is not tests/docs/from_c.c"
exit $bad

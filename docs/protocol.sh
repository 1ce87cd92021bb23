#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/protocol.md: the sequences of the protocol as the tool prints them.
#   docs/protocol.sh PEFSIM           write the page
#   docs/protocol.sh --check PEFSIM   exit 1 when the page is not what would be written
# Each scenario of scenarios/protocol, in order of names, gives a chapter: its title, its "about", the script, and the
# ladder of its run from the first statement on (all of it where the guest boots by the script).
# shellcheck disable=SC2016 # backquotes are the page's
set -eu
check=0
[ "$1" = --check ] && check=1 && shift
pefsim=$(realpath "$1")
cd "$(dirname "$0")/.."

head_of_page() {
	cat <<'PAGE'
# The sequences of the protocol

Made by `docs/protocol.sh` from the scenarios in `scenarios/protocol`: every ladder is what the command above it prints.
A row is an event at a cycle of the machine's clock; arrows are calls and their returns, each into the column of the side
that is called; `[ ]` names the locks held. What the calls are is in [protocol-reference.md](protocol-reference.md), how
to write a scenario in [scenario-language.md](scenario-language.md).

| sequence | scenario |
|---|---|
PAGE
}

title() { sed -n 's/^  title "\(.*\)"$/\1/p' "$1"; }
anchor() { title "$1" | tr '[:upper:] ' '[:lower:]-' | tr -d ",.'"; }

# The ladder's head, then its rows from the first statement of a thread on.
ladder() { # FILE
	local first
	first=$(sed -n '/^thread /,$p' "$1" | sed -n '2s/^ *//p')
	grep -q '^  boot manual' "$1" && first="slot 0 created"
	"$pefsim" run "$1" | awk -v first="$first" '
		/^   cycle  who/ { head = 3 }
		head > 0 { print; head--; if (head == 0) rows = 1; next }
		!rows { next }
		/^$/ { exit }
		!told && index($0, first) == 0 { next }
		!told { told = 1 }
		{ print }
	'
}

page() {
	local file
	head_of_page
	for file in scenarios/protocol/*.pef; do
		printf '| [%s](#%s) | `%s` |\n' "$(title "$file")" "$(anchor "$file")" "$file"
	done
	for file in scenarios/protocol/*.pef; do
		printf '\n## %s\n\n' "$(title "$file")"
		sed -n 's/^  about "\(.*\)"$/\1/p' "$file" | fold -s -w 120 | sed 's/ *$//'
		printf '\n```\n'
		sed -n '/^thread /,/^expect/p' "$file" | grep -v '^expect' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
		printf '```\n\n`./run.sh run %s`\n\n```\n' "$file"
		ladder "$file"
		printf '```\n'
	done
}

if [ $check = 0 ]; then
	page >docs/protocol.md
elif ! diff <(page) docs/protocol.md >&2; then
	echo "docs: docs/protocol.md is not what docs/protocol.sh writes; run it" >&2
	exit 1
fi

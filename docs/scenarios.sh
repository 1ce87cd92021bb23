#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scenarios/README.md has a line for each scenario: its file and its title.
#   docs/scenarios.sh           write the page
#   docs/scenarios.sh --check   exit 1 when the page is not what would be written
set -eu
cd "$(dirname "$0")/../scenarios"

about() { # FOLDER
	case $1 in
	seed) echo "What the designs do right and wrong, each in a few steps." ;;
	protocol) echo "The protocol, one piece after the other, and what the host kernel does beside it." ;;
	kernel) echo "For the kernel's own file: \`--design linux:6.1\` (docs/checking-the-kernel.md)." ;;
	kernel/found) echo "What was found in the kernel's own file: run them with \`--design linux:6.1\` (docs/findings.md)." ;;
	museum) echo "Bugs that existed: \`-p bug=yes\` shows one, \`-p bug=no\` its twin without it (\`pefsim list museum\`)." ;;
	mutants) echo "Bugs put in on purpose: \`--mutant NAME\` (or \`-p mutant=NAME\`) chooses one, \`-p mutant=none\` is the twin (\`pefsim list mutants\`)." ;;
	esac
}

page() {
	local folder file told=" "
	cat <<-'END'
		# Scenarios

		One line for each, from its title; `docs/scenarios.sh` writes this page. `./run.sh run FILE` shows one, and
		`./run.sh check FILE` judges what it expects. Each file begins with an `about` that says what happens and why.
	END
	for folder in seed protocol museum mutants kernel kernel/found */; do
		folder=${folder%/}
		[[ $told != *" $folder "* ]] || continue
		compgen -G "$folder/*.pef" >/dev/null || continue
		told+="$folder "
		printf '\n## %s\n\n%s\n\n| file | title |\n|---|---|\n' "$folder" "$(about "$folder")"
		for file in "$folder"/*.pef; do
			sed -n 's/^  title "\(.*\)"$/\1/p' "$file" | head -1 | sed "s#.*#| [${file##*/}]($file) | & |#"
		done
	done
}

if [ "${1:-}" != --check ]; then
	page >README.md
elif ! page | diff README.md - >&2; then
	echo "docs: scenarios/README.md is not current; docs/scenarios.sh writes it" >&2
	exit 1
fi

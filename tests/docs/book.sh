#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/book.sh prints every chapter, each fragment with code below it, and
# refuses a number used twice.
#   tests/docs/book.sh ROOT
set -eu
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "book: $*" >&2
	exit 1
}

letters=$("$root/docs/book.sh" | sed -n 's/^  \([A-Z]\)  .*/\1/p')
[ -n "$letters" ] || fail "no chapters"
for letter in $letters; do
	"$root/docs/book.sh" "$letter" >"$work/chapter" || fail "chapter $letter"
	fragments=$(grep -c "^---- $letter:" "$work/chapter")
	[ "$fragments" -ge 5 ] || fail "chapter $letter has $fragments fragments"
	# Each heading is followed by text, and the text by indented code.
	empty=$(awk '/^---- [A-Z]:/ { if (at && !(text && code)) print at; at = $2; text = code = 0; next }
		at && /^    / { code = 1; next }
		at && /[^ ]/ { text = 1 }
		END { if (at && !(text && code)) print at }' "$work/chapter")
	[ -z "$empty" ] || fail "no text or no code: $empty"
done

# Comments of a letter that no chapter has would never be read.
cd "$root"
lost=$(grep -rnE '^[[:space:]]*/\*[A-Z]:[0-9]+' include sim uv_model hv_model --include='*.[chS]' |
	grep -vE "/\*[$(tr -d '\n' <<<"$letters")]:" || true)
[ -z "$lost" ] || fail "comments of no chapter: $lost"

# A number used twice is refused, in a copy of the tree's comments.
mkdir -p "$work/tree/docs" "$work/tree/include" "$work/tree/sim" "$work/tree/uv_model" "$work/tree/hv_model"
cp "$root/docs/book.sh" "$work/tree/docs/"
printf '/*E:100\n * One.\n :*/\nint a;\n' >"$work/tree/sim/a.c"
"$work/tree/docs/book.sh" E >/dev/null || fail "a chapter of one fragment"
printf '/*E:100\n * Two.\n :*/\nint b;\n' >"$work/tree/sim/b.c"
if "$work/tree/docs/book.sh" E >/dev/null 2>&1; then
	fail "a number used twice is not refused"
fi

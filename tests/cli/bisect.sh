#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# git bisect run with pefsim: an example repository of five commits, of which the last brings the bug and the third
# cannot be tested; both ends are looked at first.
#   tests/cli/bisect.sh PEFSIM
set -eu
pefsim=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_GLOBAL=/dev/null
export TZ=UTC GIT_AUTHOR_DATE="2019-10-23T00:00:00Z" GIT_COMMITTER_DATE="2019-10-23T00:00:00Z"

commit() { # SUBJECT DESIGN LINE
	cat >guard.pef <<-END
		pefscn 1
		scenario guard
		  title "$1"

		platform
		  hv $2

		guest g0
		  slot 0 gpa 0x0 pages 16
		  slot 1 gpa 0x1000000 pages 4 shared 0..3
		  boot secure

		thread vcpu0 guest g0
		  uv_unshare_page 1:0 count 4
		  signal paged_in
		  $3

		thread qemu0 host g0
		  wait paged_in
		  slot_delete 1
		  hva_read 1:0 -> 0|SIGBUS

		explore
		  budget 5 runs

		expect
		  never use-after-free
	END
	git add guard.pef
	git commit -q -m "$1"
}

fail() {
	echo "bisect: $*" >&2
	exit 1
}

cd "$work"
git init -q .
commit "guard: delete a slot while its pages are out" uvmem-lock "delay 10 cycles"
good=$(git rev-parse HEAD)
commit "guard: wait a little longer" uvmem-lock "delay 20 cycles"
commit "guard: half of a change" uvmem-lock "delay"
commit "guard: the other half" uvmem-lock "delay 30 cycles"
commit "guard: take the posted patch" v9-rmap "delay 30 cycles"
bad=$(git rev-parse HEAD)

"$pefsim" bisect --good "$good" --bad "$bad" -- "$pefsim" bisect check guard.pef --out /dev/null >ends 2>&1 &&
	fail "an output folder that cannot be was taken for bad"
"$pefsim" bisect --good "$good" --bad "$bad" -- "$pefsim" bisect check guard.pef >ends 2>&1 || fail "$(cat ends)"
grep -q "git bisect start $bad $good" ends || fail "the ends say nothing of how to go on: $(cat ends)"
"$pefsim" bisect --good "$bad" --bad "$bad" -- "$pefsim" bisect check guard.pef >ends 2>&1 && fail "two bad ends pass"
grep -q "at the good end" ends || fail "the wrong end is blamed: $(cat ends)"
"$pefsim" bisect --good nowhere --bad "$bad" -- "$pefsim" bisect check guard.pef >ends 2>&1 && fail "an unknown revision passes"
[ -z "$(git worktree list | tail -n +2)" ] || fail "worktrees are left"

for verb in check run; do
	git bisect start "$bad" "$good" >/dev/null
	git bisect run "$pefsim" bisect $verb guard.pef >log 2>&1 || fail "git bisect run: $(cat log)"
	grep -q "^$bad is the first bad commit" log || fail "another commit is blamed: $(cat log)"
	git bisect reset >/dev/null 2>&1
done
echo "found: $(git log -1 --format=%s "$bad")"

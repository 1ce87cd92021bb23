#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mutated scenario files, device trees, ESM blobs and replay files under ASan and UBSan, each night from another seed.
#   tests/nightly.sh [COUNT]     mutants of each kind, a million by default (CI tries 20,000 of each)
# PEF_FUZZ_SEED repeats a night; it is printed first.
set -eu
cd "$(dirname "$0")/.."
. ./setup.sh
count=${1:-1000000}
export PEF_FUZZ_SEED=${PEF_FUZZ_SEED:-$(date +%Y%m%d)}
pef_install "${pef_packages[@]}"
pef_build asan
jobs=$(nproc)
export PEF_FUZZ=$((count / jobs + 1))
echo "$count mutants of each kind, PEF_FUZZ_SEED=$PEF_FUZZ_SEED"
status=0
for program in build/asan/*_test_*fuzz build/asan/machine_test_platform_bytes; do
	pids=()
	for job in $(seq "$jobs"); do
		PEF_FUZZ_SEED=$((PEF_FUZZ_SEED * 100 + job)) "$program" >"$program.$job.log" 2>&1 &
		pids+=($!)
	done
	for i in "${!pids[@]}"; do
		wait "${pids[$i]}" && continue
		status=1
		echo "$program failed with PEF_FUZZ_SEED=$((PEF_FUZZ_SEED * 100 + i + 1)) PEF_FUZZ=$PEF_FUZZ"
		tail -n 40 "$program.$((i + 1)).log"
	done
	[ $status = 0 ] && echo "$(basename "$program"): no finding"
done
exit $status

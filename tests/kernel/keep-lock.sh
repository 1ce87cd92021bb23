#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A copy of a kernel tree's few files in which one way out of the page-in handler keeps uvmem_lock: one word of one line.
#   tests/kernel/keep-lock.sh TREE FOLDER NUMBER
#
# The ways out with the lock held are jumps to the label that unlocks, in the order of the file: 1 the page is in
# already, 2 nothing is mapped there, 3 the move fails. The one with NUMBER jumps behind the unlock; with 0 none does.
set -eu
tree=$1 folder=$2 number=$3
uvmem=arch/powerpc/kvm/book3s_hv_uvmem.c

for file in "$uvmem" mm/migrate_device.c arch/powerpc/include/asm/ultravisor.h \
	arch/powerpc/include/asm/kvm_book3s_uvmem.h; do
	mkdir -p "$folder/$(dirname "$file")"
	[ ! -e "$tree/$file" ] || cp "$tree/$file" "$folder/$file"
done
awk -v wanted="$number" '
	/^unsigned long kvmppc_h_svm_page_in\(/ { inside = 1 }
	inside && /goto out_unlock;/ && ++seen == wanted { sub(/out_unlock/, "out"); edited = 1 }
	/^}/ { inside = 0 }
	{ print }
	END { exit wanted && !edited }' "$tree/$uvmem" >"$folder/$uvmem"

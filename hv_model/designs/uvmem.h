/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem.h - what the two designs with a list of arrays share: uvmem-lock, which
 * is Linux 6.1 with its faults, and uvmem-fixed, which is that without them.
 *
 * The ways of a page differ and stand in a file each (uvmem_lock.c,
 * uvmem_fixed.c). Slots and the switch to a secure VM are the same text
 * (uvmem_slots.c), and where the two part there, uvmem_is_fixed() says so.
 *
 * Locking: said at each function. Errors: hypercall codes. Blocking: yields.
 */
#ifndef HV_DESIGNS_UVMEM_H
#define HV_DESIGNS_UVMEM_H

#include "uvmem_pfns.h"

static inline bool uvmem_has(const struct hv_guest *kvm, enum mutant mutant)
{
	return mutants_have(kvm->hv->config.mutants, mutant);
}

/* uvmem-fixed: how often a page is tried that somebody else is at, as migrate_pages() does. */
#define UVMEM_TRIES 10u

/* ---- one page (uvmem_lock.c, uvmem_fixed.c) --------------------------------------- */

/**
 * uvmem_svm_page_in, fixed_svm_page_in - kvmppc_svm_page_in(): a device page for what is mapped at @hva
 * @pagein: false when there is no content worth telling of
 * uvmem_lock, mmap_lock and srcu are held. 0, a host error, or the ultravisor's refusal.
 */
int64_t uvmem_svm_page_in(struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, bool pagein);
int64_t fixed_svm_page_in(struct hv_guest *kvm, struct vma *vma, hva_t hva, uint64_t gpa, bool pagein);
/** fixed_throw_away - if the page is out, its device page goes without content; uvmem_lock is held. Whether it was. */
bool fixed_throw_away(struct hv_guest *kvm, gfn_t gfn);

/* ---- slots, and becoming secure (uvmem_slots.c) -------------------------------------- */

bool uvmem_memslot_create(struct hv_guest *kvm, const struct memslot *slot);
void uvmem_memslot_delete(struct hv_guest *kvm, const struct memslot *slot);
int64_t uvmem_h_svm_init_start(struct hv_guest *kvm);
int64_t uvmem_h_svm_init_done(struct hv_guest *kvm);
int64_t uvmem_h_svm_init_abort(struct hv_guest *kvm);
int64_t uvmem_svm_off(struct hv_guest *kvm);

#endif

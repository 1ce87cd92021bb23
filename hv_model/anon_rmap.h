/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anon_rmap.h - what a migration works on: entries, references and locks of pages,
 * wherever they are mapped.
 *
 * The steps of a migration (migrate.c, and compaction in reclaim.c) are made of
 * these. They are apart so that the kernel's own steps can be put in the place
 * of ours. A page is mapped by the process, and after a fork by its child, too;
 * KSM maps one page at several addresses. The kernel finds those through
 * anon_vma and KSM's items; here the page tables are searched, only for pages
 * that are known to be mapped somewhere else, and outside of simulated time.
 *
 * Locking: takes ptl, and the notifier's locks; rmap_isolate() wants ptl held.
 * Errors: none. Blocking: yields.
 */
#ifndef HV_MODEL_ANON_RMAP_H
#define HV_MODEL_ANON_RMAP_H

#include "pte.h"

/** rmap_isolate - a migration entry for the one that maps @page at @hva; drops the mapping's reference */
void rmap_isolate(struct hv_mm *mm, hva_t hva, struct hv_page *page) REQUIRES(mm->ptl);
/** rmap_unmap - the same wherever @page is mapped, with notifiers (try_to_migrate) */
void rmap_unmap(struct hv_guest *kvm, struct hv_page *page);
/**
 * rmap_restore - entries for @to where migration entries for @from stand, each with a reference
 * @mm, @hva: where one of them is, most likely
 * As remove_migration_ptes(); wakes who waits for a migration.
 */
void rmap_restore(struct hv_mm *mm, hva_t hva, struct hv_page *from, struct hv_page *to);
/** rmap_restore_swap - the same, with swap entries that name @slot, each a user of it (try_to_unmap) */
void rmap_restore_swap(struct hv_mm *mm, hva_t hva, struct hv_page *from, uint32_t slot);
/** rmap_zap - clear the entries that map @page, wherever they are, with notifiers; its last reference may go */
void rmap_zap(struct hv_guest *kvm, struct hv_page *page);
/** rmap_users - references on a page beside those of its mappings and of the pool */
uint64_t rmap_users(const struct hv *hv, const struct hv_page *page);

#endif

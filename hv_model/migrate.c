/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrate.c - migrate_vma, as mm/migrate_device.c of Linux 6.1 does it.
 *
 * Only the rules for references decide whether a page moves, and they are kept
 * exactly, because a kinder model would hide what they do: after isolation the
 * page may have one reference too many for a device page, and one more for the
 * faulting thread (migrate_vma_check_page); but when the mapping moves, the
 * count must be exact (folio_migrate_mapping). A caller that copied content in
 * between learns of a failure only by looking at the entry's migrate flag.
 *
 * Locking: mmap_lock held; ptl taken; page locks are tried in setup and given
 * back in finalize. Errors: HOST_EINVAL. Blocking: yields.
 */
#include "migrate.h"

static hva_t migrate_hva(const struct migrate_vma *args, uint64_t i)
{
	return (hva_t){args->start.n + i};
}

/* ---- setup ------------------------------------------------------------------------ */

/* Whether pages of this entry's kind were asked for. */
static bool migrate_selects(const struct migrate_vma *args, pte_t pte)
{
	if (pte_kind(pte) == HOST_PTE_DEVICE)
		return (args->select & MIGRATE_DEVICE) != 0;
	return pte_kind(pte) == HOST_PTE_NORMAL && (args->select & MIGRATE_SYSTEM) != 0;
}

/*H:140
 * Moving a page begins by taking it out of the page table: a migration entry keeps everybody else
 * waiting, and the mapping's reference becomes ours. The page lock is only tried; who cannot have it
 * gives the page up and may come again.
 :*/
/* migrate_vma_collect_pmd() for one entry; the reference of the mapping becomes ours. */
static void migrate_collect_one(struct migrate_vma *args, uint64_t i) REQUIRES(args->kvm->mm.ptl)
{
	struct migrate_entry *entry = &args->entries[i];
	hva_t hva = migrate_hva(args, i);
	pte_t pte = mm_pte(args->kvm, hva);

	cost_charge(STEP_MIGRATE_COLLECT);
	if (pte_kind(pte) == HOST_PTE_NONE) {
		entry->migrate = true;
		return;
	}
	if (!migrate_selects(args, pte))
		return;
	struct hv_page *page = pte_page(args->kvm->hv, pte);
	if (!page) {
		entry->migrate = true;
		return;
	}
	hpage_get(page);
	if (!sim_page_lock_trylock(&page->lock)) {
		hpage_put(args->kvm->hv, page);
		return;
	}
	mm_set_pte(args->kvm, hva, pte_make(HOST_PTE_MIGRATION, hpage_is_device(page), hpage_index(page)));
	hpage_put(args->kvm->hv, page);
	entry->src = page;
	entry->migrate = true;
}

static void migrate_collect(struct migrate_vma *args)
{
	notifier_start(args->kvm, args->start, args->pages);
	sim_spin_lock(&args->kvm->mm.ptl);
	for (uint64_t i = 0; i < args->pages; i++)
		migrate_collect_one(args, i);
	sim_spin_unlock(&args->kvm->mm.ptl);
	notifier_end(args->kvm, args->start, args->pages);
}

/* Put the entry for @page back where its migration entry stands, with a reference of its own. */
static void migrate_remove_pte(struct migrate_vma *args, uint64_t i, struct hv_page *page)
{
	struct hv_page *src = args->entries[i].src;
	hva_t hva = migrate_hva(args, i);
	pte_t expected = pte_make(HOST_PTE_MIGRATION, hpage_is_device(src), hpage_index(src));

	sim_spin_lock(&args->kvm->mm.ptl);
	if (mm_pte(args->kvm, hva).w == expected.w) {
		hpage_get(page);
		mm_set_pte(args->kvm, hva, pte_of_page(page));
	}
	sim_spin_unlock(&args->kvm->mm.ptl);
	hv_wake(&args->kvm->mm.migration);
}

/* migrate_vma_check_page(): nobody else uses the page, as far as tolerated here. */
static bool migrate_check_page(const struct migrate_vma *args, const struct hv_page *page)
{
	uint64_t ours = 1 + (page == args->fault_page ? 1u : 0u) + (hpage_is_device(page) ? 1u : 0u);
	return READ_ONCE(page->refs) <= ours;
}

/* migrate_device_unmap(): give up the pages that somebody else uses. */
static void migrate_unmap(struct migrate_vma *args)
{
	for (uint64_t i = 0; i < args->pages; i++) {
		struct migrate_entry *entry = &args->entries[i];
		if (!entry->src || migrate_check_page(args, entry->src))
			continue;
		struct hv_page *page = entry->src;
		migrate_remove_pte(args, i, page);
		entry->src = NULL;
		entry->migrate = false;
		sim_page_lock_unlock(&page->lock);
		hpage_put(args->kvm->hv, page);
	}
}

int64_t migrate_setup(struct migrate_vma *args)
{
	uint64_t end = args->start.n + args->pages;

	if (!args->vma || args->pages == 0 || args->start.n < args->vma->start.n || end > args->vma->end.n)
		return HOST_EINVAL;
	if (args->fault_page && !hpage_is_device(args->fault_page))
		return HOST_EINVAL;
	for (uint64_t i = 0; i < args->pages; i++)
		args->entries[i] = (struct migrate_entry){0};
	migrate_collect(args);
	migrate_unmap(args);
	return 0;
}

/* ---- pages ---------------------------------------------------------------------------- */

/* migrate_vma_insert_page(): nothing was mapped; put the device page there, if that is still so. */
static bool migrate_insert_page(struct migrate_vma *args, uint64_t i)
{
	struct hv_page *page = args->entries[i].dst;
	hva_t hva = migrate_hva(args, i);

	sim_spin_lock(&args->kvm->mm.ptl);
	pte_t pte = mm_pte(args->kvm, hva);
	bool free = pte_kind(pte) == HOST_PTE_NONE || pte_is_zero_page(pte);
	if (free) {
		hpage_get(page);
		mm_set_pte(args->kvm, hva, pte_of_page(page));
	}
	sim_spin_unlock(&args->kvm->mm.ptl);
	return free;
}

/*H:150
 * Setup tolerates one reference too many, this last check does not. Between the two the design has
 * already asked the ultravisor for the content. So a second thread in do_swap_page makes the move fail
 * after UV_PAGE_OUT has succeeded, and the only copy of the page is dropped. The model counts exactly
 * as Linux does, because a kinder one would not show it.
 :*/
/* folio_migrate_mapping() for an anonymous page: the count has to be exact. */
static bool migrate_mapping(const struct migrate_vma *args, const struct hv_page *page)
{
	uint64_t expected = 1 + (page == args->fault_page ? 1u : 0u);
	return READ_ONCE(page->refs) == expected;
}

void migrate_move(struct migrate_vma *args)
{
	uint64_t notified = UINT64_MAX;

	for (uint64_t i = 0; i < args->pages; i++) {
		struct migrate_entry *entry = &args->entries[i];
		cost_charge(STEP_MIGRATE_PAGE);
		if (!entry->dst || !entry->migrate) {
			entry->migrate = false;
			continue;
		}
		if (entry->src) {
			entry->migrate = migrate_mapping(args, entry->src);
			continue;
		}
		if (notified == UINT64_MAX) {
			notified = i;
			notifier_start(args->kvm, migrate_hva(args, i), args->pages - i);
		}
		entry->migrate = migrate_insert_page(args, i);
	}
	if (notified != UINT64_MAX)
		notifier_end(args->kvm, migrate_hva(args, notified), args->pages - notified);
}

/* ---- finalize ---------------------------------------------------------------------------- */

static void migrate_release(struct hv *hv, struct hv_page *page)
{
	sim_page_lock_unlock(&page->lock);
	hpage_put(hv, page);
}

void migrate_finalize(struct migrate_vma *args)
{
	struct hv *hv = args->kvm->hv;

	for (uint64_t i = 0; i < args->pages; i++) {
		struct migrate_entry *entry = &args->entries[i];
		cost_charge(STEP_MIGRATE_FINALIZE);
		if (!entry->src) {
			if (entry->dst)
				migrate_release(hv, entry->dst);
			continue;
		}
		bool moved = entry->migrate && entry->dst;
		if (!moved && entry->dst)
			migrate_release(hv, entry->dst);
		migrate_remove_pte(args, i, moved ? entry->dst : entry->src);
		migrate_release(hv, entry->src);
		if (moved)
			migrate_release(hv, entry->dst);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrate.c - migrate_vma, as mm/migrate_device.c of Linux does it.
 *
 * Only the rules for references decide whether a page moves, and they are kept
 * exactly, because a kinder model would hide what they do: after isolation the
 * page may have one reference too many for a device page, and one more for the
 * faulting thread (migrate_vma_check_page); but when the mapping moves, the
 * count must be exact (folio_migrate_mapping). A caller that copied content in
 * between learns of a failure only by looking at the entry's migrate flag.
 *
 * In the eras in which a faulting thread holds nothing, there is no page to
 * make allowances for. In the last one the thread has the page locked, and
 * setup and finalize leave that lock to it.
 *
 * Locking: mmap_lock held; ptl taken; page locks are tried in setup and given
 * back in finalize. Errors: HOST_EINVAL. Blocking: yields.
 */
#include "migrate.h"

#include "anon_rmap.h"
#include "era.h"

static hva_t migrate_hva(const struct migrate_vma *args, uint64_t i)
{
	return (hva_t){args->start.n + i};
}

/* Where its pages are likely to be mapped. */
static struct hv_mm *migrate_mm(const struct migrate_vma *args)
{
	return args->vma ? args->vma->mm : &args->kvm->mm;
}

/* References that the faulting thread has on a page. */
static uint64_t migrate_fault_refs(const struct migrate_vma *args, const struct hv_page *page)
{
	return page == args->fault_page && args->kvm->hv->era->fault != FAULT_HOLDS_NOTHING ? 1 : 0;
}

/* The faulting thread has the page locked, and will unlock it. */
static bool migrate_locked_before(const struct migrate_vma *args, const struct hv_page *page)
{
	return page == args->fault_page && args->kvm->hv->era->fault == FAULT_HOLDS_LOCK;
}

static bool migrate_trylock(const struct migrate_vma *args, struct hv_page *page)
{
	if (inject_fails(INJECT_PAGE_BUSY, hpage_lock_name(page)))
		return false;
	return migrate_locked_before(args, page) || sim_page_lock_trylock(&page->lock);
}

static void migrate_release(const struct migrate_vma *args, struct hv_page *page)
{
	if (!migrate_locked_before(args, page))
		sim_page_lock_unlock(&page->lock);
	hpage_put(args->kvm->hv, page);
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
static void migrate_collect_one(struct migrate_vma *args, uint64_t i) REQUIRES(args->vma->mm->ptl)
{
	struct migrate_entry *entry = &args->entries[i];
	hva_t hva = migrate_hva(args, i);
	pte_t pte = mm_pte(args->vma->mm, hva);

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
	if (!migrate_trylock(args, page)) {
		if (!hv_mutant(args->kvm->hv, MUTANT_BUSY_KEEPS_REFERENCE))
			hpage_put(args->kvm->hv, page);
		return;
	}
	rmap_isolate(args->vma->mm, hva, page);
	entry->src = page;
	entry->migrate = true;
}

static void migrate_collect(struct migrate_vma *args)
{
	struct hv_mm *mm = migrate_mm(args);

	notifier_start(mm, args->start, args->pages);
	sim_spin_lock(&mm->ptl);
	for (uint64_t i = 0; i < args->pages; i++)
		migrate_collect_one(args, i);
	sim_spin_unlock(&mm->ptl);
	notifier_end(mm, args->start, args->pages);
}

/*
 * migrate_vma_check_page(): nobody else uses the page, as far as tolerated here.
 * The one more for device pages is for the pool's reference, which only the
 * first era has: since then it lets a second user pass.
 */
static bool migrate_check_page(const struct migrate_vma *args, const struct hv_page *page)
{
	if (args->any_refs && hpage_is_device(page))
		return true;
	uint64_t ours = 1 + migrate_fault_refs(args, page) + (hpage_is_device(page) ? 1u : 0u);
	if (hv_mutant(args->kvm->hv, MUTANT_SETUP_TOLERATES_USER))
		ours++;
	return hpage_count(page) - hpage_mapped(page) <= ours;
}

/* migrate_device_unmap(): unmap the pages everywhere else, too, and give up those that somebody else uses. */
static void migrate_unmap(struct migrate_vma *args)
{
	for (uint64_t i = 0; i < args->pages; i++) {
		struct migrate_entry *entry = &args->entries[i];
		struct hv_page *page = entry->src;
		if (!page)
			continue;
		rmap_unmap(args->kvm, page);
		if (!hpage_mapped(page) && migrate_check_page(args, page))
			continue;
		if (!hv_mutant(args->kvm->hv, MUTANT_GIVE_UP_KEEPS_ENTRY))
			rmap_restore(migrate_mm(args), migrate_hva(args, i), page, page);
		entry->src = NULL;
		entry->migrate = false;
		migrate_release(args, page);
	}
}

int64_t migrate_setup(struct migrate_vma *args)
{
	uint64_t end = args->start.n + args->pages;

	if (!args->vma || args->pages == 0 || args->start.n < args->vma->start.n || end > args->vma->end.n)
		return HOST_EINVAL;
	if (args->fault_page && !hpage_is_device(args->fault_page))
		return HOST_EINVAL;
	if (inject_fails(INJECT_MIGRATE_SETUP, OBJ_NULL))
		return HOST_EINVAL;
	for (uint64_t i = 0; i < args->pages; i++)
		args->entries[i] = (struct migrate_entry){0};
	migrate_collect(args);
	migrate_unmap(args);
	return 0;
}

int64_t migrate_setup_page(struct migrate_vma *args, struct hv_page *page)
{
	if (inject_fails(INJECT_MIGRATE_SETUP, OBJ_NULL))
		return HOST_EINVAL;
	args->entries[0] = (struct migrate_entry){0};
	cost_charge(STEP_MIGRATE_COLLECT);
	hpage_get(page);
	if (!migrate_trylock(args, page)) {
		hpage_put(args->kvm->hv, page);
		return HOST_EBUSY;
	}
	args->entries[0] = (struct migrate_entry){.src = page, .migrate = true};
	migrate_unmap(args);
	return args->entries[0].src ? 0 : HOST_EBUSY;
}

/* ---- pages ---------------------------------------------------------------------------- */

/* migrate_vma_insert_page(): nothing was mapped; put the device page there, if that is still so. */
static bool migrate_insert_page(struct migrate_vma *args, uint64_t i)
{
	struct hv_page *page = args->entries[i].dst;
	struct hv_mm *mm = migrate_mm(args);
	hva_t hva = migrate_hva(args, i);

	sim_spin_lock(&mm->ptl);
	pte_t pte = mm_pte(mm, hva);
	bool free = pte_kind(pte) == HOST_PTE_NONE || pte_is_zero_page(pte);
	if (free) {
		hpage_get(page);
		mm_set_pte(mm, hva, pte_of_page(page));
	}
	sim_spin_unlock(&mm->ptl);
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
	if (inject_fails(INJECT_MIGRATE_PAGE, hpage_lock_name(page)))
		return false;
	if (args->any_refs && hpage_is_device(page))
		return true;
	return rmap_users(args->kvm->hv, page) == 1 + migrate_fault_refs(args, page);
}

void migrate_move(struct migrate_vma *args)
{
	struct hv_mm *mm = migrate_mm(args);
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
			notifier_start(mm, migrate_hva(args, i), args->pages - i);
		}
		entry->migrate = migrate_insert_page(args, i);
	}
	if (notified != UINT64_MAX)
		notifier_end(mm, migrate_hva(args, notified), args->pages - notified);
}

/* ---- finalize ---------------------------------------------------------------------------- */

void migrate_finalize(struct migrate_vma *args)
{
	for (uint64_t i = 0; i < args->pages; i++) {
		struct migrate_entry *entry = &args->entries[i];
		cost_charge(STEP_MIGRATE_FINALIZE);
		if (!entry->src) {
			if (entry->dst)
				migrate_release(args, entry->dst);
			continue;
		}
		bool moved = entry->migrate && entry->dst;
		if (!moved && entry->dst)
			migrate_release(args, entry->dst);
		rmap_restore(migrate_mm(args), migrate_hva(args, i), entry->src, moved ? entry->dst : entry->src);
		migrate_release(args, entry->src);
		if (moved)
			migrate_release(args, entry->dst);
	}
}

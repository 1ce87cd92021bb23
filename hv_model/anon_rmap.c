/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anon_rmap.c - entries of a page, wherever it is mapped. See anon_rmap.h.
 *
 * Locking, Errors, Blocking: see anon_rmap.h.
 */
#include "anon_rmap.h"

#include "era.h"
#include "mm.h"

void rmap_isolate(struct hv_mm *mm, hva_t hva, struct hv_page *page)
{
	mm_set_pte(mm, hva, pte_like(pte_moving(page), mm_pte(mm, hva)));
	hpage_put(mm->kvm->hv, page);
}

/* The entry is @wanted, whatever it permits. */
static bool rmap_is(struct hv_mm *mm, hva_t hva, pte_t wanted)
{
	return (mm_pte(mm, hva).w & ~PTE_READONLY_BIT) == wanted.w;
}

/* The next address from *@hva on with that entry. A search the kernel has an index for. */
HV_UNSEEN static bool rmap_find(struct hv_mm *mm, pte_t wanted, hva_t *hva)
{
	for (; mm_next_pte(mm, hva); hva->n++)
		if (rmap_is(mm, *hva, wanted))
			return true;
	return false;
}

/* try_to_migrate_one() */
static void rmap_unmap_one(struct hv_mm *mm, hva_t hva, struct hv_page *page)
{
	notifier_start(mm, hva, 1);
	sim_spin_lock(&mm->ptl);
	if (rmap_is(mm, hva, pte_of_page(page)))
		rmap_isolate(mm, hva, page);
	sim_spin_unlock(&mm->ptl);
	notifier_end(mm, hva, 1);
}

/* What to do with one entry that maps a page, or did when it was looked for. */
typedef void rmap_one_fn(struct hv_mm *mm, hva_t hva, struct hv_page *page);

static void rmap_walk(struct hv_guest *kvm, struct hv_page *page, rmap_one_fn *one)
{
	struct hv_mm *const mms[] = {&kvm->mm, &kvm->child};

	for (unsigned i = 0; i < 2 && hpage_mapped(page) > 0; i++)
		for (hva_t at = hva_of_gfn((gfn_t){0}); hpage_mapped(page) > 0; at.n++) {
			if (!rmap_find(mms[i], pte_of_page(page), &at))
				break;
			one(mms[i], at, page);
		}
}

void rmap_unmap(struct hv_guest *kvm, struct hv_page *page)
{
	rmap_walk(kvm, page, rmap_unmap_one);
}

/* try_to_unmap_one() of what cannot be had back */
static void rmap_zap_one(struct hv_mm *mm, hva_t hva, struct hv_page *page)
{
	notifier_start(mm, hva, 1);
	sim_spin_lock(&mm->ptl);
	bool mapped = rmap_is(mm, hva, pte_of_page(page));
	if (mapped)
		mm_set_pte(mm, hva, PTE_NONE);
	sim_spin_unlock(&mm->ptl);
	notifier_end(mm, hva, 1);
	if (mapped)
		hpage_put(mm->kvm->hv, page);
}

void rmap_zap(struct hv_guest *kvm, struct hv_page *page)
{
	rmap_walk(kvm, page, rmap_zap_one);
}

/* What comes in the place of migration entries: a page, or else a swap slot. */
struct rmap_new {
	struct hv_page *page;
	uint32_t slot;
};

static pte_t rmap_take_new(struct hv *hv, const struct rmap_new *to)
{
	if (to->page) {
		hpage_get(to->page);
		return pte_of_page(to->page);
	}
	swap_get(&hv->swap, to->slot);
	return pte_make(HOST_PTE_SWAP, false, to->slot);
}

/* remove_migration_pte() */
static void rmap_restore_one(struct hv_mm *mm, hva_t hva, struct hv_page *from, const struct rmap_new *to)
{
	sim_spin_lock(&mm->ptl);
	if (rmap_is(mm, hva, pte_moving(from))) {
		pte_t fresh = rmap_take_new(mm->kvm->hv, to);
		mm_set_pte(mm, hva, pte_like(fresh, mm_pte(mm, hva)));
	}
	sim_spin_unlock(&mm->ptl);
}

static void rmap_restore_all(struct hv_mm *mm, hva_t hva, struct hv_page *from, const struct rmap_new *to)
{
	struct hv_guest *kvm = mm->kvm;
	struct hv_mm *const mms[] = {&kvm->mm, &kvm->child};

	rmap_restore_one(mm, hva, from, to);
	for (unsigned i = 0; i < 2 && hpage_moving(from) > 0; i++)
		for (hva_t at = hva_of_gfn((gfn_t){0}); hpage_moving(from) > 0; at.n++) {
			if (!rmap_find(mms[i], pte_moving(from), &at))
				break;
			rmap_restore_one(mms[i], at, from, to);
		}
	if (hv_mutant(kvm->hv, MUTANT_MIGRATION_WAKES_NOBODY))
		return;
	hv_wake(&kvm->mm.migration);
	hv_wake(&kvm->child.migration);
}

void rmap_restore(struct hv_mm *mm, hva_t hva, struct hv_page *from, struct hv_page *to)
{
	rmap_restore_all(mm, hva, from, &(struct rmap_new){.page = to});
}

void rmap_restore_swap(struct hv_mm *mm, hva_t hva, struct hv_page *from, uint32_t slot)
{
	rmap_restore_all(mm, hva, from, &(struct rmap_new){.slot = slot});
}

uint64_t rmap_users(const struct hv *hv, const struct hv_page *page)
{
	return hpage_count(page) - hpage_mapped(page) - (hpage_is_device(page) ? hv->era->base : 0u);
}

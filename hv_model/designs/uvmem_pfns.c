/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uvmem_pfns.c - marks in per-guest arrays (Linux 6.1 book3s_hv_uvmem.c,
 * kvmppc_uvmem_slot_init() to kvmppc_next_nontransitioned_gfn()).
 *
 * Locking: uvmem_lock for everything, but page_free comes without it when the
 * process unmaps a device page. In uvmem-fixed bitmap_lock, too. Errors: none.
 * Blocking: yields.
 */
#include "uvmem.h"

/* struct kvmppc_uvmem_slot; the list's head is kvm->design_data. */
struct uvmem_slot {
	struct uvmem_slot *next;
	uint64_t nr_pfns;
	uint64_t base_pfn;
	uint64_t *pfns;
};

static void uvmem_words_lock(struct hv_guest *kvm)
{
	if (uvmem_is_fixed(kvm))
		sim_spin_lock(&kvm->hv->bitmap_lock);
}

static void uvmem_words_unlock(struct hv_guest *kvm)
{
	if (uvmem_is_fixed(kvm))
		sim_spin_unlock(&kvm->hv->bitmap_lock);
}

/* An entry and its array, in no list yet; NULL: no memory. */
static struct uvmem_slot *uvmem_slot_alloc(struct hv_guest *kvm, const struct memslot *slot)
{
	obj_t entry = obj_make(OBJ_UVMEM_SLOT, kvm->index, slot->id);
	obj_t array = obj_make(OBJ_PFNS, kvm->index, slot->id);

	cost_charge_many(STEP_ALLOC, 2);
	if (inject_fails(INJECT_ALLOC, entry))
		return NULL;
	struct uvmem_slot *p = heap_alloc(sizeof(*p), entry);
	if (inject_fails(INJECT_ALLOC, array)) {
		cost_charge(STEP_FREE);
		heap_free(p);
		return NULL;
	}
	p->pfns = heap_alloc(slot->pages * sizeof(uint64_t), array);
	return p;
}

bool uvmem_slot_init(struct hv_guest *kvm, const struct memslot *slot)
{
	struct uvmem_slot *p = uvmem_slot_alloc(kvm, slot);
	if (!p)
		return false;
	p->nr_pfns = slot->pages;
	p->base_pfn = slot->base.n;
	bool unlocked = hv_mutant(kvm->hv, MUTANT_SLOT_LIST_UNLOCKED);
	if (!unlocked)
		sim_mutex_lock(&kvm->uvmem_lock);
	uvmem_words_lock(kvm);
	p->next = kvm->design_data;
	kvm->design_data = p;
	uvmem_words_unlock(kvm);
	if (!unlocked)
		sim_mutex_unlock(&kvm->uvmem_lock);
	return true;
}

/* The marks go with the array; only the trace hears of it. */
HV_UNSEEN static void uvmem_trace_forgotten(struct hv_guest *kvm, const struct uvmem_slot *p)
{
	for (uint64_t i = 0; i < p->nr_pfns; i++) {
		gfn_t gfn = {p->base_pfn + i};
		hv_trace_mark(kvm, gfn, uvmem_mark_of(kvm, gfn), HV_MARK_NONE);
	}
}

static void uvmem_unlink(struct hv_guest *kvm, struct uvmem_slot *p, struct uvmem_slot *before)
{
	if (before)
		before->next = p->next;
	else
		kvm->design_data = p->next;
}

/* Linux: the array goes first, then the entry leaves the list, in the order of kvmppc_uvmem_slot_free(). */
static void uvmem_slot_free_one(struct hv_guest *kvm, struct uvmem_slot *p, struct uvmem_slot *before)
{
	uvmem_trace_forgotten(kvm, p);
	cost_charge(STEP_FREE);
	heap_free(p->pfns);
	uvmem_unlink(kvm, p, before);
	cost_charge(STEP_FREE);
	heap_free(p);
}

/* uvmem-fixed: no device page outlives the array that names it, and page_free finds either all or nothing. */
static void uvmem_slot_free_fixed(struct hv_guest *kvm, struct uvmem_slot *p, struct uvmem_slot *before)
{
	for (uint64_t i = 0; i < p->nr_pfns; i++)
		fixed_throw_away(kvm, (gfn_t){p->base_pfn + i});
	uvmem_words_lock(kvm);
	uvmem_trace_forgotten(kvm, p);
	uvmem_unlink(kvm, p, before);
	uvmem_words_unlock(kvm);
	cost_charge_many(STEP_FREE, 2);
	heap_free(p->pfns);
	heap_free(p);
}

static void uvmem_slot_release(struct hv_guest *kvm, struct uvmem_slot *p, struct uvmem_slot *before)
{
	if (uvmem_is_fixed(kvm))
		uvmem_slot_free_fixed(kvm, p, before);
	else
		uvmem_slot_free_one(kvm, p, before);
}

void uvmem_slot_free(struct hv_guest *kvm, const struct memslot *slot)
{
	struct uvmem_slot *p, *before = NULL;

	sim_mutex_lock(&kvm->uvmem_lock);
	for (p = kvm->design_data; p && p->base_pfn != slot->base.n; p = p->next) {
		cost_charge(STEP_LIST_STEP);
		before = p;
	}
	if (p)
		uvmem_slot_release(kvm, p, before);
	sim_mutex_unlock(&kvm->uvmem_lock);
}

void uvmem_slot_free_all(struct hv_guest *kvm)
{
	while (kvm->design_data)
		uvmem_slot_release(kvm, kvm->design_data, NULL);
}

/* ---- marks ------------------------------------------------------------------------ */

/* The word of a page, NULL when no array has one. */
static uint64_t *uvmem_find(struct hv_guest *kvm, gfn_t gfn)
{
	for (struct uvmem_slot *p = kvm->design_data; p; p = p->next) {
		cost_charge(STEP_LIST_STEP);
		if (gfn.n >= p->base_pfn && gfn.n < p->base_pfn + p->nr_pfns)
			return &p->pfns[gfn.n - p->base_pfn];
	}
	return NULL;
}

static enum hv_mark uvmem_mark(uint64_t word)
{
	if (word & UVMEM_GFN_UVMEM)
		return HV_MARK_UVMEM;
	if (word & UVMEM_GFN_MEM)
		return HV_MARK_MEM;
	return word & UVMEM_GFN_SHARED ? HV_MARK_SHARED : HV_MARK_NONE;
}

void uvmem_put(struct hv_guest *kvm, gfn_t gfn, uint64_t value)
{
	uint64_t *word = uvmem_find(kvm, gfn);
	if (!word)
		return;
	cost_charge(STEP_MARK);
	enum hv_mark old = uvmem_mark_of(kvm, gfn);
	*word = value;
	hv_trace_mark(kvm, gfn, old, uvmem_mark(value));
}

uint64_t uvmem_get(struct hv_guest *kvm, gfn_t gfn)
{
	const uint64_t *word = uvmem_find(kvm, gfn);
	if (!word)
		return 0;
	cost_charge(STEP_MARK);
	return *word;
}

static void uvmem_gfn_set(struct hv_guest *kvm, gfn_t gfn, uint64_t value)
{
	uvmem_words_lock(kvm);
	uvmem_put(kvm, gfn, value);
	uvmem_words_unlock(kvm);
}

void uvmem_gfn_insert(struct hv_guest *kvm, gfn_t gfn, dfn_t dfn)
{
	uvmem_gfn_set(kvm, gfn, UVMEM_GFN_UVMEM | dfn.n);
}

void uvmem_gfn_secure_mem(struct hv_guest *kvm, gfn_t gfn)
{
	uvmem_gfn_set(kvm, gfn, UVMEM_GFN_MEM);
}

void uvmem_gfn_shared(struct hv_guest *kvm, gfn_t gfn)
{
	uvmem_gfn_set(kvm, gfn, UVMEM_GFN_SHARED);
}

void uvmem_gfn_remove(struct hv_guest *kvm, gfn_t gfn)
{
	uvmem_gfn_set(kvm, gfn, 0);
}

bool uvmem_gfn_is_uvmem(struct hv_guest *kvm, gfn_t gfn, dfn_t *dfn)
{
	uvmem_words_lock(kvm);
	uint64_t value = uvmem_get(kvm, gfn);
	uvmem_words_unlock(kvm);
	if (!(value & UVMEM_GFN_UVMEM) || value == UVMEM_GFN_LOST)
		return false;
	if (dfn)
		*dfn = (dfn_t){(uint32_t)(value & ~UVMEM_GFN_FLAGS)};
	return true;
}

static bool uvmem_scan_untouched(struct hv_guest *kvm, const struct memslot *slot, gfn_t *gfn)
{
	uint64_t end = slot->base.n + slot->pages;
	uint64_t flags = hv_mutant(kvm->hv, MUTANT_SWEEP_LOOKS_AT_ONE_BIT) ? UVMEM_GFN_UVMEM : UVMEM_GFN_FLAGS;
	const uint64_t *word = gfn->n < end ? uvmem_find(kvm, *gfn) : NULL;

	if (!word)
		return false;
	for (; gfn->n < end; gfn->n++, word++) {
		cost_charge(STEP_MARK);
		if (!(*word & flags))
			return true;
	}
	return false;
}

bool uvmem_next_untouched(struct hv_guest *kvm, const struct memslot *slot, gfn_t *gfn)
{
	uvmem_words_lock(kvm);
	bool found = uvmem_scan_untouched(kvm, slot, gfn);
	uvmem_words_unlock(kvm);
	return found;
}

/* ---- views -------------------------------------------------------------------------- */

HV_UNSEEN enum hv_mark uvmem_mark_of(struct hv_guest *kvm, gfn_t gfn)
{
	for (const struct uvmem_slot *p = kvm->design_data; p; p = p->next)
		if (gfn.n >= p->base_pfn && gfn.n < p->base_pfn + p->nr_pfns)
			return uvmem_mark(p->pfns[gfn.n - p->base_pfn]);
	return HV_MARK_NONE;
}

HV_UNSEEN uint32_t uvmem_marked(struct hv_guest *kvm)
{
	uint32_t count = 0;
	for (const struct uvmem_slot *p = kvm->design_data; p; p = p->next)
		for (uint64_t i = 0; i < p->nr_pfns; i++)
			count += uvmem_mark(p->pfns[i]) == HV_MARK_UVMEM;
	return count;
}

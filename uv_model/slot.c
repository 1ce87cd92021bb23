/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slot.c - the ranges of guest memory that the hypervisor has registered.
 *
 * Nothing is reserved for a slot: frames are found when a page needs one. To
 * release a slot is to forget all that is known of its pages.
 *
 * Locking: changes hold page_lock, so that UV_PAGE_IN, _OUT and _INVAL see a slot
 * or its absence from beginning to end; svm->lock guards the list itself. A
 * fault looks for the slot with its stripe held, and slot_remove() sweeps each
 * stripe after the slot is gone, so no entry can stay behind.
 * Errors: codes of UV_REGISTER_MEM_SLOT. Blocking: all yield.
 */
#include "uv.h"

/* How many pages it is looked for. */
static uint64_t slot_span(const struct uv_slot *slot)
{
	return slot->pages + (uv_mutant(MUTANT_SLOT_HAS_ONE_MORE) ? 1 : 0);
}

/* svm->lock held. */
static const struct uv_slot *slot_find(const struct svm *svm, gfn_t gfn)
{
	for (const struct uv_slot *slot = svm->slots; slot; slot = slot->next) {
		if (gfn.n >= slot->base.n && gfn.n - slot->base.n < slot_span(slot))
			return slot;
	}
	return NULL;
}

bool slot_has(struct svm *svm, gfn_t gfn)
{
	return slot_has_range(svm, gfn, 1);
}

bool slot_has_range(struct svm *svm, gfn_t first, uint64_t count)
{
	const struct uv_slot *slot = NULL;

	sim_spin_lock(&svm->lock);
	for (;;) {
		slot = slot_find(svm, first);
		if (!slot)
			break;
		uint64_t here = slot->base.n + slot_span(slot) - first.n;
		if (count <= here)
			break;
		first.n += here;
		count -= here;
	}
	sim_spin_unlock(&svm->lock);
	return slot != NULL;
}

/* page_lock and svm->lock held. The code of the argument that is in the way, or 0. */
static int64_t slot_check_free(const struct svm *svm, uint32_t id, gfn_t base, uint64_t pages)
{
	int64_t code = ABI_U_SUCCESS;

	for (const struct uv_slot *slot = svm->slots; slot; slot = slot->next) {
		if (base.n < slot->base.n + slot->pages && slot->base.n < base.n + pages)
			return ABI_U_P2;
		if (slot->id == id)
			code = ABI_U_P5;
	}
	return code;
}

int64_t slot_add(struct svm *svm, uint32_t id, gfn_t base, uint64_t pages)
{
	const obj_t name = obj_make(OBJ_UV_SLOT, svm->guest, id);
	cost_charge(STEP_ALLOC);
	/* The document has no code for it; the published firmware answers as here. */
	if (inject_fails(INJECT_ALLOC, name))
		return ABI_U_PARAMETER;
	struct uv_slot *slot = heap_alloc(sizeof(*slot), name);
	*slot = (struct uv_slot){.id = id, .base = base, .pages = pages};

	sim_spin_lock(&svm->page_lock);
	sim_spin_lock(&svm->lock);
	bool open = svm_mode_of(svm) == SVM_ACTIVE || svm_mode_of(svm) == SVM_SECURE;
	int64_t code = open ? slot_check_free(svm, id, base, pages) : ABI_U_PERMISSION;
	if (code == ABI_U_SUCCESS) {
		struct uv_slot **link = &svm->slots;
		while (*link && (*link)->base.n < base.n)
			link = &(*link)->next;
		slot->next = *link;
		*link = slot;
		trace_emit(TRACE_SLOT, TRACE_SLOT_REGISTER, (uint64_t)svm->guest << 32 | id, trace_span(base, pages));
	}
	sim_spin_unlock(&svm->lock);
	sim_spin_unlock(&svm->page_lock);
	if (code != ABI_U_SUCCESS)
		heap_free(slot);
	return code;
}

/* Everything that is known of the slot's pages, stripe by stripe. */
static void slot_sweep(struct uv *uv, struct svm *svm, const struct uv_slot *slot)
{
	uint64_t end = slot->base.n + slot->pages;

	for (unsigned i = 0; i < UV_STRIPES; i++) {
		struct gfn_stripe *stripe = &svm->stripes[i];
		struct gfn_entry *entry;
		sim_spin_lock(&stripe->lock);
		while ((entry = map_next(svm, i, slot->base)) && entry->gfn.n < end) {
			cost_charge(STEP_UV_STATE);
			gfn_release(uv, svm, entry);
		}
		map_rest(svm, i);
		sim_spin_unlock(&stripe->lock);
	}
}

/* Take a slot out of the list; NULL when there is none of that number. */
static struct uv_slot *slot_unlink(struct svm *svm, uint32_t id)
{
	struct uv_slot **link = &svm->slots;

	sim_spin_lock(&svm->lock);
	while (*link && (*link)->id != id)
		link = &(*link)->next;
	struct uv_slot *slot = *link;
	if (slot)
		*link = slot->next;
	sim_spin_unlock(&svm->lock);
	return slot;
}

/* page_lock held: the list does not change. */
static const struct uv_slot *slot_of_id(const struct svm *svm, uint32_t id)
{
	const struct uv_slot *slot = svm->slots;
	while (slot && slot->id != id)
		slot = slot->next;
	return slot;
}

bool slot_remove(struct uv *uv, struct svm *svm, uint32_t id)
{
	bool swept = uv_mutant(MUTANT_SWEPT_BEFORE_UNLINKED);

	sim_spin_lock(&svm->page_lock);
	if (swept && slot_of_id(svm, id))
		slot_sweep(uv, svm, slot_of_id(svm, id));
	struct uv_slot *slot = slot_unlink(svm, id);
	if (slot) {
		if (!swept)
			slot_sweep(uv, svm, slot);
		trace_emit(TRACE_SLOT, TRACE_SLOT_UNREGISTER, (uint64_t)svm->guest << 32 | id,
			trace_span(slot->base, slot->pages));
	}
	sim_spin_unlock(&svm->page_lock);
	if (!slot)
		return false;
	cost_charge(STEP_FREE);
	heap_free(slot);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gfn.c - one page of a secure VM: its state, its frame, its page-table entry.
 *
 * A change of the page table that takes a mapping away is a change of the entry,
 * a tlbie, and the wait until every access that was translated before has
 * landed; so whoever returns from gfn_unmap() may give the frame away.
 *
 * Locking: the stripe's lock, for everything here. Errors: no frame is a value.
 * Blocking: all yield, but gfn_frame() and gfn_give_frame().
 */
#include "uv.h"

void gfn_lock(struct svm *svm, gfn_t gfn)
{
	sim_spin_lock(&map_stripe(svm, gfn)->lock);
	cost_charge(STEP_UV_STATE);
}

void gfn_unlock(struct svm *svm, gfn_t gfn)
{
	map_rest(svm, gfn.n % UV_STRIPES);
	sim_spin_unlock(&map_stripe(svm, gfn)->lock);
}

void gfn_set_state(struct svm *svm, struct gfn_entry *entry, enum gfn_state next)
{
	enum gfn_state old = gfn_state_of(entry);
	if (old == next)
		return;
	cost_charge(STEP_UV_STATE);
	entry->state = (uint8_t)next;
	if (!gfn_state_is_transient(next))
		entry->op = 0;
	trace_emit(TRACE_UV_STATE, 0, trace_page(svm->guest, entry->gfn), trace_change(old, next));
}

void gfn_tell_content(struct svm *svm, gfn_t gfn, token_t token)
{
	trace_emit(TRACE_CONTENT, TRACE_SIDE_UV, trace_page(svm->guest, gfn), token);
}

/* What the guest's page table says of the page from now on. */
static void gfn_tell_map(const struct svm *svm, const struct gfn_entry *entry)
{
	static const enum trace_map told[] = {
		[PTE_NONE] = TRACE_MAP_NONE, [PTE_SECURE] = TRACE_MAP_SECURE, [PTE_SHARED] = TRACE_MAP_SHARED};
	uint32_t frame = entry->pte == PTE_SECURE   ? entry->frame.n
			 : entry->pte == PTE_SHARED ? entry->host.n
						    : UINT32_MAX;

	trace_emit(TRACE_UV_MAP, told[entry->pte], trace_page(svm->guest, entry->gfn), frame);
}

void gfn_map_secure(struct svm *svm, struct gfn_entry *entry)
{
	if (entry->pte == PTE_SECURE)
		return;
	gfn_unmap(svm, entry);
	cost_charge(STEP_UV_MAP);
	entry->pte = PTE_SECURE;
	gfn_tell_map(svm, entry);
}

void gfn_map_shared(struct svm *svm, struct gfn_entry *entry, hfn_t host, bool write_protected)
{
	bool same = entry->pte == PTE_SHARED && entry->host.n == host.n && entry->write_protected == write_protected;
	if (same)
		return;
	gfn_unmap(svm, entry);
	cost_charge(STEP_UV_MAP);
	entry->host = host;
	entry->write_protected = write_protected;
	entry->pte = PTE_SHARED;
	gfn_tell_map(svm, entry);
}

/*U:170
 * To take a page away from the guest is to change the entry and then to wait: an access that was
 * translated before may still be on its way to memory. Only when the last has landed may the frame be
 * given to somebody else.
 :*/
/* The CPU stalls in tlbsync: no sleep, so it may happen under a spin lock. */
static void gfn_tlbie(struct svm *svm, const struct gfn_entry *entry)
{
	const struct wait_on on = {
		.what = obj_make(OBJ_TRANSLATION, svm->guest, (uint32_t)entry->gfn.n), .object = entry};

	cost_charge(STEP_TLBIE);
	while (entry->landing && !uv_mutant(MUTANT_UNMAP_WITHOUT_TLBIE)) {
		struct tlb_wait wait = {svm->tlb_waits, context_self()};
		svm->tlb_waits = &wait;
		context_block(CAUSE_TLB, &on);
	}
}

void gfn_landed(struct svm *svm)
{
	for (struct tlb_wait *wait = svm->tlb_waits; wait; wait = wait->next)
		context_wake(wait->ctx, 1);
	svm->tlb_waits = NULL;
}

void gfn_unmap(struct svm *svm, struct gfn_entry *entry)
{
	if (entry->pte == PTE_NONE)
		return;
	cost_charge(STEP_UV_MAP);
	entry->pte = PTE_NONE;
	gfn_tlbie(svm, entry);
	/* Only now has the last access by the old entry landed. */
	gfn_tell_map(svm, entry);
}

struct frame *gfn_frame(struct uv *uv, const struct gfn_entry *entry)
{
	return entry && entry->frame.n != SFN_NONE.n ? frame_at(&uv->frames, entry->frame.n) : NULL;
}

bool gfn_take_frame(struct uv *uv, struct svm *svm, struct gfn_entry *entry)
{
	if (entry->frame.n != SFN_NONE.n)
		return true;
	if (inject_fails(INJECT_SECURE_FRAME, obj_make(OBJ_GUEST_PAGE, svm->guest, (uint32_t)entry->gfn.n)))
		return false;
	uint32_t index = frame_take(&uv->frames, trace_page(svm->guest, entry->gfn));
	if (index == UINT32_MAX)
		return false;
	order_acquire_at(frame_at(&uv->frames, index)); /* after who gave it back, by the allocator's lock */
	entry->frame = (sfn_t){index};
	reuse_take(uv->frame_uses, index, trace_page(svm->guest, entry->gfn));
	/* The ultravisor hands out zeroed frames only. */
	if (!uv_mutant(MUTANT_SECURE_FRAME_NOT_ZEROED))
		frame_at(&uv->frames, index)->token = TOKEN_ZERO;
	return true;
}

void gfn_give_frame(struct uv *uv, struct gfn_entry *entry)
{
	if (entry->frame.n == SFN_NONE.n)
		return;
	order_release_at(frame_at(&uv->frames, entry->frame.n));
	frame_give(&uv->frames, entry->frame.n);
	reuse_give(uv->frame_uses, entry->frame.n);
	entry->frame = SFN_NONE;
}

void gfn_drop_crypto(struct gfn_entry *entry)
{
	struct crypto_meta *crypto = entry->crypto;
	if (!crypto)
		return;
	cost_charge(STEP_FREE);
	entry->crypto = NULL;
	heap_free(crypto);
}

void gfn_release(struct uv *uv, struct svm *svm, struct gfn_entry *entry)
{
	gfn_unmap(svm, entry);
	gfn_give_frame(uv, entry);
	gfn_drop_crypto(entry);
	gfn_set_state(svm, entry, GFN_SECURE);
	cost_charge(STEP_FREE);
	map_remove(svm, entry);
}

bool gfn_scan(struct svm *svm, gfn_t from, gfn_wanted *wanted, const void *arg, gfn_t *out)
{
	gfn_t best = {UINT64_MAX};

	for (unsigned i = 0; i < UV_STRIPES; i++) {
		struct gfn_stripe *stripe = &svm->stripes[i];
		sim_spin_lock(&stripe->lock);
		cost_charge(STEP_LIST_STEP);
		struct gfn_entry *entry = map_next(svm, i, from);
		while (entry && entry->gfn.n < best.n && !wanted(entry, arg)) {
			gfn_t after = {entry->gfn.n + 1};
			map_rest(svm, i);
			entry = map_next(svm, i, after);
		}
		if (entry && entry->gfn.n < best.n)
			best = entry->gfn;
		map_rest(svm, i);
		sim_spin_unlock(&stripe->lock);
	}
	*out = best;
	return best.n != UINT64_MAX;
}

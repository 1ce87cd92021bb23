/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evict.c - room in secure memory, by H_SVM_PAGE_OUT.
 *
 * Frames are not reserved, so a page may need one when none is free. The vCPU
 * that needs it asks the hypervisor to take another page of its own guest: the
 * next unshared one after the last that went, in order of pages, round and
 * round. The hypervisor's UV_PAGE_OUT frees the frame.
 *
 * Locking: none on entry; the hand under svm->lock. Errors: false when nothing
 * can be pushed out. Blocking: yields.
 */
#include "uv.h"

static bool evict_wants(const struct gfn_entry *entry, const void *arg)
{
	(void)arg;
	return entry->state == GFN_SECURE && entry->pte == PTE_SECURE;
}

/* The next page to go, or false when the guest has none. */
static bool evict_pick(struct svm *svm, gfn_t *out)
{
	bool locked = !uv_mutant(MUTANT_HAND_WITHOUT_LOCK);

	if (locked)
		sim_spin_lock(&svm->lock);
	gfn_t hand = svm->hand;
	if (locked)
		sim_spin_unlock(&svm->lock);

	if (!gfn_scan(svm, hand, evict_wants, NULL, out) && !gfn_scan(svm, (gfn_t){0}, evict_wants, NULL, out))
		return false;
	if (locked)
		sim_spin_lock(&svm->lock);
	svm->hand = (gfn_t){out->n + 1};
	if (locked)
		sim_spin_unlock(&svm->lock);
	return true;
}

/*U:220
 * Frames are not reserved. Who needs one when none is free has another page of its own guest pushed
 * out first, and so a page fault can turn into a page-out: the hypervisor must stand that on any path
 * that ends in an access.
 :*/
bool evict_make_room(struct uv *uv, struct svm *svm, struct vcpu_id vcpu)
{
	gfn_t victim;

	for (unsigned i = 0; i < UV_EVICTIONS; i++) {
		if (uv->frames.used < uv->frames.limit)
			return true;
		/* During UV_ESM too: only what went out comes in again, so what was checked stays checked. */
		if (svm_mode_of(svm) == SVM_TERMINATED || !evict_pick(svm, &victim))
			return false;
		reflect_page(uv, svm, vcpu, ABI_H_SVM_PAGE_OUT, victim, 0);
	}
	return uv->frames.used < uv->frames.limit;
}

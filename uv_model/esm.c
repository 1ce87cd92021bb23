/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esm.c - UV_ESM: a normal VM becomes a secure one.
 *
 * The hypervisor is told that it begins (it registers its slots), the image is
 * brought in page by page, the hypervisor is told that it is done. Only the
 * image is copied: every other page starts untouched and reads as zero. On any
 * failure the VM is marked ABORT and H_SVM_INIT_ABORT is sent on behalf of the
 * guest: the hypervisor takes the pages back as plain content, terminates the
 * VM here, and answers the guest itself.
 *
 * Locking: none is held across a call to the hypervisor. Errors: documented
 * codes; after the object exists a failure is the hypervisor's answer to
 * H_SVM_INIT_ABORT. Blocking: yields.
 */
#include "ucall.h"

/* One page of the image; it is in when it has a frame. */
static bool esm_page_in(struct ucall *u, gfn_t gfn)
{
	if (!slot_has(u->svm, gfn))
		return false;
	int64_t code = reflect_page(u->uv, u->svm, u->vcpu, ABI_H_SVM_PAGE_IN, gfn, ABI_H_PAGE_IN_NONSHARED);
	gfn_lock(u->svm, gfn);
	const struct gfn_entry *entry = map_find(u->svm, gfn);
	bool in = entry && entry->pte == PTE_SECURE;
	gfn_unlock(u->svm, gfn);
	return code == ABI_H_SUCCESS && in;
}

static bool esm_image_in(struct ucall *u)
{
	gfn_t first = gfn_of_gpa(u->arg[0]);

	for (uint64_t i = 0; i < esm_image_pages(u); i++) {
		if (!esm_page_in(u, (gfn_t){first.n + i}))
			return false;
	}
	return true;
}

/*U:230
 * Becoming secure is the longest conversation of the protocol, and reads shortest: tell the
 * hypervisor, bring the image in, tell it again. Any failure on the way is one path out, which gives
 * the guest its pages back.
 :*/
static bool esm_switch(struct ucall *u)
{
	return reflect_plain(u->uv, u->svm, u->vcpu, ABI_H_SVM_INIT_START) == ABI_H_SUCCESS && esm_image_in(u) &&
	       reflect_plain(u->uv, u->svm, u->vcpu, ABI_H_SVM_INIT_DONE) == ABI_H_SUCCESS;
}

/* The hypervisor sees the guest's own machine state and answers the guest. */
static void esm_abort(struct ucall *u)
{
	struct call abort = {.number = ABI_H_SVM_INIT_ABORT};

	svm_set_mode(u->uv, u->svm, SVM_ABORT);
	abort.arg[CALL_STATE] = u->c->arg[CALL_STATE];
	call_transfer(u->uv->config.hv, &abort, u->c, STEP_REFLECT, 0);
}

/* What a VM that has an svm already is told. */
static int64_t esm_again(struct ucall *u)
{
	struct svm *svm = svm_get(u->uv, u->vcpu.guest);
	bool secure = svm && svm->mode == SVM_SECURE;

	svm_put(u->uv, svm);
	return secure ? ABI_U_SUCCESS : ABI_U_RETRY;
}

int64_t ucall_esm(struct ucall *u)
{
	if (u->vcpu.guest >= u->uv->config.guest_count)
		return ABI_U_INVALID;
	cost_charge(STEP_UV_ESM);
	u->svm = svm_create(u->uv, u->vcpu.guest);
	if (!u->svm)
		return esm_again(u);
	if (esm_switch(u))
		svm_set_mode(u->uv, u->svm, SVM_SECURE);
	else
		esm_abort(u);
	return u->svm->mode == SVM_SECURE ? ABI_U_SUCCESS : ABI_U_INVALID;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esm.c - UV_ESM: a normal VM becomes a secure one.
 *
 * First the blob and the tree are looked at where they are, in normal memory,
 * through the guest's own translation: what is plainly wrong gets its code, and
 * nothing has to be undone. Then the hypervisor is told that the switch begins
 * (it registers its slots), the image is brought in page by page and read again,
 * for the hypervisor could have changed it; only this reading counts. Pages
 * beyond the image start untouched and read as zero.
 *
 * On any failure from then on the VM is marked ABORT and H_SVM_INIT_ABORT is
 * sent on behalf of the guest: the hypervisor takes the pages back as plain
 * content, terminates the VM here, and answers the guest itself (H_PARAMETER).
 * Pages that are encrypted with the hypervisor are brought in once more before
 * that, so that every page then holds what it held when the guest called.
 *
 * Locking: none is held across a call to the hypervisor. Errors: documented
 * codes; see above for failures after the object exists. Blocking: yields.
 */
#include "esm.h"

#define ESM_LOOK_PAGES 4096u /* looked at beforehand; what is beyond is read once only */

/* The switch under way. */
struct esm_switch {
	struct esm e;
	struct share_own own[2]; /* what the ultravisor shares for itself */
	unsigned own_count;
};

/* ---- where pages come from ---------------------------------------------------------- */

/* As the guest itself would read it now. A page that is not mapped is not had: the hypervisor may yet have it. */
static bool esm_look(struct esm *e, gfn_t gfn, token_t *token)
{
	struct call c = {
		.number = BUS_ACCESS, .arg = {e->u->vcpu.guest, gfn.n, false, 0}, .arg_count = 4, .ret_count = 2};

	if (++e->looked <= ESM_LOOK_PAGES)
		bus_access(e->u->uv->config.hv, &c, STEP_BUS);
	if (e->looked > ESM_LOOK_PAGES || c.ret[0] != BUS_OK) {
		e->missed = true;
		return false;
	}
	*token = (token_t)c.ret[1];
	return true;
}

/* What the page is now: here, encrypted with the hypervisor, or never moved. */
enum esm_place { ESM_HERE, ESM_OUT, ESM_NOT_YET };

static enum esm_place esm_where(struct esm *e, gfn_t gfn, token_t *token)
{
	gfn_lock(e->u->svm, gfn);
	const struct gfn_entry *entry = map_find(e->u->svm, gfn);
	const struct frame *frame = gfn_frame(e->u->uv, entry);
	bool out = gfn_state_of(entry) == GFN_PAGEDOUT;
	if (frame)
		*token = frame->token;
	gfn_unlock(e->u->svm, gfn);
	return frame ? ESM_HERE : out ? ESM_OUT : ESM_NOT_YET;
}

/*
 * Ask the hypervisor for a page. It has nothing to give of one that nobody ever
 * touched, and says so by success without UV_PAGE_IN: that page is zero, and gets
 * its frame now, so that nothing can be put there once it was looked at.
 */
static bool esm_ask(struct esm *e, gfn_t gfn)
{
	struct ucall *u = e->u;

	evict_make_room(u->uv, u->svm, u->vcpu);
	if (reflect_page(u->uv, u->svm, u->vcpu, ABI_H_SVM_PAGE_IN, gfn, ABI_H_PAGE_IN_NONSHARED) != ABI_H_SUCCESS)
		return false;
	gfn_lock(u->svm, gfn);
	if (gfn_state_of(map_find(u->svm, gfn)) == GFN_SECURE && slot_has(u->svm, gfn))
		fault_back(u->uv, u->svm, gfn);
	gfn_unlock(u->svm, gfn);
	return true;
}

/* Into secure memory; what was read cannot be changed by the hypervisor any more. */
static bool esm_bring(struct esm *e, gfn_t gfn, token_t *token)
{
	struct ucall *u = e->u;

	for (unsigned i = 0; i < UV_TRIES && slot_has(u->svm, gfn); i++) {
		switch (esm_where(e, gfn, token)) {
		case ESM_HERE:
			return true;
		case ESM_OUT:
			fault_bring_in(u->uv, u->svm, u->vcpu, gfn);
			break;
		case ESM_NOT_YET:
			if (!esm_ask(e, gfn))
				return false;
			break;
		}
	}
	e->missed = true;
	return false;
}

/* What is read from now on is part of what the VM begins with. */
static bool esm_take(struct esm *e, gfn_t gfn, token_t *token)
{
	if (!esm_bring(e, gfn, token))
		return false;
	trace_emit(TRACE_DIGEST, 0, trace_page(e->u->vcpu.guest, gfn), *token);
	return true;
}

/* ---- pages the ultravisor shares for itself ------------------------------------------ */

static bool esm_share_own(struct esm_switch *s, gfn_t first, uint64_t count, enum gfn_event commit)
{
	struct share_own *own = &s->own[s->own_count++];
	token_t token;

	*own = (struct share_own){.first = first, .count = count, .commit = commit};
	/* Its content is kept here until the switch is over, in case it fails. */
	for (uint64_t i = 0; i < count; i++) {
		if (!esm_bring(&s->e, (gfn_t){first.n + i}, &token))
			return false;
	}
	return share_own_prepare(s->e.u, own);
}

/*
 * With RTAS in the tree the hypervisor believes that area shared, while the
 * guest keeps its own copy (PSEUDO); the page behind it carries arguments
 * between the ultravisor and the hypervisor, out of the guest's reach (IMPLICIT).
 */
static bool esm_prepare_own(struct esm_switch *s)
{
	const struct esm_range *rtas = &s->e.rtas;
	gfn_t first = gfn_of_gpa(rtas->start), buffer;

	if (!esm_own_buffer(&s->e, &buffer))
		return true;
	return esm_share_own(s, first, buffer.n - first.n, EVENT_PSEUDO_COMMIT) &&
	       esm_share_own(s, buffer, 1, EVENT_IMPLICIT_COMMIT);
}

static bool esm_commit_own(struct esm_switch *s)
{
	for (unsigned i = 0; i < s->own_count; i++) {
		if (!share_own_commit(s->e.u, &s->own[i]))
			return false;
	}
	return true;
}

/* ---- the switch ------------------------------------------------------------------------ */

/* What is plainly wrong. A page that cannot be seen from here is no reason to refuse. */
static int64_t esm_look_at(struct ucall *u)
{
	struct esm e = {.u = u, .page = esm_look};
	int64_t code = esm_read(&e);

	esm_forget(&e);
	return e.missed ? ABI_U_SUCCESS : code;
}

static bool esm_image_in(struct esm_switch *s)
{
	bool good = esm_read(&s->e) == ABI_U_SUCCESS && esm_prepare_own(s);

	esm_forget(&s->e);
	return good;
}

/*U:230
 * Becoming secure is the longest conversation of the protocol, and reads shortest: tell the
 * hypervisor, bring the image in, tell it again. Any failure on the way is one path out, which gives
 * the guest its pages back.
 :*/
static bool esm_switch(struct esm_switch *s)
{
	struct ucall *u = s->e.u;

	return reflect_plain(u->uv, u->svm, u->vcpu, ABI_H_SVM_INIT_START) == ABI_H_SUCCESS && esm_image_in(s) &&
	       reflect_plain(u->uv, u->svm, u->vcpu, ABI_H_SVM_INIT_DONE) == ABI_H_SUCCESS;
}

static void esm_done(struct esm_switch *s)
{
	struct ucall *u = s->e.u;
	bool owned = esm_commit_own(s);

	svm_set_mode(u->uv, u->svm, SVM_SECURE);
	/* The hypervisor has been told that it is done: there is no way back, only an end. */
	if (!owned)
		svm_kill(u->svm, ABI_U_INVALID);
}

static bool esm_is_out(const struct gfn_entry *entry, const void *arg)
{
	(void)arg;
	return entry->state == GFN_PAGEDOUT;
}

/* From now on pages go out as they are; those that went out encrypted come in for that. */
static void esm_bring_back(struct ucall *u)
{
	for (gfn_t gfn = {0}; gfn_scan(u->svm, gfn, esm_is_out, NULL, &gfn); gfn.n++)
		fault_bring_in(u->uv, u->svm, u->vcpu, gfn);
}

/* The hypervisor sees the guest's own machine state and answers the guest. */
static void esm_abort(struct esm_switch *s)
{
	struct call abort = {.number = ABI_H_SVM_INIT_ABORT};
	struct ucall *u = s->e.u;

	for (unsigned i = s->own_count; i > 0; i--)
		share_own_revert(u, &s->own[i - 1]);
	svm_set_mode(u->uv, u->svm, SVM_ABORT);
	esm_bring_back(u);
	abort.arg[CALL_STATE] = u->c->arg[CALL_STATE];
	call_transfer(u->uv->config.hv, &abort, u->c, STEP_REFLECT, 0);
	u->handed_on = true;
}

/* What a VM that has an svm already is told; one that could not be made is told the same. */
static int64_t esm_again(struct ucall *u)
{
	struct svm *svm = svm_get(u->uv, u->vcpu.guest);
	bool secure = svm && svm_mode_of(svm) == SVM_SECURE;

	svm_put(u->uv, svm);
	return secure ? ABI_U_SUCCESS : ABI_U_RETRY;
}

static bool esm_has_svm(struct ucall *u)
{
	struct svm *svm = svm_get(u->uv, u->vcpu.guest);

	svm_put(u->uv, svm);
	return svm != NULL;
}

int64_t ucall_esm(struct ucall *u)
{
	struct esm_switch s = {.e = {.u = u, .page = esm_take}};

	if (u->vcpu.guest >= u->uv->config.guest_count)
		return ABI_U_INVALID;
	cost_charge(STEP_UV_ESM);
	if (esm_has_svm(u))
		return esm_again(u);
	int64_t code = esm_look_at(u);
	if (code != ABI_U_SUCCESS)
		return code;
	/* Other guests' frames are not to be had, and of its own it has none yet. */
	if (u->uv->frames.used >= u->uv->frames.limit)
		return ABI_U_RETRY;
	u->svm = svm_create(u->uv, u->vcpu.guest);
	if (!u->svm)
		return esm_again(u);
	if (esm_switch(&s))
		esm_done(&s);
	else
		esm_abort(&s);
	return svm_mode_of(u->svm) == SVM_SECURE ? ABI_U_SUCCESS : ABI_U_INVALID;
}

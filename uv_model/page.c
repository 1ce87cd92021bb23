/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page.c - the calls by which the hypervisor moves pages: UV_PAGE_IN,
 * UV_PAGE_OUT, UV_PAGE_INVAL.
 *
 * All three are leaves: they take page_lock and the page's stripe, never call
 * the hypervisor, and ask the state table what to do. A page-in must find the
 * ciphertext of that page's last page-out and nothing else: any other content
 * gives U_P2, the code the document has for a wrong source, and the page stays
 * paged out with its metadata, so that the right copy still works later.
 *
 * Locking: page_lock, then the stripe. Errors: the table's codes; U_BUSY when no
 * secure frame or no memory is free; U_PARAMETER for a VM whose switch failed.
 * Blocking: yield.
 */
#include "state.h"
#include "ucall.h"

/* A call under way: the page and what is to be done with it. */
struct page_work {
	struct uv *uv;
	struct svm *svm;
	gfn_t gfn;
	uint64_t page; /* for the trace */
	struct gfn_entry *entry; /* NULL: untouched */
	enum gfn_state next;
	hfn_t host;
	uint64_t flags;
};

/* ---- page-in ------------------------------------------------------------------- */

/* Read the source into a frame; the page had @had one before. */
static bool page_fill(struct page_work *w, bool had, enum cost_step work, token_t *out)
{
	if (border_read(w->uv, w->host, work, w->page, out))
		return true;
	if (!had)
		gfn_give_frame(w->uv, w->entry);
	return false;
}

/* The switch to secure mode: plain content of normal memory becomes the page. */
static int64_t page_in_plain(struct page_work *w)
{
	token_t token;

	w->entry = map_touch(w->svm, w->gfn);
	if (!w->entry)
		return ABI_U_BUSY;
	/* It is in: what was looked at must be what the VM begins with. */
	if (w->entry->frame.n != SFN_NONE.n)
		return ABI_U_P2;
	if (!gfn_take_frame(w->uv, w->svm, w->entry))
		return ABI_U_BUSY;
	if (!page_fill(w, false, STEP_COPY_PAGE, &token))
		return ABI_U_P2;
	gfn_frame(w->uv, w->entry)->token = token;
	gfn_tell_content(w->svm, w->gfn, token);
	gfn_map_secure(w->svm, w->entry);
	return ABI_U_SUCCESS;
}

/*U:150
 * And here that is asked: only the ciphertext of the last page-out opens. Anything else the hypervisor
 * hands over, older ciphertext too, is refused and changes nothing.
 :*/
static int64_t page_in_decrypt(struct page_work *w)
{
	struct gfn_entry *entry = w->entry;
	uint64_t number = token_value(entry->crypto->cipher);
	token_t token;

	if (!gfn_take_frame(w->uv, w->svm, entry))
		return ABI_U_BUSY;
	if (!page_fill(w, false, STEP_DECRYPT_PAGE, &token))
		return ABI_U_P2;
	if (token != entry->crypto->cipher) {
		trace_emit(TRACE_CRYPTO, TRACE_CRYPTO_REJECT, w->page, number);
		gfn_give_frame(w->uv, entry);
		return ABI_U_P2;
	}
	trace_emit(TRACE_CRYPTO, TRACE_CRYPTO_DECRYPT, w->page, number);
	gfn_frame(w->uv, entry)->token = entry->crypto->plain;
	gfn_tell_content(w->svm, w->gfn, entry->crypto->plain);
	gfn_drop_crypto(entry);
	gfn_set_state(w->svm, entry, GFN_SECURE);
	gfn_map_secure(w->svm, entry);
	return ABI_U_SUCCESS;
}

static int64_t page_in_secure(struct page_work *w)
{
	return gfn_state_of(w->entry) == GFN_PAGEDOUT ? page_in_decrypt(w) : page_in_plain(w);
}

static int64_t page_in_map(struct page_work *w)
{
	gfn_map_shared(w->svm, w->entry, w->host, w->flags & PAGE_IN_WRITE_PROTECTION);
	gfn_set_state(w->svm, w->entry, w->next);
	return ABI_U_SUCCESS;
}

static int64_t page_in_note(struct page_work *w)
{
	w->entry->host = w->host;
	gfn_set_state(w->svm, w->entry, w->next);
	return ABI_U_SUCCESS;
}

/* The frame is about to be freed by the host; a call that may still be refused keeps its content. */
static int64_t page_in_give_up(struct page_work *w)
{
	bool had = w->entry->frame.n != SFN_NONE.n;
	token_t token;

	if (w->entry->keep) {
		if (!gfn_take_frame(w->uv, w->svm, w->entry))
			return ABI_U_BUSY;
		if (!page_fill(w, had, STEP_COPY_PAGE, &token))
			return ABI_U_P2;
		gfn_frame(w->uv, w->entry)->token = token;
	}
	gfn_set_state(w->svm, w->entry, w->next);
	return ABI_U_SUCCESS;
}

/* By the state that the page is in afterwards. */
static int64_t (*const page_in_actions[GFN_STATE_COUNT])(struct page_work *w) = {
	[GFN_SECURE] = page_in_secure,
	[GFN_SHARED] = page_in_map,
	[GFN_HV_SHARED] = page_in_note,
	[GFN_IMPLICIT] = page_in_note,
	[GFN_PSEUDO] = page_in_note,
	[GFN_HV_UNSHARING] = page_in_give_up,
};

static int64_t page_in(struct page_work *w)
{
	return page_in_actions[w->next](w);
}

/* ---- page-out ------------------------------------------------------------------ */

/* What the page holds now: zero when it has no frame. */
static token_t page_content(const struct page_work *w)
{
	const struct frame *frame = gfn_frame(w->uv, w->entry);
	return frame ? frame->token : TOKEN_ZERO;
}

/*U:140
 * A page's content is a token of 64 bits: who wrote it and which value. Encryption gives a token of
 * another kind with a fresh number. That is all a protocol can notice of AES, beside its price: two
 * ciphertexts are never equal, and only one of them is the last.
 :*/
/* What is written out: ciphertext of a fresh number; plain content when the switch was aborted. */
static token_t page_encrypt(struct page_work *w, token_t *plain)
{
	bool aborted = svm_mode_of(w->svm) == SVM_ABORT;
	uint64_t number = aborted ? 0 : w->uv->page_outs[w->svm->guest] + 1;

	if (!aborted && !uv_mutant(MUTANT_IV_NOT_ADVANCED))
		w->uv->page_outs[w->svm->guest] = number;

	*plain = page_content(w);
	cost_charge(aborted ? STEP_COPY_PAGE : STEP_ENCRYPT_PAGE);
	bool torn = page_content(w) != *plain;
	token_t out = aborted ? *plain : token_make(TOKEN_CIPHER, TOKEN_ORIGIN_GUEST(w->svm->guest), number);
	if (!aborted)
		trace_emit(TRACE_CRYPTO, TRACE_CRYPTO_ENCRYPT, w->page, number);
	if (torn)
		out = token_make(TOKEN_TORN, token_origin(out), token_value(out));
	trace_emit(TRACE_COPY, torn, w->page, out);
	return out;
}

/* Room for the key and tag of what goes out; false when there is no memory. */
static bool page_take_crypto(struct page_work *w)
{
	const obj_t name = obj_make(OBJ_CRYPTO, w->svm->guest, (uint32_t)w->gfn.n);

	cost_charge(STEP_ALLOC);
	if (inject_fails(INJECT_ALLOC, name))
		return false;
	w->entry->crypto = heap_alloc(sizeof(*w->entry->crypto), name);
	return true;
}

static void page_finish_out(struct page_work *w, token_t plain, token_t cipher)
{
	*w->entry->crypto = (struct crypto_meta){plain, cipher};
	gfn_set_state(w->svm, w->entry, GFN_PAGEDOUT);
	gfn_give_frame(w->uv, w->entry);
}

/* Unmap, encrypt, write. Any failure leaves the page as it was. */
static int64_t page_write_out(struct page_work *w, bool keep_mapped, token_t *plain, token_t *cipher)
{
	bool mapped = w->entry->pte == PTE_SECURE, late = uv_mutant(MUTANT_UNMAPPED_AFTER_ENCRYPTION);

	if (!keep_mapped && !late)
		gfn_unmap(w->svm, w->entry);
	*cipher = page_encrypt(w, plain);
	if (!keep_mapped && late)
		gfn_unmap(w->svm, w->entry);
	if (border_write(w->uv, w->host, w->page, *cipher))
		return ABI_U_SUCCESS;
	if (mapped)
		gfn_map_secure(w->svm, w->entry);
	return ABI_U_P2;
}

static int64_t page_out_secure(struct page_work *w)
{
	bool snapshot = w->flags & PAGE_OUT_SNAPSHOT, aborted = svm_mode_of(w->svm) == SVM_ABORT;
	token_t plain, cipher;

	w->entry = map_touch(w->svm, w->gfn);
	if (!w->entry || (!snapshot && !aborted && !page_take_crypto(w)))
		return ABI_U_BUSY;
	int64_t code = page_write_out(w, snapshot, &plain, &cipher);
	if (code != ABI_U_SUCCESS)
		gfn_drop_crypto(w->entry);
	else if (aborted)
		gfn_release(w->uv, w->svm, w->entry);
	else if (!snapshot)
		page_finish_out(w, plain, cipher);
	return code;
}

static int64_t page_out(struct page_work *w)
{
	/* A shared page is where the hypervisor wants it already. */
	return w->next == GFN_PAGEDOUT ? page_out_secure(w) : ABI_U_SUCCESS;
}

/* ---- invalidation ---------------------------------------------------------------- */

static int64_t page_inval(struct page_work *w)
{
	if (w->entry->pte == PTE_SHARED)
		gfn_unmap(w->svm, w->entry);
	w->entry->host = HFN_NONE;
	gfn_set_state(w->svm, w->entry, w->next);
	return ABI_U_SUCCESS;
}

/* ---- the three calls -------------------------------------------------------------- */

struct page_call {
	enum gfn_event event;
	unsigned gpa_arg;
	int64_t bad_gpa; /* the slot went away since the arguments were checked */
	int64_t (*act)(struct page_work *w);
};

/* page_lock and the stripe held. */
static int64_t page_apply(struct page_work *w, enum gfn_event event, int64_t (*act)(struct page_work *w))
{
	w->entry = map_find(w->svm, w->gfn);
	const struct gfn_rule *rule = &gfn_rules[gfn_state_of(w->entry)][event];

	if (rule->verdict != VERDICT_TO)
		return rule->verdict == VERDICT_REFUSED ? rule->code : ABI_U_BUSY;
	w->next = (enum gfn_state)rule->next;
	return act(w);
}

/* After a switch that failed, pages only come out; one that is encrypted comes in once more for that. */
static bool page_may_move(const struct page_work *w, enum gfn_event event)
{
	if (svm_mode_of(w->svm) != SVM_ABORT || event == EVENT_PAGE_OUT)
		return true;
	return event == EVENT_PAGE_IN && gfn_state_of(map_find(w->svm, w->gfn)) == GFN_PAGEDOUT;
}

/* page_lock and the stripe held. */
static int64_t page_moved(struct page_work *w, const struct page_call *call)
{
	bool becoming = svm_mode_of(w->svm) == SVM_ACTIVE && call->event == EVENT_PAGE_IN;

	if (!page_may_move(w, call->event))
		return ABI_U_PARAMETER;
	return page_apply(w, becoming ? EVENT_PAGE_IN_ESM : call->event, call->act);
}

/*U:130
 * UV_PAGE_IN, UV_PAGE_OUT and UV_PAGE_INVAL come from the hypervisor at any moment, also while a share
 * of the same page is under way. They take page_lock and the page's stripe, ask the table, act, and
 * never call back: so they can be made under any lock of the hypervisor.
 :*/
static int64_t page_locked(struct page_work *w, const struct page_call *call)
{
	if (svm_mode_of(w->svm) == SVM_TERMINATED)
		return ABI_U_PARAMETER;
	if (!slot_has(w->svm, w->gfn))
		return call->bad_gpa;
	gfn_lock(w->svm, w->gfn);
	int64_t code = page_moved(w, call);
	gfn_unlock(w->svm, w->gfn);
	return code;
}

/* The mutant of page_call() and page_locked() that takes the two locks in the other order. */
static int64_t page_call_swapped(struct page_work *w, const struct page_call *call)
{
	int64_t code = call->bad_gpa;

	gfn_lock(w->svm, w->gfn);
	sim_spin_lock(&w->svm->page_lock);
	if (svm_mode_of(w->svm) == SVM_TERMINATED)
		code = ABI_U_PARAMETER;
	else if (slot_has(w->svm, w->gfn))
		code = page_moved(w, call);
	sim_spin_unlock(&w->svm->page_lock);
	gfn_unlock(w->svm, w->gfn);
	return code;
}

static int64_t page_call(struct ucall *u, const struct page_call *call)
{
	struct page_work w = {.uv = u->uv, .svm = u->svm, .gfn = gfn_of_gpa(u->arg[call->gpa_arg])};

	w.page = trace_page(u->svm->guest, w.gfn);
	w.host = hfn_of_ra(u->arg[1]); /* of no use to an invalidation */
	w.flags = u->arg[3];
	if (uv_mutant(MUTANT_STRIPE_BEFORE_PAGE_LOCK))
		return page_call_swapped(&w, call);
	sim_spin_lock(&u->svm->page_lock);
	int64_t code = page_locked(&w, call);
	sim_spin_unlock(&u->svm->page_lock);
	return code;
}

int64_t ucall_page_in(struct ucall *u)
{
	static const struct page_call call = {EVENT_PAGE_IN, 2, ABI_U_P3, page_in};
	return page_call(u, &call);
}

int64_t ucall_page_out(struct ucall *u)
{
	static const struct page_call call = {EVENT_PAGE_OUT, 2, ABI_U_P3, page_out};
	return page_call(u, &call);
}

int64_t ucall_page_inval(struct ucall *u)
{
	static const struct page_call call = {EVENT_PAGE_INVAL, 1, ABI_U_P2, page_inval};
	return page_call(u, &call);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share.c - UV_SHARE_PAGE, UV_UNSHARE_PAGE, UV_UNSHARE_ALL_PAGES.
 *
 * A call makes every page ready, one after the other, with the hypervisor's
 * help and without a lock; then it takes page_lock, sees that all of them still
 * are (the hypervisor may have taken a frame back meanwhile), and commits them
 * together. If one can not be had, everything is put back: pages the hypervisor
 * had shared are made secure again with their content, which never left its
 * secure frame; pages it had given up are shared again with the content that
 * UV_PAGE_IN kept, which is why that copy is made when there is more than one.
 *
 * A page in a transient state carries the number of the call that put it there;
 * another call that meets it is refused (the published firmware's rule).
 * A paged-out page is brought in first, so that both sides agree where it is.
 *
 * Locking: one stripe at a time; page_lock around the commit. Errors: U_P2 when
 * a page of the range can not be had. Blocking: yield.
 */
#include "esm.h"

enum ready { READY_YES, READY_NO, READY_NEVER };

struct range_kind;
struct range {
	struct uv *uv;
	struct svm *svm;
	struct vcpu_id vcpu;
	const struct range_kind *kind;
	gfn_t first;
	uint64_t count; /* 0: every page the guest shares */
	uint32_t op;
	bool keep; /* the content stays: a refused unshare is being undone */
};

struct range_kind {
	enum gfn_event event;
	uint64_t flags; /* of H_SVM_PAGE_IN */
	/* The stripe is held. */
	enum ready (*ready)(const struct range *r, const struct gfn_entry *entry);
	void (*begin)(struct range *r, struct gfn_entry *entry); /* towards READY_YES */
	void (*given)(struct range *r, struct gfn_entry *entry); /* the hypervisor agreed */
	void (*commit)(struct range *r, struct gfn_entry *entry);
	/* No lock is held. */
	void (*revert)(struct range *r, gfn_t gfn);
};

static bool range_owns(const struct range *r, const struct gfn_entry *entry)
{
	return entry && entry->op == r->op;
}

/* Follow the table; what it does not hold is left alone. */
static bool range_follow(struct range *r, struct gfn_entry *entry, enum gfn_event event)
{
	const struct gfn_rule *rule = &gfn_rules[gfn_state_of(entry)][event];

	if (rule->verdict != VERDICT_TO)
		return false;
	gfn_set_state(r->svm, entry, (enum gfn_state)rule->next);
	return true;
}

static bool range_wants(const struct gfn_entry *entry, const void *arg)
{
	return entry->state == GFN_SHARED || entry->state == GFN_SHARED_INV || range_owns(arg, entry);
}

/* The next page of the range at or after @gfn; false at its end. */
static bool range_next(const struct range *r, gfn_t *gfn)
{
	if (r->count)
		return gfn->n - r->first.n < r->count;
	return gfn_scan(r->svm, *gfn, range_wants, r, gfn);
}

#define RANGE_EACH(r, gfn) for (gfn_t gfn = (r)->first; range_next(r, &gfn); gfn.n++)

/* ---- share ---------------------------------------------------------------------- */

static enum ready share_ready(const struct range *r, const struct gfn_entry *entry)
{
	enum gfn_state state = gfn_state_of(entry);

	switch (state) {
	case GFN_IMPLICIT:
	case GFN_IMPLICIT_INV:
	case GFN_PSEUDO:
	case GFN_PSEUDO_INV:
		return READY_YES;
	case GFN_SHARED:
		return entry->pte == PTE_SHARED ? READY_YES : READY_NO;
	case GFN_HV_SHARED:
		return range_owns(r, entry) ? READY_YES : READY_NEVER;
	case GFN_HV_SHARING:
	case GFN_HV_SHARED_INV:
		return range_owns(r, entry) ? READY_NO : READY_NEVER;
	case GFN_SECURE:
	case GFN_PAGEDOUT:
	case GFN_SHARED_INV:
		return READY_NO;
	case GFN_HV_UNSHARING:
	case GFN_HV_UNSHARING_INV:
	case GFN_HV_UNSHARED:
	case GFN_STATE_COUNT:
		return READY_NEVER;
	}
	return READY_NEVER;
}

static void share_begin(struct range *r, struct gfn_entry *entry)
{
	if (range_follow(r, entry, EVENT_SHARE) && gfn_state_is_transient(gfn_state_of(entry)))
		entry->op = r->op;
}

static void share_given(struct range *r, struct gfn_entry *entry)
{
	/* UV_PAGE_IN has done everything; without it the page is not ready. */
	(void)r;
	(void)entry;
}

/* Zero, or what the secure frame held, in the host's frame. */
static bool share_fill(struct range *r, const struct gfn_entry *entry, token_t *token)
{
	const struct frame *frame = gfn_frame(r->uv, entry);

	*token = r->keep && frame ? frame->token : TOKEN_ZERO;
	if (!r->keep && uv_mutant(MUTANT_SHARED_PAGE_NOT_ZEROED))
		return true;
	cost_charge(r->keep ? STEP_COPY_PAGE : STEP_ZERO_PAGE);
	return border_write(r->uv, entry->host, trace_page(r->svm->guest, entry->gfn), *token);
}

static void share_commit(struct range *r, struct gfn_entry *entry)
{
	enum gfn_state state = gfn_state_of(entry);
	token_t token;

	if (state != GFN_SHARED && state != GFN_HV_SHARED)
		return;
	hfn_t host = entry->host;
	if (state == GFN_HV_SHARED)
		gfn_unmap(r->svm, entry);
	/* A frame that is not there: shared without one, to be had by a fault. */
	bool filled = share_fill(r, entry, &token);
	gfn_give_frame(r->uv, entry);
	range_follow(r, entry, EVENT_SHARE_COMMIT);
	if (!filled) {
		gfn_unmap(r->svm, entry);
		entry->host = HFN_NONE;
		return;
	}
	gfn_tell_content(r->svm, entry->gfn, token);
	gfn_map_shared(r->svm, entry, host, false);
}

/* The hypervisor takes the page for shared, or did for a while: it is to be told. */
static void share_revert(struct range *r, gfn_t gfn)
{
	reflect_page(r->uv, r->svm, r->vcpu, ABI_H_SVM_PAGE_IN, gfn, ABI_H_PAGE_IN_NONSHARED);
	gfn_lock(r->svm, gfn);
	struct gfn_entry *entry = map_find(r->svm, gfn);
	if (range_owns(r, entry)) {
		range_follow(r, entry, EVENT_SHARE_REVERT);
		entry->host = HFN_NONE;
	}
	gfn_unlock(r->svm, gfn);
}

static const struct range_kind share_kind = {
	.event = EVENT_SHARE,
	.flags = ABI_H_PAGE_IN_SHARED,
	.ready = share_ready,
	.begin = share_begin,
	.given = share_given,
	.commit = share_commit,
	.revert = share_revert,
};

/* ---- for the ultravisor itself ---------------------------------------------------- */

/* The hypervisor's frame is noted and never used; the guest goes on with the secure one. */
static void pseudo_commit(struct range *r, struct gfn_entry *entry)
{
	range_follow(r, entry, EVENT_PSEUDO_COMMIT);
}

/* The ultravisor talks to the hypervisor through it; the guest does not see it. */
static void implicit_commit(struct range *r, struct gfn_entry *entry)
{
	token_t token;

	if (gfn_state_of(entry) != GFN_HV_SHARED)
		return;
	gfn_unmap(r->svm, entry);
	bool filled = share_fill(r, entry, &token);
	gfn_give_frame(r->uv, entry);
	range_follow(r, entry, EVENT_IMPLICIT_COMMIT);
	if (!filled)
		entry->host = HFN_NONE;
}

static const struct range_kind pseudo_kind = {
	.event = EVENT_SHARE,
	.flags = ABI_H_PAGE_IN_SHARED,
	.ready = share_ready,
	.begin = share_begin,
	.given = share_given,
	.commit = pseudo_commit,
	.revert = share_revert,
};

static const struct range_kind implicit_kind = {
	.event = EVENT_SHARE,
	.flags = ABI_H_PAGE_IN_SHARED,
	.ready = share_ready,
	.begin = share_begin,
	.given = share_given,
	.commit = implicit_commit,
	.revert = share_revert,
};

/* ---- unshare --------------------------------------------------------------------- */

static enum ready unshare_ready(const struct range *r, const struct gfn_entry *entry)
{
	enum gfn_state state = gfn_state_of(entry);

	switch (state) {
	case GFN_SECURE:
		return READY_YES;
	case GFN_HV_UNSHARED:
		return range_owns(r, entry) ? READY_YES : READY_NEVER;
	case GFN_PAGEDOUT:
	case GFN_SHARED:
	case GFN_SHARED_INV:
		return READY_NO;
	case GFN_HV_UNSHARING:
	case GFN_HV_UNSHARING_INV:
		return range_owns(r, entry) ? READY_NO : READY_NEVER;
	case GFN_IMPLICIT:
	case GFN_IMPLICIT_INV:
	case GFN_PSEUDO:
	case GFN_PSEUDO_INV:
	case GFN_HV_SHARING:
	case GFN_HV_SHARED:
	case GFN_HV_SHARED_INV:
	case GFN_STATE_COUNT:
		return READY_NEVER;
	}
	return READY_NEVER;
}

/* The host may free its frame as soon as it is asked: nothing may point there. */
static void unshare_begin(struct range *r, struct gfn_entry *entry)
{
	if (!range_follow(r, entry, EVENT_UNSHARE) || !gfn_state_is_transient(gfn_state_of(entry)))
		return;
	entry->op = r->op;
	entry->keep = r->count != 1;
	if (!uv_mutant(MUTANT_UNSHARE_KEEPS_MAPPING)) {
		gfn_unmap(r->svm, entry);
		entry->host = HFN_NONE;
	}
}

static void unshare_given(struct range *r, struct gfn_entry *entry)
{
	range_follow(r, entry, EVENT_UNSHARE_GIVEN);
}

static void unshare_commit(struct range *r, struct gfn_entry *entry)
{
	gfn_t gfn = entry->gfn;
	struct frame *frame = gfn_frame(r->uv, entry);

	if (range_owns(r, entry)) {
		/* What was kept goes, and the page is as if never touched: zero. */
		entry->keep = false;
		range_follow(r, entry, EVENT_UNSHARE_COMMIT);
		gfn_release(r->uv, r->svm, entry);
	} else if (gfn_state_of(entry) == GFN_SECURE && frame) {
		cost_charge(STEP_ZERO_PAGE);
		frame->token = TOKEN_ZERO;
	} else {
		return;
	}
	gfn_tell_content(r->svm, gfn, TOKEN_ZERO);
}

/* The page was refused, or given up already. True when it is to be shared anew. */
static bool unshare_undo(struct range *r, struct gfn_entry *entry)
{
	bool given = gfn_state_of(entry) == GFN_HV_UNSHARED;
	const struct frame *frame;

	entry->keep = false;
	range_follow(r, entry, EVENT_UNSHARE_REVERT);
	if (!given) {
		gfn_give_frame(r->uv, entry);
		return false;
	}
	frame = gfn_frame(r->uv, entry);
	gfn_tell_content(r->svm, entry->gfn, frame ? frame->token : TOKEN_ZERO);
	if (frame)
		gfn_map_secure(r->svm, entry);
	return true;
}

static bool range_attempt(struct range *r);

static void unshare_revert(struct range *r, gfn_t gfn)
{
	struct range again = *r;

	gfn_lock(r->svm, gfn);
	struct gfn_entry *entry = map_find(r->svm, gfn);
	bool anew = range_owns(r, entry) && unshare_undo(r, entry);
	gfn_unlock(r->svm, gfn);
	if (!anew)
		return;
	/* If the hypervisor refuses this too, the page stays secure, its content intact. */
	again.kind = &share_kind;
	again.first = gfn;
	again.count = 1;
	again.op = svm_op(r->svm);
	again.keep = true;
	range_attempt(&again);
}

static const struct range_kind unshare_kind = {
	.event = EVENT_UNSHARE,
	.flags = ABI_H_PAGE_IN_NONSHARED,
	.ready = unshare_ready,
	.begin = unshare_begin,
	.given = unshare_given,
	.commit = unshare_commit,
	.revert = unshare_revert,
};

/* ---- both ------------------------------------------------------------------------- */

/* Nothing is changed yet: a page that can never be had refuses the call for free. */
static bool range_may_begin(struct range *r)
{
	RANGE_EACH(r, gfn)
	{
		gfn_lock(r->svm, gfn);
		enum ready ready = r->kind->ready(r, map_find(r->svm, gfn));
		gfn_unlock(r->svm, gfn);
		if (ready == READY_NEVER)
			return false;
	}
	return true;
}

/* Look at a page, and begin with it when it is not ready. */
static enum ready range_begin_page(struct range *r, gfn_t gfn, bool *out)
{
	gfn_lock(r->svm, gfn);
	struct gfn_entry *entry = map_find(r->svm, gfn);
	enum ready ready = slot_has(r->svm, gfn) ? r->kind->ready(r, entry) : READY_NEVER;

	*out = gfn_state_of(entry) == GFN_PAGEDOUT;
	if (ready == READY_NO && !*out) {
		entry = map_touch(r->svm, gfn);
		if (entry)
			r->kind->begin(r, entry);
		else
			ready = READY_NEVER;
	}
	gfn_unlock(r->svm, gfn);
	return ready;
}

static bool range_ask(struct range *r, gfn_t gfn)
{
	if (r->kind->flags == ABI_H_PAGE_IN_NONSHARED && r->count != 1)
		evict_make_room(r->uv, r->svm, r->vcpu);
	if (reflect_page(r->uv, r->svm, r->vcpu, ABI_H_SVM_PAGE_IN, gfn, r->kind->flags) != ABI_H_SUCCESS)
		return false;
	gfn_lock(r->svm, gfn);
	struct gfn_entry *entry = map_find(r->svm, gfn);
	if (range_owns(r, entry))
		r->kind->given(r, entry);
	gfn_unlock(r->svm, gfn);
	return true;
}

static bool range_prepare_page(struct range *r, gfn_t gfn)
{
	bool out;

	for (unsigned i = 0; i < UV_TRIES; i++) {
		enum ready ready = range_begin_page(r, gfn, &out);
		if (ready != READY_NO)
			return ready == READY_YES;
		if (!(out ? fault_bring_in(r->uv, r->svm, r->vcpu, gfn) : range_ask(r, gfn)))
			return false;
	}
	return true; /* not ready yet, but not refused: the commit looks again */
}

static bool range_prepare(struct range *r)
{
	RANGE_EACH(r, gfn)
	{
		if (!range_prepare_page(r, gfn))
			return false;
	}
	return true;
}

/* page_lock held. */
static bool range_is_ready(struct range *r)
{
	RANGE_EACH(r, gfn)
	{
		gfn_lock(r->svm, gfn);
		bool ready = r->kind->ready(r, map_find(r->svm, gfn)) == READY_YES;
		gfn_unlock(r->svm, gfn);
		if (!ready)
			return false;
	}
	return true;
}

/* page_lock held; can not fail. */
static void range_commit(struct range *r)
{
	RANGE_EACH(r, gfn)
	{
		gfn_lock(r->svm, gfn);
		struct gfn_entry *entry = map_find(r->svm, gfn);
		cost_charge(STEP_UV_COMMIT);
		if (entry)
			r->kind->commit(r, entry);
		gfn_unlock(r->svm, gfn);
	}
}

/*U:200
 * A share of many pages must happen for all or for none. Each page is made ready with the hypervisor's
 * help and without a lock; then, under page_lock, all are looked at once more, because the hypervisor
 * may have taken a frame back meanwhile, and committed together.
 :*/
static bool range_attempt(struct range *r)
{
	for (unsigned i = 0; i < UV_TRIES; i++) {
		if (!range_prepare(r))
			break;
		sim_spin_lock(&r->svm->page_lock);
		bool live = svm_mode_of(r->svm) == SVM_SECURE || svm_mode_of(r->svm) == SVM_ACTIVE;
		bool ready = live && (uv_mutant(MUTANT_COMMIT_WITHOUT_SECOND_LOOK) || range_is_ready(r));
		if (ready)
			range_commit(r);
		sim_spin_unlock(&r->svm->page_lock);
		if (ready)
			return true;
	}
	return false;
}

/*U:210
 * If one page cannot be had, the others are put back as they were, content included. The document asks
 * for it; the firmware that was published does not do it.
 :*/
static void range_revert(struct range *r)
{
	RANGE_EACH(r, gfn)
	{
		gfn_lock(r->svm, gfn);
		bool mine = range_owns(r, map_find(r->svm, gfn));
		gfn_unlock(r->svm, gfn);
		if (mine)
			r->kind->revert(r, gfn);
	}
}

static struct range share_own_range(struct ucall *u, const struct share_own *own)
{
	return (struct range){.uv = u->uv,
		.svm = u->svm,
		.vcpu = u->vcpu,
		.kind = own->commit == EVENT_PSEUDO_COMMIT ? &pseudo_kind : &implicit_kind,
		.first = own->first,
		.count = own->count,
		.op = own->op};
}

bool share_own_prepare(struct ucall *u, struct share_own *own)
{
	own->op = svm_op(u->svm);
	struct range r = share_own_range(u, own);
	return range_may_begin(&r) && range_prepare(&r);
}

bool share_own_commit(struct ucall *u, const struct share_own *own)
{
	struct range r = share_own_range(u, own);
	return range_attempt(&r);
}

void share_own_revert(struct ucall *u, const struct share_own *own)
{
	struct range r = share_own_range(u, own);
	range_revert(&r);
}

static int64_t range_run(struct ucall *u, const struct range_kind *kind, gfn_t first, uint64_t count)
{
	struct range r = {.uv = u->uv, .svm = u->svm, .vcpu = u->vcpu, .kind = kind, .first = first, .count = count};

	r.op = svm_op(u->svm);
	if (!range_may_begin(&r))
		return ABI_U_P2;
	if (range_attempt(&r))
		return ABI_U_SUCCESS;
	range_revert(&r);
	return svm_mode_of(u->svm) == SVM_SECURE ? ABI_U_P2 : ABI_U_INVALID;
}

int64_t ucall_share_page(struct ucall *u)
{
	return range_run(u, &share_kind, (gfn_t){u->arg[0]}, u->arg[1]);
}

int64_t ucall_unshare_page(struct ucall *u)
{
	return range_run(u, &unshare_kind, (gfn_t){u->arg[0]}, u->arg[1]);
}

int64_t ucall_unshare_all_pages(struct ucall *u)
{
	return range_run(u, &unshare_kind, (gfn_t){0}, 0);
}

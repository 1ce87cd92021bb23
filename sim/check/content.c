/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * content.c - what a page holds, and who may see it.
 *
 * The guest's own loads and stores say what belongs in a page; the models' word
 * for it is not needed. A page is zero when it was never written, when it was
 * not paged in before its VM became secure, and after a share or an unshare has
 * been committed. The hypervisor's stores count only where the page is its own
 * to write: in a normal VM, or shared. Its loads must never show plaintext of a
 * secure page; ciphertext and zero are fine.
 *
 * A read may see a write that has landed and is told later. Such a read is in
 * doubt until every operation then under way has ended.
 *
 * Locking: none. Errors: a violation. Blocking: never.
 */
#include "ghost.h"

static bool content_mode_is_fluid(enum trace_svm mode)
{
	return mode == TRACE_SVM_START || mode == TRACE_SVM_ABORT;
}

/* Since when the page has been what it is now, for either side's rights. */
static cycles_t content_settled(struct checker *c, const struct ghost_page *p)
{
	cycles_t mode = ghost_guest_of(c, p->page)->mode_since;

	return mode > p->state_since ? mode : p->state_since;
}

/*
 * Whether the hypervisor's memory holds the page, as far as the ghost knows. A
 * page on its way to being shared has a fresh frame there, but is still secure:
 * the ultravisor zeroes that frame and maps it only when it commits.
 */
static bool content_host_owns(struct checker *c, const struct ghost_page *p)
{
	bool sharing = p->state == GFN_HV_SHARING || p->state == GFN_HV_SHARED || p->state == GFN_HV_SHARED_INV;

	return ghost_guest_of(c, p->page)->mode != TRACE_SVM_SECURE || (ghost_is_shared(p) && !sharing);
}

static bool content_blame(struct checker *c, const struct ghost_page *p, const struct trace_event *event,
	uint64_t position, unsigned line, token_t token, struct finding *out)
{
	char seen[48], expected[48];
	bool host = event->domain == c->hv;

	verdict_token(token, seen, sizeof(seen));
	verdict_token(ghost_expected(p), expected, sizeof(expected));
	verdict_begin(
		c, INVARIANT_CONTENT, p, out, "the %s read what does not belong in the page", host ? "host" : "guest");
	verdict_event(c, out, event, position, line, "read");
	finding_add_line(out, "read: %s; expected: %s", seen, expected);
	return true;
}

/*C:130
 * An access lands before it is told, so a load may show a value whose store comes later in the stream.
 * Such a load is in doubt until all that was under way has ended; only then is it wrong.
 :*/
static bool content_read_in_doubt(
	struct checker *c, struct ghost_page *p, token_t token, cycles_t from, unsigned line, struct finding *out)
{
	uint64_t position = c->domains[c->event.domain].position;
	bool alone = c->op_open <= 1;

	if (alone || ghost_rare_of(p)->doubt.open)
		return content_blame(c, p, &c->event, position, line, token, out);
	ghost_rare(p)->doubt = (struct ghost_doubt){
		.open = true,
		.token = token,
		.from = from,
		.to = c->event.rec.cycle,
		.op_serial = c->op_serial + 1,
		.event = c->event,
		.position = position,
		.line = line,
	};
	c->doubts++;
	return false;
}

/*C:140
 * The one thing that must never happen: the host reads what a secure guest wrote. Ciphertext and zero
 * are fine, and so is what the guest once shared of its own will.
 :*/
static bool content_host_saw_secret(
	struct checker *c, const struct ghost_page *p, token_t token, cycles_t from, unsigned line, struct finding *out)
{
	char seen[48];

	if (content_host_owns(c, p) || content_settled(c, p) > from)
		return false;
	/* A frame that was shared keeps what was in it, whatever becomes of its page. */
	if (!ghost_is_secret(c, token))
		return false;
	verdict_begin(c, INVARIANT_I7, p, out, "the host read plaintext of a secure page");
	verdict_event(c, out, &c->event, c->domains[c->event.domain].position, line, "read");
	finding_add_line(out, "read: %s", verdict_token(token, seen, sizeof(seen)));
	return true;
}

static bool content_read(
	struct checker *c, struct ghost_page *p, token_t token, cycles_t from, unsigned line, struct finding *out)
{
	struct ghost_guest *g = ghost_guest_of(c, p->page);
	bool host = c->event.domain == c->hv;

	if (host && content_host_saw_secret(c, p, token, from, line, out))
		return true;
	/* The host's view of what is not its own is ciphertext or zero: nothing to compare. */
	if (host && (!content_host_owns(c, p) || content_settled(c, p) > from))
		return false;
	if (content_mode_is_fluid(g->mode) || g->mode_since > from)
		return false;
	if (ghost_can_read(p, token, from, c->event.rec.cycle))
		return false;
	return content_read_in_doubt(c, p, token, from, line, out);
}

static void content_written(struct checker *c, struct ghost_page *p, token_t token, cycles_t from)
{
	bool host = c->event.domain == c->hv;
	bool settled = content_settled(c, p) <= from;

	if (host && !content_host_owns(c, p) && settled)
		return;
	if (!host && content_host_owns(c, p))
		ghost_publish(c, token);
	if (settled && !gfn_state_is_transient(p->state))
		ghost_put(p, token, from, c->event.rec.cycle);
	else
		ghost_may(p, token, from);
	const struct ghost_doubt *doubt = &ghost_rare_of(p)->doubt;
	if (doubt->open && doubt->token == token && from <= doubt->to) {
		ghost_rare(p)->doubt.open = false;
		c->doubts--;
	}
}

/*C:120
 * What a page holds is learnt from those who load and store. A load must read a value that some store
 * has put there, and that nothing has surely replaced.
 :*/
bool content_access(struct checker *c, struct ghost_page *p, bool write, token_t token, struct finding *out)
{
	const struct ghost_context *ctx = ghost_context_at(c, &c->event);
	cycles_t from = ctx ? ctx->last : 0;

	if (!write)
		return content_read(c, p, token, from, ctx ? ctx->line : 0, out);
	content_written(c, p, token, from);
	return false;
}

/*
 * In a share or unshare the ultravisor also zeroes pages that were in the state
 * asked for already, and gives what an undone unshare had kept back: the only
 * two cases in which its word is needed, and only for zero or a value that the
 * page had when the call began.
 */
static void content_shared_anew(struct checker *c, struct ghost_page *p, token_t token)
{
	const struct ghost_guest *g = ghost_guest_of(c, p->page);
	cycles_t now = c->event.rec.cycle;

	if (g->shares && (token == TOKEN_ZERO || ghost_can_read(p, token, g->shares_since, now)))
		ghost_put(p, token, g->shares_since, now);
}

bool content_told(struct checker *c, struct ghost_page *p, enum trace_side side, token_t token, struct finding *out)
{
	if (side != TRACE_SIDE_UV)
		return false;
	/* In a handler it is a guest's store that has landed, which that guest tells itself. */
	if (token_kind(token) != TOKEN_TORN) {
		if (c->event.rec.ctx)
			content_shared_anew(c, p, token);
		return false;
	}
	verdict_begin(c, INVARIANT_CONTENT, p, out, "a torn copy was put into a secure page");
	verdict_here(c, out, "copy");
	return true;
}

bool content_copied(struct checker *c, struct ghost_page *p, bool torn, token_t token, struct finding *out)
{
	(void)out;
	p->torn = torn;
	if (ghost_guest_of(c, p->page)->mode != TRACE_SVM_START)
		return false;
	p->copied = true;
	/* It comes from a frame of the host's. */
	ghost_publish(c, token);
	if (!torn)
		ghost_put(p, token, c->event.rec.cycle, c->event.rec.cycle);
	return false;
}

bool content_state_changed(struct checker *c, struct ghost_page *p, enum gfn_state from, struct finding *out)
{
	cycles_t now = c->event.rec.cycle;
	bool was_transient = gfn_state_is_transient(from), is_transient = gfn_state_is_transient(p->state);

	if (!was_transient && is_transient)
		p->transient_since = now;
	if (from == GFN_PAGEDOUT && p->state == GFN_SECURE && p->torn && !c->releases) {
		verdict_begin(c, INVARIANT_CONTENT, p, out, "a torn copy was put into a secure page");
		verdict_here(c, out, "page-in");
		return true;
	}
	if (!was_transient || is_transient)
		return false;
	if (from == GFN_HV_UNSHARED || p->state == GFN_SHARED)
		ghost_put(p, TOKEN_ZERO, p->transient_since, now);
	else /* undone, or shared in a way that keeps the secure frame */
		ghost_may(p, TOKEN_ZERO, p->transient_since);
	return false;
}

/*
 * Memory of the process went from behind one page to behind another. Where it is
 * the host's, it holds what it held; a secure page's content is elsewhere, and
 * what takes the place of a shared page may be anything.
 */
void content_moved(struct checker *c, uint64_t from, uint64_t to)
{
	struct ghost_page *target = ghost_page_at(c, to);
	const struct ghost_page *source = ghost_page_at(c, from);
	cycles_t now = c->event.rec.cycle;

	target = ghost_page_at(c, to); /* the table may have grown */
	if (!content_host_owns(c, target))
		return;
	bool wild = source->wild || !content_host_owns(c, source);
	for (unsigned i = 0, count = 0; i < source->value_count; i++) {
		const struct ghost_value *v = ghost_value(source, i);

		if (v->to != PEF_NEVER)
			continue;
		if (count++ == 0)
			ghost_put(target, v->token, now, now);
		else
			ghost_may(target, v->token, now);
	}
	target->wild = wild;
}

static void content_became_secure(struct checker *c, struct ghost_page *p)
{
	if (!p->copied) {
		ghost_start(p);
		p->wild = false;
	}
	p->state_since = c->event.rec.cycle;
}

void content_mode_changed(struct checker *c, unsigned guest, enum trace_svm from)
{
	enum trace_svm mode = c->guests[guest].mode;

	/* After a switch that failed every page holds what it held; a VM that is reset has lost it. */
	bool lost = from == TRACE_SVM_SECURE;

	for (uint32_t i = 0; i < c->page_count; i++) {
		struct ghost_page *p = &c->pages[i];

		if (trace_page_guest(p->page) != guest)
			continue;
		switch (mode) {
		case TRACE_SVM_START:
			p->copied = false;
			break;
		case TRACE_SVM_SECURE:
			content_became_secure(c, p);
			break;
		case TRACE_SVM_NORMAL:
		case TRACE_SVM_ABORT:
		case TRACE_SVM_TERMINATED:
			p->wild |= lost;
			break;
		}
	}
}

bool content_doubts(struct checker *c, bool all, struct finding *out)
{
	uint64_t oldest = UINT64_MAX;

	if (!c->doubts)
		return false;
	for (unsigned d = 0; d < PEF_DOMAINS_MAX; d++) {
		for (uint32_t i = 0; i < c->domains[d].room; i++) {
			uint64_t serial = c->domains[d].contexts[i].op_serial;

			if (serial && serial < oldest)
				oldest = serial;
		}
	}
	for (uint32_t i = 0; i < c->page_count; i++) {
		struct ghost_page *p = &c->pages[i];
		const struct ghost_doubt *doubt = &ghost_rare_of(p)->doubt;

		if (doubt->open && (all || oldest >= doubt->op_serial))
			return content_blame(c, p, &doubt->event, doubt->position, doubt->line, doubt->token, out);
	}
	return false;
}

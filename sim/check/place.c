/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place.c - what is where: mappings, normal frames, memslots, locks held, and
 * pages in transient states, as the events say.
 *
 * Locking: none. Errors: lack of memory stops the process. Blocking: never.
 */
#include <string.h>

#include "ghost.h"

struct ghost_frame *place_frame(struct checker *c, uint32_t hfn)
{
	if (hfn >= c->frame_room) {
		uint32_t room = hfn < UINT32_MAX / 2 - 64 ? 2 * (hfn + 64) : hfn + 1;

		c->frames = ghost_grow(c->frames, room, sizeof(*c->frames));
		memset(c->frames + c->frame_room, 0, (room - c->frame_room) * sizeof(*c->frames));
		c->frame_room = room;
	}
	return &c->frames[hfn];
}

uint64_t *place_secure(struct checker *c, uint32_t sfn)
{
	if (sfn >= c->secure_room) {
		uint32_t room = sfn < UINT32_MAX / 2 - 64 ? 2 * (sfn + 64) : sfn + 1;

		c->secure = ghost_grow(c->secure, room, sizeof(*c->secure));
		memset(c->secure + c->secure_room, 0, (room - c->secure_room) * sizeof(*c->secure));
		c->secure_room = room;
	}
	return &c->secure[sfn];
}

/* A frame number that is none, or nonsense, is not looked up. */
static bool place_is_frame(const struct checker *c, uint32_t number)
{
	return number < UINT32_MAX && (!c->config->hv || number < c->config->normal_frames + c->config->secure_frames);
}

static void place_unmap(struct checker *c, struct ghost_page *p)
{
	if (!place_is_frame(c, p->frame))
		return;
	if (p->map == TRACE_MAP_SHARED)
		place_frame(c, p->frame)->mappers--;
	else if (p->map == TRACE_MAP_SECURE && *place_secure(c, p->frame) == p->page + 1)
		*place_secure(c, p->frame) = 0;
}

static void place_map(struct checker *c, const struct trace_rec *r)
{
	struct ghost_page *p = ghost_page_at(c, r->a);

	c->maps_told = true;
	place_unmap(c, p);
	p->map = (enum trace_map)r->aux;
	p->frame = (uint32_t)r->b;
	p->map_by = ghost_stamp_now(c);
	if (!place_is_frame(c, p->frame))
		return;
	if (p->map == TRACE_MAP_SHARED)
		place_frame(c, p->frame)->mappers++;
	else if (p->map == TRACE_MAP_SECURE && *place_secure(c, p->frame) == 0)
		*place_secure(c, p->frame) = p->page + 1;
}

static void place_frame_told(struct checker *c, const struct trace_rec *r)
{
	struct ghost_frame *f;

	if (!place_is_frame(c, (uint32_t)r->a))
		return;
	f = place_frame(c, (uint32_t)r->a);
	f->told = true;
	f->taken = r->aux != 0;
	f->owner = r->b;
}

/* ---- transient states ------------------------------------------------------------- */

static void place_transient(struct checker *c, struct ghost_page *p)
{
	uint32_t position = (uint32_t)(p - c->pages);

	if (gfn_state_is_transient(p->state) && !p->transient_at) {
		if (c->transient_count == c->transient_room) {
			c->transient_room = c->transient_room ? 2 * c->transient_room : 64;
			c->transient = ghost_grow(c->transient, c->transient_room, sizeof(*c->transient));
		}
		c->transient[c->transient_count] =
			(struct ghost_transient){position, c->event.domain, c->event.rec.ctx};
		p->transient_at = ++c->transient_count;
	} else if (!gfn_state_is_transient(p->state) && p->transient_at) {
		struct ghost_transient last = c->transient[--c->transient_count];

		c->transient[p->transient_at - 1] = last;
		c->pages[last.position].transient_at = p->transient_at;
		p->transient_at = 0;
	}
}

static void place_state(struct checker *c, const struct trace_rec *r)
{
	struct ghost_page *p = ghost_page_at(c, r->a);

	p->state_by = ghost_stamp_now(c);
	place_transient(c, p);
}

/* ---- memslots ------------------------------------------------------------------------ */

static struct ghost_slot *place_slot(struct checker *c, struct ghost_guest *g, uint32_t id)
{
	(void)c;
	for (uint32_t i = 0; i < g->slot_count; i++) {
		if (g->slots[i].id == id)
			return &g->slots[i];
	}
	if (g->slot_count == g->slot_room) {
		g->slot_room = g->slot_room ? 2 * g->slot_room : 4;
		g->slots = ghost_grow(g->slots, g->slot_room, sizeof(*g->slots));
	}
	g->slots[g->slot_count] = (struct ghost_slot){.id = id};
	return &g->slots[g->slot_count++];
}

static void place_slot_told(struct checker *c, const struct trace_rec *r)
{
	struct ghost_guest *g = &c->guests[(r->a >> 32) % PEF_GUESTS_MAX];
	struct ghost_slot *slot = place_slot(c, g, (uint32_t)r->a);

	slot->base = trace_span_base(r->b);
	slot->pages = trace_span_pages(r->b);
	switch ((enum trace_slot)r->aux) {
	case TRACE_SLOT_CREATE:
		slot->going = false;
		break;
	case TRACE_SLOT_INVALID:
	case TRACE_SLOT_DELETE:
		slot->going = true;
		break;
	case TRACE_SLOT_MOVE:
		/* The ultravisor is not told. */
		slot->going = slot->registered = false;
		break;
	case TRACE_SLOT_FLAGS:
		slot->going = false;
		break;
	case TRACE_SLOT_REGISTER:
		slot->registered = true;
		break;
	case TRACE_SLOT_UNREGISTER:
		slot->registered = false;
		break;
	}
}

const struct ghost_slot *place_slot_of(struct checker *c, uint64_t page)
{
	const struct ghost_guest *g = ghost_guest_of(c, page);
	uint64_t gfn = trace_page_gfn(page).n;
	const struct ghost_slot *found = NULL;

	for (uint32_t i = 0; i < g->slot_count; i++) {
		const struct ghost_slot *slot = &g->slots[i];

		if (gfn - slot->base.n < slot->pages && (!found || found->going))
			found = slot;
	}
	return found;
}

/* ---- locks ----------------------------------------------------------------------------- */

static bool place_lock_drop(struct ghost_context *ctx, obj_t name)
{
	for (unsigned i = ctx->lock_count; i-- > 0;) {
		if (ctx->locks[i].name.w == name.w) {
			ctx->locks[i] = ctx->locks[--ctx->lock_count];
			return true;
		}
	}
	return false;
}

/* A page lock may be given back by another than took it. */
static void place_lock_released(struct checker *c, struct ghost_context *ctx, obj_t name)
{
	struct ghost_domain *d = &c->domains[c->event.domain];
	bool found = ctx && place_lock_drop(ctx, name);

	for (uint32_t i = 0; i < d->room && !found; i++)
		found = place_lock_drop(&d->contexts[i], name);
}

static void place_lock_taken(struct ghost_context *ctx, const struct trace_rec *r)
{
	if (!ctx || ctx->lock_count == GHOST_LOCKS_MAX)
		return;
	if (!ctx->locks)
		ctx->locks = ghost_grow(NULL, GHOST_LOCKS_MAX, sizeof(*ctx->locks));
	ctx->locks[ctx->lock_count++] = (struct ghost_lock){{r->a}, (enum lock_mode)r->aux, r->b != 0};
}

static void place_lock_told(struct checker *c, const struct trace_rec *r)
{
	obj_t name = {r->a};
	struct ghost_guest *g = &c->guests[obj_guest(name) % PEF_GUESTS_MAX];
	bool taken = r->kind == TRACE_LOCK_ACQUIRE;

	if (r->aux == LOCK_SRCU_SYNC || r->aux == LOCK_EVENT)
		return;
	if (taken)
		place_lock_taken(ghost_context_at(c, &c->event), r);
	else
		place_lock_released(c, ghost_context_at(c, &c->event), name);
	if (obj_type(name) == OBJ_MMU_SETUP_LOCK)
		g->switching_off = taken;
	if (obj_type(name) != OBJ_UV_GFN_LOCK)
		return;
	if (taken)
		g->stripes |= 1u << (obj_index(name) & 31u);
	else
		g->stripes &= ~(1u << (obj_index(name) & 31u));
}

bool place_stripe_held(struct checker *c, uint64_t page)
{
	return ghost_guest_of(c, page)->stripes >> (trace_page_gfn(page).n & 15u) & 1u;
}

/* ---- all --------------------------------------------------------------------------------- */

static void place_content(struct checker *c, const struct trace_rec *r)
{
	struct ghost_page *p = ghost_page_at(c, r->a);

	if (r->aux == TRACE_SIDE_UV) {
		p->uv_told = r->b;
		return;
	}
	p->host_told = r->b;
	if (r->b == TOKEN_ZERO)
		p->host_zero_at = r->cycle;
}

/* A copy out of a page is made while it is secure, one into it while it is paged out. */
static void place_copy(struct checker *c, const struct trace_rec *r)
{
	struct ghost_page *p = ghost_page_at(c, r->a);

	/* While its VM becomes secure, no page goes out. */
	if (p->state == GFN_PAGEDOUT)
		ghost_rare(p)->copied_in = r->b;
	else if (p->rare || ghost_guest_of(c, p->page)->mode != TRACE_SVM_START)
		ghost_rare(p)->copied_out = r->b;
}

static void place_pool(struct checker *c, const struct trace_rec *r)
{
	c->pool_told = true;
	c->pool_free = r->b;
}

void place_update(struct checker *c)
{
	const struct trace_rec *r = &c->event.rec;

	if (r->kind == TRACE_UV_MAP)
		place_map(c, r);
	else if (r->kind == TRACE_FRAME)
		place_frame_told(c, r);
	else if (r->kind == TRACE_UV_STATE)
		place_state(c, r);
	else if (r->kind == TRACE_HV_MARK)
		ghost_page_at(c, r->a)->mark_by = ghost_stamp_now(c);
	else if (r->kind == TRACE_HOST_PTE)
		ghost_page_at(c, r->a)->pte_by = ghost_stamp_now(c);
	else if (r->kind == TRACE_POOL)
		place_pool(c, r);
	else if (r->kind == TRACE_CONTENT)
		place_content(c, r);
	else if (r->kind == TRACE_COPY)
		place_copy(c, r);
	else if (r->kind == TRACE_SLOT)
		place_slot_told(c, r);
	else if (r->kind == TRACE_LOCK_ACQUIRE || r->kind == TRACE_LOCK_RELEASE)
		place_lock_told(c, r);
}

void checker_look_up(struct checker *c, uint64_t page, struct checker_page *out)
{
	const struct ghost_page *p = ghost_page_at(c, page);
	const struct ghost_slot *slot = place_slot_of(c, page);

	*out = (struct checker_page){
		.state = p->state,
		.mark = p->mark,
		.pte = p->pte,
		.mode = ghost_guest_of(c, page)->mode,
		.slot_known = slot != NULL,
		.slot_gone = slot && slot->going,
		.slot = slot ? slot->id : 0,
		.pool_told = c->pool_told,
		.pool_free = c->pool_free,
	};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reuse.c - generations of frames and device pages. See reuse.h.
 *
 * Uses stand in chunks that are made when the first number of one is used, so a
 * machine of many frames costs what it uses.
 *
 * Locking: as reuse.h. Errors: as reuse.h. Blocking: as reuse.h.
 */
#include "pefsim/reuse.h"

#include "history.h"
#include "region.h"

#define REUSE_CHUNK 16u

struct reuse {
	struct reuse *next; /* of the domain, in the order they were made */
	struct domain *domain;
	enum obj_type type;
	uint32_t count;
	struct reuse_use *chunks[];
};

struct reuse *reuse_create(struct domain *d, enum obj_type type, uint32_t count)
{
	size_t chunks = count / REUSE_CHUNK + 1;
	struct reuse **link = (struct reuse **)domain_slot(d, DOMAIN_SLOT_REUSE);
	struct reuse *pool;

	if (engine_detectors_off(domain_engine(d)))
		return NULL;
	pool = domain_arena_alloc(d, sizeof(*pool) + chunks * sizeof(pool->chunks[0]));
	pool->domain = d;
	pool->type = type;
	pool->count = count;
	while (*link)
		link = &(*link)->next;
	return *link = pool;
}

static struct reuse_use *reuse_find(const struct reuse *pool, uint32_t number)
{
	struct reuse_use *chunk = pool && number < pool->count ? pool->chunks[number / REUSE_CHUNK] : NULL;

	return chunk ? &chunk[number % REUSE_CHUNK] : NULL;
}

static void reuse_mark(struct reuse_mark *m)
{
	const struct context *ctx = context_self();

	*m = (struct reuse_mark){
		.chain = chain_capture(),
		.ctx = *engine_tls.ctx_id,
		.line = ctx ? context_line(ctx) : 0,
		.cycle = *engine_tls.now,
	};
}

/*D:190
 * Frames and device pages are used again on purpose, and soon: it is what a stale number has to meet
 * for a protocol to be seen to break. So each use has a generation, and whoever remembers a number is
 * asked, when he comes with it, for which use that was.
 :*/
void reuse_take(struct reuse *pool, uint32_t number, uint64_t page)
{
	struct reuse_use **chunk, *use;

	if (!pool || number >= pool->count)
		return;
	chunk = &pool->chunks[number / REUSE_CHUNK];
	if (!*chunk)
		*chunk = domain_arena_alloc(pool->domain, REUSE_CHUNK * sizeof(**chunk));
	use = &(*chunk)[number % REUSE_CHUNK];
	use->before.page = use->page;
	use->before.took = use->took;
	use->before.gave = use->gave;
	use->generation++;
	use->taken = true;
	use->page = page;
	reuse_mark(&use->took);
	use->held = (struct reuse_mark){0};
}

void reuse_hold(struct reuse *pool, uint32_t number)
{
	struct reuse_use *use = reuse_find(pool, number);

	if (use && use->taken)
		reuse_mark(&use->held);
}

void reuse_give(struct reuse *pool, uint32_t number)
{
	struct reuse_use *use = reuse_find(pool, number);

	if (!use)
		return;
	use->taken = false;
	reuse_mark(&use->gave);
}

void reuse_own(struct reuse *pool, uint32_t number, uint64_t page)
{
	struct reuse_use *use = reuse_find(pool, number);

	if (use)
		use->page = page;
}

uint32_t reuse_generation(const struct reuse *pool, uint32_t number)
{
	const struct reuse_use *use = reuse_find(pool, number);

	return use ? use->generation : 0;
}

void reuse_last(const struct reuse *pool, uint32_t number, struct reuse_use *out)
{
	const struct reuse_use *use = reuse_find(pool, number);

	*out = use ? *use : (struct reuse_use){.page = PEF_NEVER};
}

static obj_t reuse_name(const struct reuse *pool, uint32_t number, const struct reuse_use *use)
{
	unsigned guest = use->page == PEF_NEVER ? OBJ_NO_GUEST : trace_page_guest(use->page);

	return obj_make(pool->type, guest, number);
}

void reuse_each(struct domain *d, void (*fn)(void *arg, obj_t name, const struct reuse_use *use), void *arg)
{
	for (const struct reuse *pool = *domain_slot(d, DOMAIN_SLOT_REUSE); pool; pool = pool->next) {
		for (uint32_t i = 0; i < pool->count; i++) {
			const struct reuse_use *use = reuse_find(pool, i);

			if (!use)
				i |= REUSE_CHUNK - 1; /* to the end of a chunk that was never made */
			else if (use->taken)
				fn(arg, reuse_name(pool, i, use), use);
		}
	}
}

/* ---- stale numbers -------------------------------------------------------------------------- */

static void reuse_page_text(uint64_t page, char *out, size_t size)
{
	if (page == PEF_NEVER)
		snprintf(out, size, "nobody's in particular");
	else if (trace_page_gfn(page).n == REUSE_NO_GFN.n)
		snprintf(out, size, "guest g%u's", trace_page_guest(page));
	else
		snprintf(out, size, "gfn 0x%llx of guest g%u", (unsigned long long)trace_page_gfn(page).n,
			trace_page_guest(page));
}

/* Who had it, where it was given back, and who has it now. */
static void reuse_add_lives(struct finding *f, const struct reuse *pool, const struct reuse_use *use)
{
	const struct reuse_mark *gave = use->taken ? &use->before.gave : &use->gave;
	const struct reuse_mark *took = use->taken ? &use->before.took : &use->took;

	if (gave->chain)
		history_add_past(f, pool->domain, "given back", gave);
	if (use->taken)
		history_add_past(f, pool->domain, "taken again", &use->took);
	if (took->chain)
		history_add_past(f, pool->domain, "taken before", took);
}

static void reuse_tell(const struct reuse *pool, uint32_t number, uint64_t page, const char *kept)
{
	const struct reuse_use *use = reuse_find(pool, number);
	char name[40], was[64], is[64];
	struct finding f;

	finding_begin(&f, FINDING_STALE_FRAME);
	f.subject = reuse_name(pool, number, use);
	f.page = page;
	obj_print(obj_make(pool->type, OBJ_NO_GUEST, number), name, sizeof(name));
	snprintf(f.title, sizeof(f.title), "%s used through %s", finding_kind_name(f.kind), kept);
	snprintf(f.object, sizeof(f.object), "object %s, use %u of it", name, use->generation);
	finding_add_block(&f, "%s is used through %s at cycle %llu:", name, kept, (unsigned long long)*engine_tls.now);
	reuse_add_lives(&f, pool, use);
	reuse_page_text(page, was, sizeof(was));
	reuse_page_text(use->page, is, sizeof(is));
	finding_add_line(&f, "there it stands for %s; %s %s", was, use->taken ? "now it is" : "last it was", is);
	finding_note(&f);
}

/*D:195
 * A number that was written down in one use and comes back in another is stale, whatever it finds
 * there. So an entry of a page table keeps the generation of its frame beside the number.
 :*/
void reuse_check(const struct reuse *pool, uint32_t number, uint32_t generation, uint64_t page, const char *kept)
{
	const struct reuse_use *use = reuse_find(pool, number);

	if (use && generation && (!use->taken || use->generation != generation))
		reuse_tell(pool, number, page, kept);
}

void reuse_check_page(const struct reuse *pool, uint32_t number, uint64_t page, const char *kept)
{
	const struct reuse_use *use = reuse_find(pool, number);

	if (use && use->taken && use->page != page && use->page != PEF_NEVER &&
		trace_page_gfn(use->page).n != REUSE_NO_GFN.n)
		reuse_tell(pool, number, page, kept);
}

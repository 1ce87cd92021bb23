/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_world.c - the contexts of a test's world. See util_world.h.
 *
 * Locking: none. Errors: noted. Blocking: runs an engine.
 */
#include "util_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util_hv.h"

token_t world_plain(uint64_t frame)
{
	return token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(0), 0x1000 + frame);
}

token_t world_value(uint64_t value)
{
	return token_make(TOKEN_PLAIN, TOKEN_ORIGIN_GUEST(0), value);
}

void world_begin(struct world *w)
{
	*w = (struct world){.secure_frames = 256};
	for (uint64_t i = 0; i < WORLD_FRAMES; i++)
		w->frames[i] = world_plain(i);
	w->tear = UINT32_MAX;
	w->image = world_image(w, NULL, 0, NULL, 0);
}

struct guest_image world_image(struct world *w, const void *fdt, size_t fdt_len, const void *blob, size_t blob_len)
{
	const struct guest_range memory = {0, WORLD_PAGES * PEF_PAGE_SIZE};
	const struct guest_tree_spec spec = {.vcpus = 2, .memory = &memory, .memory_count = 1};
	static uint8_t bytes[2 * PEF_PAGE_SIZE];
	struct guest_image image;
	char message[160];

	if (!w->store)
		w->store = image_store_create();
	if (guest_image_make(w->store, &spec, &image, message, sizeof(message)) != PEF_OK)
		fail_msg("%s", message);
	/* Instead of what is made, what the test wants, in the same two pages. */
	for (unsigned i = 0; i < 2; i++) {
		const uint8_t *made = image_store_bytes(w->store, image.pages[i]);
		memcpy(bytes + i * PEF_PAGE_SIZE, made, PEF_PAGE_SIZE);
	}
	if (blob)
		memcpy(memset(bytes + image.blob, 0, PEF_PAGE_SIZE - image.blob), blob, blob_len);
	if (fdt)
		memcpy(memset(bytes + image.fdt, 0, PEF_PAGE_SIZE), fdt, fdt_len);
	for (unsigned i = 0; i < 2; i++) {
		if (fdt || blob)
			image.pages[i] = image_store_add(w->store, 0, bytes + i * PEF_PAGE_SIZE, PEF_PAGE_SIZE);
		w->frames[i] = image.pages[i];
	}
	guest_image_free(&w->image);
	return image;
}

/* ---- contexts ---------------------------------------------------------------------- */

static void guest_main(void *arg)
{
	struct world *w = arg;
	w->guest(w);
}

static void second_main(void *arg)
{
	struct world *w = arg;
	w->second(w);
}

static void host_main(void *arg)
{
	struct world *w = arg;
	w->host(w);
}

static void host2_main(void *arg)
{
	struct world *w = arg;
	w->host2(w);
}

/* The ultravisor, and a door for tests that look at its inside while it runs. */
static void uv_on_call(struct domain *d, struct call *c)
{
	if (c->number == UTIL_RUN) {
		world_fn *fn = (world_fn *)(uintptr_t)c->arg[0];
		fn((struct world *)(uintptr_t)c->arg[1]);
		return;
	}
	uv_domain_ops.on_call(d, c);
}

void world_from_uv(struct world *w, world_fn *fn)
{
	struct call c = {.number = UTIL_RUN, .arg = {(uint64_t)(uintptr_t)fn, (uint64_t)(uintptr_t)w}, .arg_count = 2};
	call_make(w->config.uv, &c, STEP_UCALL, 0);
}

void world_run(struct world *w)
{
	static const struct domain_ops guest_ops;
	struct engine_config config = {.exec = ENGINE_FIBERS, .seed = 1, .steps_max = 2000000};

	w->engine = engine_create(&config);
	assert_non_null(w->engine);
	struct domain *hv = engine_add_domain(w->engine, "hv", &util_hv_ops, w, 0);
	w->uv_ops = uv_domain_ops;
	w->uv_ops.on_call = uv_on_call;
	struct domain *uv = engine_add_domain(w->engine, "uv", &w->uv_ops, NULL, 0);
	struct domain *g = engine_add_domain(w->engine, "g0", &guest_ops, w, 0);
	w->config = (struct world_config){
		.hv = hv, .uv = uv, .guest_count = 1, .normal_frames = WORLD_FRAMES, .secure_frames = w->secure_frames};
	w->config.images = w->store;
	for (unsigned i = 0; i < engine_domain_count(w->engine); i++)
		inject_attach(engine_domain(w->engine, i), w->rules, w->rule_count, 0);
	w->config.guests[0] = (struct model_guest){0, WORLD_LPID, 2, true, g};
	w->uv = uv_create(&w->config);
	w->machine = domain_arena_alloc(g, sizeof(*w->machine));
	*w->machine = (struct guest_machine){.hv = hv, .uv = uv};
	if (w->guest)
		context_spawn(g, "g0.vcpu0", "g0.vcpu0", guest_main, w, 1);
	if (w->second)
		context_spawn(g, "g0.vcpu1", "g0.vcpu1", second_main, w, 1);
	if (w->host)
		context_spawn(hv, "g0.qemu0", "g0.qemu0", host_main, w, 1);
	if (w->host2)
		context_spawn(hv, "g0.qemu1", "g0.qemu1", host2_main, w, 1);
	assert_int_equal(engine_run(w->engine, &w->result), PEF_OK);
}

static void world_free(struct world *w)
{
	engine_destroy(w->engine);
	w->engine = NULL;
	guest_image_free(&w->image);
	image_store_destroy(w->store);
	if (w->noted[0])
		fail_msg("%s", w->noted);
}

void world_end(struct world *w)
{
	const struct finding *found;
	unsigned count = engine_findings(w->engine, &found);

	if (count)
		world_check(w, found[0].title, 0, found[0].line_count ? found[0].lines[0] : "findings", count, 0);
	CHECK(w, w->result.end, ENGINE_FINISHED);
	world_free(w);
}

void world_end_found(struct world *w, enum finding_kind kind)
{
	const struct finding *found;
	unsigned count = engine_findings(w->engine, &found);

	CHECK(w, count, 1);
	CHECK(w, w->result.end, ENGINE_STOPPED);
	if (count)
		CHECK(w, found[0].kind, kind);
	world_free(w);
}

void world_check(struct world *w, const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
	size_t used = strlen(w->noted);

	if (actual != expected && used < sizeof(w->noted))
		snprintf(w->noted + used, sizeof(w->noted) - used, "%s:%d: %s is %" PRId64 ", not %" PRId64 "\n", file,
			line, what, actual, expected);
}

/* ---- the guest ---------------------------------------------------------------------- */

int64_t world_ucall(struct world *w, uint32_t number, uint64_t a, uint64_t b)
{
	uint64_t args[2] = {a, b};
	return vcpu_ucall(w->machine, 0, number, args, 2);
}

int64_t world_esm(struct world *w)
{
	return world_ucall(w, ABI_UV_ESM, w->image.blob, w->image.fdt);
}

void world_secure(struct world *w)
{
	CHECK(w, world_esm(w), ABI_U_SUCCESS);
	w->secure = true;
}

int64_t world_store(struct world *w, uint64_t gfn, uint64_t value)
{
	token_t token = world_value(value);
	return vcpu_access(w->machine, 0, (gfn_t){gfn}, true, &token);
}

token_t world_load(struct world *w, uint64_t gfn)
{
	token_t token = 0;
	CHECK(w, vcpu_access(w->machine, 0, (gfn_t){gfn}, false, &token), 0);
	return token;
}

/* ---- looking ------------------------------------------------------------------------ */

struct uv_page_view world_view(struct world *w, uint64_t gfn)
{
	struct uv_page_view view;
	uv_view_page(w->uv, 0, (gfn_t){gfn}, &view);
	return view;
}

enum gfn_state world_state(struct world *w, uint64_t gfn)
{
	return world_view(w, gfn).state;
}

unsigned world_asked_count(const struct world *w, uint32_t number)
{
	unsigned count = 0;
	for (unsigned i = 0; i < w->asked_count; i++)
		count += w->asked[i].number == number;
	return count;
}

unsigned world_traced(struct world *w, enum trace_kind kind, unsigned aux)
{
	struct trace_merge *merge = trace_merge_open(w->engine);
	struct trace_event event;
	unsigned count = 0;

	while (trace_merge_next(merge, &event))
		count += event.rec.kind == kind && event.rec.aux == aux;
	trace_merge_close(merge);
	return count;
}

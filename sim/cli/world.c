/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.c - a scenario made into domains, models and contexts. See world.h.
 *
 * Locking: none before the run. Errors: a message. Blocking: never.
 */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum pef_err world_error(enum pef_err err, char *message, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static enum pef_err world_error(enum pef_err err, char *message, size_t size, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(message, size, format, args);
	va_end(args);
	return err;
}

/* Every vCPU and every host thread has a hardware thread of its own. */
static enum pef_err world_check_threads(const struct scenario *s, const struct platform *p, char *message, size_t size)
{
	unsigned wanted = 0;
	for (unsigned i = 0; i < s->guest_count; i++)
		wanted += s->guests[i].vcpus;
	for (unsigned i = 0; i < s->thread_count; i++)
		wanted += s->threads[i].kind == THREAD_HOST;
	if (wanted <= p->thread_count)
		return PEF_OK;
	return world_error(PEF_LIMIT, message, size,
		"%u vCPUs and host threads, but the machine has %u hardware threads\n"
		"help: choose a larger machine, as in 'machine platforms/power9-2socket-pef.dts'",
		wanted, p->thread_count);
}

static uint32_t world_frames(uint64_t bytes)
{
	uint64_t frames = bytes >> PEF_PAGE_SHIFT;
	return frames > UINT32_MAX - 1 ? UINT32_MAX - 1 : (uint32_t)frames;
}

static void world_size_memories(struct world *w, const struct platform *p)
{
	const struct scenario *s = w->scenario;
	uint64_t secure = s->secmem ? s->secmem : platform_secure_bytes(p);
	if (!p->has_ultravisor)
		secure = 0;
	w->config.normal_frames = world_frames(platform_memory_bytes(p));
	w->config.secure_frames = world_frames(secure);
	w->config.pool_pages = s->pool ? (uint32_t)s->pool : w->config.secure_frames;
	w->config.design = s->design;
	w->config.mutants = s->mutants;
	w->config.era = s->era;
	w->config.slot_delete = s->slot_delete;
}

static void world_add_domains(struct world *w)
{
	w->hv_ops = hv_domain_ops;
	w->hv_ops.on_message = events_on_message;
	w->uv_ops = uv_domain_ops;
	w->uv_ops.on_message = events_on_message;
	w->guest_ops = (struct domain_ops){.on_message = events_on_message};

	w->config.hv = engine_add_domain(w->engine, "hv", &w->hv_ops, NULL, 0);
	w->config.uv = engine_add_domain(w->engine, "uv", &w->uv_ops, NULL, 0);
	for (unsigned i = 0; i < w->scenario->guest_count; i++) {
		const struct guest_spec *spec = &w->scenario->guests[i];
		struct domain *d = engine_add_domain(w->engine, spec->name, &w->guest_ops, NULL, 0);
		w->config.guests[i] = (struct model_guest){.index = i,
			.lpid = spec->lpid,
			.vcpu_count = spec->vcpus,
			.svm_enabled = !spec->svm_disabled,
			.domain = d};
		w->machines[i] = domain_arena_alloc(d, sizeof(*w->machines[i]));
		*w->machines[i] = (struct guest_machine){.index = i, .hv = w->config.hv, .uv = w->config.uv};
	}
	w->config.guest_count = w->scenario->guest_count;
}

/* The lookahead of an edge is the least price of what is sent along it. */
static cycles_t world_least(const struct price_list *prices, const enum cost_step *steps, unsigned count)
{
	cycles_t least = PEF_NEVER;
	for (unsigned i = 0; i < count; i++) {
		cycles_t price = prices ? price_of(prices, steps[i]) : 1;
		least = price < least ? price : least;
	}
	return least;
}

#define EDGE(from, to, ...) \
	do { \
		static const enum cost_step steps[] = {STEP_SIGNAL, __VA_ARGS__}; \
		engine_set_latency(w->engine, from, to, world_least(prices, steps, sizeof(steps) / sizeof(steps[0]))); \
	} while (0)

static void world_set_lookahead(struct world *w, const struct price_list *prices)
{
	struct domain *hv = w->config.hv, *uv = w->config.uv;
	EDGE(hv, uv, STEP_BUS, STEP_UCALL, STEP_UV_RETURN);
	EDGE(uv, hv, STEP_BUS, STEP_REFLECT, STEP_URFID);
	for (unsigned i = 0; i < w->config.guest_count; i++) {
		struct domain *g = w->config.guests[i].domain;
		EDGE(g, uv, STEP_BUS, STEP_UCALL, STEP_INTERRUPT);
		EDGE(uv, g, STEP_BUS, STEP_URFID);
		EDGE(g, hv, STEP_BUS, STEP_HCALL);
		EDGE(hv, g, STEP_BUS, STEP_HRFID, STEP_UV_RETURN);
		for (unsigned k = 0; k < w->config.guest_count; k++) {
			if (k != i)
				EDGE(g, w->config.guests[k].domain, STEP_SIGNAL);
		}
	}
}
#undef EDGE

/* A site is passed in one domain, but which one is the models' business: each gets all rules. */
static void world_attach_faults(struct world *w)
{
	for (unsigned i = 0; i < engine_domain_count(w->engine); i++)
		inject_attach(engine_domain(w->engine, i), w->scenario->rules, w->scenario->rule_count, w->seed);
}

/* Scripts' events come first; then one a guest for "set up" and one for "booted". */
static void world_attach_events(struct world *w)
{
	unsigned count = w->scenario->event_count + 2 * w->scenario->guest_count;
	for (unsigned i = 0; i < engine_domain_count(w->engine); i++)
		events_attach(engine_domain(w->engine, i), count);
}

static bool world_has_script(const struct scenario *s, unsigned guest, unsigned vcpu)
{
	for (unsigned i = 0; i < s->thread_count; i++) {
		const struct thread *t = &s->threads[i];
		if (t->kind == THREAD_GUEST && t->guest == guest && t->vcpu == vcpu)
			return true;
	}
	return false;
}

static void world_spawn_boot(struct world *w, unsigned guest)
{
	const char *name = w->scenario->guests[guest].name;
	char context[PEF_NAME_MAX];
	struct boot *b = &w->boots[guest];

	*b = (struct boot){.world = w, .guest = guest, .vcpu_has_script = world_has_script(w->scenario, guest, 0)};
	snprintf(context, sizeof(context), "%.30s.setup", name);
	context_spawn(w->config.hv, context, context, boot_setup_main, b, 1);
	if (!b->vcpu_has_script) {
		snprintf(context, sizeof(context), "%.30s.vcpu0", name);
		context_spawn(w->config.guests[guest].domain, context, context, boot_vcpu_main, b, 1);
	}
}

static void world_spawn_actor(struct world *w, unsigned index)
{
	const struct thread *t = &w->scenario->threads[index];
	struct domain *d = t->kind == THREAD_GUEST ? w->config.guests[t->guest].domain
			   : t->kind == THREAD_UV  ? w->config.uv
						   : w->config.hv;
	char hw[PEF_NAME_MAX];

	w->actors[index] = (struct actor){.world = w, .thread = t, .index = index};
	snprintf(hw, sizeof(hw), "%s", t->context);
	hw[strcspn(hw, "/")] = '\0';
	context_spawn(d, t->context, hw, actor_main, &w->actors[index], 1);
}

gfn_t world_gfn(const struct world *world, unsigned guest, uint32_t slot, uint64_t page)
{
	const struct guest_spec *spec = &world->scenario->guests[guest];
	for (unsigned i = 0; i < spec->slot_count; i++) {
		if (spec->slots[i].id == slot)
			return (gfn_t){(spec->slots[i].gpa >> PEF_PAGE_SHIFT) + page};
	}
	return (gfn_t){page};
}

/*S:180
 * Now the text becomes a world: a domain for the hypervisor, one for the ultravisor, one for each
 * guest, and a context for each thread of the script. This is the one room that knows both models;
 * they know each other only by calls.
 :*/
enum pef_err world_create(const struct scenario *scenario, const struct platform *platform,
	const struct engine_config *engine, struct world **out, char *message, size_t size)
{
	enum pef_err err = world_check_threads(scenario, platform, message, size);
	if (err)
		return err;
	struct world *w = calloc(1, sizeof(*w));
	if (!w)
		return world_error(PEF_NOMEM, message, size, "no memory for the world");
	w->scenario = scenario;
	w->seed = engine->seed;
	w->actors = calloc(scenario->thread_count + 1, sizeof(*w->actors));
	w->engine = engine_create(engine);
	if (!w->engine || !w->actors) {
		world_destroy(w);
		return world_error(PEF_NOMEM, message, size, "no memory for the world");
	}
	err = esm_images_load(scenario, &w->images, message, size);
	if (err) {
		world_destroy(w);
		return err;
	}
	w->config.images = esm_images_store(w->images);
	world_size_memories(w, platform);
	world_add_domains(w);
	world_set_lookahead(w, engine->prices);
	world_attach_events(w);
	world_attach_faults(w);
	w->config.publisher = memslot_publisher_create();
	w->hv = hv_create(&w->config);
	w->uv = uv_create(&w->config);
	for (unsigned i = 0; i < scenario->guest_count; i++)
		world_spawn_boot(w, i);
	for (unsigned i = 0; i < scenario->thread_count; i++)
		world_spawn_actor(w, i);
	*out = w;
	return PEF_OK;
}

void world_destroy(struct world *world)
{
	if (!world)
		return;
	engine_destroy(world->engine);
	memslot_publisher_destroy(world->config.publisher);
	esm_images_free(world->images);
	free(world->actors);
	free(world);
}

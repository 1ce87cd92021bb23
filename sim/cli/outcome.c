/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outcome.c - what a run came to. See outcome.h.
 *
 * Locking: none. Errors: see outcome.h. Blocking: see outcome.h.
 */
#include "outcome.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where one thread of the scenario is while its records are read. */
struct outcome_thread {
	uint32_t domain, context; /* that runs it */
	bool begun, has_read;
	token_t read; /* what its statement read last */
};

static const char *outcome_end(enum engine_end end)
{
	static const char *const words[] = {
		[ENGINE_FINISHED] = "every thread came to its end",
		[ENGINE_DEADLOCK] = "deadlock",
		[ENGINE_STUCK] = "somebody waits for what nobody will do",
		[ENGINE_STOPPED] = "a finding ended it",
		[ENGINE_STEP_LIMIT] = "limit",
		[ENGINE_CYCLE_LIMIT] = "limit",
		[ENGINE_INTERRUPTED] = "limit",
	};

	return words[end];
}

static void outcome_token(token_t token, FILE *out)
{
	static const char *const kinds[] = {[TOKEN_PLAIN] = "", [TOKEN_CIPHER] = "ciphertext ", [TOKEN_TORN] = "torn "};

	fprintf(out, "%s%" PRIu64, token_kind(token) <= TOKEN_TORN ? kinds[token_kind(token)] : "torn ",
		token_value(token));
}

/* ---- statements ----------------------------------------------------------------------------------- */

static void outcome_statement(
	struct session *s, const struct outcome_thread *at, const struct trace_rec *end, FILE *out)
{
	const struct thread *t = &s->scenario->threads[end->aux];
	char prefix = statement_code_prefix(t, &t->statements[end->a]);
	const char *name = abi_code_name((int64_t)end->b, prefix ? prefix : 'H');

	fprintf(out, "%s line %u, %s: ", t->context, t->statements[end->a].line,
		session_statement(s, end->aux, (unsigned)end->a));
	if (!end->b)
		fputs("done", out);
	else if (name)
		fputs(name, out);
	else
		fprintf(out, "%" PRId64, (int64_t)end->b);
	if (at->has_read) {
		fputs(", reads ", out);
		outcome_token(at->read, out);
	}
	fputc('\n', out);
}

/* A load of the thread that runs there. */
static void outcome_load(struct outcome_thread *threads, unsigned count, const struct trace_event *e)
{
	for (unsigned i = 0; i < count; i++)
		if (threads[i].begun && threads[i].domain == e->domain && threads[i].context == e->rec.ctx) {
			threads[i].has_read = true;
			threads[i].read = e->rec.b;
		}
}

static void outcome_record(struct session *s, struct outcome_thread *threads, FILE **texts, const struct trace_event *e)
{
	const struct trace_rec *r = &e->rec;

	if (r->kind == TRACE_OP_BEGIN) {
		threads[r->aux] = (struct outcome_thread){.domain = e->domain, .context = r->ctx, .begun = true};
	} else if (r->kind == TRACE_ACCESS && !r->aux) {
		outcome_load(threads, s->scenario->thread_count, e);
	} else if (r->kind == TRACE_OP_END) {
		outcome_statement(s, &threads[r->aux], r, texts[r->aux]);
		threads[r->aux].begun = false;
	}
}

/* A thread's lines together, whoever came first. */
static void outcome_statements(struct session *s, FILE *out)
{
	unsigned count = s->scenario->thread_count;
	struct outcome_thread *threads = calloc(count + 1, sizeof(*threads));
	FILE **texts = calloc(count + 1, sizeof(FILE *));
	char **bytes = calloc(count + 1, sizeof(char *));
	size_t *sizes = calloc(count + 1, sizeof(*sizes));
	struct trace_merge *merge = trace_merge_open(s->world->engine);
	struct trace_event event;
	bool ok = threads && texts && bytes && sizes;

	for (unsigned i = 0; ok && i < count; i++)
		ok = (texts[i] = open_memstream(&bytes[i], &sizes[i])) != NULL;
	while (ok && trace_merge_next(merge, &event))
		outcome_record(s, threads, texts, &event);
	trace_merge_close(merge);
	for (unsigned i = 0; texts && i < count && texts[i]; i++) {
		fclose(texts[i]);
		fputs(bytes[i], out);
		free(bytes[i]);
	}
	free(threads);
	free(texts);
	free(bytes);
	free(sizes);
}

/* ---- pages ---------------------------------------------------------------------------------------- */

/*
 * What either side has of a page. Nobody looks for the marks of a VM that is gone, and
 * where they were kept may be freed. A ciphertext's number counts page-outs, so two runs
 * may differ in it and in nothing else.
 */
static void outcome_page(const struct world *w, unsigned guest, uint32_t slot, uint64_t page, FILE *out)
{
	gfn_t gfn = world_gfn(w, guest, slot, page);
	struct hv_page_view hv;
	struct uv_page_view uv;

	hv_view_page(w->hv, guest, gfn, &hv);
	uv_view_page(w->uv, guest, gfn, &uv);
	fprintf(out, "page %u:%" PRIu64 " of %s: ", slot, page, w->scenario->guests[guest].name);
	if (!hv.gone)
		fprintf(out, "%s, mark %s, ", hv.in_slot ? "in a slot" : "in no slot", hv_mark_name(hv.mark));
	fprintf(out, "host page table %s", host_pte_name(hv.pte));
	if (hv.pte == HOST_PTE_NORMAL && token_kind(hv.token) == TOKEN_CIPHER) {
		fputs(" with ciphertext", out);
	} else if (hv.pte == HOST_PTE_NORMAL) {
		fputs(" with ", out);
		outcome_token(hv.token, out);
	}
	if (uv.known)
		fprintf(out, "; %s", gfn_state_name(uv.state));
	if (uv.known && uv.state == GFN_SECURE && uv.touched) {
		fputs(" with ", out);
		outcome_token(uv.token, out);
	}
	fputc('\n', out);
}

static void outcome_pages(const struct world *w, FILE *out)
{
	for (unsigned g = 0; g < w->scenario->guest_count; g++) {
		const struct guest_spec *spec = &w->scenario->guests[g];
		fprintf(out, "%s: %s VM\n", spec->name, uv_is_secure(w->uv, g) ? "secure" : "normal");
		for (unsigned i = 0; i < spec->slot_count; i++)
			for (uint64_t page = 0; page < spec->slots[i].pages; page++)
				outcome_page(w, g, spec->slots[i].id, page, out);
	}
}

char *outcome_text(struct session *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "%s\n", outcome_end(s->result.end));
	outcome_statements(s, out);
	outcome_pages(s->world, out);
	fclose(out);
	return text;
}

/* ---- sets ----------------------------------------------------------------------------------------- */

struct outcome *outcome_find(const struct outcome_set *set, const char *text)
{
	for (unsigned i = 0; i < set->count; i++)
		if (!strcmp(set->list[i].text, text))
			return &set->list[i];
	return NULL;
}

static bool outcome_is_known(enum engine_end end)
{
	return end == ENGINE_FINISHED || end == ENGINE_DEADLOCK || end == ENGINE_STUCK || end == ENGINE_STOPPED;
}

static enum pef_err outcome_keep(struct outcome_set *set, char *text, const struct session *s, const struct director *d)
{
	struct outcome *list = realloc(set->list, (set->count + 1) * sizeof(*list));

	if (!list) {
		free(text);
		return PEF_NOMEM;
	}
	set->list = list;
	list[set->count] = (struct outcome){.text = text, .runs = 1, .seed = s->plan.seed};
	return schedule_take(s, d, &list[set->count++].schedule);
}

enum pef_err outcome_add(struct outcome_set *set, struct session *s, const struct director *d)
{
	set->runs++;
	if (!outcome_is_known(s->result.end)) {
		set->limited++;
		return PEF_OK;
	}
	char *text = outcome_text(s);
	if (!text)
		return PEF_NOMEM;
	struct outcome *known = outcome_find(set, text);
	if (!known)
		return outcome_keep(set, text, s, d);
	known->runs++;
	free(text);
	return PEF_OK;
}

void outcome_free(struct outcome_set *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		free(set->list[i].text);
		schedule_free(&set->list[i].schedule);
	}
	free(set->list);
	*set = (struct outcome_set){0};
}

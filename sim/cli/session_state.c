/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session_state.c - what a report says of the page it is about, and of what was
 * expected. See session.h.
 *
 * Both sides' states are taken from the trace up to the finding, not from the
 * models: they may have gone on, and with threads the other side did.
 *
 * Locking: none. Errors: none. Blocking: reads the trace once a report.
 */
#include "session.h"

#include "pefsim/check.h"
#include "pefsim/finding.h"

#include "judge.h"

static bool state_has_page(enum op_kind kind)
{
	enum op_args args = op_info(kind)->args;

	return args == ARGS_PAGE || args == ARGS_PAGE_VALUE || args == ARGS_PAGE_COUNT || args == ARGS_PAGE_TO ||
	       args == ARGS_PAGE_WITH || args == ARGS_PAGE_ADVICE || args == ARGS_PAGE_SHARED;
}

/* The page that a statement of this line speaks of; PEF_NEVER: none, or several. */
static uint64_t state_page_of_line(const struct session *s, unsigned line)
{
	uint64_t page = PEF_NEVER;

	for (unsigned i = 0; i < s->scenario->thread_count; i++) {
		const struct thread *t = &s->scenario->threads[i];

		for (unsigned k = 0; k < t->count; k++) {
			const struct statement *st = &t->statements[k];

			if (st->line != line || !state_has_page(st->kind))
				continue;
			if (page != PEF_NEVER || st->count > 1)
				return PEF_NEVER;
			page = trace_page(t->guest, world_gfn(s->world, t->guest, st->slot, st->page));
		}
	}
	return page;
}

static uint64_t state_page(const struct session *s, const struct finding *f)
{
	if (f->page != PEF_NEVER || !f->block_count || !f->blocks[0].script_line)
		return f->page;
	return state_page_of_line(s, f->blocks[0].script_line);
}

static bool state_is_before(const struct trace_event *e, uint64_t position, const struct engine_key *key)
{
	if (e->rec.cycle != key->cycle)
		return e->rec.cycle < key->cycle;
	/* With the record that the key stands for: a broken rule is told of the event that broke it. */
	return e->domain != key->domain ? e->domain < key->domain : position <= key->position;
}

/* The ghost as it was when the finding was made. */
static struct checker *state_replay(const struct session *s, const struct engine_key *key)
{
	struct checker *checker = checker_create(&s->world->config, hv_marks(s->scenario->design));
	struct trace_merge *merge = trace_merge_open(s->world->engine);
	uint64_t positions[PEF_DOMAINS_MAX] = {0};
	struct trace_event event;
	struct finding ignored;

	while (trace_merge_next(merge, &event) && state_is_before(&event, positions[event.domain]++, key))
		checker_feed(checker, &event, &ignored);
	trace_merge_close(merge);
	return checker;
}

/* "1:0" where the page lay at the beginning, else its number. */
static void state_name(const struct session *s, uint64_t page, char *buf, size_t size)
{
	unsigned guest = trace_page_guest(page);
	uint64_t gfn = trace_page_gfn(page).n;
	const struct guest_spec *spec = &s->scenario->guests[guest];

	snprintf(buf, size, "gfn 0x%llx", (unsigned long long)gfn);
	for (unsigned i = 0; i < spec->slot_count; i++) {
		uint64_t base = spec->slots[i].gpa >> PEF_PAGE_SHIFT;

		if (gfn >= base && gfn - base < spec->slots[i].pages)
			snprintf(buf, size, "%u:%llu", spec->slots[i].id, (unsigned long long)(gfn - base));
	}
}

static void state_print_page(const struct session *s, uint64_t page, const struct checker_page *p, FILE *out)
{
	static const char *const modes[] = {
		[TRACE_SVM_NORMAL] = "normal VM",
		[TRACE_SVM_START] = "VM becoming secure",
		[TRACE_SVM_SECURE] = "secure VM",
		[TRACE_SVM_ABORT] = "switch to secure failed",
		[TRACE_SVM_TERMINATED] = "secure VM terminated",
	};
	char name[40];

	state_name(s, page, name, sizeof(name));
	fprintf(out, "page %s of %s: %s; mark %s, host page table %s\n", name,
		s->scenario->guests[trace_page_guest(page)].name, gfn_state_name(p->state), hv_mark_name(p->mark),
		host_pte_name(p->pte));
	fprintf(out, "%s", modes[p->mode]);
	if (p->slot_known)
		fprintf(out, "; slot %u %s", p->slot, p->slot_gone ? "deleted" : "there");
	if (p->pool_told)
		fprintf(out, "; pool %llu/%u free", (unsigned long long)p->pool_free, s->world->config.pool_pages);
	fputc('\n', out);
}

void session_state(void *session, const struct finding *f, FILE *out)
{
	const struct session *s = session;
	uint64_t page = state_page(s, f);
	struct checker_page view;

	if (page == PEF_NEVER || s->unchecked || trace_page_guest(page) >= s->scenario->guest_count ||
		trace_page_gfn(page).n == trace_page_gfn(PEF_NEVER).n)
		return;
	struct checker *checker = state_replay(s, &f->key);
	checker_look_up(checker, page, &view);
	state_print_page(s, page, &view, out);
	checker_destroy(checker);
}

const char *session_expected(void *session, const struct finding *f, unsigned *line)
{
	struct session *s = session;
	const struct expectation *e = judge_line_of(s->scenario, f);

	if (!e)
		return NULL;
	*line = e->line;
	snprintf(s->line_text, sizeof(s->line_text), "%s %s", judge_mode(e->mode), e->what);
	return s->line_text;
}

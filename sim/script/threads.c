/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * threads.c - the sections "thread": who runs, and loops written out.
 *
 * All heads are read before any statement, so that labels know their thread's
 * full name. A loop reads its body once for each value of its variable. A loop
 * without rounds is read once all the same, and thrown away, to find mistakes.
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

static const char usage[] = "thread NAME guest|host GUEST, or: thread NAME uv on vcpuN GUEST";

/* ---- heads --------------------------------------------------------------------- */

/* The N of "vcpuN"; false when it is not of that form. */
static bool vcpu_number(const char *name, unsigned *out)
{
	char *end;
	unsigned long n;

	if (strncmp(name, "vcpu", 4) != 0 || !isdigit((unsigned char)name[4]) || strlen(name) > 9)
		return false;
	n = strtoul(name + 4, &end, 10);
	*out = (unsigned)n;
	/* One way to write each number, or two threads could be one vCPU. */
	return *end == 0 && (name[4] != '0' || name[5] == 0);
}

static bool vcpu_check(
	struct cursor *c, const struct word *at, const char *name, const struct guest_spec *g, unsigned *out)
{
	if (!vcpu_number(name, out)) {
		diag_error(c->r->diag, c->line, at->column, "'%s' is no vCPU", name);
		diag_help(c->r->diag, "vCPUs of guest %s are called vcpu0 to vcpu%u", g->name, g->vcpus - 1);
		return false;
	}
	if (*out >= g->vcpus) {
		diag_error(c->r->diag, c->line, at->column, "guest %s has no vCPU %u", g->name, *out);
		diag_help(c->r->diag, "it has %u; say 'vcpus %u' in its section", g->vcpus, *out + 1);
		return false;
	}
	return true;
}

static bool kind_read(struct cursor *c, struct thread *t, char vcpu[PEF_NAME_MAX])
{
	if (cursor_take(c, "guest")) {
		t->kind = THREAD_GUEST;
		return true;
	}
	if (cursor_take(c, "host")) {
		t->kind = THREAD_HOST;
		return true;
	}
	if (cursor_take(c, "uv")) {
		t->kind = THREAD_UV;
		return cursor_expect(c, "on", usage) && cursor_name(c, "the vCPU it borrows", vcpu);
	}
	if (cursor_done(c))
		cursor_error(c, "the kind of thread is missing");
	else
		cursor_error(c, "unknown kind of thread '%s'", c->line->words[c->i].text);
	diag_help(c->r->diag, "%s", usage);
	return false;
}

static bool guest_name_read(struct cursor *c, unsigned *out)
{
	char name[PEF_NAME_MAX];
	struct suggest s;

	if (!cursor_name(c, "the guest", name))
		return false;
	if (guest_find(c->r, name, out))
		return true;
	c->i--;
	cursor_error(c, "there is no guest '%s'", name);
	s = suggest_begin(name);
	for (unsigned i = 0; i < c->r->s->guest_count; i++)
		suggest_offer(&s, c->r->s->guests[i].name);
	suggest_help(c->r->diag, &s, "a guest is defined by a section 'guest NAME'");
	return false;
}

static bool context_name_set(struct cursor *c, struct thread *t, const struct guest_spec *g)
{
	char name[2 * PEF_NAME_MAX + 4];

	if (t->kind == THREAD_UV)
		snprintf(name, sizeof(name), "%s.vcpu%u/uv", g->name, t->vcpu);
	else
		snprintf(name, sizeof(name), "%s.%s", g->name, t->name);
	/* The halves of a context are longer by "/hv/uv". */
	if (strlen(name) + 6 >= PEF_NAME_MAX) {
		diag_error(c->r->diag, c->line, c->line->words[1].column, "the name '%s' is too long", name);
		diag_help(c->r->diag, "GUEST.THREAD has at most %u bytes", PEF_NAME_MAX - 7);
		return false;
	}
	snprintf(t->context, sizeof(t->context), "%.*s", (int)sizeof(t->context) - 1, name);
	return true;
}

/* Two threads with one name, or on one vCPU. */
static bool twin_check(struct cursor *c, const struct thread *t)
{
	struct reader *r = c->r;

	for (unsigned i = 0; i < r->s->thread_count; i++) {
		const struct thread *o = &r->s->threads[i];
		bool named = strcmp(o->name, t->name) == 0;
		bool shared = o->kind != THREAD_HOST && t->kind != THREAD_HOST && o->vcpu == t->vcpu;
		if (o->guest != t->guest || !(named || shared))
			continue;
		if (named)
			diag_error(r->diag, c->line, c->line->words[1].column,
				"thread '%s' of guest %s is defined twice", t->name, r->s->guests[t->guest].name);
		else
			diag_error(r->diag, c->line, c->line->words[1].column,
				"threads '%s' and '%s' are both on vcpu%u", o->name, t->name, t->vcpu);
		diag_help(r->diag, "first defined at %s:%u%s", r->thread_lines[i]->source->path,
			r->thread_lines[i]->number, named ? "" : "; a vCPU does one thing at a time");
		return false;
	}
	return true;
}

static bool placed(struct cursor *c, struct thread *t, const char *vcpu)
{
	const struct guest_spec *g = &c->r->s->guests[t->guest];
	unsigned number;

	if (t->kind == THREAD_GUEST)
		return vcpu_check(c, &c->line->words[1], t->name, g, &t->vcpu);
	if (t->kind == THREAD_UV)
		return vcpu_check(c, &c->line->words[4], vcpu, g, &t->vcpu);
	if (!vcpu_number(t->name, &number))
		return true;
	diag_error(c->r->diag, c->line, c->line->words[1].column, "a host thread cannot be called '%s'", t->name);
	diag_help(c->r->diag, "names like vcpu0 belong to vCPUs");
	return false;
}

static bool head_read(struct reader *r, struct section *section)
{
	struct cursor c = cursor_at(r, section->head, 1);
	struct thread t = {.line = section->head->number};
	char vcpu[PEF_NAME_MAX] = "";
	unsigned n = r->s->thread_count;

	if (!cursor_name(&c, "the thread's name", t.name) || !kind_read(&c, &t, vcpu) || !guest_name_read(&c, &t.guest))
		return false;
	if (!cursor_end(&c, usage) || !placed(&c, &t, vcpu) || !twin_check(&c, &t) ||
		!context_name_set(&c, &t, &r->s->guests[t.guest]))
		return false;
	if (n == SCRIPT_THREADS_MAX) {
		diag_error(r->diag, section->head, 1, "more than %u threads", SCRIPT_THREADS_MAX);
		diag_help(r->diag, "put more into one thread");
		return false;
	}
	r->s->threads = script_grow(r->arena, r->s->threads, n, sizeof(*r->s->threads));
	r->thread_lines = script_grow(r->arena, r->thread_lines, n, sizeof(*r->thread_lines));
	r->thread_sections = script_grow(r->arena, r->thread_sections, n, sizeof(*r->thread_sections));
	r->s->threads[n] = t;
	r->thread_lines[n] = section->head;
	r->thread_sections[n] = section;
	r->s->thread_count++;
	return true;
}

/* ---- statements -------------------------------------------------------------------- */

static void limit_told(struct reader *r, const struct line *line)
{
	r->full = true;
	diag_error(r->diag, line, line->words[0].column, "more than %u operations after loops are written out",
		SCRIPT_OPS_MAX);
	diag_help(r->diag, "use fewer rounds");
}

static bool name_is_shared(const struct reader *r, const struct thread *t)
{
	for (unsigned i = 0; i < r->s->thread_count; i++)
		if (&r->s->threads[i] != t && strcmp(r->s->threads[i].name, t->name) == 0)
			return true;
	return false;
}

/* Makes the event of a label. */
static void label_define(struct reader *r, unsigned thread, const struct line *line, struct statement *st)
{
	const struct thread *t = &r->s->threads[thread];
	const char *guest = name_is_shared(r, t) ? r->s->guests[t->guest].name : "";
	char name[3 * PEF_NAME_MAX];
	uint32_t event;

	snprintf(name, sizeof(name), "%s%s%s.%s", guest, guest[0] ? "." : "", t->name, st->label);
	if (strlen(name) >= PEF_NAME_MAX) {
		diag_error(r->diag, line, line->words[0].column, "the label '%s' is too long", name);
		diag_help(r->diag, "THREAD.LABEL has at most %u bytes", PEF_NAME_MAX - 1);
		return;
	}
	if (event_find(r, name, &event)) {
		const struct line *first = r->uses[event].signal;
		diag_error(r->diag, line, line->words[0].column, "label '%s' is defined twice", st->label);
		if (first == line)
			diag_help(r->diag, "it stands in a loop; take it out of the loop");
		else
			diag_help(r->diag, "first defined at %s:%u", first->source->path, first->number);
		return;
	}
	st->label_event = event_intern(r, name);
	r->uses[st->label_event] =
		(struct event_use){.signal = line, .is_label = true, .thread = thread, .statement = t->count};
}

static void use_note(struct reader *r, unsigned thread, const struct line *line, const struct statement *st)
{
	struct event_use *use = &r->uses[st->event];

	if (st->kind == OP_SIGNAL && !use->signal)
		use->signal = line;
	if (st->kind == OP_WAIT && !use->wait)
		use->wait = line;
	if (st->kind == OP_BARRIER) {
		if (!use->barrier)
			use->barrier = line;
		if (use->barrier_threads && use->barrier_count != st->count) {
			diag_error(r->diag, line, st->column, "barrier '%s' is for %u threads elsewhere",
				r->s->events[st->event], use->barrier_count);
			diag_help(r->diag, "first used at %s:%u", use->barrier->source->path, use->barrier->number);
		}
		use->barrier_count = (unsigned)st->count;
		use->barrier_threads += use->barrier_last != thread + 1;
		use->barrier_last = thread + 1;
	}
}

static void statement_add(struct reader *r, unsigned thread, const struct line *line)
{
	struct thread *t = &r->s->threads[thread];
	struct statement st;

	if (!statement_read(r, thread, line, &st) || r->dry)
		return;
	if (r->op_count == SCRIPT_OPS_MAX) {
		limit_told(r, line);
		return;
	}
	r->op_count++;
	if (st.kind == OP_SIGNAL || st.kind == OP_WAIT || st.kind == OP_BARRIER)
		use_note(r, thread, line, &st);
	if (st.label[0])
		label_define(r, thread, line, &st);
	t->statements = script_grow(r->arena, t->statements, t->count, sizeof(*t->statements));
	t->statements[t->count++] = st;
}

static void statements_read(struct reader *r, unsigned thread, const struct node *first);

/* "for VAR in A..B" or "repeat N"; false after a mistake. */
static bool loop_head(struct cursor *c, char var[PEF_NAME_MAX], int64_t *low, int64_t *high)
{
	const uint64_t most = UINT64_C(1) << 48;
	uint64_t a = 0, b = 0;
	const char *text;

	if (cursor_take(c, "repeat")) {
		*low = 1;
		if (!cursor_number(c, "the number of rounds", 0, most, &b) || !cursor_end(c, "repeat INT"))
			return false;
		*high = (int64_t)b;
		return true;
	}
	c->i++;
	if (!cursor_name(c, "the variable's name", var) || !cursor_expect(c, "in", "for VAR in FIRST..LAST") ||
		!cursor_number(c, "the first value", 0, most, &a) || !cursor_expect(c, "..", "for VAR in FIRST..LAST"))
		return false;
	/* One below the first value is a loop without rounds: "0..$n-1" for n = 0. */
	text = cursor_text(c);
	if (text && a == 0 && !expression_parse(text, high) && *high == -1)
		c->i++;
	else if (!cursor_number(c, "the last value", a ? a - 1 : 0, most, &b))
		return false;
	else
		*high = (int64_t)b;
	*low = (int64_t)a;
	return cursor_end(c, "for VAR in FIRST..LAST");
}

static bool variable_is_new(struct cursor *c, const char *var)
{
	const struct param *p = param_find(c->r, var);
	bool taken = p != NULL;

	for (unsigned i = 0; i < c->r->var_count; i++)
		taken |= strcmp(c->r->vars[i].name, var) == 0;
	if (!taken && !strchr(var, '-'))
		return true;
	diag_error(c->r->diag, c->line, c->line->words[1].column,
		taken ? "variable '%s' has the name of another" : "'%s' cannot be written after '$'", var);
	if (p)
		diag_help(
			c->r->diag, "parameter '%s' is defined at %s:%u", var, p->line->source->path, p->line->number);
	else
		diag_help(c->r->diag, "%s",
			taken ? "give each loop a variable of its own" : "names of variables have no '-'");
	return false;
}

/*S:140
 * A loop is not kept as a loop: its body is read again for each value. So the flat scenario has no
 * control flow at all, it can be hashed, shrunk and replayed, and what is found in the second round at
 * the same place is told only once. Limits on rounds and operations see to it that reading ends,
 * whatever the numbers in the file.
 :*/
static void loop_read(struct reader *r, unsigned thread, const struct node *loop)
{
	struct cursor c = cursor_at(r, loop->line, 0);
	bool was_dry = r->dry, named = word_is(&loop->line->words[0], WORD_PLAIN, "for");
	char var[PEF_NAME_MAX] = "";
	int64_t low = 0, high = 0;

	if (!loop_head(&c, var, &low, &high) || (named && !variable_is_new(&c, var)))
		return;
	/* "-" is no name, so "repeat" has a variable that nobody can use. */
	r->vars[r->var_count++].name = named ? var : "-";
	/* A dry loop needs one round only; so does one without rounds. */
	r->dry |= low > high;
	if (r->dry)
		high = low;
	for (int64_t i = low; i <= high && !r->full; i++) {
		snprintf(r->vars[r->var_count - 1].value, sizeof(r->vars[0].value), "%lld", (long long)i);
		if (r->round_count++ == SCRIPT_OPS_MAX * SCRIPT_LOOPS_MAX)
			limit_told(r, loop->line);
		statements_read(r, thread, loop->child);
	}
	r->var_count--;
	r->dry = was_dry;
}

static void statements_read(struct reader *r, unsigned thread, const struct node *first)
{
	for (const struct node *n = first; n && !r->full; n = n->next)
		if (n->is_loop)
			loop_read(r, thread, n);
		else
			statement_add(r, thread, n->line);
}

static void lines_failed(struct reader *r, const struct node *first)
{
	for (const struct node *n = first; n; n = n->next) {
		line_failed(r, n->line);
		lines_failed(r, n->child);
	}
}

void threads_read(struct reader *r)
{
	for (struct section *s = r->sections; s; s = s->next)
		if (s->kind == SECTION_THREAD && !head_read(r, s))
			lines_failed(r, s->first);
	for (unsigned i = 0; i < r->s->thread_count; i++)
		statements_read(r, i, r->thread_sections[i]->first);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults.c - the section "fault": what goes wrong on purpose.
 *
 * Each line becomes a rule of inject.h and is kept as text for the print. What
 * can never happen, as a code from a site that is no call, is told here.
 *
 * Locking: none. Errors: told. Blocking: never.
 */
#include <string.h>

#include "pefsim/objects.h"
#include "script.h"

static const char usage[] =
	"at THREAD.LABEL [SITE]|any SITE|maybe SITE, then fail|return CODE|delay NUM|drop|repeat|kill, "
	"then [times INT[..INT]]";

/* The last site, a call, goes by the call's own name. */
static const char *const site_words[] = {
#define X(name, word, about) word,
	PEF_INJECT_SITES(X)
#undef X
};
/* The first action is to do nothing. */
static const char *const action_words[INJECT_ACTION_COUNT] = {"",
#define X(name, word, args, about) word,
	PEF_INJECT_ACTIONS(X)
#undef X
};

static bool is_action(const char *text)
{
	for (unsigned i = 1; i < INJECT_ACTION_COUNT; i++)
		if (strcmp(text, action_words[i]) == 0)
			return true;
	return false;
}

/* "alloc rmap": the kind of object, as reports print it. */
static bool object_read(struct cursor *c, struct inject_rule *out)
{
	const char *text = cursor_done(c) ? NULL : cursor_text(c);
	struct suggest s;
	obj_t object;

	if (!text || is_action(text))
		return cursor_done(c) || text;
	if (obj_parse(text, strlen(text), &object) && obj_type(object) != OBJ_NONE && obj_type(object) != OBJ_CALL &&
		obj_index(object) == OBJ_NO_INDEX && obj_guest(object) == OBJ_NO_GUEST) {
		out->object = obj_type(object);
		c->i++;
		return true;
	}
	cursor_error(c, "'%s' is neither an object nor an action", text);
	s = suggest_begin(text);
#define X(name, printed, about) suggest_offer(&s, printed);
	PEF_OBJECTS(X)
#undef X
	for (unsigned i = 1; i < INJECT_ACTION_COUNT; i++)
		suggest_offer(&s, action_words[i]);
	suggest_help(c->r->diag, &s, "'alloc' is any allocation, 'alloc rmap' one kind");
	return false;
}

static void site_unknown(struct cursor *c, const char *text)
{
	struct suggest s = suggest_begin(text);

	cursor_error(c, "unknown site '%s'", text);
	for (unsigned i = 0; i < INJECT_CALL; i++)
		suggest_offer(&s, site_words[i]);
#define X(name, number, args, about) suggest_offer(&s, #name);
	PEF_UCALLS(X)
	PEF_HCALLS(X)
#undef X
	suggest_help(c->r->diag, &s, "a site is a call, as UV_PAGE_IN, or one of 'pefsim list faults'");
}

static bool site_read(struct cursor *c, struct inject_rule *out)
{
	const char *text = cursor_word(c, "a site", usage);

	if (!text)
		return false;
	out->call = abi_call_parse(text, strlen(text));
	out->site = INJECT_CALL;
	for (unsigned i = 0; i < INJECT_CALL; i++)
		if (strcmp(text, site_words[i]) == 0)
			out->site = (enum inject_site)i;
	if (out->site == INJECT_CALL && !out->call) {
		site_unknown(c, text);
		return false;
	}
	c->i++;
	return out->site != INJECT_ALLOC || object_read(c, out);
}

/* The label, as the line of its statement: that is what a context carries along. */
static bool label_read(struct cursor *c, struct inject_rule *out)
{
	const char *text = cursor_word(c, "a label", usage);
	struct event_use *use;
	uint32_t event;

	if (!text)
		return false;
	if (!label_find(c->r, text, UINT32_MAX, &event)) {
		label_unknown(c->r, c->line, cursor_column(c), text);
		return false;
	}
	use = &c->r->uses[event];
	use->wait = c->line;
	out->line = c->r->s->threads[use->thread].statements[use->statement].line;
	c->i++;
	return true;
}

static bool place_read(struct cursor *c, struct inject_rule *out)
{
	const char *text;

	out->mode = cursor_take(c, "any") ? INJECT_ANY : cursor_take(c, "maybe") ? INJECT_MAYBE : INJECT_AT;
	if (out->mode != INJECT_AT)
		return site_read(c, out);
	if (!cursor_expect(c, "at", usage) || !label_read(c, out))
		return false;
	out->site = INJECT_CALL;
	text = cursor_done(c) ? NULL : cursor_text(c);
	return !text || is_action(text) || site_read(c, out);
}

static bool code_read(struct cursor *c, struct inject_rule *out)
{
	if (!cursor_code(c, &out->code))
		return false;
#define X(name, value, about) \
	if (out->code == (value)) { \
		c->i--; \
		cursor_error(c, "a call does not return %s", #name); \
		diag_help(c->r->diag, "calls return the codes of 'pefsim list results' that begin with U_ or H_"); \
		return false; \
	}
	PEF_HOST_RESULTS(X)
#undef X
	return true;
}

static bool action_read(struct cursor *c, struct inject_rule *out)
{
	for (unsigned i = 1; i < INJECT_ACTION_COUNT; i++) {
		if (!cursor_take(c, action_words[i]))
			continue;
		out->action = (enum inject_action)i;
		if (out->action == INJECT_DO_RETURN)
			return code_read(c, out);
		if (out->action == INJECT_DO_DELAY)
			return cursor_number(c, "the number of cycles", 1, PEF_DELAY_MAX, &out->cycles);
		return true;
	}
	if (cursor_done(c))
		cursor_error(c, "what goes wrong is missing");
	else
		cursor_error(c, "unknown action '%s'", c->line->words[c->i].text);
	diag_help(c->r->diag, "%s", usage);
	return false;
}

/* Whether the call's name says that the ultravisor handles it. */
static bool is_ultracall(uint32_t call)
{
	const char *name = call ? abi_call_name(call) : NULL;

	return name && strncmp(name, "UV_", 3) == 0;
}

/* @at: the word of the action, for the message */
static bool fits(struct cursor *c, unsigned at, const struct inject_rule *rule)
{
	bool calls_only = rule->action == INJECT_DO_RETURN || rule->action == INJECT_DO_DROP ||
			  rule->action == INJECT_DO_REPEAT || rule->action == INJECT_DO_KILL;

	if (calls_only && rule->site != INJECT_CALL) {
		c->i = at;
		cursor_error(c, "'%s' at a site that is no call", action_words[rule->action]);
		diag_help(c->r->diag, "'%s' can fail or be delayed", site_words[rule->site]);
		return false;
	}
	if (rule->action == INJECT_DO_KILL && !is_ultracall(rule->call)) {
		c->i = at;
		cursor_error(c, "'kill' without an ultracall");
		diag_help(c->r->diag, "the VM is ended before an ultracall is handled: name one, as UV_PAGE_IN");
		return false;
	}
	return true;
}

/* Without "times": the first pass at a statement, every pass elsewhere. */
static bool times_read(struct cursor *c, struct inject_rule *out)
{
	uint64_t number;

	out->first = 1;
	out->last = out->mode == INJECT_AT ? 1 : UINT64_MAX;
	if (!cursor_take(c, "times"))
		return true;
	if (!cursor_number(c, "the number of times", 1, UINT32_MAX, &number))
		return false;
	out->last = number;
	if (!cursor_take(c, ".."))
		return true;
	out->first = number;
	return cursor_number(c, "the last time", number, UINT32_MAX, &out->last);
}

static bool rule_read(struct cursor *c, struct inject_rule *out)
{
	unsigned at;

	if (!place_read(c, out))
		return false;
	at = c->i;
	return action_read(c, out) && times_read(c, out) && cursor_end(c, usage) && fits(c, at, out);
}

void fault_read(struct reader *r, const struct section *section)
{
	struct scenario *s = r->s;

	head_end(r, section);
	s->has_faults = true;
	for (const struct node *n = section->first; n; n = n->next) {
		struct cursor c = cursor_at(r, n->line, 0);
		struct inject_rule rule = {0};
		if (!rule_read(&c, &rule))
			continue;
		s->rules = script_grow(r->arena, s->rules, s->rule_count, sizeof(*s->rules));
		s->rules[s->rule_count++] = rule;
		line_keep(r, &s->faults, &s->fault_count, n->line);
	}
}

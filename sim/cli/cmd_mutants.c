/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_mutants.c - pefsim mutants: the catalogue of bugs, and how many are caught.
 *
 * A bug is caught by a finding that no run of its twin shows. So for each both are
 * searched, the twin first and whole, the bug until the first such finding; what
 * the two have in common is a fault of the design they share. A search may miss
 * that the twin has it, too: so the twin is also run with the very schedule that
 * seems to catch the bug, and must not show it then either. Entries of the museum
 * and invented mutants are one list: a scenario, and a parameter of it.
 *
 * Locking: none. Errors: exit codes. Blocking: two searches a bug.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "search.h"

#define SPECIMENS (MUSEUM_COUNT + MUTANT_COUNT)
#define SCORE_RUNS 300u
#define SCORE_STEPS 50000u /* a run that has not ended by then does not end */

/* A bug of the catalogue. */
struct specimen {
	const char *name, *of, *about;
	char scenario[2 * PEF_NAME_MAX]; /* from the folder of scenarios */
	struct scenario_override bug, twin;
	bool museum;
};

/* What the twin of some bugs shows; they share it when they share the scenario. */
struct twin {
	char scenario[2 * PEF_NAME_MAX];
	char signatures[SEARCH_FINDINGS_MAX][sizeof(((struct observation *)NULL)->signature)];
	unsigned count;
};

/* The finding that seems to catch a bug, and the schedule that showed it. */
struct suspect {
	struct observation seen; /* its holds and choices are its own; without a signature: none */
};

struct scoring {
	const struct options *options;
	struct suspect suspect;
	struct twin twins[SPECIMENS];
	unsigned twin_count;
	struct twin *twin; /* of the bug that is looked for */
	unsigned caught[2], total[2]; /* invented, of the museum */
	bool failed;
};

/* ---- the catalogue ------------------------------------------------------------ */

static unsigned specimens_list(struct specimen *out)
{
	unsigned n = 0;

#define X(id, entry, file, design, mutant, is_without, class, sentence) \
	out[n++] = (struct specimen){.name = entry, \
		.of = design_name(DESIGN_##design), \
		.about = sentence, \
		.scenario = "museum/" entry "-" file ".pef", \
		.bug = {"bug", "yes"}, \
		.twin = {"bug", "no"}, \
		.museum = true};
	PEF_MUSEUM(X)
#undef X
	for (enum mutant m = 0; m < MUTANT_COUNT; m++) {
		if (!mutant_is_invented(m))
			continue;
		struct specimen *s = &out[n++];
		*s = (struct specimen){.name = mutant_name(m),
			.of = mutant_owner_name(mutant_owner(m)),
			.about = mutant_about(m),
			.bug = {"mutant", mutant_name(m)},
			.twin = {"mutant", "none"}};
		snprintf(s->scenario, sizeof(s->scenario), "mutants/%s.pef", mutant_exhibit(m));
	}
	return n;
}

static bool specimen_is_named(const struct specimen *s, const struct options *o)
{
	for (int i = 0; i < o->arg_count; i++)
		if (!strcmp(o->args[i], s->name))
			return true;
	return o->arg_count == 0;
}

static bool specimens_know(const struct specimen *list, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(list[i].name, name))
			return true;
	fprintf(stderr, "pefsim mutants: there is no mutant '%s'\nhelp: 'pefsim mutants' names all\n", name);
	return false;
}

static void specimen_print(const struct specimen *s, const struct options *o)
{
	if (o->json)
		printf("{\"schema\":1,\"type\":\"mutant\",\"name\":\"%s\",\"of\":\"%s\",\"scenario\":\"%s\",\"about\":"
		       "\"%s\"}\n",
			s->name, s->of, s->scenario, s->about);
	else
		printf("%-29s %-12s %-37s %s\n", s->name, s->of, s->scenario, s->about);
}

/* ---- one search ------------------------------------------------------------------ */

/* A scenario with one parameter set. @o: stays where it is while the session is open. */
static enum pef_err score_open(const struct scoring *c, const struct specimen *s, struct scenario_override set,
	struct options *o, struct session *session)
{
	char name[PEF_NAME_MAX * 3], path[512];

	*o = *c->options;
	*session = (struct session){0};
	snprintf(name, sizeof(name), "scenarios/%s", s->scenario);
	if (!paths_resolve(name, "", path, sizeof(path))) {
		fprintf(stderr, "pefsim: scenario '%s' is not found\n", name);
		return PEF_NOFILE;
	}
	o->params[0] = set;
	o->param_count = 1;
	o->runs = o->runs_given ? o->runs : SCORE_RUNS;
	o->runs_given = true;
	if (o->steps_max == STEPS_DEFAULT)
		o->steps_max = SCORE_STEPS;
	return session_open(session, o, path);
}

/* @each: as search_run has it. */
static enum pef_err score_search(struct scoring *c, const struct specimen *s, struct scenario_override set,
	struct search *search, bool (*each)(void *arg, const struct search *search),
	enum pef_err (*take)(struct scoring *c, const struct specimen *s, const struct search *search))
{
	struct session session;
	struct options o;
	enum pef_err err = score_open(c, s, set, &o, &session);

	*search = (struct search){0};
	if (!err)
		err = search_open(search, &session);
	if (!err)
		err = search_run(search, each, c);
	if (!err)
		err = take(c, s, search);
	search_close(search);
	session_close(&session);
	return err;
}

static enum pef_err score_take_twin(struct scoring *c, const struct specimen *s, const struct search *search)
{
	struct twin *twin = &c->twins[c->twin_count++];

	snprintf(twin->scenario, sizeof(twin->scenario), "%s", s->scenario);
	for (unsigned i = 0; i < search->seen_count; i++)
		snprintf(twin->signatures[twin->count++], sizeof(twin->signatures[0]), "%s", search->seen[i].signature);
	return PEF_OK;
}

static bool score_twin_shows(const struct twin *twin, const char *signature)
{
	for (unsigned i = 0; i < twin->count; i++)
		if (!strcmp(twin->signatures[i], signature))
			return true;
	return false;
}

/* The finding that tells the bug from its twin; what is only possible counts when asked for. */
static const struct observation *score_catch(const struct scoring *c, const struct search *search)
{
	for (unsigned i = 0; i < search->seen_count; i++) {
		const struct observation *o = &search->seen[i];
		bool counts = o->severity != SEVERITY_POSSIBLE || c->options->fail_possible;
		if (counts && !score_twin_shows(c->twin, o->signature))
			return o;
	}
	return NULL;
}

static bool score_goes_on(void *arg, const struct search *search)
{
	return !score_catch(arg, search);
}

static void caught_text(const struct specimen *s, const struct observation *by)
{
	printf("caught    %-29s %-12s run %4" PRIu64 "   %s\n", s->name, s->of, by->first, by->signature);
}

static void caught_json(const struct specimen *s, const struct observation *by)
{
	printf("{\"schema\":1,\"type\":\"mutant-score\",\"name\":\"%s\",\"of\":\"%s\",\"scenario\":\"%s\",\"caught\":"
	       "true,"
	       "\"first\":%" PRIu64 ",\"seed\":%" PRIu64
	       ",\"kind\":\"%s\",\"signature\":\"%s\",\"twin_shows_it\":false}\n",
		s->name, s->of, s->scenario, by->first, by->seed, by->kind, by->signature);
}

static void survived_text(const struct specimen *s, const struct search *search)
{
	printf("survived  %-29s %-12s %4" PRIu64 " runs  ", s->name, s->of, search->judge.runs);
	for (unsigned i = 0; i < search->seen_count; i++)
		printf("%s%s", i ? "; " : "as its twin: ", search->seen[i].signature);
	printf("%s", search->seen_count ? "" : "no finding");
	if (search->judge.limited)
		printf("; %" PRIu64 " runs do not end", search->judge.limited);
	putchar('\n');
}

static void survived_json(const struct specimen *s, const struct search *search)
{
	printf("{\"schema\":1,\"type\":\"mutant-score\",\"name\":\"%s\",\"of\":\"%s\",\"scenario\":\"%s\",\"caught\":"
	       "false,"
	       "\"runs\":%" PRIu64 ",\"limited\":%" PRIu64 ",\"as_twin\":%u}\n",
		s->name, s->of, s->scenario, search->judge.runs, search->judge.limited, search->seen_count);
}

/* Keep what the search closes. */
static enum pef_err score_suspect(struct suspect *out, const struct observation *by)
{
	*out = (struct suspect){.seen = *by};
	out->seen.holds = calloc(by->hold_count + 1, sizeof(*by->holds));
	out->seen.choices = calloc(by->choice_count + 1, sizeof(*by->choices));
	if (!out->seen.holds || !out->seen.choices)
		return PEF_NOMEM;
	for (unsigned i = 0; i < by->hold_count; i++)
		out->seen.holds[i] = by->holds[i];
	for (unsigned i = 0; i < by->choice_count; i++)
		out->seen.choices[i] = by->choices[i];
	return PEF_OK;
}

static void score_release(struct suspect *suspect)
{
	free(suspect->seen.holds);
	free(suspect->seen.choices);
	*suspect = (struct suspect){0};
}

/* No such finding: told at once. Else the twin is asked first. */
static enum pef_err score_take_bug(struct scoring *c, const struct specimen *s, const struct search *search)
{
	const struct observation *by = score_catch(c, search);

	if (by)
		return score_suspect(&c->suspect, by);
	(c->options->json ? survived_json : survived_text)(s, search);
	return PEF_OK;
}

/* Runs the twin with the suspect's schedule. @shows: whether it has that finding, too */
static enum pef_err score_ask_twin(const struct scoring *c, const struct specimen *s, bool *shows)
{
	const struct observation *o = &c->suspect.seen;
	struct run_plan plan = search_plan(NULL, o);
	const struct finding *findings;
	char signature[sizeof(o->signature)];
	struct session session;
	struct options options;
	enum pef_err err = score_open(c, s, s->twin, &options, &session);

	*shows = false;
	if (!err)
		err = session_run_once(&session, &plan);
	unsigned count = err ? 0 : engine_findings(session.world->engine, &findings);
	for (unsigned i = 0; i < count; i++) {
		finding_signature(&findings[i], signature, sizeof(signature));
		*shows |= !strcmp(signature, o->signature);
	}
	session_close(&session);
	return err;
}

/* ---- all ---------------------------------------------------------------------------- */

static struct twin *score_twin_of(struct scoring *c, const struct specimen *s)
{
	for (unsigned i = 0; i < c->twin_count; i++)
		if (!strcmp(c->twins[i].scenario, s->scenario))
			return &c->twins[i];
	return NULL;
}

/* Search until a finding stands that the twin does not have, or there is none. */
static enum pef_err score_bug(struct scoring *c, const struct specimen *s, struct search *search)
{
	bool shows = true;
	enum pef_err err = PEF_OK;

	c->total[s->museum]++;
	while (!err && shows && !session_interrupted()) {
		score_release(&c->suspect);
		err = score_search(c, s, s->bug, search, score_goes_on, score_take_bug);
		if (err || !c->suspect.seen.signature[0] || c->twin->count == SEARCH_FINDINGS_MAX)
			break;
		err = score_ask_twin(c, s, &shows);
		if (shows)
			snprintf(c->twin->signatures[c->twin->count++], sizeof(c->twin->signatures[0]), "%s",
				c->suspect.seen.signature);
	}
	if (!err && !shows) {
		(c->options->json ? caught_json : caught_text)(s, &c->suspect.seen);
		c->caught[s->museum]++;
	}
	fflush(stdout);
	score_release(&c->suspect);
	return err;
}

static enum pef_err score_one(struct scoring *c, const struct specimen *s)
{
	struct search *search = calloc(1, sizeof(*search));
	enum pef_err err = search ? PEF_OK : PEF_NOMEM;

	if (!err && !score_twin_of(c, s))
		err = score_search(c, s, s->twin, search, NULL, score_take_twin);
	c->twin = score_twin_of(c, s);
	if (!err && c->twin && !session_interrupted())
		err = score_bug(c, s, search);
	free(search);
	return err;
}

static void score_total(const struct scoring *c)
{
	unsigned caught = c->caught[0] + c->caught[1], total = c->total[0] + c->total[1];
	double percent = total ? 100.0 * caught / total : 0;

	if (c->options->json)
		printf("{\"schema\":1,\"type\":\"score\",\"caught\":%u,\"total\":%u,\"percent\":%.1f,\"museum_caught\":"
		       "%u,"
		       "\"museum_total\":%u}\n",
			caught, total, percent, c->caught[1], c->total[1]);
	else
		printf("museum %u/%u, invented %u/%u; score %u/%u, %.1f %%\n", c->caught[1], c->total[1], c->caught[0],
			c->total[0], caught, total, percent);
}

static int score_all(struct scoring *c, const struct specimen *list, unsigned count)
{
	session_catch_interrupts();
	for (unsigned i = 0; i < count && !session_interrupted(); i++)
		if (specimen_is_named(&list[i], c->options) && score_one(c, &list[i]))
			c->failed = true;
	if (session_interrupted())
		return PEF_EXIT_INTERRUPTED;
	score_total(c);
	return c->failed ? PEF_EXIT_INPUT : PEF_EXIT_OK;
}

int cmd_mutants(const struct options *options)
{
	struct specimen *list = calloc(SPECIMENS, sizeof(*list));
	struct scoring *c = calloc(1, sizeof(*c));
	int code = PEF_EXIT_OK;

	if (!list || !c) {
		code = PEF_EXIT_BUG;
	} else {
		unsigned count = specimens_list(list);
		c->options = options;
		for (int i = 0; i < options->arg_count && !code; i++)
			code = specimens_know(list, count, options->args[i]) ? code : PEF_EXIT_USAGE;
		for (unsigned i = 0; i < count && !code && !options->score; i++)
			if (specimen_is_named(&list[i], options))
				specimen_print(&list[i], options);
		if (!code && options->score)
			code = score_all(c, list, count);
	}
	free(list);
	free(c);
	return code;
}

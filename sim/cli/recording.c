/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording.c - between a session and its replay file. See recording.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: as a run.
 */
#include "recording.h"

#include <errno.h>
#include <inttypes.h>
#include <model_hash.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pefsim/explore.h"

uint64_t recording_model(void)
{
	return PEF_MODEL_HASH;
}

void recording_tell_age(const struct record *r, const struct session *s, const char *path)
{
	if (strcmp(r->scenario, s->scenario->id) != 0)
		fprintf(stderr, "pefsim: %s: the scenario in it was edited since it was recorded\n", path);
	if (strcmp(r->version, PEF_VERSION) != 0)
		fprintf(stderr, "pefsim: %s: recorded by pefsim %s, this is " PEF_VERSION "\n", path, r->version);
	if (r->model != recording_model())
		fprintf(stderr, "pefsim: %s: recorded with model %016" PRIx64 ", this is %016" PRIx64 "\n", path,
			r->model, recording_model());
}

uint64_t recording_prices(const struct price_list *prices)
{
	uint64_t hash = EXPLORE_HASH;

	for (unsigned i = 0; i < STEP_COUNT; i++) {
		cycles_t price = price_of(prices, (enum cost_step)i);
		hash = explore_hash(hash, &price, sizeof(price));
	}
	return hash;
}

const char *recording_variant(const struct scenario *s, char *buf, size_t size)
{
	const char *policy = slot_delete_name(s->slot_delete);
	size_t used = (size_t)snprintf(
		buf, size, "%s era %s policy %s", design_name(s->design), era_name(s->era), policy[0] ? policy : "own");

	for (unsigned i = 0; i < MUTANT_COUNT && used < size; i++)
		if (mutants_have(s->mutants, (enum mutant)i))
			used += (size_t)snprintf(buf + used, size - used, " %s", mutant_name((enum mutant)i));
	return buf;
}

const char *recording_signature(const struct session *s, const char *wanted, char *buf, size_t size)
{
	const struct finding *findings;
	unsigned count = engine_findings(s->world->engine, &findings);

	buf[0] = '\0';
	for (unsigned i = 0; i < count; i++)
		if (!strcmp(finding_signature(&findings[i], buf, size), wanted))
			return buf;
	if (count)
		finding_signature(&findings[0], buf, size);
	return buf;
}

static char *recording_text(const struct scenario *s, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out)
		return NULL;
	scenario_print(s, out);
	fclose(out);
	return text;
}

static enum pef_err recording_copy_holds(struct record *r, const struct run_plan *plan)
{
	r->holds = calloc(plan->hold_count + 1, sizeof(*r->holds));
	for (unsigned i = 0; r->holds && i < plan->hold_count; i++)
		r->holds[i] = plan->holds[i];
	r->hold_count = r->holds ? plan->hold_count : 0;
	r->choices = calloc(plan->choice_count + 1, sizeof(*r->choices));
	for (unsigned i = 0; r->choices && i < plan->choice_count; i++)
		r->choices[i] = plan->choices[i];
	r->choice_count = r->choices ? plan->choice_count : 0;
	return r->holds && r->choices ? PEF_OK : PEF_NOMEM;
}

static void recording_write_header(struct record *r, const struct session *s, const struct run_plan *plan)
{
	const struct options *o = s->options;

	snprintf(r->version, sizeof(r->version), "%s", PEF_VERSION);
	r->model = recording_model();
	snprintf(r->scenario, sizeof(r->scenario), "%s", s->scenario->id);
	snprintf(r->origin, sizeof(r->origin), "%s", s->scenario->path);
	recording_variant(s->scenario, r->variant, sizeof(r->variant));
	r->seed = plan->seed;
	r->prices = recording_prices(&s->prices);
	r->price = s->prices.choice;
	snprintf(r->machine, sizeof(r->machine), "%s", o->machine ? o->machine : "");
	snprintf(r->price_list, sizeof(r->price_list), "%s", o->prices ? o->prices : "");
	r->steps_max = o->steps_max;
	r->cycles_max = o->cycles_max;
}

/* The run of the text, and what it came to. */
static enum pef_err recording_run(
	struct record *r, const struct options *options, const struct run_plan *plan, const char *signature)
{
	struct run_plan own = *plan;
	struct session s;
	enum pef_err err = session_open_text(&s, options, r->text, r->text_len, r->origin);

	own.holds = r->holds;
	own.hold_count = r->hold_count;
	own.choices = r->choices;
	own.choice_count = r->choice_count;
	own.exec = ENGINE_FIBERS;
	own.points = own.silent = true;
	if (!err)
		err = session_run_once(&s, &own);
	if (!err) {
		recording_signature(&s, signature, r->signature, sizeof(r->signature));
		r->trace = trace_hash(s.world->engine);
		err = record_steps_collect(s.world->engine, &r->steps);
	}
	session_close(&s);
	return err;
}

enum pef_err recording_make(
	const struct session *s, const struct run_plan *plan, const char *signature, struct record *out)
{
	struct options options = *s->options;

	*out = (struct record){0};
	options.hold_count = 0;
	options.verbose = false;
	recording_write_header(out, s, plan);
	out->text = recording_text(s->scenario, &out->text_len);
	enum pef_err err = out->text ? recording_copy_holds(out, plan) : PEF_NOMEM;
	return err ? err : recording_run(out, &options, plan, signature);
}

void recording_options(const struct record *r, const struct options *given, struct options *out)
{
	*out = *given;
	out->hold_count = 0;
	out->seed = r->seed;
	out->steps_max = r->steps_max;
	out->cycles_max = r->cycles_max;
	out->price = r->price;
	out->price_given = true;
	if (!out->machine && r->machine[0])
		out->machine = r->machine;
	if (!out->prices && r->price_list[0])
		out->prices = r->price_list;
}

enum pef_err recording_save(const struct record *r, const char *folder, const char *scenario, char *path, size_t size)
{
	uint64_t hash = explore_hash(EXPLORE_HASH, r->scenario, strlen(r->scenario));
	FILE *out = NULL;
	bool ok;

	hash = explore_hash(hash, r->signature, strlen(r->signature));
	ok = (size_t)snprintf(
		     path, size, "%s/%s-%08" PRIx32 ".pefrec", folder, scenario, (uint32_t)(hash ^ hash >> 32)) < size;
	if (ok && (mkdir(folder, 0777) == 0 || errno == EEXIST))
		out = fopen(path, "w");
	ok = out && record_write(r, out);
	if (out)
		ok = fclose(out) == 0 && ok;
	if (ok)
		return PEF_OK;
	fprintf(stderr, "pefsim: cannot write %s: %s\nhelp: --out names another folder\n", path, strerror(errno));
	path[0] = '\0';
	return PEF_NOFILE;
}

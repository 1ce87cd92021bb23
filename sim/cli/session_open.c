/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session_open.c - what a run needs, read and checked. See session.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: a run takes its time.
 */
#include "session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/points.h"

#include "paths.h"

static enum pef_err session_read_scenario(struct session *s, const char *path)
{
	struct scenario_options options = options_scenario(s->options);
	return scenario_read_file(path, &options, &s->scenario, stderr);
}

static enum pef_err session_find(const char *given, const char *named, const char *shipped, const char *what,
	const char *scenario, char *out, size_t size)
{
	const char *name = given ? given : named[0] ? named : NULL;
	bool found = given  ? (size_t)snprintf(out, size, "%s", given) < size
		     : name ? paths_resolve(name, scenario, out, size)
			    : paths_shipped(shipped, out, size);
	if (found)
		return PEF_OK;
	fprintf(stderr, "pefsim: %s '%s' is not found\nhelp: PEFSIM_DATA can name the folder of shipped files\n", what,
		name ? name : shipped);
	return PEF_NOFILE;
}

static enum pef_err session_read_machine(struct session *s, const char *path)
{
	const struct options *o = s->options;
	char message[512];
	enum pef_err err = session_find(o->machine, s->scenario->machine, PATHS_DEFAULT_MACHINE, "machine", path,
		s->machine_path, sizeof(s->machine_path));
	if (err)
		return err;
	err = platform_read(s->machine_path, &s->platform, message, sizeof(message));
	if (err)
		fprintf(stderr, "pefsim: machine %s: %s\n", s->machine_path, message);
	return err;
}

static enum pef_err session_read_prices(struct session *s, const char *path)
{
	const struct options *o = s->options;
	enum price_choice choice = o->price_given ? o->price : s->scenario->price_choice;
	char message[512];
	enum pef_err err = session_find(o->prices, s->scenario->prices, PATHS_DEFAULT_PRICES, "price list", path,
		s->prices_path, sizeof(s->prices_path));
	if (err)
		return err;
	err = price_list_read(s->prices_path, choice, &s->prices, message, sizeof(message));
	if (err)
		fprintf(stderr, "pefsim: price list %s: %s\n", s->prices_path, message);
	return err;
}

/* Whether a hold's context can exist: a thread's, a vCPU's, or one that works for it. */
static bool session_has_context(const struct session *s, const char *name)
{
	size_t base = strcspn(name, "/");
	char vcpu[PEF_NAME_MAX];

	for (unsigned i = 0; i < s->scenario->thread_count; i++) {
		const char *context = s->scenario->threads[i].context;
		if (strcspn(context, "/") == base && !strncmp(context, name, base))
			return true;
	}
	for (unsigned i = 0; i < s->scenario->guest_count; i++) {
		snprintf(vcpu, sizeof(vcpu), "%.30s.vcpu0", s->scenario->guests[i].name);
		if (strlen(vcpu) == base && !strncmp(vcpu, name, base))
			return true;
	}
	return false;
}

/* Whether a point is no label, or one that a statement has. */
static bool session_has_label(const struct session *s, const struct point_name *point)
{
	if (point->kind != POINT_LABEL)
		return true;
	for (unsigned i = 0; i < s->scenario->thread_count; i++) {
		for (unsigned k = 0; k < s->scenario->threads[i].count; k++) {
			if (!strcmp(s->scenario->threads[i].statements[k].label, point->label))
				return true;
		}
	}
	return false;
}

static enum pef_err session_add_hold(struct session *s, const char *text)
{
	struct hold hold;
	char message[256];
	unsigned column = 0;

	if (hold_parse(text, &hold, message, sizeof(message), &column)) {
		fprintf(stderr, "pefsim: --hold:%u: %s\n  %s\n  %*s^\n", column + 1, message, text, (int)column, "");
		return PEF_USAGE;
	}
	bool for_ever = !strcmp(hold.until.context, "nobody");
	const char *unknown = !session_has_context(s, hold.at.context)                   ? hold.at.context
			      : !for_ever && !session_has_context(s, hold.until.context) ? hold.until.context
											 : NULL;
	if (unknown) {
		fprintf(stderr,
			"pefsim: --hold: no context '%s' in this scenario\n"
			"help: pefsim run FILE -v shows contexts and points\n",
			unknown);
		return PEF_USAGE;
	}
	const struct point_name *missing = !session_has_label(s, &hold.at)      ? &hold.at
					   : !session_has_label(s, &hold.until) ? &hold.until
										: NULL;
	if (missing) {
		fprintf(stderr, "pefsim: --hold: no statement has the label '%s'\n", missing->label);
		return PEF_USAGE;
	}
	s->holds[s->hold_count++] = hold;
	return PEF_OK;
}

static enum pef_err session_gather_holds(struct session *s)
{
	const struct scenario *scenario = s->scenario;
	s->holds = calloc(scenario->hold_count + s->options->hold_count + 1, sizeof(*s->holds));
	if (!s->holds)
		return PEF_NOMEM;
	for (unsigned i = 0; i < scenario->hold_count; i++)
		s->holds[s->hold_count++] = scenario->holds[i];
	for (unsigned i = 0; i < s->options->hold_count; i++) {
		enum pef_err err = session_add_hold(s, s->options->holds[i]);
		if (err)
			return err;
	}
	return PEF_OK;
}

static char *session_read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 256 * 1024 + 1);
	if (file && text && fread(text, 1, 256 * 1024, file) == 0)
		text[0] = '\0';
	if (file)
		fclose(file);
	return text;
}

/* Appends to the command; what does not fit is left out whole. */
static void command_add(struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void command_add(struct session *s, const char *format, ...)
{
	size_t n = strlen(s->command), left = sizeof(s->command) - n;
	va_list args;

	va_start(args, format);
	if ((size_t)vsnprintf(s->command + n, left, format, args) >= left)
		s->command[n] = '\0';
	va_end(args);
}

/* What the world is made of, and where the run ends: without them it may be another run. */
static void command_add_limits(struct session *s, const struct options *o)
{
	if (o->machine)
		command_add(s, " --machine %s", o->machine);
	if (o->prices)
		command_add(s, " --prices %s", o->prices);
	if (o->price)
		command_add(s, " --price %s", price_words[o->price]);
	if (o->steps_max != STEPS_DEFAULT)
		command_add(s, " --steps %" PRIu64, o->steps_max);
	if (o->cycles_max)
		command_add(s, " --cycles %" PRIu64, o->cycles_max);
	if (o->atomicity)
		command_add(s, " --atomicity");
}

static void session_write_command(struct session *s, const char *path)
{
	const struct options *o = s->options;

	command_add(s, "pefsim run %s", path);
	if (o->design)
		command_add(s, " --design %s", o->design);
	for (unsigned i = 0; i < o->mutant_count; i++)
		command_add(s, " --mutant %s", o->mutants[i]);
	if (o->policy)
		command_add(s, " --policy %s", o->policy);
	if (o->era)
		command_add(s, " --era %s", o->era);
	if (o->uv)
		command_add(s, " --uv %s", o->uv);
	if (o->seed)
		command_add(s, " --seed %" PRIu64, o->seed);
	for (unsigned i = 0; i < o->param_count; i++)
		command_add(s, " -p %s=%s", o->params[i].name, o->params[i].value);
	command_add_limits(s, o);
	for (unsigned i = 0; i < o->hold_count; i++)
		command_add(s, " --hold '%s'", o->holds[i]);
}

/* A policy may make no sense for a design; the design says why. */
static enum pef_err session_refuse(const struct scenario *scenario)
{
	const char *why = policy_why(scenario->design, scenario->slot_delete);

	if (!why)
		return PEF_OK;
	fprintf(stderr,
		"pefsim: %s: design '%s' cannot delete slots by '%s': %s\n"
		"help: choose another with 'slot-delete' or --policy; 'pefsim list policies' names all\n",
		scenario->path, design_name(scenario->design), slot_delete_name(scenario->slot_delete), why);
	return PEF_PARSE;
}

/* The rest, once the scenario is there. */
static enum pef_err session_prepare(struct session *s, const char *path)
{
	enum pef_err err = session_refuse(s->scenario);
	if (!err)
		err = session_read_machine(s, path);
	if (!err)
		err = session_read_prices(s, path);
	if (!err)
		err = session_gather_holds(s);
	if (!err)
		session_write_command(s, path);
	return err;
}

enum pef_err session_open(struct session *s, const struct options *options, const char *path)
{
	*s = (struct session){.options = options};
	enum pef_err err = session_read_scenario(s, path);
	if (err)
		return err;
	s->text = session_read_text(path);
	return session_prepare(s, path);
}

enum pef_err session_open_text(
	struct session *s, const struct options *options, const char *text, size_t len, const char *path)
{
	*s = (struct session){.options = options};
	/* What is only worth a warning was told when the file itself was read. */
	enum pef_err err = scenario_read_text(text, len, path, NULL, &s->scenario, NULL);
	if (err)
		return scenario_read_text(text, len, path, NULL, &s->scenario, stderr);
	s->text = strndup(text, len);
	return session_prepare(s, path);
}

void session_close(struct session *s)
{
	session_forget(s);
	lockgraph_free(s->locks);
	scenario_free(s->scenario);
	price_list_free(&s->prices);
	free(s->holds);
	free(s->text);
}

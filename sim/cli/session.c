/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.c - one scenario run from file to verdict. See session.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: a run takes its time.
 */
#include "session.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "pefsim/check.h"
#include "pefsim/heap.h"
#include "pefsim/points.h"

#include "paths.h"
#include "progress.h"

/* The run that Ctrl-C ends; only this signal handler reads it. */
static struct engine *volatile session_running;

static void session_on_signal(int number)
{
	(void)number;
	if (session_running)
		engine_interrupt(session_running);
}

/* ---- reading --------------------------------------------------------------- */

static bool session_shares_at_boot(const struct scenario *scenario)
{
	for (unsigned i = 0; i < scenario->guest_count; i++) {
		for (unsigned k = 0; k < scenario->guests[i].slot_count; k++) {
			if (scenario->guests[i].slots[k].shared_count)
				return true;
		}
	}
	return false;
}

static bool session_pins_threads(const struct scenario *scenario)
{
	for (unsigned i = 0; i < scenario->thread_count; i++) {
		if (scenario->threads[i].cpu != CPU_ANY)
			return true;
	}
	return false;
}

/* What the language can say and no world obeys yet is refused, not passed over. */
static enum pef_err session_refuse(const struct scenario *scenario)
{
	const char *what = scenario->has_faults                          ? "a section 'fault'"
			   : scenario->slot_delete != SLOT_DELETE_DESIGN ? "'slot-delete'"
			   : session_shares_at_boot(scenario)            ? "a slot with 'shared'"
			   : session_pins_threads(scenario)              ? "a thread with 'cpu'"
									 : NULL;
	if (!what)
		return PEF_OK;
	fprintf(stderr,
		"pefsim: %s: it has %s, which is read but cannot be run yet\n"
		"help: without it the scenario can be run; docs/warts.md says more\n",
		scenario->path, what);
	return PEF_PARSE;
}

static enum pef_err session_read_scenario(struct session *s, const char *path)
{
	const struct options *o = s->options;
	struct scenario_options options = {.params = o->params, .param_count = o->param_count, .design = o->design};
	enum pef_err err = scenario_read_file(path, &options, &s->scenario, stderr);
	return err ? err : session_refuse(s->scenario);
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
	const char *unknown = !session_has_context(s, hold.at.context)      ? hold.at.context
			      : !session_has_context(s, hold.until.context) ? hold.until.context
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

static void session_write_command(struct session *s, const char *path)
{
	const struct options *o = s->options;
	int n = snprintf(s->command, sizeof(s->command), "pefsim run %s", path);
	if (o->design)
		n += snprintf(s->command + n, sizeof(s->command) - (size_t)n, " --design %.64s", o->design);
	for (unsigned i = 0; i < o->param_count && n < (int)sizeof(s->command) - 100; i++)
		n += snprintf(s->command + n, sizeof(s->command) - (size_t)n, " -p %.40s=%.40s", o->params[i].name,
			o->params[i].value);
	for (unsigned i = 0; i < o->hold_count && n < (int)sizeof(s->command) - 200; i++)
		n += snprintf(s->command + n, sizeof(s->command) - (size_t)n, " --hold '%.180s'", o->holds[i]);
}

enum pef_err session_open(struct session *s, const struct options *options, const char *path)
{
	*s = (struct session){.options = options};
	enum pef_err err = session_read_scenario(s, path);
	if (!err)
		err = session_read_machine(s, path);
	if (!err)
		err = session_read_prices(s, path);
	if (!err)
		err = session_gather_holds(s);
	if (err)
		return err;
	s->text = session_read_text(path);
	session_write_command(s, path);
	return PEF_OK;
}

void session_close(struct session *s)
{
	world_destroy(s->world);
	scenario_free(s->scenario);
	price_list_free(&s->prices);
	free(s->holds);
	free(s->text);
}

/* ---- running ----------------------------------------------------------------- */

static struct engine_config session_config(const struct session *s, enum engine_exec exec)
{
	const struct options *o = s->options;
	return (struct engine_config){
		.exec = exec,
		.seed = o->seed,
		.steps_max = o->steps_max,
		.cycles_max = o->cycles_max,
		.prices = &s->prices,
		.points = o->verbose,
		.holds = s->holds,
		.hold_count = s->hold_count,
	};
}

static enum pef_err session_build(struct session *s, const struct engine_config *config, struct world **out)
{
	char message[512];
	enum pef_err err = world_create(s->scenario, &s->platform, config, out, message, sizeof(message));
	if (err)
		fprintf(stderr, "pefsim: %s: %s\n", s->scenario->path, message);
	return err;
}

static void session_drive(struct world *world, struct engine_result *result)
{
	struct sigaction action = {.sa_handler = session_on_signal}, before;
	sigemptyset(&action.sa_mask);
	session_running = world->engine;
	sigaction(SIGINT, &action, &before);
	struct progress *progress = progress_begin(world->scenario->name, world->config.publisher);
	engine_run(world->engine, result);
	progress_end(progress);
	sigaction(SIGINT, &before, NULL);
	session_running = NULL;
}

/* Holds that do not say their cycles get them from a first run with fibers. */
static enum pef_err session_derive(struct session *s)
{
	bool missing = false;
	for (unsigned i = 0; i < s->hold_count; i++)
		missing |= s->holds[i].cycles == 0;
	if (!missing)
		return PEF_OK;

	struct engine_config config = session_config(s, ENGINE_FIBERS);
	struct engine_result result;
	struct world *world;
	config.derive_holds = true;
	config.points = false;
	enum pef_err err = session_build(s, &config, &world);
	if (err)
		return err;
	session_drive(world, &result);
	world_destroy(world);
	return PEF_OK;
}

static void session_view_hv(void *arg, unsigned guest, gfn_t gfn, struct hv_page_view *out)
{
	hv_view_page(((struct world *)arg)->hv, guest, gfn, out);
}

static void session_view_uv(void *arg, unsigned guest, gfn_t gfn, struct uv_page_view *out)
{
	uv_view_page(((struct world *)arg)->uv, guest, gfn, out);
}

static uint32_t session_view_used(void *arg)
{
	return hv_pool_used(((struct world *)arg)->hv);
}

static uint32_t session_view_marked(void *arg)
{
	return hv_pool_marked(((struct world *)arg)->hv);
}

/* The checkers read the whole trace; the first broken invariant becomes a finding. */
static void session_check(struct session *s)
{
	struct world *w = s->world;
	const struct checker_views views = {
		.arg = w,
		.hv_page = session_view_hv,
		.uv_page = session_view_uv,
		.pool_used = session_view_used,
		.pool_marked = session_view_marked,
		.marks = hv_marks(s->scenario->design),
	};
	struct checker *checker = checker_create(&w->config);
	struct trace_merge *merge = trace_merge_open(w->engine);
	struct trace_event event;
	struct finding finding;
	bool broken = false;

	while (!broken && trace_merge_next(merge, &event))
		broken = checker_feed(checker, &event, &finding);
	if (!broken && s->result.end == ENGINE_FINISHED)
		broken = checker_finish(checker, &views, &finding);
	if (broken)
		engine_add_finding(w->engine, &finding);
	trace_merge_close(merge);
	checker_destroy(checker);
}

/* An address of one engine as the same place of another. */
static uintptr_t session_translate(const struct engine *from, const struct engine *to, uintptr_t address)
{
	size_t size;
	for (unsigned i = 0; i < engine_domain_count(from); i++) {
		struct domain *d = engine_domain(from, i);
		if (domain_owns(d, (const void *)address))
			return address - (uintptr_t)domain_heap_region(d, &size) +
			       (uintptr_t)domain_heap_region(engine_domain(to, i), &size);
	}
	return 0;
}

/*D:170
 * The second run lies in another engine and so at other addresses, but at the same distance from the
 * beginning of its heap. Nothing in the simulation depends on addresses, or this would not work, and
 * neither would anything else.
 :*/
/* A stale pointer was used: run again and watch the words that hold it. */
static void session_find_store(struct session *s, struct finding *f)
{
	struct engine_config config = session_config(s, ENGINE_FIBERS);
	struct engine_result result;
	struct world *again;
	uintptr_t watch[HOOKS_WATCH_MAX];

	if (!f->watch_count || session_build(s, &config, &again))
		return;
	for (unsigned i = 0; i < f->watch_count; i++)
		watch[i] = session_translate(s->world->engine, again->engine, f->watch[i]);
	hooks_watch(again->engine, watch, f->watch_count);
	session_drive(again, &result);
	for (unsigned i = 0; i < f->watch_count; i++) {
		struct hooks_store store;
		if (hooks_watch_last(again->engine, i, &store)) {
			finding_add_store(s->world->engine, f, &store);
			break;
		}
	}
	world_destroy(again);
}

static void session_write_holds(struct session *s)
{
	size_t used = 0;
	for (unsigned i = 0; i < s->hold_count && used < sizeof(s->holds_text) - 1; i++) {
		char text[400];
		hold_print(&s->holds[i], text, sizeof(text));
		used += (size_t)snprintf(s->holds_text + used, sizeof(s->holds_text) - used, "%s\n", text);
	}
}

/*S:210
 * A whole run. If a hold does not say how long it is, a first run with fibers finds out; the run that
 * counts then only spends cycles at points, and is the same in either executor. Afterwards the
 * checkers read the trace, and after a use of freed memory the run is made once more with the stale
 * words watched: a deterministic simulator can always look twice.
 :*/
enum pef_err session_run(struct session *s)
{
	enum pef_err err = session_derive(s);
	if (err)
		return err;
	struct engine_config config = session_config(s, s->options->exec);
	err = session_build(s, &config, &s->world);
	if (err)
		return err;
	session_drive(s->world, &s->result);
	session_write_holds(s);

	const struct finding *findings;
	if (!engine_findings(s->world->engine, &findings))
		session_check(s);
	else
		session_find_store(s, (struct finding *)(uintptr_t)&findings[0]);
	return PEF_OK;
}

int session_exit(const struct session *s)
{
	const struct finding *findings;
	if (engine_findings(s->world->engine, &findings))
		return PEF_EXIT_FINDING;
	switch (s->result.end) {
	case ENGINE_FINISHED:
		return PEF_EXIT_OK;
	case ENGINE_DEADLOCK:
	case ENGINE_STUCK:
	case ENGINE_STOPPED:
		return PEF_EXIT_FINDING;
	case ENGINE_STEP_LIMIT:
	case ENGINE_CYCLE_LIMIT:
		return PEF_EXIT_INCONCLUSIVE;
	case ENGINE_INTERRUPTED:
		return PEF_EXIT_INTERRUPTED;
	}
	return PEF_EXIT_BUG;
}

/* ---- for reports ---------------------------------------------------------------- */

const char *session_statement(struct session *s, unsigned thread, unsigned statement)
{
	const struct thread *t = &s->scenario->threads[thread];
	FILE *out = fmemopen(s->line_text, sizeof(s->line_text), "w");

	if (!out)
		return NULL;
	statement_print(s->scenario, t, &t->statements[statement], out);
	fclose(out);
	return s->line_text;
}

/* The line as it stands in the file, without its indent and comment. */
static const char *session_raw_line(struct session *s, unsigned line)
{
	const char *at = s->text;

	for (unsigned i = 1; at && i < line; i++) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at || !line)
		return NULL;
	at += strspn(at, " \t");
	snprintf(s->line_text, sizeof(s->line_text), "%.*s", (int)strcspn(at, "\n#"), at);
	for (size_t n = strlen(s->line_text); n && strchr(" \t", s->line_text[n - 1]); n--)
		s->line_text[n - 1] = '\0';
	return s->line_text[0] ? s->line_text : NULL;
}

const char *session_line(void *session, unsigned line)
{
	struct session *s = session;
	unsigned found = 0, thread = 0, statement = 0;

	for (unsigned i = 0; i < s->scenario->thread_count; i++) {
		for (unsigned k = 0; k < s->scenario->threads[i].count; k++) {
			if (s->scenario->threads[i].statements[k].line == line && ++found == 1) {
				thread = i;
				statement = k;
			}
		}
	}
	/* A line in a loop stands for several statements: show it as written. */
	return found == 1 ? session_statement(s, thread, statement) : session_raw_line(s, line);
}

struct report_context session_report(struct session *s)
{
	return (struct report_context){
		.version = PEF_VERSION,
		.path = s->scenario->path,
		.scenario = s->scenario->name,
		.design = design_name(s->scenario->design),
		.seed = s->options->seed,
		.statement = session_line,
		.statement_arg = s,
		.holds = s->holds_text,
		.reproduce = s->command,
	};
}

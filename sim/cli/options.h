/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - the options of the program, as a table; verbs.h has the verbs.
 *
 * The table feeds getopt_long, --help and the check of what goes with which
 * verb, so help and parser cannot disagree.
 *
 * Locking: none. Errors: options_parse() prints what is wrong and how to get
 * help; exit code 2. Blocking: never.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "pefsim/engine.h"
#include "pefsim/scenario.h"
#include "pefsim/strategy.h"

#include "verbs.h"

/* X(NAME, short option or 0, "long", "argument" or NULL, verbs, "one sentence") */
/* clang-format off */
#define PEF_OPTIONS(X) \
	X(PARAM, 'p', "param", "NAME=VALUE", VERB_VARIANTS, "set a parameter of the scenario") \
	X(DESIGN, 0, "design", "NAME", VERB_VARIANTS, "run this hypervisor design (pefsim list designs)") \
	X(MUTANT, 0, "mutant", "NAME", VERB_VARIANTS, "with this switch of the design (list mutants); repeatable") \
	X(POLICY, 0, "policy", "WORD", VERB_VARIANTS, "what deleting a slot does to its pages (list policies)") \
	X(ERA, 0, "era", "NAME", VERB_VARIANTS, "how the host counts references on device pages (list eras)") \
	X(UV, 0, "uv", "NAME", VERB_VARIANTS, "profile of the ultravisor (list uv)") \
	X(DESIGNS, 0, "designs", "NAME,...", VERB_MANY, "each of these designs in turn") \
	X(POLICIES, 0, "policies", "NAME,...", VERB_COMPARE, "each of these policies of a slot's deletion in turn") \
	X(RUNS, 0, "runs", "N", VERB_CHECK | VERB_KERNEL | VERB_MUTANTS, "runs with a schedule of their own beside the timed one (default: the file's budget, or 200)") \
	X(SCORE, 0, "score", NULL, VERB_MUTANTS, "search each and its twin, and say which are caught") \
	X(STRATEGY, 0, "strategy", "NAME", VERB_CHECK | VERB_KERNEL | VERB_MUTANTS, "which schedules are run (pefsim list strategies)") \
	X(OUT, 0, "out", "DIR", VERB_CHECK | VERB_KERNEL, "where replay files are written (default out)") \
	X(FAIL_ON, 0, "fail-on", "possible|unexpected", VERB_RUN | VERB_CHECK | VERB_KERNEL | VERB_MUTANTS, "what else fails; a run knows possible; repeatable") \
	X(UNTIL, 0, "until", "STEP", VERB_REPLAY, "stop at the N-th point that was passed, and show the way there") \
	X(VERIFY, 0, "verify", NULL, VERB_REPLAY, "both executors, same build: exit 0 only when all is the same") \
	X(EXEC, 0, "exec", "threads|fibers", VERB_SHOWS, "a pthread a side (default), or all on one; same trace") \
	X(HOLD, 0, "hold", "TEXT", VERB_RUN, "'CONTEXT at POINT until CONTEXT passes POINT'; repeatable") \
	X(SIZE, 0, "size", "N", VERB_GEN, "a long scenario of about N statements") \
	X(SUITE, 0, "suite", "DIR", VERB_GEN, "write the whole suite of meetings there") \
	X(SEED, 0, "seed", "N", VERB_RUN | VERB_CHECK | VERB_KERNEL | VERB_MUTANTS | VERB_GEN, "seed of choices and random numbers (default 0: none are taken)") \
	X(MACHINE, 0, "machine", "FILE", VERB_RUNS | VERB_REPLAY, "platform: a .dts or .dtb instead of the scenario's") \
	X(PRICES, 0, "prices", "FILE", VERB_RUNS | VERB_REPLAY, "price list: a .dts or .dtb instead of the scenario's") \
	X(PRICE, 0, "price", "lo|typ|hi", VERB_RUNS, "which column of the price list") \
	X(STEPS, 0, "steps", "N", VERB_RUNS | VERB_MUTANTS, "stop a side after N events (default 1000000), exit 5") \
	X(CYCLES, 0, "cycles", "N", VERB_RUNS, "stop after N cycles (default: no limit), exit 5") \
	X(RECORDS, 0, "records", "N", VERB_RUNS, "keep N records of a side (default 16777216); a longer trace is not checked") \
	X(DETECTORS, 0, "detectors", "on|off", VERB_RUN, "off: no heap checks, no call chains; same trace, less memory") \
	X(HASH, 0, "hash", NULL, VERB_SHOWS, "print only the hash of the whole trace") \
	X(JSON, 0, "json", NULL, VERB_RUNS | VERB_REPLAY | VERB_LIST | VERB_MUTANTS, "JSON lines on stdout, nothing else") \
	X(VERBOSE, 'v', "verbose", NULL, VERB_SHOWS | VERB_CHECK | VERB_KERNEL, "show locks, allocations and every point passed; check: every run") \
	X(QUIET, 'q', "quiet", NULL, VERB_SHOWS | VERB_CHECK | VERB_KERNEL, "only findings; check: only what does not pass") \
	X(COLOUR, 0, "colour", "auto|always|never", VERB_SHOWS, "colours in the ladder (NO_COLOR is obeyed)") \
	X(EXPAND, 0, "expand", NULL, VERB_FMT, "print the flat form: no loops, no parameters") \
	X(CHECK, 0, "check", NULL, VERB_FMT, "print nothing; exit 1 when a file is not canonical") \
	X(TREE, 0, "tree", "DIR", VERB_KERNEL, "kernel tree, or a folder with the few files at their paths") \
	X(PATCH, 0, "patch", "FILE", VERB_KERNEL, "apply it to a copy of the tree's files first; repeatable, in order") \
	X(NAME, 0, "name", "NAME", VERB_KERNEL, "call the design linux:NAME (default: the tree's version)") \
	X(KERNEL_VERSION, 0, "kernel-version", "X.Y", VERB_KERNEL, "the tree's version, where it cannot be told") \
	X(CACHE, 0, "cache", "DIR", VERB_VARIANTS | VERB_REPLAY, "where built kernel designs are kept") \
	X(HELP, 'h', "help", NULL, VERB_ALL, "this text")
/* clang-format on */
enum option_id {
#define X(name, letter, text, arg, verbs, about) OPT_##name,
	PEF_OPTIONS(X)
#undef X
		OPTION_COUNT
};

enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

#define STEPS_DEFAULT 1000000
#define OPTION_PARAMS_MAX 64
#define OPTION_HOLDS_MAX 64
#define OPTION_MUTANTS_MAX 64
#define OPTION_PATCHES_MAX 64

struct options {
	unsigned verb;
	struct scenario_override params[OPTION_PARAMS_MAX];
	unsigned param_count;
	const char *design, *policy, *era, *uv;
	const char *mutants[OPTION_MUTANTS_MAX];
	unsigned mutant_count;
	enum engine_exec exec;
	const char *holds[OPTION_HOLDS_MAX];
	unsigned hold_count;
	uint64_t seed;
	const char *machine, *prices;
	bool price_given;
	enum price_choice price;
	uint64_t steps_max;
	cycles_t cycles_max;
	uint64_t records_max; /* of a side's trace; 0: the engine's default */
	bool detectors_off;
	const char *designs, *policies; /* lists as written; NULL: not given */
	uint64_t runs;
	bool runs_given;
	enum strategy_id strategy;
	bool strategy_given;
	const char *out;
	bool fail_possible, fail_unexpected;
	bool score;
	uint64_t until;
	uint64_t size;
	const char *suite;
	bool verify;
	bool hash, json, verbose, quiet, expand, check, help;
	enum colour_choice colour;
	const char *patches[OPTION_PATCHES_MAX];
	unsigned patch_count;
	const char *tree, *name, *kernel_version, *cache;
	char **args; /* what is left: files, or words */
	int arg_count;
};

/**
 * options_parse - read the words after the verb
 * @verb: one VERB_* bit; @argv[0] is the verb itself
 * Returns PEF_OK, or PEF_USAGE after a message on stderr.
 */
enum pef_err options_parse(unsigned verb, int argc, char **argv, struct options *out);

/** options_scenario - what of the options a scenario is read with; points into @o */
struct scenario_options options_scenario(const struct options *o);

/** options_print - the options that go with a verb, a line each */
void options_print(unsigned verb, FILE *out);

#endif

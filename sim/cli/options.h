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

#include "pefsim/coverage.h"
#include "pefsim/engine.h"
#include "pefsim/scenario.h"
#include "pefsim/strategy.h"

#include "verbs.h"

/* X(NAME, short option or 0, "long", "argument" or NULL, verbs, "one sentence") */
/* clang-format off */
#define PEF_OPTIONS(X) \
	X(PARAM, 'p', "param", "NAME=VALUE", VERB_VARIANTS, "set a parameter of the scenario") \
	X(DESIGN, 0, "design", "NAME", VERB_VARIANTS | VERB_FUZZ, "run this hypervisor design (pefsim list designs)") \
	X(MUTANT, 0, "mutant", "NAME", VERB_VARIANTS | VERB_FUZZ, "with this switch of the design (list mutants); repeatable") \
	X(POLICY, 0, "policy", "WORD", VERB_VARIANTS | VERB_FUZZ, "what deleting a slot does to its pages (list policies)") \
	X(ERA, 0, "era", "NAME", VERB_VARIANTS | VERB_FUZZ, "how the host counts references on device pages (list eras)") \
	X(UV, 0, "uv", "NAME", VERB_VARIANTS | VERB_FUZZ, "profile of the ultravisor (list uv)") \
	X(DESIGNS, 0, "designs", "NAME,...", VERB_MANY | VERB_FUZZ, "each of these designs in turn") \
	X(POLICIES, 0, "policies", "NAME,...", VERB_COMPARE, "each of these policies of a slot's deletion in turn") \
	X(RUNS, 0, "runs", "N", VERB_CHECK | VERB_OUTCOMES | VERB_KERNEL | VERB_MUTANTS | VERB_WHY | VERB_FUZZ, "runs with a schedule of their own beside the timed one (default: the file's budget, or 200; outcomes: 100000; why: 40 a step; fuzz: 6000 in all)") \
	X(SCORE, 0, "score", NULL, VERB_MUTANTS, "search each and its twin, and say which are caught") \
	X(STRATEGY, 0, "strategy", "NAME", VERB_CHECK | VERB_OUTCOMES | VERB_KERNEL | VERB_MUTANTS | VERB_FUZZ, "which schedules are run (pefsim list strategies)") \
	X(DELAYS, 0, "delays", "N", VERB_CHECK | VERB_OUTCOMES | VERB_KERNEL, "the sweep counts delays, up to so many, instead of preemptions (outcomes: 2)") \
	X(BUDGET, 0, "budget", "N|30s|2min", VERB_CHECK | VERB_KERNEL | VERB_SHRINK, "runs to make, or time to take for each; may be given twice, for both") \
	X(STOP, 0, "stop", "first|all", VERB_CHECK | VERB_KERNEL, "first: a search ends with its first failure") \
	X(TIME, 0, "time", "60s|5min", VERB_FUZZ, "go on for so long, instead of --runs") \
	X(CORPUS, 0, "corpus", "DIR", VERB_FUZZ, "begin with the scenarios there, and keep those that reach something new") \
	X(TIMEOUT, 0, "timeout", "30s|2min", VERB_CHECK | VERB_KERNEL, "end a check after so long; it is then inconclusive") \
	X(JOBS, 'j', "jobs", "N", VERB_CHECK | VERB_KERNEL | VERB_FUZZ, "checks that run at a time, each in a process (default: all cores); same output") \
	X(SHARD, 0, "shard", "I/N", VERB_CHECK, "only every N-th check, beginning with the I-th") \
	X(KNOWN, 0, "known", "FILE", VERB_CHECK | VERB_KERNEL | VERB_FUZZ, "findings that are known, a signature a line: they do not fail") \
	X(REQUIRE_COMPLETE, 0, "require-complete", NULL, VERB_CHECK, "a search that was not complete is inconclusive") \
	X(COVERAGE, 0, "coverage", NULL, VERB_CHECK, "list what no run reached: page states, return codes, orders") \
	X(REQUIRE_COVERAGE, 0, "require-coverage", "[KIND=]N%", VERB_CHECK, "fail when less was reached, of this kind or of each; repeatable") \
	X(KTAP, 0, "ktap", NULL, VERB_CHECK, "KTAP version 1 on stdout, nothing else") \
	X(JUNIT, 0, "junit", "FILE", VERB_CHECK, "write JUnit XML, too") \
	X(SARIF, 0, "sarif", "FILE", VERB_CHECK, "write SARIF 2.1.0, too") \
	X(GITHUB, 0, "github", NULL, VERB_CHECK, "annotations for GitHub on stdout, the table in $GITHUB_STEP_SUMMARY") \
	X(EXIT_STYLE, 0, "exit-style", "plain|automake", VERB_CHECK, "automake: 77 for nothing to do, 99 for an error of pefsim") \
	X(NO_SHRINK, 0, "no-shrink", NULL, VERB_CHECK | VERB_KERNEL | VERB_FUZZ, "do not look for the shortest scenario that shows a failure") \
	X(OUTPUT, 'o', "output", "FILE", VERB_SHRINK, "where the scenario is written (default: beside the replay file, as .pef)") \
	X(GOOD, 0, "good", "REVISION", VERB_BISECT, "where the command exits 0") \
	X(BAD, 0, "bad", "REVISION", VERB_BISECT, "where it exits 1") \
	X(OUT, 0, "out", "DIR", VERB_CHECK | VERB_OUTCOMES | VERB_KERNEL | VERB_FUZZ, "where replay files are written (default out)") \
	X(FAIL_ON, 0, "fail-on", "possible|unexpected|gone", VERB_RUN | VERB_CHECK | VERB_KERNEL | VERB_MUTANTS, "what else fails; a run knows possible; repeatable") \
	X(UNTIL, 0, "until", "STEP", VERB_REPLAY, "stop at the N-th point that was passed, and show the way there") \
	X(VERIFY, 0, "verify", NULL, VERB_REPLAY, "both executors, same build: exit 0 only when all is the same") \
	X(TOLERANT, 0, "tolerant", NULL, VERB_REPLAY, "after an edit or with another version: show what comes nearest") \
	X(EXEC, 0, "exec", "threads|fibers", VERB_SHOWS, "a pthread a side (default), or all on one; same trace") \
	X(HOLD, 0, "hold", "TEXT", VERB_RUN, "'CONTEXT at POINT until CONTEXT passes POINT'; repeatable") \
	X(SIZE, 0, "size", "N", VERB_GEN, "a long scenario of about N statements") \
	X(SUITE, 0, "suite", "DIR", VERB_GEN, "write the whole suite of meetings there") \
	X(SEED, 0, "seed", "N", VERB_RUN | VERB_CHECK | VERB_OUTCOMES | VERB_KERNEL | VERB_MUTANTS | VERB_GEN | VERB_FUZZ, "seed of choices and random numbers (default 0: none are taken)") \
	X(MACHINE, 0, "machine", "FILE", VERB_RUNS | VERB_REPLAY, "platform: a .dts or .dtb instead of the scenario's") \
	X(PRICES, 0, "prices", "FILE", VERB_RUNS | VERB_REPLAY, "price list: a .dts or .dtb instead of the scenario's") \
	X(PRICE, 0, "price", "lo|typ|hi", VERB_RUNS, "which column of the price list") \
	X(STEPS, 0, "steps", "N", VERB_RUNS | VERB_MUTANTS | VERB_FUZZ, "stop a side after N events (default 1000000), exit 5") \
	X(CYCLES, 0, "cycles", "N", VERB_RUNS, "stop after N cycles (default: no limit), exit 5") \
	X(RECORDS, 0, "records", "N", VERB_RUNS, "keep N records of a side (default 16777216); a longer trace is not checked") \
	X(DETECTORS, 0, "detectors", "on|off", VERB_RUN, "off: no heap checks, no call chains; same trace, less memory") \
	X(ATOMICITY, 0, "atomicity", NULL, VERB_RUN | VERB_CHECK | VERB_REPLAY, "look for readings that are relied upon in a later section of their lock, too") \
	X(HASH, 0, "hash", NULL, VERB_SHOWS, "print only the hash of the whole trace") \
	X(JSON, 0, "json", NULL, VERB_RUNS | VERB_REPLAY | VERB_LIST | VERB_MUTANTS, "JSON lines on stdout, nothing else") \
	X(VERBOSE, 'v', "verbose", NULL, VERB_SHOWS | VERB_CHECK | VERB_KERNEL, "show locks, allocations and every point passed; check: every run") \
	X(QUIET, 'q', "quiet", NULL, VERB_SHOWS | VERB_CHECK | VERB_KERNEL, "only findings; check: only what does not pass") \
	X(COLOUR, 0, "colour", "auto|always|never", VERB_SHOWS, "colours in the ladder (NO_COLOR is obeyed)") \
	X(EXPAND, 0, "expand", NULL, VERB_FMT, "print the flat form: no loops, no parameters") \
	X(CHECK, 0, "check", NULL, VERB_FMT, "print nothing; exit 1 when a file is not canonical") \
	X(TREE, 0, "tree", "DIR", VERB_KERNEL | VERB_BENCH | VERB_FUZZ, "kernel tree, or a folder with the few files at their paths; bench: repeatable") \
	X(PATCH, 0, "patch", "FILE", VERB_KERNEL | VERB_FUZZ, "apply it to a copy of the tree's files first; repeatable, in order") \
	X(BASELINE, 0, "baseline", "REV|DIR", VERB_KERNEL, "what the patches are compared with, instead of the tree as it is") \
	X(BISECT, 0, "bisect", NULL, VERB_KERNEL, "exit codes for git bisect run: 0, 1, and 125 for all the rest") \
	X(NAME, 0, "name", "NAME", VERB_KERNEL | VERB_FUZZ, "call the design linux:NAME (default: the tree's version)") \
	X(KERNEL_VERSION, 0, "kernel-version", "X.Y", VERB_KERNEL | VERB_FUZZ, "the tree's version, where it cannot be told") \
	X(CACHE, 0, "cache", "DIR", VERB_VARIANTS | VERB_REPLAY | VERB_FUZZ, "where built kernel designs are kept") \
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
#define OPTION_TREES_MAX 4

struct known;

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
	bool detectors_off, atomicity;
	const char *designs, *policies; /* lists as written; NULL: not given */
	uint64_t runs;
	bool runs_given;
	enum strategy_id strategy;
	bool strategy_given;
	uint64_t delays; /* that the sweep counts */
	bool delays_given;
	const char *out;
	bool fail_possible, fail_unexpected, fail_gone;
	uint64_t budget_seconds, timeout_seconds, time_seconds; /* 0: not given */
	uint64_t within_seconds; /* that all checks may take together; 0: no limit. No option of its own. */
	uint64_t share_seconds; /* of these, for one check; set by whoever knows how many there are */
	bool stop_given, stop_first;
	uint64_t jobs; /* 0: as many as cores */
	uint64_t jobs_each; /* of these, for one check; set by whoever knows how many there are */
	uint64_t shard, shards; /* from 1; 0: not given */
	const char *known, *junit, *sarif; /* files; NULL: not given */
	const struct known *known_list; /* what the first of them says; set by whoever read it */
	bool ktap, github, require_complete, automake, no_shrink, score;
	bool coverage;
	uint64_t coverage_wanted[COVERAGE_COUNT]; /* percent */
	const char *corpus; /* NULL: not given */
	const char *output; /* of shrink; NULL: not given */
	const char *good, *bad; /* revisions; NULL: not given */
	uint64_t until;
	uint64_t size;
	const char *suite;
	bool verify, tolerant, bisect;
	bool hash, json, verbose, quiet, expand, check, help;
	enum colour_choice colour;
	const char *patches[OPTION_PATCHES_MAX];
	unsigned patch_count;
	const char *trees[OPTION_TREES_MAX];
	unsigned tree_count;
	const char *tree; /* the last of them */
	const char *baseline; /* NULL: not given */
	const char *name, *kernel_version, *cache;
	char **args; /* what is left: files, or words */
	int arg_count;
};

/**
 * options_parse - read the words after the verb
 * @verb: one VERB_* bit; @argv[0] is the verb itself
 * Returns PEF_OK, or PEF_USAGE after a message on stderr.
 */
enum pef_err options_parse(unsigned verb, int argc, char **argv, struct options *out);

/** options_take_check - an option of check, shrink or bisect */
enum pef_err options_take_check(struct options *o, enum option_id id, const char *value);
/** options_wrong - say what is wrong with an option; PEF_USAGE */
enum pef_err options_wrong(const struct options *o, const char *what, const char *value, const char *want);
/** options_number - a whole number; false when it is none */
bool options_number(const char *text, uint64_t *out);
/** options_word - the position of @text in a list of words ended by NULL; -1 when it is not there */
int options_word(const char *text, const char *const *words);

/** options_scenario - what of the options a scenario is read with; points into @o */
struct scenario_options options_scenario(const struct options *o);

/** bisect_is_folded - whether the words are 'bisect check ...' or 'bisect run ...'; @argv[0] is "bisect" */
bool bisect_is_folded(int argc, char **argv);
/** bisect_fold - what git bisect run takes an exit code for */
int bisect_fold(int code);
/** bisect_folded - do it, with an exit code for git bisect run */
int bisect_folded(int argc, char **argv);
/** options_print - the options that go with a verb, a line each */
void options_print(unsigned verb, FILE *out);

#endif

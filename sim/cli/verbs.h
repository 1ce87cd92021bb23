/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbs.h - what the program can be told to do, as one table.
 *
 * The table feeds main(), --help and the masks by which an option says with
 * which verbs it goes.
 *
 * Locking: none. Errors: exit codes of enum pef_exit. Blocking: the verbs do.
 */
#ifndef VERBS_H
#define VERBS_H

#include <stdio.h>

/* X(ID, "word", "arguments", "one sentence", function, "examples, a line each") in the order of the help */
/* clang-format off */
#define PEF_VERBS(X) \
	X(RUN, "run", "FILE...", "run scenarios, show what happens", cmd_run, \
		"  pefsim run scenarios/seed/boot-share-pageout.pef\n" \
		"  pefsim run scenarios/seed/stale-rmap.pef --design v9-rmap\n" \
		"  pefsim run FILE -v                        every lock and every point passed\n" \
		"  pefsim run FILE --hold 'g0.vcpu0/hv at release uvmem_lock #1 until g0.qemu0 passes free rmap[1]'\n" \
		"  pefsim run FILE --hash --exec fibers      one number for the whole trace\n") \
	X(CHECK, "check", "FILE|DIR...", "judge what scenarios expect, over many schedules", cmd_check, \
		"  pefsim check scenarios/seed                     every scenario of a folder\n" \
		"  pefsim check FILE --runs 5000 --seed 7          a longer search, another one\n" \
		"  pefsim check FILE --designs uvmem-lock,v9-rmap  these designs\n" \
		"  pefsim check DIR --junit r.xml --sarif r.sarif  for CI; --ktap, --github, --json, too\n" \
		"  pefsim check DIR --shard 2/4 --timeout 60s      a quarter of it, in bounded time\n") \
	X(REPLAY, "replay", "FILE.pefrec", "make a recorded run again", cmd_replay, \
		"  pefsim replay out/stale-rmap-1a2b3c4d.pefrec      ladder and report\n" \
		"  pefsim replay FILE --until 120                    only up to the 120th point\n" \
		"  pefsim replay FILE --verify                       is it still the same run?\n" \
		"  pefsim replay FILE --tolerant                     what comes nearest, after an edit\n") \
	X(WHY, "why", "FILE.pefrec", "what decided that a recorded run went wrong", cmd_why, \
		"  pefsim why out/stale-rmap-1a2b3c4d.pefrec         when it was decided, and the nearest schedule without\n" \
		"  pefsim why FILE --runs 200                        more walks after each step\n") \
	X(SHRINK, "shrink", "FILE.pefrec", "the shortest scenario that still shows its finding", cmd_shrink, \
		"  pefsim shrink out/stale-rmap-1a2b3c4d.pefrec      writes out/stale-rmap-1a2b3c4d.pef\n" \
		"  pefsim shrink FILE -o small.pef --budget 60s      elsewhere, in bounded time\n") \
	X(BISECT, "bisect", "check|run ...", "check or run, with exit codes for git bisect run", cmd_bisect, \
		"  git bisect run pefsim bisect check guard.pef      0 good, 1 bad, 125 for all that decides nothing\n" \
		"  pefsim bisect --good v1 --bad HEAD -- ./test.sh   try the command at both ends first\n") \
	X(COMPARE, "compare", "FILE...", "designs and policies side by side", cmd_compare, \
		"  pefsim compare scenarios/seed/delete-with-pages-out.pef\n" \
		"  pefsim compare FILE --designs uvmem-lock --policies bring-back,forget\n") \
	X(OUTCOMES, "outcomes", "FILE...", "what all schedules of one design come to, and those of another", cmd_outcomes, \
		"  pefsim outcomes FILE --designs uvmem-lock,linux:6.1   is the model as the kernel's file?\n" \
		"  pefsim outcomes FILE --strategy pos --runs 5000       all designs that the file accepts\n") \
	X(MUTANTS, "mutants", "[NAME...]", "bugs put in on purpose; which of them are caught", cmd_mutants, \
		"  pefsim mutants                        the catalogue\n" \
		"  pefsim mutants --score                every bug and its twin, 300 runs each: minutes\n" \
		"  pefsim mutants --score M3 --runs 20   only this one\n") \
	X(FMT, "fmt", "FILE...", "print scenarios in canonical form", cmd_fmt, \
		"  pefsim fmt FILE             loops, parameters and comments stay\n" \
		"  pefsim fmt --expand FILE    flat: what really runs\n" \
		"  pefsim fmt --check FILE...  exit 1 when a file is not canonical\n") \
	X(LINT, "lint", "FILE...", "check scenarios without running them", cmd_lint, \
		"  pefsim lint scenarios/seed/*.pef\n") \
	X(LIST, "list", "WHAT", "print a table of what pefsim knows", cmd_list, \
		"  pefsim list ops          operations of the scenario language\n" \
		"  pefsim list states       page states of both sides\n" \
		"  pefsim list              what can be listed\n") \
	X(GEN, "gen", "", "make scenarios that nobody wrote", cmd_gen, \
		"  pefsim gen --seed 7 > x.pef       a few threads meet at one page\n" \
		"  pefsim gen --seed 7 --size 60     a long one of all there is\n" \
		"  pefsim gen --suite DIR            all meetings of two and three threads, a file each\n") \
	X(FUZZ, "fuzz", "", "make scenarios, explore them, shrink what they find", cmd_fuzz, \
		"  pefsim fuzz --design linux:6.1 --time 60s         what comes up within a minute\n" \
		"  pefsim fuzz --designs v9-rmap,uvmem-lock --runs 20000 --seed 7   the same each time\n" \
		"  pefsim fuzz --time 1h --corpus corpus --known known.txt          go on from what was kept\n") \
	X(KERNEL, "kernel", "build|check", "the real book3s_hv_uvmem.c of a kernel tree as a design", cmd_kernel, \
		"  pefsim kernel build --tree linux-6.1\n" \
		"  pefsim run scenarios/seed/two-host-readers.pef --design linux:6.1\n" \
		"  pefsim kernel check --tree linux-6.1 scenarios/seed\n" \
		"  pefsim kernel check --tree linux-6.1 --patch fix.patch scenarios/kernel   before and after\n") \
	X(DOCTOR, "doctor", "", "versions, cores, what is found and what is missing", cmd_doctor, \
		"  pefsim doctor\n") \
	X(BENCH, "bench", "WHAT", "measure pefsim itself", cmd_bench, \
		"  pefsim bench engine          what the engine's steps cost\n" \
		"  pefsim bench kernel --tree linux-6.1   schedules of the real file a second\n" \
		"  pefsim bench scale           guests from 1 GiB to 1 TiB: minutes\n" \
		"  pefsim bench scale 1G 16G    only these sizes\n")
/* clang-format on */
enum verb_index {
#define X(id, word, args, about, run, examples) VERB_INDEX_##id,
	PEF_VERBS(X)
#undef X
		VERB_COUNT
};
_Static_assert(VERB_COUNT <= 32, "a set of verbs is one word");
/* A set of verbs has a bit for each. */
enum verb_bit {
#define X(id, word, args, about, run, examples) VERB_##id = 1u << VERB_INDEX_##id,
	PEF_VERBS(X)
#undef X
};
#define VERB_ALL (~0u)
#define VERB_MANY (VERB_CHECK | VERB_COMPARE | VERB_OUTCOMES)
#define VERB_RUNS (VERB_RUN | VERB_MANY | VERB_KERNEL)
#define VERB_SHOWS (VERB_RUN | VERB_REPLAY)
#define VERB_VARIANTS (VERB_RUNS | VERB_LINT | VERB_FMT) /* verbs that read scenarios */

struct options;
#define X(id, word, args, about, run, examples) int run(const struct options *options);
PEF_VERBS(X)
#undef X

/** verb_parse - the VERB_* bit of a word; 0 when there is none, after a message with a hint */
unsigned verb_parse(const char *word);
const char *verb_name(unsigned verb);
/** verb_run - do it; returns its exit code */
int verb_run(unsigned verb, const struct options *options);
/** help_print - help of a verb (examples first); 0: of the program */
void help_print(unsigned verb, FILE *out);

#endif

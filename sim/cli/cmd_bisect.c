/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd_bisect.c - pefsim bisect: exit codes as 'git bisect run' takes them, and a
 * look at both ends before anybody spends an hour between them.
 *
 * git takes 0 for good, 1 to 124 for bad, 125 for "cannot be tested", and ends
 * at anything above 127. So whatever is neither fine nor a finding is 125: a
 * scenario that this revision cannot read, a search that decided nothing.
 *
 * Locking: none. Errors: exit codes. Blocking: as check and run; as the command.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"

#define BISECT_SKIP 125

int bisect_fold(int code)
{
	return code == PEF_EXIT_OK || code == PEF_EXIT_FINDING || code > 128 ? code : BISECT_SKIP;
}

/* ---- both ends ------------------------------------------------------------------------------ */

/* Runs a program; its exit code, or 128 and more. */
static int bisect_spawn(char *const *argv, const char *folder)
{
	int status;

	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		if (folder && chdir(folder) != 0)
			_exit(127);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int bisect_git(const char *const *words, const char *folder)
{
	char *argv[12] = {(char *)(uintptr_t) "git"};

	for (unsigned i = 0; words[i] && i < 10; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	return bisect_spawn(argv, folder);
}

/* The command in a worktree of a revision of its own. */
static int bisect_try(const char *revision, char **command)
{
	char folder[64] = "/tmp/pefsim-bisect-XXXXXX", tree[80];

	if (!mkdtemp(folder))
		return 127;
	snprintf(tree, sizeof(tree), "%s/tree", folder);
	int code =
		bisect_git((const char *const[]){"worktree", "add", "--quiet", "--detach", tree, revision, NULL}, NULL);
	if (code == 0) {
		code = bisect_spawn(command, tree);
		bisect_git((const char *const[]){"worktree", "remove", "--force", tree, NULL}, NULL);
	} else {
		code = -1;
	}
	rmdir(folder);
	return code;
}

static int bisect_end(const char *which, const char *revision, char **command, bool good)
{
	int code = bisect_try(revision, command);
	bool fits = good ? code == 0 : code > 0 && code < BISECT_SKIP;

	if (code < 0)
		fprintf(stderr, "pefsim bisect: git cannot check out '%s'\n", revision);
	else if (!fits)
		fprintf(stderr, "pefsim bisect: at the %s end, %s, the command exits %d, not %s\n%s", which, revision,
			code, good ? "0" : "1 to 124",
			code == BISECT_SKIP || code == 127
				? "help: 125 means 'cannot be tested' and 127 'not found': between these ends nothing "
				  "would be learned\n"
				: "help: what is looked for does not begin between these ends\n");
	return code < 0 ? PEF_EXIT_INPUT : fits ? PEF_EXIT_OK : PEF_EXIT_FINDING;
}

static int bisect_ends(const struct options *o)
{
	int code;

	if (!o->good || !o->bad || !o->arg_count) {
		fprintf(stderr, "pefsim bisect: --good, --bad and a command are expected, or 'check' or 'run'\n"
				"help: pefsim bisect --help\n");
		return PEF_EXIT_USAGE;
	}
	code = bisect_end("good", o->good, o->args, true);
	if (!code)
		code = bisect_end("bad", o->bad, o->args, false);
	if (code)
		return code;
	printf("both ends are as they should be; go on with\n  git bisect start %s %s\n  git bisect run", o->bad,
		o->good);
	for (int i = 0; i < o->arg_count; i++)
		printf(" %s", o->args[i]);
	printf("\n");
	return PEF_EXIT_OK;
}

/* ---- the command ------------------------------------------------------------------------------ */

static int bisect_verb(unsigned verb, int argc, char **argv)
{
	struct options options;

	if (options_parse(verb, argc, argv, &options))
		return BISECT_SKIP;
	if (options.help) {
		help_print(verb, stdout);
		return PEF_EXIT_OK;
	}
	return bisect_fold(verb_run(verb, &options));
}

bool bisect_is_folded(int argc, char **argv)
{
	return argc > 1 && (!strcmp(argv[1], "check") || !strcmp(argv[1], "run"));
}

int bisect_folded(int argc, char **argv)
{
	return bisect_verb(!strcmp(argv[1], "check") ? VERB_CHECK : VERB_RUN, argc - 1, argv + 1);
}

int cmd_bisect(const struct options *options)
{
	return bisect_ends(options);
}

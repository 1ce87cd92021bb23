/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_compile.c - run a compiler, and read what it says. See kernel.h.
 *
 * A kernel file that uses what our headers do not have is no mistake of its
 * author, so that is told apart from a file that does not compile: a function
 * without a declaration, a header, member or type that is not there.
 *
 * Locking: none. Errors: messages. Blocking: waits for the compiler.
 */
#include "kernel.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int kernel_compile(char *const *words, const char *log)
{
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	int failed = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed) {
		FILE *out = fopen(log, "w");
		if (out) {
			fprintf(out, "there is no compiler '%s'\n", words[0]);
			fclose(out);
		}
		return 127;
	}
	if (waitpid(child, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

/* What both compilers say of a name they do not know, up to the name. */
static const char *const unknown[] = {
	"implicit declaration of function ",
	"call to undeclared function ",
	"use of undeclared identifier ",
	"has no member named ",
	"no member named ",
	"unknown type name ",
	"fatal error: ",
	"undefined reference to ",
	"undefined symbol: ",
};

/* The name behind such words, without its quotes. */
static bool name_of(const char *line, char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		const char *at = strstr(line, unknown[i]);
		if (!at)
			continue;
		at += strlen(unknown[i]);
		at += strspn(at, "'`\"\xe2\x80\x98\x99");
		snprintf(name, size, "%.*s", (int)strcspn(at, "'`\":;, \xe2\n"), at);
		return name[0] != '\0';
	}
	/* gcc names an undeclared variable first. */
	const char *undeclared = strstr(line, " undeclared");
	const char *error = strstr(line, "error: ");
	if (!undeclared || !error)
		return false;
	error += strlen("error: ");
	error += strspn(error, "'`\"\xe2\x80\x98\x99");
	snprintf(name, size, "%.*s", (int)strcspn(error, "'`\" \xe2"), error);
	return name[0] != '\0';
}

/* "FILE:LINE" at the beginning of a message, the file as the kernel calls it. */
static void place_of(const char *line, const struct kernel_tree *tree, char *place, size_t size)
{
	size_t len = strlen(tree->path);
	const char *file = !strncmp(line, tree->path, len) && line[len] == '/' ? line + len + 1 : line;
	const char *colon = strchr(file, ':');
	const char *end = colon ? strchr(colon + 1, ':') : NULL;
	snprintf(place, size, "%.*s", end ? (int)(end - file) : 0, file);
}

int kernel_explain(const char *log, const struct kernel_tree *tree, FILE *out)
{
	char *line = NULL, name[128], place[256];
	bool modelled = true;
	size_t size = 0;
	FILE *in = fopen(log, "r");

	while (in && getline(&line, &size, in) > 0) {
		fputs(line, out);
		if (!strstr(line, "error: ") && !strstr(line, "undefined"))
			continue;
		if (!modelled || !name_of(line, name, sizeof(name)))
			continue;
		place_of(line, tree, place, sizeof(place));
		modelled = false;
	}
	free(line);
	if (in)
		fclose(in);
	if (modelled) {
		fprintf(out, "pefsim: the kernel file does not compile\n"
			     "help: it has to compile before it can be judged; nothing was run\n");
		return PEF_EXIT_INPUT;
	}
	fprintf(out,
		"pefsim: not modelled: %s, used at %s\n"
		"help: pefsim's own kernel headers (hv_model/linux/include) do not have it, or the file has a typing "
		"mistake\n",
		name, place[0] ? place : "a place the linker does not tell");
	return KERNEL_EXIT_SKIP;
}

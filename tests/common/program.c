/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * program.c - run the built pefsim as a user would. See program.h.
 *
 * Locking: none. Errors: abort. Blocking: until the program ends.
 */
#include "tests/common/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

struct program_result program_run(const char *format, ...)
{
	char args[3000], command[4000];
	struct program_result result = {0};
	va_list list;

	va_start(list, format);
	vsnprintf(args, sizeof(args), format, list);
	va_end(list);
	snprintf(command, sizeof(command), "(cd '%s' && '%s/pefsim' %s) 2>&1", PEF_SOURCE_DIR, PEF_BUILD_DIR, args);
	FILE *pipe = popen(command, "r");
	FILE *memory = open_memstream(&result.out, &result.len);
	if (!pipe || !memory)
		abort();
	for (int c = getc(pipe); c != EOF; c = getc(pipe))
		putc(c, memory);
	fclose(memory);
	int status = pclose(pipe);
	result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return result;
}

void program_free(struct program_result *result)
{
	free(result->out);
	result->out = NULL;
}

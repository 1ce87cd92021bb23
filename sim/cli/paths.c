/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * paths.c - where shipped platforms and price lists are found. See paths.h.
 *
 * Locking: none. Errors: false. Blocking: never.
 */
#include "paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool paths_join(const char *folder, const char *name, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/%s", folder, name);
	return n > 0 && (size_t)n < size && !access(out, R_OK);
}

/* The folder that the running program lies in. */
static bool paths_program(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);
	if (n <= 0)
		return false;
	out[n] = '\0';
	char *slash = strrchr(out, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

bool paths_shipped(const char *name, char *out, size_t size)
{
	const char *given = getenv("PEFSIM_DATA");
	char program[PATH_MAX], folder[PATH_MAX + 32];

	if (given)
		return paths_join(given, name, out, size);
	if (paths_program(program, sizeof(program))) {
		snprintf(folder, sizeof(folder), "%s/../share/pefsim", program);
		if (paths_join(folder, name, out, size))
			return true;
	}
	return paths_join(PEF_BUILD_SHARE, name, out, size);
}

bool paths_resolve(const char *name, const char *scenario, char *out, size_t size)
{
	char folder[PATH_MAX], shipped[PATH_MAX];
	char *slash, *dot;

	snprintf(folder, sizeof(folder), "%s", scenario);
	slash = strrchr(folder, '/');
	if (slash && name[0] != '/') {
		*slash = '\0';
		if (paths_join(folder, name, out, size))
			return true;
	}
	if (!access(name, R_OK))
		return (size_t)snprintf(out, size, "%s", name) < size;
	snprintf(shipped, sizeof(shipped), "%s", name);
	dot = strrchr(shipped, '.');
	if (dot && !strcmp(dot, ".dts"))
		memcpy(dot, ".dtb", 4);
	return paths_shipped(shipped, out, size);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_files.c - a folder of a test's own. See util_files.h.
 *
 * Locking: none. Errors: abort. Blocking: never.
 */
#include "util_files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void files_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command) != 0)
		perror(folder);
}

const char *files_folder(void)
{
	if (!folder[0]) {
		snprintf(folder, sizeof(folder), "/tmp/pefsim-test-XXXXXX");
		if (!mkdtemp(folder))
			abort();
		atexit(files_remove);
	}
	return folder;
}

const char *files_write(const char *name, const char *text)
{
	static char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", files_folder(), name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
	return path;
}

char *files_read(const char *path)
{
	FILE *file = fopen(path, "r"), *memory;
	char *text = NULL;
	size_t len;

	if (!file)
		return NULL;
	memory = open_memstream(&text, &len);
	if (!memory)
		abort();
	for (int c = getc(file); c != EOF; c = getc(file))
		putc(c, memory);
	fclose(memory);
	fclose(file);
	return text;
}

const char *files_find(const char *prefix)
{
	static char path[512];
	DIR *dir = opendir(files_folder());

	path[0] = '\0';
	if (!dir)
		abort();
	for (struct dirent *e = readdir(dir); e && !path[0]; e = readdir(dir))
		if (!strncmp(e->d_name, prefix, strlen(prefix)))
			snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
	closedir(dir);
	return path;
}

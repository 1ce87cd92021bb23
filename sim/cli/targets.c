/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets.c - scenario files of arguments and folders. See targets.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads folders.
 */
#include "targets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum pef_err targets_add(struct targets *t, const char *path)
{
	if (t->count == t->room) {
		unsigned room = t->room ? 2 * t->room : 32;
		char **paths = realloc(t->paths, room * sizeof(*paths));
		if (!paths)
			return PEF_NOMEM;
		t->paths = paths;
		t->room = room;
	}
	t->paths[t->count] = strdup(path);
	return t->paths[t->count++] ? PEF_OK : PEF_NOMEM;
}

static bool is_scenario(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, ".pef");
}

static enum pef_err targets_folder(struct targets *t, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	enum pef_err err = count < 0 ? PEF_NOFILE : PEF_OK;

	if (count < 0)
		fprintf(stderr, "pefsim: %s: %s\n", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[1024];
		struct stat st;
		const char *name = entries[i]->d_name;
		size_t len = (size_t)snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (!err && name[0] != '.' && len < sizeof(path) && lstat(path, &st) == 0) {
			bool skip = st.st_ino == t->skip.st_ino && st.st_dev == t->skip.st_dev;
			if (S_ISDIR(st.st_mode))
				err = skip ? PEF_OK : targets_folder(t, path);
			else if (is_scenario(name))
				err = targets_add(t, path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return err;
}

enum pef_err targets_read(struct targets *t, char *const *args, int count, const char *skip)
{
	enum pef_err err = PEF_OK;

	*t = (struct targets){0};
	if (skip && stat(skip, &t->skip) != 0)
		t->skip = (struct stat){0};
	for (int i = 0; !err && i < count; i++) {
		struct stat st;
		size_t len = strlen(args[i]);
		if (stat(args[i], &st) != 0 || !S_ISDIR(st.st_mode)) {
			err = targets_add(t, args[i]);
			continue;
		}
		char *folder = strdup(args[i]);
		while (folder && len > 1 && folder[len - 1] == '/')
			folder[--len] = '\0';
		err = folder ? targets_folder(t, folder) : PEF_NOMEM;
		free(folder);
	}
	return err;
}

void targets_free(struct targets *t)
{
	for (unsigned i = 0; i < t->count; i++)
		free(t->paths[i]);
	free(t->paths);
}

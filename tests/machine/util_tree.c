/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_tree.c - see util_tree.h.
 *
 * Locking: none. Errors: stop the program with a message. Blocking: runs dtc.
 */
#include "tests/machine/util_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pefsim/dt.h"

static _Noreturn void tree_stop(const char *what, const char *detail)
{
	fprintf(stderr, "test tree: %s: %s\n", what, detail);
	exit(2);
}

char *tree_text(const char *path)
{
	char full[512];
	snprintf(full, sizeof(full), "%s/%s", PEF_SOURCE_DIR, path);
	FILE *in = fopen(full, "rb");
	char *text = calloc(1, 1u << 16);
	if (!in || !text || fread(text, 1, (1u << 16) - 1, in) == 0)
		tree_stop("cannot read", full);
	fclose(in);
	return text;
}

static char *tree_replace_at(char *text, char *at, const char *from, const char *to)
{
	size_t size = strlen(text) + strlen(to) + 1;
	char *result = malloc(size);
	if (!result)
		tree_stop("no memory", from);
	snprintf(result, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	free(text);
	return result;
}

char *tree_replace(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);
	if (!at)
		tree_stop("nothing to replace", from);
	return tree_replace_at(text, at, from, to);
}

char *tree_replace_all(char *text, const char *from, const char *to)
{
	size_t done = 0;
	text = tree_replace(text, from, to);
	for (char *at; (at = strstr(text + done, from)) != NULL;) {
		done = (size_t)(at - text) + strlen(to);
		text = tree_replace_at(text, at, from, to);
	}
	return text;
}

char *tree_write(const void *bytes, size_t len, const char *suffix)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/tree-XXXXXX%s", PEF_BUILD_DIR, suffix);
	int fd = mkstemps(path, (int)strlen(suffix));
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || close(fd) != 0)
		tree_stop("cannot write", path);
	return strdup(path);
}

void *tree_compile(char *text, size_t *len)
{
	char message[512];
	void *blob = NULL;
	char *path = tree_write(text, strlen(text), ".dts");
	if (dts_load(path, &blob, len, message, sizeof(message)) != PEF_OK)
		tree_stop("does not compile", message);
	unlink(path);
	free(path);
	free(text);
	return blob;
}

void *tree_load(const char *path, size_t *len)
{
	return tree_compile(tree_text(path), len);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_corpus.c - the shipped scenarios, as texts.
 *
 * Locking: none. Errors: a failed assertion. Blocking: reads files.
 */
#include "util_corpus.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util_script.h"

/* nftw has no argument for its function. */
static struct corpus *loading;

static int load(const char *path, const struct stat *st, int type, struct FTW *where)
{
	const char *dot = strrchr(path, '.');
	struct corpus_text *t;
	FILE *f;

	(void)where;
	if (type != FTW_F || !dot || strcmp(dot, ".pef") != 0)
		return 0;
	loading->texts = realloc(loading->texts, (loading->count + 1) * sizeof(*loading->texts));
	assert_non_null(loading->texts);
	t = &loading->texts[loading->count++];
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->text = malloc((size_t)st->st_size + 1);
	f = fopen(path, "r");
	assert_non_null(f);
	t->len = fread(t->text, 1, (size_t)st->st_size, f);
	t->text[t->len] = 0;
	fclose(f);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct corpus_text *)a)->path, ((const struct corpus_text *)b)->path);
}

void corpus_load(struct corpus *c)
{
	*c = (struct corpus){0};
	loading = c;
	nftw(PEF_SOURCE_DIR "/scenarios", load, 8, FTW_PHYS);
	if (c->count)
		qsort(c->texts, c->count, sizeof(c->texts[0]), by_path);
}

void corpus_free(struct corpus *c)
{
	for (unsigned i = 0; i < c->count; i++)
		free(c->texts[i].text);
	free(c->texts);
}

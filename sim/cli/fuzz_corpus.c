/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_corpus.c - scenarios worth varying, in a folder of their own. See fuzz.h.
 *
 * A file is called by a hash of its text, so the same scenario is kept once,
 * whoever found it, and folders can be thrown together.
 *
 * Locking: none. Errors: messages on stderr. Blocking: on files.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pefsim/explore.h"

#include "fuzz.h"
#include "targets.h"

#define CORPUS_FILE_MAX (UINT64_C(64) << 10) /* bytes; what is longer is slow and says no more */

static enum pef_err corpus_refuse(const char *path, const char *why)
{
	fprintf(stderr,
		"pefsim fuzz: %s: %s\nhelp: --corpus names a folder of scenarios that fuzz keeps; "
		"'pefsim lint' tells what is wrong with one\n",
		path, why);
	return PEF_NOFILE;
}

static enum pef_err corpus_add(struct corpus *c, char *text)
{
	char **texts = text ? realloc(c->texts, (c->count + 1) * sizeof(*texts)) : NULL;

	if (!texts) {
		free(text);
		return PEF_NOMEM;
	}
	c->texts = texts;
	c->texts[c->count++] = text;
	return PEF_OK;
}

static char *corpus_text(FILE *in, size_t size)
{
	char *text = calloc(1, size + 1);

	if (text && fread(text, 1, size, in) != size) {
		free(text);
		text = NULL;
	}
	return text;
}

static enum pef_err corpus_read(struct corpus *c, const char *path, const struct options *options)
{
	FILE *in = fopen(path, "r");
	struct stat st;

	if (!in)
		return corpus_refuse(path, strerror(errno));
	bool plain = fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode);
	bool fits = plain && (uint64_t)st.st_size <= CORPUS_FILE_MAX;
	char *text = fits ? corpus_text(in, (size_t)st.st_size) : NULL;
	fclose(in);
	if (!text)
		return corpus_refuse(path, !plain  ? "it is no file"
					   : !fits ? "it is larger than 64 KiB"
						   : "it changes");
	char *settled = strlen(text) == (size_t)st.st_size ? fuzz_settle(text, path, options, stderr) : NULL;
	if (!settled) {
		free(text);
		return corpus_refuse(path, "it is no scenario that can be run");
	}
	free(settled);
	return corpus_add(c, text);
}

enum pef_err corpus_open(struct corpus *c, const char *folder, const struct options *options)
{
	struct targets targets = {0};
	struct stat st;
	char *name = (char *)(uintptr_t)folder;

	*c = (struct corpus){.folder = folder};
	if (!folder)
		return PEF_OK;
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return corpus_refuse(folder, strerror(errno));
	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
		return corpus_refuse(folder, "it is no folder");
	enum pef_err err = targets_read(&targets, &name, 1, NULL);
	for (unsigned i = 0; !err && i < targets.count; i++)
		err = corpus_read(c, targets.paths[i], options);
	targets_free(&targets);
	c->read = c->count;
	return err;
}

enum pef_err corpus_keep(struct corpus *c, const char *text)
{
	char path[1024];
	uint64_t hash = explore_hash(EXPLORE_HASH, text, strlen(text));

	if (c->folder) {
		snprintf(path, sizeof(path), "%s/%016" PRIx64 ".pef", c->folder, hash);
		FILE *out = fopen(path, "w");
		bool ok = out && fputs(text, out) >= 0;
		ok = out && fclose(out) == 0 && ok;
		if (!ok)
			return corpus_refuse(path, strerror(errno));
	}
	return corpus_add(c, strdup(text));
}

void corpus_free(struct corpus *c)
{
	for (unsigned i = 0; i < c->count; i++)
		free(c->texts[i]);
	free(c->texts);
}

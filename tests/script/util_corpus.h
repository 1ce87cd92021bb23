/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_corpus.h - the shipped scenarios, as texts.
 *
 * Locking: none. Errors: a failed assertion. Blocking: reads files.
 */
#ifndef UTIL_CORPUS_H
#define UTIL_CORPUS_H

#include <stddef.h>

struct corpus_text {
	char path[256]; /* inside the source tree */
	char *text;
	size_t len;
};
struct corpus {
	struct corpus_text *texts;
	unsigned count;
};

/** corpus_load - every .pef file under scenarios/ */
void corpus_load(struct corpus *c);
void corpus_free(struct corpus *c);

#endif

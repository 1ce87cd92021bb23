/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ops.c - the table of operations.
 *
 * Locking: none. Errors: none. Blocking: never.
 */
#include <string.h>

#include "script.h"

static const struct op_info ops[] = {
#define X(name, word, threads, args, usage, about) [OP_##name] = {word, threads, ARGS_##args, usage, about},
	PEF_OPS(X)
#undef X
};

static const char *const usages[] = {
#define X(name, word, threads, args, usage, about) [OP_##name] = sizeof(usage) > 1 ? word " " usage : word,
	PEF_OPS(X)
#undef X
};

const char *op_usage(enum op_kind kind)
{
	return usages[kind];
}

const char *op_threads(unsigned threads)
{
	return threads == ON_ANY                 ? "any"
	       : threads == (ON_GUEST | ON_HOST) ? "guest or host"
	       : threads == ON_GUEST             ? "guest"
	       : threads == ON_HOST              ? "host"
						 : "uv";
}

const struct op_info *op_info(enum op_kind kind)
{
	return &ops[kind];
}

bool op_parse(const char *word, enum op_kind *out)
{
	for (unsigned i = 0; i < OP_KIND_COUNT; i++)
		if (strcmp(ops[i].word, word) == 0) {
			*out = (enum op_kind)i;
			return true;
		}
	return false;
}

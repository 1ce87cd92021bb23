/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_coverage.c - what a check reached, printed and held against what is wanted.
 * See check_text.h.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include "check_text.h"

#include <inttypes.h>
#include <string.h>

#include "escape.h"

static void coverage_heading(const struct coverage *c, enum coverage_kind kind, FILE *out)
{
	struct coverage_share share = coverage_share(c, kind);
	unsigned permille = coverage_permille(share);
	char numbers[32];

	if (coverage_is_whole(kind))
		snprintf(numbers, sizeof(numbers), "%u of %u", share.reached, share.all);
	else
		snprintf(numbers, sizeof(numbers), "%u", share.reached);
	fprintf(out, "  %-12s %-12s", coverage_name(kind), numbers);
	if (coverage_is_whole(kind) && share.all)
		fprintf(out, " %3u.%u %%", permille / 10, permille % 10);
	else
		fprintf(out, " %7s", "");
	fprintf(out, "  %s\n", coverage_about(kind));
}

/* Where the last word of a text begins: things that differ in it only are told together. */
static size_t coverage_stem(const char *text)
{
	const char *space = strrchr(text, ' ');

	return space ? (size_t)(space - text) + 1 : 0;
}

static void coverage_list(const struct coverage *c, bool reached, FILE *out)
{
	const struct coverage_item *last = NULL;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct coverage_item *item = &c->items[i];
		size_t stem = coverage_stem(item->text);
		if (item->reached != reached)
			continue;
		if (last && last->kind == item->kind && coverage_stem(last->text) == stem &&
			!memcmp(last->text, item->text, stem))
			fprintf(out, " %s", item->text + stem);
		else
			fprintf(out, "%s    %-12s %s",
				last      ? "\n"
				: reached ? "  reached\n"
					  : "  not reached\n",
				coverage_name(item->kind), item->text);
		last = item;
	}
	fputs(last ? "\n" : "", out);
}

void check_print_coverage(const struct coverage *coverage, bool all, FILE *out)
{
	fputs("coverage\n", out);
	for (unsigned kind = 0; kind < COVERAGE_COUNT; kind++)
		coverage_heading(coverage, (enum coverage_kind)kind, out);
	if (all)
		coverage_list(coverage, true, out);
	coverage_list(coverage, false, out);
}

void check_json_coverage(const struct coverage *coverage, FILE *out)
{
	for (uint32_t i = 0; i < coverage->count; i++) {
		const struct coverage_item *item = &coverage->items[i];
		fputs("{\"schema\":1,\"type\":\"coverage\"", out);
		json_member(out, "kind", coverage_name(item->kind));
		json_member(out, "what", item->text);
		fprintf(out, ",\"reached\":%s}\n", item->reached ? "true" : "false");
	}
}

bool check_misses_coverage(const struct check_list *list)
{
	bool misses = false;

	for (unsigned i = 0; i < COVERAGE_COUNT; i++) {
		enum coverage_kind kind = (enum coverage_kind)i;
		struct coverage_share share = coverage_share(&list->coverage, kind);
		unsigned permille = coverage_permille(share);
		uint64_t wanted = list->options->coverage_wanted[i];

		if (permille >= 10 * wanted)
			continue;
		fprintf(stderr,
			"pefsim check: coverage of %s is %u.%u %% (%u of %u), not the %" PRIu64
			" %% that are required\n",
			coverage_name(kind), permille / 10, permille % 10, share.reached, share.all, wanted);
		misses = true;
	}
	return misses;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print.c - a price list as a table, for "pefsim list costs".
 *
 * The class of a price says how far to trust it, so it stands beside the
 * number, and the share of guesses stands below, counted in steps: how often a
 * step happens is a scenario's business. Transitions are shown with what they
 * are made of.
 *
 * Locking: none. Errors: none. Blocking: as the stream.
 */
#include "pefsim/cost.h"

#include <inttypes.h>

#define CLASS_COUNT 5u

static const struct {
	char letter;
	const char *about;
} classes[CLASS_COUNT] = {
	{'M', "measured on POWER9"},
	{'D', "derived from measured figures"},
	{'P', "predicted by a pipeline model"},
	{'A', "analogue, another POWER processor"},
	{'G', "guess"},
};

static void print_price(const char *name, const struct price *p, FILE *out)
{
	fprintf(out, "%-22s %10" PRIu64 " %10" PRIu64 " %11" PRIu64 "  %c  %s\n", name, p->lo, p->typ, p->hi, p->class,
		p->source);
}

static void print_parts(const struct price_list *list, unsigned step, FILE *out)
{
	for (unsigned i = 0; i < list->part_count[step]; i++) {
		const struct price_part *part = &list->parts[step][i];
		fprintf(out, "%s%u %s", i ? " + " : "    = ", part->count, list->micros[part->micro].name);
	}
	if (list->part_count[step])
		fputc('\n', out);
}

static void print_shares(const struct price_list *list, FILE *out)
{
	for (unsigned i = 0; i < CLASS_COUNT; i++) {
		unsigned count = 0;
		for (unsigned step = 0; step < STEP_COUNT; step++)
			count += list->steps[step].class == classes[i].letter;
		fprintf(out, "class %c: %2u of %u steps (%u %%), %s\n", classes[i].letter, count, (unsigned)STEP_COUNT,
			(count * 100 + STEP_COUNT / 2) / STEP_COUNT, classes[i].about);
	}
}

void price_list_print(const struct price_list *list, FILE *out)
{
	fprintf(out, "cycles at %" PRIu64 " Hz, timebase %" PRIu64 " Hz, list %s\n\n", list->core_hz, list->timebase_hz,
		list->hash);
	fprintf(out, "%-22s %10s %10s %11s  %s  %s\n", "step", "lo", "typ", "hi", "c", "source");
	for (unsigned step = 0; step < STEP_COUNT; step++) {
		print_price(cost_step_name(step), &list->steps[step], out);
		print_parts(list, step, out);
	}
	if (list->micro_count)
		fprintf(out, "\nmicro-steps\n");
	for (unsigned i = 0; i < list->micro_count; i++)
		print_price(list->micros[i].name, &list->micros[i].price, out);
	fputc('\n', out);
	print_shares(list, out);
}

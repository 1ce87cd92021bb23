/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pricelist.c - reading a price list from a device tree.
 *
 *   /                core-clock-frequency, timebase-frequency (Hz)
 *   /micro-steps/M   lo, typ, hi (cycles), class, source
 *   /costs/STEP      the same, or  steps = "M", ...; counts = <...>;
 *                    and then perhaps a class and source of its own
 *
 * Reading is strict, and done before anything runs: each step has its price,
 * none is zero, the three columns are in order, and a node that no step asks
 * for is an error too, since it is most likely a misspelt one.
 *
 * Locking: none. Errors: PEF_PRICE for what is missing, zero or out of order,
 * PEF_PARSE for anything that has the wrong shape; each names node and
 * property. Blocking: as dts_load().
 */
#include "pefsim/cost.h"
#include "pefsim/dt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const price_words[PRICE_COUNT + 1] = {[PRICE_TYP] = "typ", [PRICE_LO] = "lo", [PRICE_HI] = "hi"};

/* Best first: a sum is as good as its weakest part. */
static const char price_classes[] = "MDPAG";

struct reader {
	struct dt dt;
	struct price_list *list;
	enum pef_err err; /* what a complaint means */
};

/* A complaint that is about the price itself. */
#define price_complain(r, node, ...) ((r)->err = PEF_PRICE, dt_complain(&(r)->dt, node, __VA_ARGS__))

static bool price_read_cycles(struct reader *r, dt_node_t node, const char *name, cycles_t *out)
{
	uint32_t cycles;
	if (!dt_has(&r->dt, node, name))
		return price_complain(r, node, name, "missing");
	if (!dt_u32(&r->dt, node, name, &cycles))
		return false;
	if (cycles == 0)
		return price_complain(r, node, name, "0 cycles; every step has a price");
	*out = cycles;
	return true;
}

static bool price_read_class(struct reader *r, dt_node_t node, struct price *p)
{
	const char *text;
	if (!dt_string(&r->dt, node, "class", &text) || !dt_string(&r->dt, node, "source", &p->source))
		return false;
	if (strlen(text) != 1 || !strchr(price_classes, text[0]))
		return dt_complain(&r->dt, node, "class", "'%s', want one of M, D, P, A, G", text);
	if (p->source[0] == '\0')
		return dt_complain(&r->dt, node, "source", "empty");
	p->class = text[0];
	return true;
}

/* A price that stands by itself. */
static bool price_read(struct reader *r, dt_node_t node, struct price *p)
{
	if (!price_read_cycles(r, node, "lo", &p->lo) || !price_read_cycles(r, node, "typ", &p->typ) ||
		!price_read_cycles(r, node, "hi", &p->hi))
		return false;
	if (p->lo > p->typ)
		return price_complain(
			r, node, "lo", "%" PRIu64 " cycles, more than the %" PRIu64 " of typ", p->lo, p->typ);
	if (p->typ > p->hi)
		return price_complain(
			r, node, "hi", "%" PRIu64 " cycles, less than the %" PRIu64 " of typ", p->hi, p->typ);
	return price_read_class(r, node, p);
}

/* ---- micro-steps and their sums -------------------------------------------------- */

static bool price_read_micros(struct reader *r)
{
	struct price_list *list = r->list;
	dt_node_t micros = dt_find(&r->dt, "/micro-steps");
	if (!dt_exists(micros))
		return true;
	for (dt_node_t node = dt_first_child(&r->dt, micros); dt_exists(node); node = dt_next_child(&r->dt, node)) {
		if (list->micro_count == PRICE_MICROS_MAX)
			return dt_complain(&r->dt, node, NULL, "more than %u micro-steps", PRICE_MICROS_MAX);
		struct price_micro *micro = &list->micros[list->micro_count];
		micro->name = dt_node_name(&r->dt, node);
		if (!price_read(r, node, &micro->price))
			return false;
		list->micro_count++;
	}
	return true;
}

static bool price_find_micro(struct reader *r, dt_node_t node, const char *name, uint16_t *out)
{
	for (unsigned i = 0; i < r->list->micro_count; i++)
		if (strcmp(r->list->micros[i].name, name) == 0) {
			*out = (uint16_t)i;
			return true;
		}
	return price_complain(r, node, "steps", "no micro-step '%s' under /micro-steps", name);
}

static bool price_read_part(struct reader *r, dt_node_t node, unsigned index, struct price_part *part)
{
	const char *name;
	uint64_t count;
	if (!dt_string_at(&r->dt, node, "steps", index, &name) || !dt_cells(&r->dt, node, "counts", index, 1, &count) ||
		!price_find_micro(r, node, name, &part->micro))
		return false;
	if (count == 0 || count > PRICE_COUNT_MAX)
		return price_complain(
			r, node, "counts", "%" PRIu64 " times '%s', want 1 to %u", count, name, PRICE_COUNT_MAX);
	part->count = (uint16_t)count;
	return true;
}

static void price_add_part(struct price *sum, const struct price *micro, unsigned count)
{
	sum->lo += count * micro->lo;
	sum->typ += count * micro->typ;
	sum->hi += count * micro->hi;
	if (strchr(price_classes, micro->class) > strchr(price_classes, sum->class))
		sum->class = micro->class;
}

static bool price_read_parts(struct reader *r, dt_node_t node, enum cost_step step)
{
	struct price *sum = &r->list->steps[step];
	unsigned names, counts;

	if (!dt_string_count(&r->dt, node, "steps", &names) || !dt_count(&r->dt, node, "counts", 1, &counts))
		return false;
	if (names != counts)
		return dt_complain(&r->dt, node, "counts", "%u numbers for %u micro-steps", counts, names);
	if (names > PRICE_PARTS_MAX)
		return dt_complain(&r->dt, node, "steps", "%u micro-steps, want at most %u", names, PRICE_PARTS_MAX);
	*sum = (struct price){.class = price_classes[0], .source = "sum of its micro-steps"};
	for (unsigned i = 0; i < names; i++) {
		struct price_part *part = &r->list->parts[step][i];
		if (!price_read_part(r, node, i, part))
			return false;
		price_add_part(sum, &r->list->micros[part->micro].price, part->count);
	}
	r->list->part_count[step] = (uint16_t)names;
	return !dt_has(&r->dt, node, "class") || price_read_class(r, node, sum);
}

/* ---- steps -------------------------------------------------------------------------- */

static bool price_read_steps(struct reader *r, dt_node_t costs)
{
	for (unsigned step = 0; step < STEP_COUNT; step++) {
		const char *name = cost_step_name(step);
		dt_node_t node = dt_child(&r->dt, costs, name);
		if (!dt_exists(node))
			return price_complain(r, costs, NULL, "no node '%s': the step has no price", name);
		bool ok = dt_has(&r->dt, node, "steps") ? price_read_parts(r, node, step)
							: price_read(r, node, &r->list->steps[step]);
		if (!ok)
			return false;
	}
	return true;
}

/* A node that is not asked for is most likely a misspelt one. */
static bool price_check_unknown(struct reader *r, dt_node_t costs)
{
	for (dt_node_t node = dt_first_child(&r->dt, costs); dt_exists(node); node = dt_next_child(&r->dt, node)) {
		unsigned step = 0;
		while (step < STEP_COUNT && strcmp(cost_step_name(step), dt_node_name(&r->dt, node)) != 0)
			step++;
		if (step == STEP_COUNT)
			return dt_complain(&r->dt, node, NULL, "no step has this name");
	}
	return true;
}

static bool price_read_clock(struct reader *r, const char *name, uint64_t *out)
{
	uint32_t hz;
	if (!dt_u32(&r->dt, DT_ROOT, name, &hz))
		return false;
	*out = hz;
	return hz > 0 || dt_complain(&r->dt, DT_ROOT, name, "0 Hz");
}

static bool price_read_tree(struct reader *r)
{
	dt_node_t costs = dt_find(&r->dt, "/costs");
	if (!dt_exists(costs))
		return dt_complain(&r->dt, DT_ROOT, NULL, "no node /costs: not a price list");
	return price_read_clock(r, "core-clock-frequency", &r->list->core_hz) &&
	       price_read_clock(r, "timebase-frequency", &r->list->timebase_hz) && price_read_micros(r) &&
	       price_check_unknown(r, costs) && price_read_steps(r, costs);
}

/* ---- the list ----------------------------------------------------------------------- */

/* FNV-1a, 64 bits: a name for the list, not a proof. */
static void price_list_hash(struct price_list *list, const unsigned char *blob, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ blob[i]) * UINT64_C(0x100000001b3);
	snprintf(list->hash, sizeof(list->hash), "%016" PRIx64, hash);
}

static enum pef_err price_list_parse(struct price_list *list, size_t len, char *message, size_t size)
{
	struct reader r = {.list = list, .err = PEF_PARSE};
	enum pef_err err = dt_open(&r.dt, list->blob, len, message, size);
	if (err != PEF_OK)
		return err;
	bool ok = price_read_tree(&r);
	dt_close(&r.dt);
	return ok ? PEF_OK : r.err;
}

enum pef_err price_list_read(
	const char *path, enum price_choice choice, struct price_list *out, char *message, size_t size)
{
	char why[400];
	size_t len;

	*out = (struct price_list){.choice = choice};
	enum pef_err err = dts_load(path, &out->blob, &len, message, size);
	if (err != PEF_OK)
		return err;
	err = price_list_parse(out, len, why, sizeof(why));
	if (err != PEF_OK) {
		snprintf(message, size, "%s: %s", path, why);
		price_list_free(out);
		return err;
	}
	price_list_hash(out, out->blob, len);
	return PEF_OK;
}

void price_list_flat(struct price_list *out, cycles_t cycles)
{
	*out = (struct price_list){.core_hz = 3800000000, .timebase_hz = 512000000, .choice = PRICE_TYP};
	for (unsigned step = 0; step < STEP_COUNT; step++)
		out->steps[step] = (struct price){cycles, cycles, cycles, 'G', "flat"};
	unsigned char word[8];
	for (unsigned i = 0; i < sizeof(word); i++)
		word[i] = (unsigned char)(cycles >> (8 * i));
	price_list_hash(out, word, sizeof(word));
}

void price_list_free(struct price_list *list)
{
	free(list->blob);
	*list = (struct price_list){0};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variants.c - the ways in which one file is run. See variants.h.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads files.
 */
#include "variants.h"

#include <stdlib.h>
#include <string.h>

bool list_each(const char **at, char *word, size_t size)
{
	size_t len;

	*at += strspn(*at, ",");
	len = strcspn(*at, ",");
	snprintf(word, size, "%.*s", (int)len, *at);
	*at += len;
	return len != 0;
}

/* A parameter that varies, and the values it takes. */
struct axis {
	const char *name;
	const char *values[64];
	unsigned count;
};
struct axes {
	struct axis axis[OPTION_PARAMS_MAX];
	unsigned count;
};

static bool option_sets(const struct options *o, const char *name)
{
	for (unsigned i = 0; i < o->param_count; i++)
		if (!strcmp(o->params[i].name, name))
			return true;
	return false;
}

static void axis_add(struct axis *a, const char *value)
{
	for (unsigned i = 0; i < a->count; i++)
		if (!strcmp(a->values[i], value))
			return;
	if (a->count < sizeof(a->values) / sizeof(a->values[0]))
		a->values[a->count++] = value;
}

/* The values a parameter takes: its set, or of a range what is in use and what is named. */
static void axis_fill(struct axis *a, const struct scenario *s, const struct scenario_param *p)
{
	a->name = p->name;
	axis_add(a, p->value);
	for (unsigned i = 0; i < p->value_count; i++)
		axis_add(a, p->values[i]);
	for (unsigned i = 0; i < s->expect_count && !p->value_count; i++)
		if (!strcmp(s->expects[i].param, p->name))
			axis_add(a, s->expects[i].value);
}

/* A parameter is told apart when an expectation names it; one that --design or -p sets stays as it is. */
static bool param_varies(const struct scenario *s, const struct scenario_param *p, const struct options *o)
{
	if (option_sets(o, p->name) || (o->design && !strcmp(p->value, o->design)))
		return false;
	for (unsigned i = 0; i < s->expect_count; i++)
		if (!strcmp(s->expects[i].param, p->name))
			return true;
	return false;
}

static void axes_find(struct axes *axes, const struct scenario *s, const struct options *o)
{
	for (unsigned i = 0; i < s->param_count && axes->count < OPTION_PARAMS_MAX; i++)
		if (param_varies(s, &s->params[i], o))
			axis_fill(&axes->axis[axes->count++], s, &s->params[i]);
}

static bool variant_set(struct variant *v, const char *name, const char *value)
{
	struct options *o = &v->options;

	if (o->param_count + 1 > OPTION_PARAMS_MAX)
		return false;
	snprintf(v->values[v->value_count], PEF_NAME_MAX, "%s", name);
	snprintf(v->values[v->value_count + 1], PEF_NAME_MAX, "%s", value);
	o->params[o->param_count++] =
		(struct scenario_override){v->values[v->value_count], v->values[v->value_count + 1]};
	v->value_count += 2;
	return true;
}

/* A parameter whose value is a design's name is told by the design alone. */
static bool is_design(const char *value)
{
	enum design_id id;

	return design_parse(value, strlen(value), &id);
}

/* The variant number @index of the product of all axes: the last one turns fastest. */
static enum pef_err variant_make(struct variant *v, const struct options *o, const struct axes *axes, unsigned index)
{
	size_t used = 0;

	*v = (struct variant){.options = *o};
	if (o->design)
		snprintf(v->design, sizeof(v->design), "%s", o->design);
	v->values = calloc(2 * OPTION_PARAMS_MAX + 2, sizeof(*v->values));
	if (!v->values)
		return PEF_NOMEM;
	for (unsigned i = axes->count; i-- > 0;) {
		const struct axis *a = &axes->axis[i];
		const char *value = a->values[index % a->count];
		index /= a->count;
		if (!variant_set(v, a->name, value))
			return PEF_USAGE;
		if (!is_design(value) && used < sizeof(v->label))
			used += (size_t)snprintf(v->label + used, sizeof(v->label) - used, ", %s=%s", a->name, value);
	}
	return PEF_OK;
}

/* All values for one design, or for what the file says by itself. */
static enum pef_err variants_of(const char *path, const struct options *o, struct variant_list *list)
{
	struct scenario_options read = options_scenario(o);
	struct axes *axes = calloc(1, sizeof(*axes));
	struct scenario *s = NULL;
	unsigned product = 1;
	enum pef_err err = axes ? scenario_read_file(path, &read, &s, NULL) : PEF_NOMEM;

	if (err == PEF_PARSE || err == PEF_NOFILE)
		scenario_read_file(path, &read, &s, stderr);
	if (!err) {
		axes_find(axes, s, o);
		for (unsigned i = 0; i < axes->count && product <= VARIANTS_MAX; i++)
			product *= axes->axis[i].count;
		if (list->count + product > VARIANTS_MAX) {
			fprintf(stderr, "pefsim: %s: more than %u ways to run it\nhelp: set parameters with -p\n", path,
				VARIANTS_MAX);
			err = PEF_USAGE;
		}
	}
	for (unsigned i = 0; !err && i < product; i++)
		err = variant_make(&list->variants[list->count++], o, axes, i);
	scenario_free(s);
	free(axes);
	return err;
}

/* options.design and options.params point into the variant, which stays where it is. */
static void variants_settle(struct variant_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->variants[i].design[0])
			list->variants[i].options.design = list->variants[i].design;
}

enum pef_err variants_read(const char *path, const struct options *options, struct variant_list *out)
{
	const char *at = options->designs;
	char design[PEF_NAME_MAX];
	enum pef_err err = PEF_OK;

	out->count = 0;
	out->variants = calloc(VARIANTS_MAX, sizeof(*out->variants));
	if (!out->variants)
		return PEF_NOMEM;
	if (!at)
		err = variants_of(path, options, out);
	while (!err && at && list_each(&at, design, sizeof(design))) {
		struct options one = *options;
		one.design = design;
		err = variants_of(path, &one, out);
	}
	variants_settle(out);
	return err;
}

void variants_free(struct variant_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		free(list->variants[i].values);
	free(list->variants);
}

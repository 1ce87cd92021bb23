/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_junit.c - results as JUnit XML. See check_text.h.
 *
 * The dialect is the one that Jenkins, GitLab and pytest agree on;
 * docs/schema/junit.xsd describes it. What could not be decided is an error of
 * type "inconclusive", so that it is no pass and no failure of the code either.
 *
 * Locking: none. Errors: those of the stream. Blocking: on the stream.
 */
#include <inttypes.h>
#include <string.h>

#include "check_text.h"
#include "escape.h"

/* Cases of some results, by what became of them. */
struct junit_counts {
	unsigned tests, failures, errors, skipped;
	double seconds;
};

static void junit_count(const struct result *r, struct junit_counts *counts)
{
	for (unsigned i = 0; i < check_case_count(r); i++) {
		struct check_case c;
		check_case(r, i, &c);
		counts->tests++;
		counts->skipped += c.skipped != NULL;
		counts->failures += c.verdict == RESULT_FAIL;
		counts->errors += c.verdict != RESULT_PASS && c.verdict != RESULT_FAIL;
	}
	counts->seconds += r->seconds;
}

static void junit_print_counts(const struct junit_counts *counts, bool skipped, FILE *out)
{
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\"", counts->tests, counts->failures, counts->errors);
	if (skipped)
		fprintf(out, " skipped=\"%u\"", counts->skipped);
	fprintf(out, " time=\"%.3f\"", counts->seconds);
}

static void junit_property(const struct result *r, const char *name, const char *value, FILE *out)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", r->label, name);
	fputs("      <property", out);
	xml_attribute(out, "name", full);
	xml_attribute(out, "value", value);
	fputs("/>\n", out);
}

static void junit_number(const struct result *r, const char *name, uint64_t value, FILE *out)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	junit_property(r, name, text, out);
}

static void junit_properties(const struct result *r, FILE *out)
{
	char replay[sizeof(r->findings[0].record) + 16];

	junit_number(r, "seed", r->seed, out);
	junit_number(r, "runs", r->runs, out);
	junit_property(r, "complete", r->complete ? "yes" : "no", out);
	junit_property(r, "scenario-id", r->id, out);
	for (unsigned i = 0; i < r->finding_count; i++) {
		if (!r->findings[i].record[0])
			continue;
		snprintf(replay, sizeof(replay), "pefsim replay %s", r->findings[i].record);
		junit_property(r, "replay", replay, out);
	}
}

static const char *junit_type(const struct result *r, const struct check_case *c)
{
	if (c->verdict == RESULT_OPEN)
		return r->timed_out ? "timeout" : "inconclusive";
	if (c->verdict != RESULT_FAIL)
		return "error";
	for (unsigned i = 0; i < r->finding_count; i++)
		if (r->findings[i].fails)
			return r->findings[i].kind;
	return "expectation";
}

static void junit_case(const struct result *r, unsigned i, FILE *out)
{
	struct check_case c;

	check_case(r, i, &c);
	const char *tag = c.verdict == RESULT_FAIL ? "failure" : "error";
	fputs("    <testcase", out);
	xml_attribute(out, "classname", r->scenario);
	xml_attribute(out, "name", c.name);
	fprintf(out, " time=\"%.3f\">\n", i == 0 ? r->seconds : 0.0);
	if (c.skipped) {
		fputs("      <skipped message=\"only if ", out);
		xml_text(out, c.skipped);
		fputs("\"/>\n", out);
	} else if (c.verdict != RESULT_PASS) {
		fprintf(out, "      <%s", tag);
		xml_attribute(out, "type", junit_type(r, &c));
		xml_attribute(out, "message", c.why[0] ? c.why : "does not hold");
		fputc('>', out);
		for (unsigned k = 0; c.first_bad && k < r->finding_count; k++)
			xml_text(out, r->findings[k].report ? r->findings[k].report : "");
		fprintf(out, "</%s>\n", tag);
	}
	fputs("    </testcase>\n", out);
}

static void junit_suite(const struct result *results, unsigned count, FILE *out)
{
	struct junit_counts counts = {0};

	for (unsigned i = 0; i < count; i++)
		junit_count(&results[i], &counts);
	fputs("  <testsuite", out);
	xml_attribute(out, "name", results[0].scenario);
	junit_print_counts(&counts, true, out);
	fputs(">\n    <properties>\n      <property name=\"path\"", out);
	xml_attribute(out, "value", results[0].path);
	fputs("/>\n", out);
	for (unsigned i = 0; i < count; i++)
		if (results[i].runs)
			junit_properties(&results[i], out);
	fputs("    </properties>\n", out);
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < check_case_count(&results[i]); k++)
			junit_case(&results[i], k, out);
	fputs("  </testsuite>\n", out);
}

void check_junit(const struct check_list *list, FILE *out)
{
	struct junit_counts counts = {0};

	for (unsigned i = 0; i < list->count; i++)
		junit_count(&list->results[i], &counts);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pefsim check\"", out);
	junit_print_counts(&counts, false, out);
	fputs(">\n", out);
	for (unsigned i = 0; i < list->count; i += check_group(list, i))
		junit_suite(&list->results[i], check_group(list, i), out);
	fputs("</testsuites>\n", out);
}

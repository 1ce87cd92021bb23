/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_pricelist.c - the shipped price list, and lists that are refused.
 *
 * Locking: none. Errors: none. Blocking: runs dtc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pefsim/cost.h"
#include "tests/machine/util_tree.h"

#define SHIPPED "scenarios/prices/power9.dts"

#define ZERO_PAGE "zero-page {\n\t\t\tlo = <4096>;\n\t\t\ttyp = <8192>;\n\t\t\thi = <131000>;\n"
#define UCALL_COUNTS "counts = <1 1 8 1>;"
#define UCALL_STEPS "\"interrupt-entry\", \"frame\", \"spr-read\", \"mtmsrd\";"

static struct price_list list;
static char message[512];

static enum pef_err read_shipped(enum price_choice choice)
{
	return price_list_read(PEF_SOURCE_DIR "/" SHIPPED, choice, &list, message, sizeof(message));
}

/* Reads a list in text form; the file's name is taken off the message. */
static enum pef_err read_text(char *text)
{
	char *path = tree_write(text, strlen(text), ".dts");
	enum pef_err err = price_list_read(path, PRICE_TYP, &list, message, sizeof(message));
	if (err != PEF_OK) {
		assert_true(strncmp(message, path, strlen(path)) == 0);
		memmove(message, message + strlen(path), strlen(message) - strlen(path) + 1);
	}
	unlink(path);
	free(path);
	free(text);
	return err;
}

/* ---- the shipped list ----------------------------------------------------------------- */

static void test_pricelist_shipped_prices_every_step(void **state)
{
	(void)state;
	assert_int_equal(read_shipped(PRICE_TYP), PEF_OK);
	for (unsigned step = 0; step < STEP_COUNT; step++) {
		const struct price *p = &list.steps[step];
		assert_true(p->lo > 0);
		assert_true(p->lo <= p->typ && p->typ <= p->hi);
		assert_non_null(strchr("MDPAG", p->class));
		assert_true(strlen(p->source) > 5);
		/* A guess says that it is one, nothing else does. */
		assert_int_equal(p->class == 'G', strncmp(p->source, "guess: ", 7) == 0);
	}
	assert_int_equal(strlen(list.hash), 16);
	price_list_free(&list);
}

static void test_pricelist_shipped_clocks_have_exact_ratio(void **state)
{
	(void)state;
	assert_int_equal(read_shipped(PRICE_TYP), PEF_OK);
	assert_int_equal(list.core_hz, 3800000000);
	assert_int_equal(list.timebase_hz, 512000000);
	assert_int_equal(list.timebase_hz * 475, list.core_hz * 64);
	price_list_free(&list);
}

/* Published: 9,333 cycles for a hypercall that exits to the host kernel and comes back. */
static void test_pricelist_shipped_hcall_round_trip_is_published_one(void **state)
{
	(void)state;
	assert_int_equal(read_shipped(PRICE_TYP), PEF_OK);
	assert_int_equal(price_of(&list, STEP_HCALL) + price_of(&list, STEP_HRFID), 9333);
	price_list_free(&list);
}

/* Published figures that a price repeats as they are. */
static void test_pricelist_shipped_keeps_published_figures(void **state)
{
	(void)state;
	assert_int_equal(read_shipped(PRICE_TYP), PEF_OK);
	assert_int_equal(price_of(&list, STEP_SYSCALL), 428);
	assert_int_equal(list.steps[STEP_SYSCALL].lo, 318);
	assert_int_equal(price_of(&list, STEP_COPY_PAGE), 262000);
	assert_int_equal(price_of(&list, STEP_ENCRYPT_PAGE), 7600000);
	assert_int_equal(price_of(&list, STEP_HV_PAGE_IN), 407);
	assert_int_equal(price_of(&list, STEP_HV_PAGE_OUT), 231);
	assert_int_equal(price_of(&list, STEP_WAKE), 2259 * 38 / 10);
	assert_int_equal(list.steps[STEP_WAKE].lo, 938 * 38 / 10);
	assert_int_equal(list.steps[STEP_TLBIE].lo, 722);
	price_list_free(&list);
}

/* Every transition is a list of micro-steps, and its price their sum in each column. */
static void test_pricelist_shipped_transitions_are_sums(void **state)
{
	(void)state;
	assert_int_equal(read_shipped(PRICE_TYP), PEF_OK);
	for (unsigned step = 0; step < STEP_COUNT; step++) {
		cycles_t lo = 0, typ = 0, hi = 0;
		if (cost_step_cause(step) == CAUSE_TRANSITION)
			assert_true(list.part_count[step] > 0);
		for (unsigned i = 0; i < list.part_count[step]; i++) {
			const struct price_part *part = &list.parts[step][i];
			const struct price *micro = &list.micros[part->micro].price;
			lo += part->count * micro->lo;
			typ += part->count * micro->typ;
			hi += part->count * micro->hi;
		}
		if (list.part_count[step] == 0)
			continue;
		assert_int_equal(list.steps[step].lo, lo);
		assert_int_equal(list.steps[step].typ, typ);
		assert_int_equal(list.steps[step].hi, hi);
	}
	price_list_free(&list);
}

/* Without a class of its own a sum is as good as its weakest micro-step. */
static void test_pricelist_sum_has_weakest_class(void **state)
{
	static const char own[] = "\t\t\tclass = \"G\";\n\t\t\tsource = \"guess: the counts; entry of the published "
				  "ultravisor saves a frame and USRR0, USRR1\";\n";
	(void)state;
	assert_int_equal(read_text(tree_replace(tree_text(SHIPPED), own, "")), PEF_OK);
	assert_int_equal(list.steps[STEP_UCALL].class, 'G');
	assert_string_equal(list.steps[STEP_UCALL].source, "sum of its micro-steps");
	assert_int_equal(list.steps[STEP_SYSCALL].class, 'M');
	price_list_free(&list);
	/* Measured and derived parts only. */
	char *text = tree_replace(tree_text(SHIPPED), own, "");
	text = tree_replace(text, UCALL_STEPS, "\"system-call\", \"interrupt-entry\", \"spr-read\", \"system-call\";");
	assert_int_equal(read_text(text), PEF_OK);
	assert_int_equal(list.steps[STEP_UCALL].class, 'D');
	price_list_free(&list);
}

static void test_pricelist_choice_selects_column(void **state)
{
	(void)state;
	assert_int_equal(read_shipped(PRICE_LO), PEF_OK);
	cycles_t lo = price_of(&list, STEP_COPY_PAGE);
	price_list_free(&list);
	assert_int_equal(read_shipped(PRICE_HI), PEF_OK);
	cycles_t hi = price_of(&list, STEP_COPY_PAGE);
	assert_int_equal(lo, list.steps[STEP_COPY_PAGE].lo);
	assert_int_equal(hi, list.steps[STEP_COPY_PAGE].hi);
	assert_true(lo < 262000 && 262000 < hi);
	price_list_free(&list);
}

static void test_pricelist_source_and_blob_read_equal(void **state)
{
	static struct price_list blob;
	(void)state;
	assert_int_equal(read_shipped(PRICE_TYP), PEF_OK);
	enum pef_err err =
		price_list_read(PEF_BUILD_SHARE "/prices/power9.dtb", PRICE_TYP, &blob, message, sizeof(message));
	assert_int_equal(err, PEF_OK);
	assert_string_equal(list.hash, blob.hash);
	for (unsigned step = 0; step < STEP_COUNT; step++)
		assert_int_equal(price_of(&list, step), price_of(&blob, step));
	price_list_free(&list);
	price_list_free(&blob);
}

static void test_pricelist_flat_prices_all_alike(void **state)
{
	char hash[17];
	(void)state;
	price_list_flat(&list, 7);
	for (unsigned step = 0; step < STEP_COUNT; step++)
		assert_int_equal(price_of(&list, step), 7);
	memcpy(hash, list.hash, sizeof(hash));
	price_list_free(&list);
	price_list_flat(&list, 8);
	assert_string_not_equal(list.hash, hash);
	price_list_free(&list);
}

/* ---- lists that are refused ------------------------------------------------------------- */

struct refused {
	const char *from, *to;
	enum pef_err err;
	const char *message; /* after the file's name */
};

/* clang-format off */
static const struct refused refused[] = {
	{"\t\tzero-page {", "\t\tzero-pages {", PEF_PARSE, ": /costs/zero-pages: no step has this name"},
	{ZERO_PAGE, "zero-page {\n\t\t\tlo = <4096>;\n\t\t\thi = <131000>;\n", PEF_PRICE,
		": /costs/zero-page: property 'typ': missing"},
	{ZERO_PAGE, "zero-page {\n\t\t\tlo = <0>;\n\t\t\ttyp = <8192>;\n\t\t\thi = <131000>;\n", PEF_PRICE,
		": /costs/zero-page: property 'lo': 0 cycles; every step has a price"},
	{ZERO_PAGE, "zero-page {\n\t\t\tlo = <8193>;\n\t\t\ttyp = <8192>;\n\t\t\thi = <131000>;\n", PEF_PRICE,
		": /costs/zero-page: property 'lo': 8193 cycles, more than the 8192 of typ"},
	{ZERO_PAGE, "zero-page {\n\t\t\tlo = <4096>;\n\t\t\ttyp = <8192>;\n\t\t\thi = <8191>;\n", PEF_PRICE,
		": /costs/zero-page: property 'hi': 8191 cycles, less than the 8192 of typ"},
	{ZERO_PAGE, "zero-page {\n\t\t\tlo = [01];\n\t\t\ttyp = <8192>;\n\t\t\thi = <131000>;\n", PEF_PARSE,
		": /costs/zero-page: property 'lo': 1 bytes, want 4"},
	{"class = \"A\";", "class = \"B\";", PEF_PARSE, ": /costs/bus: property 'class': 'B', want one of M, D, P, A, G"},
	{"class = \"A\";", "class = \"AA\";", PEF_PARSE, ": /costs/bus: property 'class': 'AA', want one of M, D, P, A, G"},
	{"class = \"A\";", "class = [41];", PEF_PARSE, ": /costs/bus: property 'class': not a list of strings"},
	{"class = \"A\";", "", PEF_PARSE, ": /costs/bus: property 'class': missing"},
	{"source = \"guess: dcbz, 16 cycles a line; hi: a byte loop\";", "", PEF_PARSE,
		": /costs/zero-page: property 'source': missing"},
	{"source = \"guess: dcbz, 16 cycles a line; hi: a byte loop\";", "source = \"\";", PEF_PARSE,
		": /costs/zero-page: property 'source': empty"},
	{UCALL_COUNTS, "counts = <1 1 8>;", PEF_PARSE, ": /costs/ucall: property 'counts': 3 numbers for 4 micro-steps"},
	{UCALL_COUNTS, "", PEF_PARSE, ": /costs/ucall: property 'counts': missing"},
	{UCALL_COUNTS, "counts = <1 1 0 1>;", PEF_PRICE, ": /costs/ucall: property 'counts': 0 times 'spr-read', want 1 to 1000"},
	{UCALL_COUNTS, "counts = <1 1 1001 1>;", PEF_PRICE,
		": /costs/ucall: property 'counts': 1001 times 'spr-read', want 1 to 1000"},
	{UCALL_STEPS, "\"interrupt-entry\", \"frame\", \"spr-reads\", \"mtmsrd\";", PEF_PRICE,
		": /costs/ucall: property 'steps': no micro-step 'spr-reads' under /micro-steps"},
	{UCALL_STEPS, "[61 62];", PEF_PARSE, ": /costs/ucall: property 'steps': not a list of strings"},
	{"\t\tmtmsrd {\n\t\t\tlo = <10>;", "\t\tmtmsrd {\n\t\t\tlo = <0>;", PEF_PRICE,
		": /micro-steps/mtmsrd: property 'lo': 0 cycles; every step has a price"},
	{"\tcosts {", "\tcost {", PEF_PARSE, ": /: no node /costs: not a price list"},
	{"timebase-frequency = <512000000>;", "", PEF_PARSE, ": /: property 'timebase-frequency': missing"},
	{"core-clock-frequency = <3800000000>;", "core-clock-frequency = <0>;", PEF_PARSE,
		": /: property 'core-clock-frequency': 0 Hz"},
};
/* clang-format on */

static void test_pricelist_names_what_is_wrong(void **state)
{
	(void)state;
	assert_int_equal(read_text(tree_text(SHIPPED)), PEF_OK);
	price_list_free(&list);
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct refused *r = &refused[i];
		enum pef_err err = read_text(tree_replace(tree_text(SHIPPED), r->from, r->to));
		assert_string_equal(message, r->message);
		assert_int_equal(err, r->err);
	}
}

/* Every single step is asked for: without its node the list is refused by its name. */
static void test_pricelist_misses_each_step(void **state)
{
	(void)state;
	for (unsigned step = 0; step < STEP_COUNT; step++) {
		char from[64], to[64], want[128];
		snprintf(from, sizeof(from), "\t\t%s {\n", cost_step_name(step));
		snprintf(to, sizeof(to), "\t\t/omit-if-no-ref/ %s {\n", cost_step_name(step));
		snprintf(want, sizeof(want), ": /costs: no node '%s': the step has no price", cost_step_name(step));
		assert_int_equal(read_text(tree_replace(tree_text(SHIPPED), from, to)), PEF_PRICE);
		assert_string_equal(message, want);
	}
}

static void test_pricelist_refuses_other_files(void **state)
{
	(void)state;
	assert_int_equal(price_list_read("no/such.dtb", PRICE_TYP, &list, message, sizeof(message)), PEF_NOFILE);
	assert_string_equal(message, "no/such.dtb: No such file or directory");
	assert_int_equal(read_text(tree_text("scenarios/platforms/power9-1socket-pef.dts")), PEF_PARSE);
	assert_string_equal(message, ": /: no node /costs: not a price list");
	assert_null(list.blob);
}

static void test_pricelist_survives_mutants(void **state)
{
	uint64_t random = 1234567;
	size_t len;
	unsigned refused_count = 0;
	(void)state;
	unsigned char *blob = tree_load(SHIPPED, &len);
	for (unsigned i = 0; i < 300; i++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		size_t at = (size_t)(random >> 33) % len;
		unsigned char old = blob[at];
		blob[at] = (unsigned char)(random >> 20);
		char *path = tree_write(blob, len, ".dtb");
		message[0] = '\0';
		if (price_list_read(path, PRICE_TYP, &list, message, sizeof(message)) == PEF_OK) {
			price_list_free(&list);
		} else {
			refused_count++;
			assert_true(strlen(message) > strlen(path));
		}
		unlink(path);
		free(path);
		blob[at] = old;
	}
	assert_in_range(refused_count, 10, 290);
	free(blob);
}

/* ---- printing ---------------------------------------------------------------------------- */

static char *print_list(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	price_list_print(&list, out);
	fclose(out);
	return text;
}

static void test_pricelist_prints_steps_and_shares(void **state)
{
	char head[64];
	(void)state;
	assert_int_equal(read_shipped(PRICE_TYP), PEF_OK);
	char *text = print_list();
	for (unsigned step = 0; step < STEP_COUNT; step++) {
		snprintf(head, sizeof(head), "\n%s ", cost_step_name(step));
		assert_non_null(strstr(text, head));
	}
	assert_non_null(strstr(text, "9,333"));
	assert_non_null(strstr(text, "    = 1 interrupt-entry + 1 frame + 8 spr-read + 1 mtmsrd\n"));
	free(text);
	price_list_free(&list);
	price_list_flat(&list, 1);
	text = print_list();
	assert_non_null(strstr(text, "(100 %), guess\n"));
	free(text);
}

static void test_cost_names_and_causes_follow_the_table(void **state)
{
	(void)state;
	assert_string_equal(cost_cause_name(CAUSE_LOCK_WAIT), "lock wait");
	assert_string_equal(cost_step_name(STEP_UV_RETURN), "uv-return");
	assert_int_equal(cost_step_cause(STEP_TLBIE), CAUSE_TLB);
	assert_int_equal(cost_step_cause(STEP_ENCRYPT_PAGE), CAUSE_CRYPTO);
	assert_string_equal(cost_step_name(STEP_COUNT), "?");
	assert_string_equal(cost_cause_name(CAUSE_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pricelist_shipped_prices_every_step),
		cmocka_unit_test(test_pricelist_shipped_clocks_have_exact_ratio),
		cmocka_unit_test(test_pricelist_shipped_hcall_round_trip_is_published_one),
		cmocka_unit_test(test_pricelist_shipped_keeps_published_figures),
		cmocka_unit_test(test_pricelist_shipped_transitions_are_sums),
		cmocka_unit_test(test_pricelist_sum_has_weakest_class),
		cmocka_unit_test(test_pricelist_choice_selects_column),
		cmocka_unit_test(test_pricelist_source_and_blob_read_equal),
		cmocka_unit_test(test_pricelist_flat_prices_all_alike),
		cmocka_unit_test(test_pricelist_names_what_is_wrong),
		cmocka_unit_test(test_pricelist_misses_each_step),
		cmocka_unit_test(test_pricelist_refuses_other_files),
		cmocka_unit_test(test_pricelist_survives_mutants),
		cmocka_unit_test(test_pricelist_prints_steps_and_shares),
		cmocka_unit_test(test_cost_names_and_causes_follow_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

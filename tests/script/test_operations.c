/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_operations.c - the operations of the whole protocol: what each reads as,
 * how it is printed, and how mistakes in it are told.
 *
 * Locking: none. Errors: failed assertions. Blocking: never.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util_script.h"

#define HEAD \
	"pefscn 1\n" \
	"scenario t\n" \
	"platform\n" \
	"  hv uvmem-lock\n" \
	"guest g0\n" \
	"  slot 0 gpa 0 pages 16\n" \
	"  vcpus 2\n"
/* Statements begin in line 9, column 3. */
#define VCPU HEAD "thread vcpu0 guest g0\n"
#define QEMU HEAD "thread qemu0 host g0\n"
#define UV HEAD "thread u uv on vcpu1 g0\n"

/* Reads one statement, and checks how it is printed. */
static struct scenario *read_one(const char *head, const char *text, const char *printed)
{
	char *all = NULL, *line = NULL;
	size_t len;
	struct scenario *s, *again;

	assert_true(asprintf(&all, "%s  %s\n", head, text) > 0);
	s = read_good(all, NULL);
	FILE *out = open_memstream(&line, &len);
	statement_print(s, &s->threads[0], &s->threads[0].statements[0], out);
	fclose(out);
	assert_string_equal(line, printed);
	free(all);
	all = print_text(s);
	again = read_good(all, NULL);
	assert_same(s, again);
	scenario_free(again);
	free(all);
	free(line);
	return s;
}

static void check_one(const char *head, const char *text, const char *printed)
{
	scenario_free(read_one(head, text, printed));
}

/* The message about a statement: at a column, with a help line. */
static void check_wrong(const char *head, const char *text, unsigned column, const char *message, const char *help)
{
	char *all = NULL, *expected = NULL;

	assert_true(asprintf(&all, "%s  %s\n", head, text) > 0);
	assert_true(asprintf(&expected, "x.pef:9:%u: error: %s\n  %s\n%*s^\nhelp: %s\n", column, message, text,
			    (int)column - 1, "", help) > 0);
	assert_messages(all, PEF_PARSE, expected);
	free(all);
	free(expected);
}

static void test_host_operations(void **state)
{
	static const char *const same[] = {"slot_move 0 gpa 0x1000000", "slot_flags 0 dirty-log", "slot_flags 0 none",
		"pin 0:1", "unpin 0:1", "mremap 0:1 to 0:4 count 3", "mremap 0:1 to 0:4", "madvise 0:1 dontneed",
		"madvise 0:1 count 4 mergeable", "madvise 0:1 unmergeable", "ksm_merge 0:1 with 0:2", "replace 0:3",
		"swap_out 0:3", "fork", "child_read 0:1 = 5", "child_read 0:1 != 5", "child_write 0:1",
		"child_write 0:1 = 7", "child_exit", "svm_off", "exit", "close_vm", "munmap 0:1 count 2",
		"mmu_invalidate 0:1", "ucall UV_PAGE_IN lpid ra 0:1 0:1 0x0 order", "ucall UV_SVM_TERMINATE -1"};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		check_one(QEMU, same[i], same[i]);
	check_one(QEMU, "madvise 0:2*2 count 1 dontneed -> EINVAL", "madvise 0:4 dontneed -> EINVAL");
	check_one(QEMU, "ucall UV_PAGE_OUT 16 -> U_PARAMETER|H_P2", "ucall UV_PAGE_OUT 0x10 -> U_PARAMETER|U_P2");
}

static void test_guest_operations(void **state)
{
	static const char *const same[] = {"hcall H_SVM_PAGE_IN 0:1 0x0 order -> H_UNSUPPORTED",
		"hcall H_SVM_INIT_START", "ucall UV_SHARE_PAGE gfn 0:3 0x1", "ucall UV_UNSHARE_ALL_PAGES",
		"idle 700 cycles", "uv_esm -> any", "off"};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		check_one(VCPU, same[i], same[i]);
	check_one(VCPU, "idle 1K", "idle 1024 cycles");
	check_one(VCPU, "hcall H_CEDE 0x7fffffffffffffff 0-5", "hcall H_CEDE 0x7fffffffffffffff -5");
	/* Codes go by the side that answers. */
	check_one(VCPU, "hcall H_SVM_PAGE_OUT 0:0 -> U_P2", "hcall H_SVM_PAGE_OUT 0:0 -> H_P2");
}

static void test_uv_operations(void **state)
{
	static const char *const same[] = {"uv_evict 0:1", "terminate -> U_INVALID", "h_svm_init_start",
		"h_svm_init_done -> H_UNSUPPORTED", "h_svm_init_abort", "h_svm_page_in 0:1 shared",
		"h_svm_page_out 0:1"};

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		check_one(UV, same[i], same[i]);
}

static void test_arguments_of_calls(void **state)
{
	struct scenario *s = read_one(QEMU, "ucall UV_PAGE_IN lpid ra 0:2 0:3 gfn 0:4 order",
		"ucall UV_PAGE_IN lpid ra 0:2 0:3 gfn 0:4 order");
	const struct statement *st = &s->threads[0].statements[0];
	static const enum call_arg_kind kinds[] = {
		CALL_ARG_LPID, CALL_ARG_RA, CALL_ARG_GPA, CALL_ARG_GFN, CALL_ARG_ORDER};

	(void)state;
	assert_int_equal(st->call, ABI_UV_PAGE_IN);
	assert_int_equal(st->arg_count, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(st->args[i].kind, kinds[i]);
	assert_int_equal(st->args[1].value, 2);
	assert_int_equal(st->args[3].value, 4);
	scenario_free(s);
	check_wrong(
		VCPU, "ucall UV_PAGE_INN 1", 9, "there is no ultracall 'UV_PAGE_INN'", "did you mean 'UV_PAGE_IN'?");
	check_wrong(
		VCPU, "hcall UV_PAGE_IN 1", 9, "there is no hypercall 'UV_PAGE_IN'", "ultracalls are made by 'ucall'");
	check_wrong(VCPU, "hcall H_EXIT", 9, "there is no hypercall 'H_EXIT'", "'pefsim list calls' names all");
	check_wrong(VCPU, "hcall", 8, "a call is missing", "hcall NAME [ARG...]");
	check_wrong(VCPU, "hcall H_CEDE 1 2 3 4 5 6", 26, "more than 5 arguments", "hcall NAME [ARG...]");
	check_wrong(VCPU, "hcall H_CEDE 0x", 16, "argument '0x' is not a number",
		"an argument is NUM, SLOT:PAGE, gfn SLOT:PAGE, ra SLOT:PAGE, lpid or order");
	check_wrong(
		VCPU, "hcall H_CEDE gfn 0:16", 20, "page 16 is outside slot 0", "slot 0 of guest g0 has pages 0 to 15");
	check_wrong(VCPU, "ucall UV_ESM ra 0:1", 16, "a guest does not know real addresses",
		"'ra' stands in host threads only");
	check_wrong(QEMU, "ucall UV_PAGE_IN lpid ra 7:1", 28, "guest g0 has no slot 7",
		"slots are defined in the guest's section, or by slot_create");
	check_wrong(UV, "ucall UV_PAGE_IN", 3, "a uv thread cannot say 'ucall'",
		"it is an operation of guest or host threads");
}

static void test_two_pages_and_slots(void **state)
{
	(void)state;
	check_wrong(QEMU, "mremap 0:1 count 2", 14, "expected 'to', not 'count'",
		"mremap SLOT:PAGE to SLOT:PAGE [count INT]");
	check_wrong(QEMU, "mremap 0:1 to 0:14 count 3", 17, "page 16 is outside slot 0",
		"slot 0 of guest g0 has pages 0 to 15");
	check_wrong(
		QEMU, "ksm_merge 0:1 to 0:2", 17, "expected 'with', not 'to'", "ksm_merge SLOT:PAGE with SLOT:PAGE");
	check_wrong(QEMU, "madvise 0:1 dontned", 15, "unknown advice 'dontned'", "did you mean 'dontneed'?");
	check_wrong(QEMU, "slot_flags 0 dirtylog", 16, "unknown flag 'dirtylog'", "did you mean 'dirty-log'?");
	check_wrong(QEMU, "slot_flags 3 none", 14, "guest g0 has no slot 3",
		"slots are defined in the guest's section, or by slot_create");
	check_wrong(QEMU, "slot_move 0 gpa 0x18000", 19, "address 0x18000 is not a multiple of 64K",
		"the page begins at 0x10000");
	check_wrong(QEMU, "slot_move 0 gpa 0xffffffff0000", 19, "slot 0 does not fit at 0xffffffff0000",
		"guest memory ends at 0x1000000000000");
	check_wrong(QEMU, "child_write 0:1 != 5", 19, "unexpected '!='", "child_write SLOT:PAGE [= NUM]");
	check_wrong(VCPU, "idle 2048G", 8, "the number of cycles 2199023255552 is out of range",
		"it is from 1 to 1099511627776");
}

static void test_images(void **state)
{
	char path[] = "/tmp/pef-image-XXXXXX", text[100];
	int fd = mkstemp(path);
	struct scenario *s;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), "uv_esm fdt \"%s\" blob \"%s\"", path, path);
	s = read_one(VCPU, text, text);
	assert_string_equal(s->threads[0].statements[0].fdt, path);
	assert_string_equal(s->threads[0].statements[0].blob, path);
	scenario_free(s);
	snprintf(text, sizeof(text), "uv_esm fdt %s fdt %s", path, path);
	check_wrong(
		VCPU, text, 14 + 1 + (unsigned)strlen(path), "'fdt' is given twice", "uv_esm [fdt PATH] [blob PATH]");
	unlink(path);
	check_wrong(VCPU, "uv_esm fdt no/such.dtb", 14, "there is no file 'no/such.dtb'",
		"the path begins at the folder of this file, or is taken as it stands");
	char deep[220] = "uv_esm fdt ";
	memset(deep + 11, '/', 197);
	memcpy(deep + 11 + 197, "dev/null", 9);
	check_wrong(VCPU, deep, 14, "the paths have 205 bytes", "together they have at most 200");
	check_wrong(VCPU, "uv_esm blob", 14, "a path is missing", "uv_esm [fdt PATH] [blob PATH]");
	check_wrong(VCPU, "uv_esm tree x", 10, "unexpected 'tree'", "uv_esm [fdt PATH] [blob PATH]");
}

static void test_choose(void **state)
{
	(void)state;
	assert_messages(VCPU "  choose 2\n  touch 0:1\n  touch 0:2\n  choose 1\n  yield\n", PEF_OK, "");
	assert_messages(VCPU "  choose 2\n  touch 0:1\n", PEF_PARSE,
		"x.pef:9:3: error: 'choose 2' has only 1 statements to choose from\n"
		"  choose 2\n"
		"  ^\n"
		"help: one of the next 2 statements is done\n");
	/* Who waits for it would wait in vain. */
	assert_messages(VCPU "  choose 2\n  touch 0:1\n  signal a\nthread q host g0\n  wait a\n", PEF_PARSE,
		"x.pef:11:3: error: 'signal' cannot be left to choice\n"
		"  signal a\n"
		"  ^\n"
		"help: 'choose 2' at line 9 does one of the next 2 statements\n");
	assert_messages(VCPU "  choose 1\n  a: touch 0:1\nthread q host g0\n  after vcpu0.a\n", PEF_PARSE,
		"x.pef:10:6: error: 'touch' with a label cannot be left to choice\n"
		"  a: touch 0:1\n"
		"     ^\n"
		"help: 'choose 1' at line 9 does one of the next 1 statements\n");
	assert_messages(VCPU "  choose 2\n  wait a\n  touch 0:1\nthread q host g0\n  signal a\n", PEF_OK, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host_operations),
		cmocka_unit_test(test_guest_operations),
		cmocka_unit_test(test_uv_operations),
		cmocka_unit_test(test_arguments_of_calls),
		cmocka_unit_test(test_two_pages_and_slots),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_choose),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

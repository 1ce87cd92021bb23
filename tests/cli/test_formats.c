/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_formats.c - what check writes for programs, read by parsers that are not ours:
 * xmllint, a JSON schema, a strict reader of KTAP. Skipped where a parser is missing.
 *
 * Locking: none. Errors: cmocka's. Blocking: runs of the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "tests/common/program.h"
#include "util_files.h"

static const char head[] =
	"pefscn 1\nscenario case\n  title \"<a> & 'b' \\u00e4\"\nplatform\n  hv uvmem-lock\nguest g0\n"
	"  slot 0 gpa 0x0 pages 8\n  boot secure\nthread vcpu0 guest g0\n  write 0:2 = 42\n";
#define WRONG "  read 0:2 = 43\n"

/* A folder with a check of every verdict; the last is a file that does not parse. */
static int write_cases(void **state)
{
	static const struct {
		const char *name, *script, *expect;
	} cases[] = {
		{"a-pass.pef", "", "never any-violation"},
		{"b-fail.pef", WRONG, "never any-violation"},
		{"c-open.pef", "", "sometimes deadlock"},
		{"d-unspoken.pef", WRONG, ""},
		{"e-bad.pef", "  read 0:99\n", ""},
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s%s%s%s%s", head, cases[i].script,
			cases[i].expect[0] ? "expect\n  " : "", cases[i].expect, "\n");
		files_write(cases[i].name, text);
	}
	return 0;
}

/* Runs a shell command in the source folder; what it printed last stays until the next. */
static int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char printed[8192];
static int shell(const char *format, ...)
{
	char command[2048], whole[2300];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(whole, sizeof(whole), "(cd '%s' && %s) 2>&1", PEF_SOURCE_DIR, command);
	FILE *pipe = popen(whole, "r");
	assert_non_null(pipe);
	size_t len = fread(printed, 1, sizeof(printed) - 1, pipe);
	printed[len] = '\0';
	while (getc(pipe) != EOF)
		;
	int status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void need(const char *program)
{
	if (shell("command -v %s", program) != 0) {
		print_message("skipped: '%s' is not installed\n", program);
		skip();
	}
}

static void assert_printed(const char *text)
{
	if (!strstr(printed, text))
		print_error("not found: %s\nin:\n%s\n", text, printed);
	assert_non_null(strstr(printed, text));
}

static int check(const char *options)
{
	const char *folder = files_folder();

	return shell("'%s/pefsim' check %s --runs 3 --out %s/out %s", PEF_BUILD_DIR, folder, folder, options);
}

static void test_ktap_is_read(void **state)
{
	(void)state;
	need("python3");
	char options[256];
	snprintf(options, sizeof(options), "--ktap > %s/ktap", files_folder());
	assert_int_equal(check(options), 3);
	assert_int_equal(shell("cat %s/ktap", files_folder()), 0);
	assert_printed("not ok 1 uvmem-lock/never any-violation\n");
	assert_printed("not ok 1 uvmem-lock/sometimes deadlock # ERROR inconclusive\n");
	assert_printed("    # BUG: pefsim: result of read by vcpu0\n");
	assert_printed("not ok 1 is read # ERROR cannot be read");
	int code = shell("python3 tests/cli/ktap.py < %s/ktap", files_folder());
	assert_printed("tests 8 passed 4 failed 4 skipped 0 timeout 0");
	assert_int_equal(code, 0);
	/* The reader can fail. */
	assert_int_equal(shell("sed '/1\\.\\.2/d' %s/ktap | python3 tests/cli/ktap.py", files_folder()), 1);
	assert_int_equal(shell("sed 's/^not ok 2/ok 2/' %s/ktap | python3 tests/cli/ktap.py", files_folder()), 1);
	assert_int_equal(shell("head -n 9 %s/ktap | python3 tests/cli/ktap.py", files_folder()), 1);
}

static void test_junit_is_read(void **state)
{
	(void)state;
	need("xmllint");
	char options[256];
	snprintf(options, sizeof(options), "--junit %s/junit.xml", files_folder());
	assert_int_equal(check(options), 3);
	int code = shell("xmllint --noout --schema docs/schema/junit.xsd %s/junit.xml", files_folder());
	assert_printed("validates");
	assert_int_equal(code, 0);
	static const struct {
		const char *path, *value;
	} wanted[] = {
		{"count(//testsuite)", "5"},
		{"count(//testcase)", "8"},
		{"count(//failure)", "2"},
		{"count(//error[@type=\"inconclusive\"])", "1"},
		{"count(//error[@type=\"error\"])", "1"},
		{"string(/testsuites/@failures)", "2"},
		{"count(//failure[@type=\"result\" and contains(., \"BUG: pefsim: result of read\")])", "2"},
		{"count(//property[contains(@name, \"/replay\")])", "2"},
	};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(shell("xmllint --xpath '%s' %s/junit.xml", wanted[i].path, files_folder()), 0);
		printed[strcspn(printed, "\n")] = '\0';
		assert_string_equal(printed, wanted[i].value);
	}
}

static void assert_valid(const char *schema, const char *file, const char *options)
{
	int code =
		shell("python3 tests/cli/schema.py docs/schema/%s %s < %s/%s", schema, options, files_folder(), file);

	if (code == 77) {
		print_message("skipped: %s", printed);
		skip();
	}
	if (code)
		print_error("%s: %s", file, printed);
	assert_int_equal(code, 0);
}

static void test_sarif_is_read(void **state)
{
	(void)state;
	need("python3");
	char options[256];
	snprintf(options, sizeof(options), "--sarif %s/s.sarif", files_folder());
	assert_int_equal(check(options), 3);
	assert_valid("sarif.schema.json", "s.sarif", "");
	assert_int_equal(shell("cat %s/s.sarif", files_folder()), 0);
	assert_printed("{\"ruleId\":\"result\",\"level\":\"error\"");
	assert_printed("{\"ruleId\":\"inconclusive\",\"level\":\"warning\"");
	assert_printed("\"startLine\":11}");
	assert_printed("\"codeFlows\":[{\"threadFlows\":[");
	/* The schema can fail. */
	assert_int_equal(shell("sed 's/\"level\":\"error\"/\"level\":\"bad\"/' %s/s.sarif | "
			       "python3 tests/cli/schema.py docs/schema/sarif.schema.json",
				 files_folder()),
		1);
}

static void test_json_lines_are_read(void **state)
{
	(void)state;
	need("python3");
	char options[256];
	snprintf(options, sizeof(options), "--json > %s/lines", files_folder());
	assert_int_equal(check(options), 3);
	assert_valid("check.schema.json", "lines", "--lines");
	assert_int_equal(shell("cat %s/lines", files_folder()), 0);
	assert_printed("\"passed\":1,\"failed\":2,\"inconclusive\":1,\"broken\":1}\n");
}

/* Ten files fail: nine annotations, one that counts, and all in the summary. */
static void test_github_gets_nine_and_a_count(void **state)
{
	(void)state;
	char text[1024], name[64];
	const char *folder = files_folder();
	snprintf(text, sizeof(text), "%s" WRONG, head);
	for (unsigned i = 0; i < 11; i++) {
		snprintf(name, sizeof(name), "many-%u.pef", i);
		files_write(name, text);
	}
	int code = shell(
		"GITHUB_STEP_SUMMARY=%s/summary '%s/pefsim' check --github -q --runs 0 --out %s/out %s/many-*.pef "
		"%s/c-open.pef > %s/github",
		folder, PEF_BUILD_DIR, folder, folder, folder, folder);
	assert_int_equal(code, 1);
	assert_int_equal(shell("grep -c '^::error file=.*line=[0-9]*,title=pefsim::case uvmem-lock: result of read "
			       "by vcpu0%%0Apefsim replay ' %s/github",
				 folder),
		0);
	assert_string_equal(printed, "9\n");
	assert_int_equal(shell("grep '^::' %s/github | tail -1", folder), 0);
	assert_string_equal(printed, "::error title=pefsim::3 more; the step's summary has all\n");
	assert_int_equal(shell("grep -c '^| fail' %s/summary", folder), 0);
	assert_string_equal(printed, "11\n");
	assert_int_equal(shell("grep -c '^| inconclusive' %s/summary", folder), 0);
	assert_int_equal(shell("rm %s/many-*.pef", folder), 0);
}

static void test_formats_share_stdout_with_nobody(void **state)
{
	(void)state;
	assert_int_equal(check("--ktap --json"), 2);
	assert_printed("all want stdout");
	assert_int_equal(check("--junit /dev/null/none"), 3);
	assert_printed("cannot write /dev/null/none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ktap_is_read),
		cmocka_unit_test(test_junit_is_read),
		cmocka_unit_test(test_sarif_is_read),
		cmocka_unit_test(test_json_lines_are_read),
		cmocka_unit_test(test_github_gets_nine_and_a_count),
		cmocka_unit_test(test_formats_share_stdout_with_nobody),
	};
	return cmocka_run_group_tests(tests, write_cases, NULL);
}

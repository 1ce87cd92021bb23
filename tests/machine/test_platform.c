/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_platform.c - machines that are read right, and malformed ones that are
 * refused with the one message that says where and why.
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

#include "pefsim/platform.h"
#include "tests/machine/util_tree.h"

#define DEFAULT_TREE "scenarios/platforms/power9-1socket-pef.dts"
#define TWO_CHIPS_TREE "scenarios/platforms/power9-2socket-pef.dts"
#define DEPRECATED_TREE "scenarios/platforms/power9-deprecated-ranges.dts"
#define NO_PEF_TREE "scenarios/platforms/power9-no-pef.dts"
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct platform platform;
static char message[512];

static enum pef_err read_source(const char *path)
{
	char full[512];
	snprintf(full, sizeof(full), "%s/%s", PEF_SOURCE_DIR, path);
	return platform_read(full, &platform, message, sizeof(message));
}

static enum pef_err parse_text(char *text)
{
	size_t len;
	void *blob = tree_compile(text, &len);
	memset(message, 0, sizeof(message));
	enum pef_err err = platform_parse(blob, len, &platform, message, sizeof(message));
	free(blob);
	return err;
}

/* ---- good machines ---------------------------------------------------------------- */

static void test_platform_reads_default_machine(void **state)
{
	(void)state;
	assert_int_equal(read_source(DEFAULT_TREE), PEF_OK);
	assert_string_equal(platform.model, "POWER9, one chip, with PEF");
	assert_int_equal(platform.core_count, 2);
	assert_int_equal(platform.thread_count, 8);
	assert_int_equal(platform.chip_count, 1);
	assert_int_equal(platform.timebase_hz, 512000000);
	assert_true(platform.has_ultravisor);
	assert_false(platform.secure_is_deprecated);
	assert_int_equal(platform.memory_count, 1);
	assert_int_equal(platform_memory_bytes(&platform), 4 * GIB);
	assert_int_equal(platform.secure_count, 1);
	assert_int_equal(platform.secure[0].base, UINT64_C(1) << 48);
	assert_int_equal(platform_secure_bytes(&platform), 64 * MIB);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(platform.thread_server[i], i);
}

static void test_platform_reads_chips_of_two_sockets(void **state)
{
	(void)state;
	assert_int_equal(read_source(TWO_CHIPS_TREE), PEF_OK);
	assert_int_equal(platform.core_count, 4);
	assert_int_equal(platform.thread_count, 16);
	assert_int_equal(platform.chip_count, 2);
	assert_int_equal(platform.thread_chip[7], 0);
	assert_int_equal(platform.thread_chip[8], 1);
	assert_int_equal(platform.thread_server[8], 0x100);
	assert_int_equal(platform.thread_server[15], 0x107);
	assert_int_equal(platform.memory[1].chip, 1);
	assert_int_equal(platform.secure_count, 2);
	assert_int_equal(platform.secure[0].chip, 0);
	assert_int_equal(platform.secure[1].chip, 1);
	assert_int_equal(platform_secure_bytes(&platform), 128 * MIB);
}

static void test_platform_reads_emulated_machines(void **state)
{
	(void)state;
	assert_int_equal(read_source("tests/machine/trees/emulated-1socket.dts"), PEF_OK);
	assert_int_equal(platform.thread_count, 8);
	assert_int_equal(platform.thread_server[0], 0);
	assert_int_equal(platform_memory_bytes(&platform), 4 * GIB);
	assert_int_equal(read_source("tests/machine/trees/emulated-2socket.dts"), PEF_OK);
	assert_int_equal(platform.core_count, 4);
	assert_int_equal(platform.thread_count, 16);
	assert_int_equal(platform.chip_count, 2);
	assert_int_equal(platform.thread_server[8], 0x100);
	assert_int_equal(platform.timebase_hz, 512000000);
	assert_int_equal(platform_secure_bytes(&platform), 0);
	assert_false(platform.has_ultravisor);
}

static void test_platform_prefers_nodes_to_deprecated_ranges(void **state)
{
	(void)state;
	assert_int_equal(read_source(DEPRECATED_TREE), PEF_OK);
	assert_true(platform.secure_is_deprecated);
	assert_int_equal(platform.secure_count, 2);
	assert_int_equal(platform_secure_bytes(&platform), 64 * MIB);
	/* Both are there: the property is not looked at. */
	char *both = tree_replace(tree_text(DEFAULT_TREE), "compatible = \"ibm,uv-firmware\";",
		"compatible = \"ibm,uv-firmware\"; secure-memory-ranges = <0 0 0 1>;");
	assert_int_equal(parse_text(both), PEF_OK);
	assert_false(platform.secure_is_deprecated);
	assert_int_equal(platform_secure_bytes(&platform), 64 * MIB);
}

static void test_platform_without_secure_memory_has_none(void **state)
{
	(void)state;
	assert_int_equal(read_source(NO_PEF_TREE), PEF_OK);
	assert_int_equal(platform_secure_bytes(&platform), 0);
	assert_int_equal(platform.secure_count, 0);
	assert_false(platform.has_ultravisor);
	assert_false(platform.secure_is_deprecated);
}

static void test_platform_leaves_out_unusable_cores(void **state)
{
	(void)state;
	assert_int_equal(parse_text(tree_replace(tree_text(DEFAULT_TREE), "\"okay\"", "\"bad\"")), PEF_OK);
	assert_int_equal(platform.core_count, 1);
	assert_int_equal(platform.thread_server[0], 4);
}

static void test_platform_takes_reg_for_a_single_thread(void **state)
{
	(void)state;
	char *text = tree_replace(tree_text(DEFAULT_TREE), "ibm,ppc-interrupt-server#s = <0x0 0x1 0x2 0x3>;", "");
	assert_int_equal(parse_text(text), PEF_OK);
	assert_int_equal(platform.thread_count, 5);
	assert_int_equal(platform.thread_server[0], 0);
	assert_int_equal(platform.thread_server[1], 4);
}

static void test_platform_ignores_clock_frequency(void **state)
{
	(void)state;
	char *text = tree_replace(
		tree_text(DEFAULT_TREE), "timebase-frequency", "clock-frequency = [01]; timebase-frequency");
	assert_int_equal(parse_text(text), PEF_OK);
}

/* ---- files ------------------------------------------------------------------------ */

static void test_platform_source_and_blob_read_equal(void **state)
{
	static const char *const names[] = {
		"power9-1socket-pef", "power9-2socket-pef", "power9-deprecated-ranges", "power9-no-pef"};
	static struct platform other;
	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[512];
		snprintf(path, sizeof(path), "%s/scenarios/platforms/%s.dts", PEF_SOURCE_DIR, names[i]);
		assert_int_equal(platform_read(path, &platform, message, sizeof(message)), PEF_OK);
		snprintf(path, sizeof(path), "%s/platforms/%s.dtb", PEF_BUILD_SHARE, names[i]);
		assert_int_equal(platform_read(path, &other, message, sizeof(message)), PEF_OK);
		assert_memory_equal(&platform, &other, sizeof(other));
	}
}

static void test_platform_tells_blob_by_content(void **state)
{
	size_t len;
	(void)state;
	void *blob = tree_load(DEFAULT_TREE, &len);
	char *path = tree_write(blob, len, ".dts");
	assert_int_equal(platform_read(path, &platform, message, sizeof(message)), PEF_OK);
	unlink(path);
	free(path);
	free(blob);
}

/* The message of a file begins with its name. */
static void expect_file_error(const char *bytes, enum pef_err err, const char *tail)
{
	char *path = tree_write(bytes, strlen(bytes), ".dts");
	assert_int_equal(platform_read(path, &platform, message, sizeof(message)), err);
	if (strncmp(message, path, strlen(path)) != 0 || !strstr(message, tail))
		fail_msg("'%s' does not begin with '%s' or hold '%s'", message, path, tail);
	unlink(path);
	free(path);
}

static void test_platform_tells_where_source_is_wrong(void **state)
{
	(void)state;
	expect_file_error("/dts-v1/;\n\n/ { cpus { };\n", PEF_PARSE, ".dts:3.14-4.1 syntax error (dtc)");
	expect_file_error("/dts-v1/;\n/ { a { }; a { }; };\n", PEF_PARSE, ".dts: dtc: ");
	expect_file_error("", PEF_PARSE, "syntax error");
	expect_file_error("/dts-v1/;\n/ { };\n", PEF_PLATFORM, ".dts: /: no node /cpus");
	expect_file_error("\xd0\x0d\xfe\xed and no more", PEF_PARSE, ".dts: not a device tree");
}

static void test_platform_tells_missing_file(void **state)
{
	(void)state;
	assert_int_equal(platform_read("no/such.dtb", &platform, message, sizeof(message)), PEF_NOFILE);
	assert_string_equal(message, "no/such.dtb: No such file or directory");
	assert_int_equal(platform_read(PEF_SOURCE_DIR, &platform, message, sizeof(message)), PEF_NOFILE);
	assert_non_null(strstr(message, "Is a directory"));
}

static void test_platform_limits_files(void **state)
{
	(void)state;
	assert_int_equal(platform_read("/dev/zero", &platform, message, sizeof(message)), PEF_LIMIT);
	assert_string_equal(message, "/dev/zero: more than 67108864 bytes");
}

static void test_platform_tells_missing_dtc(void **state)
{
	char *path = strdup(getenv("PATH"));
	(void)state;
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(read_source(DEFAULT_TREE), PEF_NOFILE);
	setenv("PATH", path, 1);
	free(path);
	assert_non_null(strstr(message, "no dtc program"));
	assert_int_equal(read_source(DEFAULT_TREE), PEF_OK);
}

static void test_platform_file_name_is_only_a_name(void **state)
{
	/* Neither an option of dtc nor something a shell would look at. */
	static const char *const names[] = {"-h.dts", "a b;$(false).dts"};
	char cwd[512];
	size_t len;
	(void)state;
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(PEF_BUILD_DIR), 0);
	char *text = tree_text(DEFAULT_TREE);
	len = strlen(text);
	for (unsigned i = 0; i < 2; i++) {
		char *path = tree_write(text, len, ".dts");
		assert_int_equal(rename(path, names[i]), 0);
		assert_int_equal(platform_read(names[i], &platform, message, sizeof(message)), PEF_OK);
		assert_int_equal(unlink(names[i]), 0);
		free(path);
	}
	free(text);
	assert_int_equal(chdir(cwd), 0);
}

/* ---- malformed machines ---------------------------------------------------------- */

struct malformed {
	const char *tree, *from, *to, *message;
};
#define CORE "/cpus/PowerPC,POWER9@0: property "
#define SERVERS "ibm,ppc-interrupt-server#s = <0x0 0x1 0x2 0x3>;"
#define MEMORY "/memory@0: property 'reg': "
#define SECURE "/secure-memory@1000000000000: property "
#define MEMORY_REG "<0x0 0x0 0x1 0x0>"
#define SECURE_REG "<0x10000 0x0 0x0 0x4000000>"

/* clang-format off */
static const struct malformed malformed[] = {
	{DEFAULT_TREE, "\tcpus {", "\tcores {", "/: no node /cpus"},
	{DEFAULT_TREE, "timebase-frequency = <512000000>;", "", CORE "'timebase-frequency': missing"},
	{DEFAULT_TREE, "timebase-frequency = <512000000>;", "timebase-frequency = <0>;", CORE "'timebase-frequency': 0 Hz"},
	{DEFAULT_TREE, "timebase-frequency = <512000000>;", "timebase-frequency = <0 512000000>;",
		CORE "'timebase-frequency': 8 bytes, want 4"},
	{DEFAULT_TREE, "timebase-frequency = <512000000>;", "timebase-frequency = <500000000>;",
		"/cpus/PowerPC,POWER9@4: property 'timebase-frequency': 512000000 Hz, want 500000000 as the cores before it"},
	{DEFAULT_TREE, SERVERS, "ibm,ppc-interrupt-server#s = [00 00 00];",
		CORE "'ibm,ppc-interrupt-server#s': 3 bytes, want a multiple of 4"},
	{DEFAULT_TREE, SERVERS, "ibm,ppc-interrupt-server#s;",
		CORE "'ibm,ppc-interrupt-server#s': empty, want a multiple of 4 bytes"},
	{DEFAULT_TREE, SERVERS, "ibm,ppc-interrupt-server#s = <0 1 2 5>;", "/cpus: two threads have server number 5"},
	{DEFAULT_TREE, "ibm,chip-id = <0>;", "ibm,chip-id = [00 00];", CORE "'ibm,chip-id': 2 bytes, want 4"},
	{DEFAULT_TREE, "device_type = \"memory\";", "", "/: no node with device_type \"memory\""},
	{DEFAULT_TREE, "reg = " MEMORY_REG ";", "", MEMORY "missing"},
	{DEFAULT_TREE, MEMORY_REG, "<0 0 1>", MEMORY "12 bytes, want a multiple of 16"},
	{DEFAULT_TREE, MEMORY_REG, "<0 0 0 0>", MEMORY "size 0 at 0x0"},
	{DEFAULT_TREE, MEMORY_REG, "<0 0 1 0x8000>", MEMORY "0x0 size 0x100008000 is not a multiple of 64 KiB"},
	{DEFAULT_TREE, MEMORY_REG, "<0 0x8000 1 0>", MEMORY "0x8000 size 0x100000000 is not a multiple of 64 KiB"},
	{DEFAULT_TREE, MEMORY_REG, "<0xffffffff 0xffff0000 0 0x20000>",
		MEMORY "0xffffffffffff0000 size 0x20000 wraps around"},
	{DEFAULT_TREE, MEMORY_REG, "<0 0 1 0 0 0x10000 0 0x10000>",
		MEMORY "0x10000 size 0x10000 overlaps memory 0x0 size 0x100000000"},
	{DEFAULT_TREE, MEMORY_REG, "<0 0 0x100 0x10000>", MEMORY "more than 16777216 frames of 64 KiB in all"},
	{DEFAULT_TREE, "#address-cells = <2>;", "#address-cells = <3>;", "/: property '#address-cells': 3 cells, want 1 or 2"},
	{DEFAULT_TREE, "#size-cells = <2>;", "#size-cells = <0>;", "/: property '#size-cells': 0 cells, want 1 or 2"},
	{DEFAULT_TREE, "#size-cells = <2>;", "#size-cells = [02];", "/: property '#size-cells': 1 bytes, want 4"},
	{DEFAULT_TREE, "reg = " SECURE_REG ";", "", SECURE "'reg': missing"},
	{DEFAULT_TREE, SECURE_REG, "<0x10000 0x0 0x4000000>", SECURE "'reg': 12 bytes, want a multiple of 16"},
	{DEFAULT_TREE, SECURE_REG, "<0x10000 0 0 0>", SECURE "'reg': size 0 at 0x1000000000000"},
	{DEFAULT_TREE, SECURE_REG, "<0 0xffff0000 0 0x20000>",
		SECURE "'reg': 0xffff0000 size 0x20000 overlaps memory 0x0 size 0x100000000"},
	{TWO_CHIPS_TREE, "<0x12000 0x0 0x0 0x4000000>", "<0x10000 0x3ff0000 0 0x4000000>",
		"/secure-memory@1200000000000: property 'reg': 0x1000003ff0000 size 0x4000000 overlaps secure memory "
		"0x1000000000000 size 0x4000000"},
	{DEFAULT_TREE, "<4 0 0 0 0>", "<4 0 0 0>", SECURE "'ibm,associativity': says 4 cells follow, has 3"},
	{DEFAULT_TREE, "<4 0 0 0 0>", "<0>", SECURE "'ibm,associativity': says 0 cells follow, has 0"},
	{DEFAULT_TREE, "<4 0 0 0 0>", "[00]", SECURE "'ibm,associativity': 1 bytes, want a multiple of 4"},
	{DEPRECATED_TREE, "<0x10000 0x0 0x0 0x2000000 0x10000 0x4000000 0x0 0x2000000>", "<0x10000 0x0>",
		"/ibm,ultravisor/firmware@fe000000: property 'secure-memory-ranges': 8 bytes, want a multiple of 16"},
	{DEPRECATED_TREE, "0x2000000 0x10000", "0x0 0x10000",
		"/ibm,ultravisor/firmware@fe000000: property 'secure-memory-ranges': size 0 at 0x1000000000000"},
	{DEFAULT_TREE, "model = \"POWER9, one chip, with PEF\";", "model = [41 42];",
		"/: property 'model': not a list of strings"},
	{DEFAULT_TREE, "model = \"POWER9, one chip, with PEF\";", "model = \"a\", \"b\";",
		"/: property 'model': 2 strings, want one"},
};
/* clang-format on */

static void test_platform_names_malformed_property(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		const struct malformed *m = &malformed[i];
		assert_int_equal(parse_text(tree_text(m->tree)), PEF_OK);
		assert_int_equal(parse_text(tree_replace(tree_text(m->tree), m->from, m->to)), PEF_PLATFORM);
		assert_string_equal(message, m->message);
	}
}

static void test_platform_refuses_machine_without_usable_core(void **state)
{
	(void)state;
	assert_int_equal(parse_text(tree_replace_all(tree_text(DEFAULT_TREE), "\"okay\"", "\"bad\"")), PEF_PLATFORM);
	assert_string_equal(message, "/cpus: no usable node with device_type \"cpu\"");
}

/* A list "<0 1 2 ... >" of @count numbers from @first on. */
static char *number_list(const char *head, unsigned first, unsigned count)
{
	char *text = malloc(64 + 12 * (size_t)count);
	char *end = stpcpy(text, head);
	for (unsigned i = 0; i < count; i++)
		end += sprintf(end, " %u", first + i);
	strcpy(end, ">;");
	return text;
}

static enum pef_err parse_with_threads(unsigned count)
{
	char *list = number_list("ibm,ppc-interrupt-server#s = <", 100, count);
	enum pef_err err = parse_text(tree_replace(tree_text(DEFAULT_TREE), SERVERS, list));
	free(list);
	return err;
}

static void test_platform_limits_threads(void **state)
{
	(void)state;
	assert_int_equal(parse_with_threads(PLATFORM_THREADS_MAX - 4), PEF_OK);
	assert_int_equal(platform.thread_count, PLATFORM_THREADS_MAX);
	assert_int_equal(parse_with_threads(PLATFORM_THREADS_MAX - 3), PEF_PLATFORM);
	assert_string_equal(message,
		"/cpus/PowerPC,POWER9@4: property 'ibm,ppc-interrupt-server#s': more than 4096 threads in all");
}

static enum pef_err parse_with_ranges(unsigned count)
{
	char list[64 * PLATFORM_RANGES_MAX] = "<";
	char *end = list + 1;
	for (unsigned i = 0; i < count; i++)
		end += sprintf(end, "%u 0 0 0x10000 ", i);
	strcpy(end, ">");
	return parse_text(tree_replace(tree_text(NO_PEF_TREE), MEMORY_REG, list));
}

static void test_platform_limits_ranges(void **state)
{
	(void)state;
	assert_int_equal(parse_with_ranges(PLATFORM_RANGES_MAX), PEF_OK);
	assert_int_equal(platform_memory_bytes(&platform), PLATFORM_RANGES_MAX * PEF_PAGE_SIZE);
	assert_int_equal(parse_with_ranges(PLATFORM_RANGES_MAX + 1), PEF_PLATFORM);
	assert_string_equal(message, MEMORY "more than 64 ranges");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_platform_reads_default_machine),
		cmocka_unit_test(test_platform_reads_chips_of_two_sockets),
		cmocka_unit_test(test_platform_reads_emulated_machines),
		cmocka_unit_test(test_platform_prefers_nodes_to_deprecated_ranges),
		cmocka_unit_test(test_platform_without_secure_memory_has_none),
		cmocka_unit_test(test_platform_leaves_out_unusable_cores),
		cmocka_unit_test(test_platform_takes_reg_for_a_single_thread),
		cmocka_unit_test(test_platform_ignores_clock_frequency),
		cmocka_unit_test(test_platform_source_and_blob_read_equal),
		cmocka_unit_test(test_platform_tells_blob_by_content),
		cmocka_unit_test(test_platform_tells_where_source_is_wrong),
		cmocka_unit_test(test_platform_tells_missing_file),
		cmocka_unit_test(test_platform_limits_files),
		cmocka_unit_test(test_platform_tells_missing_dtc),
		cmocka_unit_test(test_platform_file_name_is_only_a_name),
		cmocka_unit_test(test_platform_names_malformed_property),
		cmocka_unit_test(test_platform_refuses_machine_without_usable_core),
		cmocka_unit_test(test_platform_limits_threads),
		cmocka_unit_test(test_platform_limits_ranges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

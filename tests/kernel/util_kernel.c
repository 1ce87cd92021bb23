/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_kernel.c - kernel trees for tests. See util_kernel.h.
 *
 * Locking, Errors, Blocking: see util_kernel.h.
 */
#include "util_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void shell(const char *format, ...)
{
	char command[6000];
	va_list args;
	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

/* Unpacked under another name first, so that what is there is whole. */
static void tree_unpack(const char *package, const char *folder)
{
	shell("rm -rf '%s.part' && mkdir -p '%s.part' && "
	      "tar -C '%s.part' --strip-components=1 -xf '%s' --wildcards "
	      "'*/arch/powerpc/kvm/book3s_hv_uvmem.c' '*/mm/migrate_device.c' "
	      "'*/arch/powerpc/include/asm/ultravisor.h' '*/arch/powerpc/include/asm/kvm_book3s_uvmem.h' "
	      "--no-wildcards-match-slash 'linux-source-*/Makefile' && mv '%s.part' '%s'",
		folder, folder, folder, package, folder, folder);
}

/* Programs of tests run side by side: one unpacks, the others wait for it. */
static void tree_unpack_once(const char *package, const char *folder)
{
	int lock = open(PEF_BUILD_DIR, O_RDONLY | O_DIRECTORY);

	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	if (access(folder, R_OK) != 0)
		tree_unpack(package, folder);
	close(lock);
}

const char *kernel_tree(const char *version)
{
	static char folder[512];
	char package[256];
	const char *given = getenv("PEF_KERNEL_TREE");

	if (given && strcmp(version, "6.1") == 0)
		return given;
	snprintf(folder, sizeof(folder), PEF_BUILD_DIR "/kernel/linux-%s", version);
	if (access(folder, R_OK) == 0)
		return folder;
	snprintf(package, sizeof(package), "/usr/src/linux-source-%s.tar.xz", version);
	if (access(package, R_OK) != 0) {
		print_message("no kernel tree: neither PEF_KERNEL_TREE nor %s\n", package);
		return NULL;
	}
	tree_unpack_once(package, folder);
	return folder;
}

const char *kernel_scratch(const char *name)
{
	static char folder[512];
	snprintf(folder, sizeof(folder), PEF_BUILD_DIR "/kernel/%s", name);
	shell("rm -rf '%s' && mkdir -p '%s'", folder, folder);
	return folder;
}

static FILE *file_make(const char *folder, const char *file)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	shell("mkdir -p \"$(dirname '%s')\"", path);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	return out;
}

void kernel_put(const char *folder, const char *file, const char *text)
{
	FILE *out = file_make(folder, file);
	fputs(text, out);
	fclose(out);
}

void kernel_move(const char *folder, const char *from, const char *to)
{
	fclose(file_make(folder, to));
	shell("mv '%s/%s' '%s/%s'", folder, from, folder, to);
}

void kernel_copy(const char *tree, const char *folder, const char *file, const char *from, const char *to)
{
	char path[1024], *text = NULL;
	size_t size = 0;

	snprintf(path, sizeof(path), "%s/%s", tree, file);
	FILE *in = fopen(path, "r");
	assert_non_null(in);
	assert_true(getdelim(&text, &size, '\0', in) > 0);
	fclose(in);
	FILE *out = file_make(folder, file);
	char *at = from ? strstr(text, from) : NULL;
	if (from && !at)
		fail_msg("%s has no '%s'", file, from);
	if (at)
		fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	else
		fputs(text, out);
	fclose(out);
	free(text);
}

void kernel_edit(const char *script, const char *tree, const char *folder, unsigned place)
{
	shell(PEF_SOURCE_DIR "/tests/kernel/%s '%s' '%s' %u", script, tree, folder, place);
}

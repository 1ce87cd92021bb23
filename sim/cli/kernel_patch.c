/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_patch.c - a copy of a tree's files with patches on top. See kernel.h.
 *
 * Only the files that are compiled are copied and patched; what a patch does to
 * others is left out by `git apply`, which is also what applies it.
 *
 * Locking: none. Errors: messages on stderr. Blocking: runs git.
 */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const kernel_files[] = {KERNEL_UVMEM, KERNEL_MIGRATE, "arch/powerpc/include/asm/ultravisor.h",
	"arch/powerpc/include/asm/kvm_book3s_uvmem.h", NULL};
#define FILES (sizeof(kernel_files) / sizeof(kernel_files[0]) - 1)
#define MAKEFILE "Makefile"

/* Folders of a file's path below @folder. */
static void make_folders(const char *folder, const char *file)
{
	char path[PATH_MAX + 64];
	for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%s/%.*s", folder, (int)(slash - file), file);
		mkdir(path, 0777);
	}
}

static void copy_file(const char *tree, const char *folder, const char *file)
{
	char from[PATH_MAX + 64], to[PATH_MAX + 64], block[4096];
	size_t got;
	snprintf(from, sizeof(from), "%s/%s", tree, file);
	snprintf(to, sizeof(to), "%s/%s", folder, file);
	FILE *in = fopen(from, "rb");
	make_folders(folder, file);
	FILE *out = in ? fopen(to, "wb") : NULL;
	while (out && (got = fread(block, 1, sizeof(block), in)) > 0)
		fwrite(block, 1, got, out);
	if (out)
		fclose(out);
	if (in)
		fclose(in);
}

static void show_log(const char *log)
{
	char *line = NULL;
	size_t size = 0;
	FILE *in = fopen(log, "r");
	while (in && getline(&line, &size, in) > 0)
		fputs(line, stderr);
	free(line);
	if (in)
		fclose(in);
}

static int apply(const struct kernel_tree *tree, const char *patch)
{
	char real[PATH_MAX], log[PATH_MAX + 16], include[FILES][64];
	char *words[FILES + 8] = {"git", "-C", (char *)tree->path, "apply"};
	unsigned count = 4;

	if (!realpath(patch, real)) {
		fprintf(stderr, "pefsim: there is no patch '%s'\n", patch);
		return PEF_EXIT_INPUT;
	}
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(include[i], sizeof(include[i]), "--include=%s", kernel_files[i]);
		words[count++] = include[i];
	}
	words[count++] = real;
	words[count] = NULL;
	snprintf(log, sizeof(log), "%s/log", tree->path);
	if (!kernel_compile(words, log)) {
		unlink(log);
		return 0;
	}
	show_log(log);
	fprintf(stderr,
		"pefsim: %s does not apply to Linux %s\nhelp: is it for another version, or does it want one before "
		"it?\n",
		patch, tree->release);
	return PEF_EXIT_INPUT;
}

#define FOLDER "/tmp/pefsim-tree-XXXXXX"

static bool make_folder(char *folder)
{
	if (mkdtemp(folder))
		return true;
	fprintf(stderr, "pefsim: no folder can be made in /tmp\n");
	return false;
}

int kernel_patch(struct kernel_tree *tree, const char *const *patches, unsigned count)
{
	char folder[] = FOLDER;
	int code = 0;

	if (!make_folder(folder))
		return PEF_EXIT_INPUT;
	for (unsigned i = 0; i < FILES; i++)
		copy_file(tree->path, folder, kernel_files[i]);
	snprintf(tree->path, sizeof(tree->path), "%s", folder);
	tree->patched = true;
	for (unsigned i = 0; !code && i < count; i++)
		code = apply(tree, patches[i]);
	if (code)
		kernel_tree_drop(tree);
	return code;
}

/* ---- a revision ------------------------------------------------------------------------- */

/* What git prints goes to a file; its exit code. */
static int show_file(const char *repository, const char *revision, const char *folder, const char *file)
{
	char what[PATH_MAX], to[PATH_MAX + 64];
	char *words[] = {"git", "-C", (char *)(uintptr_t)repository, "show", what, NULL};

	snprintf(what, sizeof(what), "%s:./%s", revision, file);
	snprintf(to, sizeof(to), "%s/%s", folder, file);
	make_folders(folder, file);
	int code = kernel_compile(words, to);
	if (code)
		unlink(to);
	return code;
}

int kernel_revision(const char *repository, const char *revision, char *folder, size_t size)
{
	char made[] = FOLDER;

	if (!make_folder(made))
		return PEF_EXIT_INPUT;
	snprintf(folder, size, "%s", made);
	int code = revision[0] == '-' ? 1 : show_file(repository, revision, made, KERNEL_UVMEM);
	for (unsigned i = 1; !code && i < FILES; i++)
		show_file(repository, revision, made, kernel_files[i]);
	if (!code) {
		show_file(repository, revision, made, MAKEFILE);
		return 0;
	}
	struct kernel_tree gone = {.patched = true};
	snprintf(gone.path, sizeof(gone.path), "%s", made);
	kernel_tree_drop(&gone);
	fprintf(stderr,
		"pefsim: there is no folder '%s', and no revision of that name with " KERNEL_UVMEM " in %s\n"
		"help: --baseline wants another tree, or a revision of --tree's repository\n",
		revision, repository);
	return PEF_EXIT_INPUT;
}

void kernel_tree_drop(const struct kernel_tree *tree)
{
	static const char *const folders[] = {"arch/powerpc/include/asm", "arch/powerpc/include", "arch/powerpc/kvm",
		"arch/powerpc", "arch", "mm", "."};
	char path[PATH_MAX + 64];

	if (!tree->patched)
		return;
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", tree->path, kernel_files[i]);
		unlink(path);
	}
	static const char *const more[] = {"log", MAKEFILE};
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree->path, more[i]);
		unlink(path);
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", tree->path, folders[i]);
		rmdir(i + 1 < sizeof(folders) / sizeof(folders[0]) ? path : tree->path);
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_tree.c - what a kernel tree has, and which version it is. See kernel.h.
 *
 * The Makefile says the version. A folder that holds just the few files has none;
 * then the file itself is asked which form of each interface it uses.
 *
 * Locking: none. Errors: messages on stderr. Blocking: reads files.
 */
#include "kernel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool tree_has(const struct kernel_tree *tree, const char *file)
{
	char path[PATH_MAX + 64];
	snprintf(path, sizeof(path), "%s/%s", tree->path, file);
	return access(path, R_OK) == 0;
}

static char *tree_text(const struct kernel_tree *tree, const char *file)
{
	char path[PATH_MAX + 64], *text = NULL;
	size_t size = 0;
	snprintf(path, sizeof(path), "%s/%s", tree->path, file);
	FILE *in = fopen(path, "r");
	if (!in)
		return NULL;
	if (getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = NULL;
	}
	fclose(in);
	return text;
}

/* The number behind "WORD =" at the beginning of a line; -1 when there is none. */
static int makefile_number(const char *text, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, word, len) && at[len] == ' ')
			return atoi(strchr(at, '=') ? strchr(at, '=') + 1 : "-1");
	}
	return -1;
}

static bool version_by_makefile(struct kernel_tree *tree)
{
	char *text = tree_text(tree, "Makefile");
	int major = text ? makefile_number(text, "VERSION") : -1,
	    minor = text ? makefile_number(text, "PATCHLEVEL") : -1;
	int sub = text ? makefile_number(text, "SUBLEVEL") : -1;
	free(text);
	if (major < 0 || minor < 0)
		return false;
	tree->major = (unsigned)major;
	tree->minor = (unsigned)minor;
	snprintf(tree->release, sizeof(tree->release), "%d.%d.%d", major, minor, sub < 0 ? 0 : sub);
	return true;
}

/* The newest first: an interface that the file uses, and the version that brought it. */
static const struct {
	const char *word;
	unsigned major, minor;
} probes[] = {
	{".folio_free", 6, 19},
	{"zone_device_page_init(dpage, ", 6, 18},
	{"gfn_to_page(", 6, 13},
	{"vma_start_write(", 6, 5},
	{"zone_device_page_init(", 6, 1},
	{"vcalloc(", 5, 18},
	{", bkt", 5, 17},
	{"vma_lookup(", 5, 14},
	{"kvmppc_uvmem_memslot_create(", 5, 9},
	{"mmap_read_lock(", 5, 8},
	{"bool skip_page_out)", 5, 6},
	{"kvmppc_uvmem_drop_pages(", 5, 5},
};

static bool version_by_probes(struct kernel_tree *tree, const char *text)
{
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		if (!strstr(text, probes[i].word))
			continue;
		tree->major = probes[i].major;
		tree->minor = probes[i].minor;
		snprintf(tree->release, sizeof(tree->release), "%u.%u", tree->major, tree->minor);
		return true;
	}
	return false;
}

static bool version_given(struct kernel_tree *tree, const char *version)
{
	if (sscanf(version, "%u.%u", &tree->major, &tree->minor) != 2)
		return false;
	snprintf(tree->release, sizeof(tree->release), "%s", version);
	return true;
}

int kernel_tree_read(const char *path, const char *version, struct kernel_tree *out)
{
	*out = (struct kernel_tree){0};
	if (!realpath(path, out->path)) {
		fprintf(stderr, "pefsim: there is no folder '%s'\n", path);
		return PEF_EXIT_INPUT;
	}
	char *text = tree_text(out, KERNEL_UVMEM);
	if (!text) {
		fprintf(stderr,
			"pefsim: %s has no %s\n"
			"help: --tree wants a kernel tree, or a folder with the files at their paths in one\n",
			path, KERNEL_UVMEM);
		return PEF_EXIT_INPUT;
	}
	bool known = version ? version_given(out, version) : version_by_makefile(out) || version_by_probes(out, text);
	free(text);
	if (!known) {
		fprintf(stderr,
			"pefsim: which version %s is cannot be told: no Makefile, and the file uses no interface that "
			"is known\n"
			"help: --kernel-version 6.1 says it\n",
			path);
		return KERNEL_EXIT_SKIP;
	}
	out->has_migrate = tree_has(out, KERNEL_MIGRATE);
	out->has_ultravisor = tree_has(out, "arch/powerpc/include/asm/ultravisor.h");
	out->has_uvmem = tree_has(out, "arch/powerpc/include/asm/kvm_book3s_uvmem.h");
	return 0;
}

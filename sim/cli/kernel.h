/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel.h - kernel files as designs: found, compiled, kept, loaded.
 *
 * `pefsim kernel build --tree DIR` compiles book3s_hv_uvmem.c and
 * mm/migrate_device.c of a kernel tree, with the glue of hv_model/linux, into an
 * object in the cache. A design called "linux:NAME" is looked for there when it is
 * first named, on a command line, in a scenario or in a replay file.
 *
 * Locking: none; before any run. Errors: messages on stderr. Blocking: a build
 * runs a compiler.
 */
#ifndef CLI_KERNEL_H
#define CLI_KERNEL_H

#include <limits.h>

#include "options.h"

#define KERNEL_PREFIX "linux:"
#define KERNEL_UVMEM "arch/powerpc/kvm/book3s_hv_uvmem.c"
#define KERNEL_MIGRATE "mm/migrate_device.c"
/* What "it cannot be said" is called by whoever bisects. */
#define KERNEL_EXIT_SKIP 125

/* A tree, as far as it is looked at. */
struct kernel_tree {
	char path[PATH_MAX];
	unsigned major, minor;
	char release[48]; /* "6.1.192"; without a Makefile "6.1" */
	bool has_migrate, has_ultravisor, has_uvmem;
	bool each_line; /* to be compiled so that statements keep instructions of their own */
	bool patched; /* a copy that goes with kernel_tree_drop() */
};

/** kernel_tree_read - what a tree has, and which version it is. @version: "6.1" instead of looking, or NULL */
int kernel_tree_read(const char *path, const char *version, struct kernel_tree *out);

/* The files of a tree that are looked at, beside its Makefile; ended by NULL. */
extern const char *const kernel_files[];

/** kernel_patch - the tree becomes a copy of its files with patches on top; an exit code after a message */
int kernel_patch(struct kernel_tree *tree, const char *const *patches, unsigned count);
void kernel_tree_drop(const struct kernel_tree *tree);
/**
 * kernel_revision - a folder with a tree's files as a revision of its repository has them
 * @folder: where it was made; a kernel_tree of it that says patched goes with kernel_tree_drop()
 * Returns 0, or an exit code after a message.
 */
int kernel_revision(const char *repository, const char *revision, char *folder, size_t size);

/** kernel_cache - the folder of built objects, made when it is not there; @given: of the command line, or NULL */
bool kernel_cache(const char *given, char *out, size_t size);

/**
 * kernel_build - compile a tree into an object
 * @cache, @name: folder; what it is to be called without "linux:", NULL: its release
 * @object: path of the object; PATH_MAX bytes
 * @made:   whether it was compiled now
 * Returns 0 or an exit code, after a message.
 */
int kernel_build(const struct kernel_tree *tree, const char *cache, const char *name, char *object, bool *made);

/** kernel_compile - one run of the compiler; its messages go to @log. 0, or its exit code. */
int kernel_compile(char *const *words, const char *log);
/** kernel_explain - what a compiler's messages mean: KERNEL_EXIT_SKIP for an API that is not modelled, else 3 */
int kernel_explain(const char *log, const struct kernel_tree *tree, FILE *out);

/**
 * kernel_made - the design of the options' tree, with its patches if there are any: built or found, and loaded
 * @design: "linux:NAME", as it can be named from now on; PEF_NAME_MAX bytes
 * @out:    is told which it is
 */
int kernel_made(const struct options *o, char *design, FILE *out);
/** kernel_load - load an object as design "linux:NAME"; @inside: an address in it. false after a message */
bool kernel_load(const char *path, const char *name, const void **inside);
/** kernel_find - the loader of designs that are not known yet (design_on_unknown) */
bool kernel_find(const char *name);
/** kernel_use_cache - where kernel_find() looks; NULL: the default */
void kernel_use_cache(const char *folder);

#endif

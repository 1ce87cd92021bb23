/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_build.c - compile a kernel's files and the glue into one object.
 *
 * Four translation units: the driver and the kernel's migration (before 5.18, when
 * that is not a file of its own, ours) with access hooks, as the simulator's own
 * models have them, and two of glue without. The object's
 * name in the cache is a hash of all that goes into it, so what was built once is
 * found again, and a change of a header is a new object.
 *
 * Locking: none. Errors: messages on stderr. Blocking: runs a compiler.
 */
#include "kernel.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

#define WORDS_MAX 64u

/* A command line as it grows. Words are owned. */
struct words {
	char *word[WORDS_MAX];
	unsigned count;
};

static void words_add(struct words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void words_add(struct words *w, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	if (w->count + 1 < WORDS_MAX && vasprintf(&w->word[w->count], format, args) >= 0)
		w->count++;
	va_end(args);
	w->word[w->count] = NULL;
}

static void words_free(struct words *w)
{
	while (w->count)
		free(w->word[--w->count]);
}

/* The compiler of pefsim itself, unless CC names another: the design has to be hooked as the models are. */
static const char *compiler(void)
{
	const char *given = getenv("CC");
	return given && given[0] ? given : PEF_COMPILER;
}

/* ---- the hash of what goes in --------------------------------------------------------- */

static void hash_bytes(uint64_t *hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*hash = (*hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void hash_file(uint64_t *hash, const char *folder, const char *name)
{
	char path[PATH_MAX + 256], block[4096];
	size_t got;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *in = fopen(path, "rb");
	hash_bytes(hash, name, strlen(name) + 1);
	while (in && (got = fread(block, 1, sizeof(block), in)) > 0)
		hash_bytes(hash, block, got);
	if (in)
		fclose(in);
}

static int source_filter(const struct dirent *e)
{
	size_t len = strlen(e->d_name);
	return len > 2 && e->d_name[len - 2] == '.' && (e->d_name[len - 1] == 'c' || e->d_name[len - 1] == 'h');
}

static void hash_folder(uint64_t *hash, const char *base, const char *sub)
{
	struct dirent **list;
	char folder[PATH_MAX + 32];
	snprintf(folder, sizeof(folder), "%s/%s", base, sub);
	int count = scandir(folder, &list, source_filter, alphasort);
	for (int i = 0; i < count; i++) {
		hash_file(hash, folder, list[i]->d_name);
		free(list[i]);
	}
	if (count >= 0)
		free(list);
}

static uint64_t build_hash(const struct kernel_tree *tree, const char *glue, const struct words *flags)
{
	static const char *const parts[] = {"include/pef", "include/linux", "include/asm", "glue"};
	static const char *const files[] = {KERNEL_UVMEM, KERNEL_MIGRATE, "arch/powerpc/include/asm/ultravisor.h",
		"arch/powerpc/include/asm/kvm_book3s_uvmem.h"};
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	/* Where the files lie is no part of what they are. */
	for (unsigned i = 0; i < flags->count; i++)
		if (!strstr(flags->word[i], tree->path) && !strstr(flags->word[i], glue))
			hash_bytes(&hash, flags->word[i], strlen(flags->word[i]) + 1);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		hash_file(&hash, tree->path, files[i]);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		hash_folder(&hash, glue, parts[i]);
	return hash;
}

/* ---- compiling ---------------------------------------------------------------------------- */

static void add_flags(struct words *w, const struct kernel_tree *tree, const char *glue)
{
	static const char *const plain[] = {"-std=gnu11", "-g", "-fPIC", "-fvisibility=hidden",
		"-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-fno-strict-aliasing",
		"-Werror=implicit-function-declaration", "-Werror=int-conversion", "-Werror=incompatible-pointer-types",
		"-D__KERNEL__", "-D__MM_INTERNAL_H", "-DCONFIG_PPC_UV=1", "-DCONFIG_DEVICE_PRIVATE=1"};
	words_add(w, "%s", compiler());
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		words_add(w, "%s", plain[i]);
	words_add(w, tree->each_line ? "-O0" : "-O2");
	words_add(w, "-I%s/include", glue);
	words_add(w, "-iquote%s/include/linux", glue);
	words_add(w, "-DPEF_KERNEL_VERSION=%u", tree->major << 16 | tree->minor << 8);
	words_add(w, "-DPEF_UVMEM_FILE=\"%s/%s\"", tree->path, KERNEL_UVMEM);
	if (tree->has_ultravisor)
		words_add(w, "-DPEF_TREE_ULTRAVISOR_H=\"%s/arch/powerpc/include/asm/ultravisor.h\"", tree->path);
	if (tree->has_uvmem)
		words_add(w, "-DPEF_TREE_UVMEM_H=\"%s/arch/powerpc/include/asm/kvm_book3s_uvmem.h\"", tree->path);
	words_add(w, "-ffile-prefix-map=%s=/linux", tree->path);
	words_add(w, "-ffile-prefix-map=%s=/pefsim/hv_model/linux", glue);
}

static void add_hooks(struct words *w)
{
#ifdef PEF_HOOKS
	words_add(w, "-fsanitize=thread");
	/* A parameter of a pass is given in two words, by either compiler. */
	bool clang = strstr(compiler(), "clang");
	for (unsigned i = 0; i < 2; i++) {
		words_add(w, clang ? "-mllvm" : "--param");
		words_add(w, "%s%s", clang ? "-" : "",
			i ? "tsan-distinguish-volatile=1" : "tsan-instrument-func-entry-exit=0");
	}
	/* What clang merges of inlined functions has no line and no function any more, and findings go by functions. */
	if (clang)
		words_add(w, "-fno-inline");
#else
	(void)w;
#endif
}

struct unit {
	const char *folder, *file, *object;
	bool hooked;
};

static int compile_unit(const struct kernel_tree *tree, const char *glue, const struct unit *u, const char *work)
{
	struct words w = {.count = 0};
	char log[PATH_MAX + 32];
	add_flags(&w, tree, glue);
	if (u->hooked)
		add_hooks(&w);
	words_add(&w, "-c");
	words_add(&w, "%s/%s", u->folder, u->file);
	words_add(&w, "-o");
	words_add(&w, "%s/%s.o", work, u->object);
	snprintf(log, sizeof(log), "%s/log", work);
	int code = kernel_compile(w.word, log);
	words_free(&w);
	return code ? kernel_explain(log, tree, stderr) : 0;
}

static int link_units(const struct kernel_tree *tree, const char *work, const struct unit *units, unsigned count)
{
	struct words w = {.count = 0};
	char log[PATH_MAX + 32];
	words_add(&w, "%s", compiler());
	words_add(&w, "-shared");
	words_add(&w, "-Wl,-Bsymbolic,-z,now,-z,relro");
	words_add(&w, "-o");
	words_add(&w, "%s/object.so", work);
	for (unsigned i = 0; i < count; i++)
		words_add(&w, "%s/%s.o", work, units[i].object);
	snprintf(log, sizeof(log), "%s/log", work);
	int code = kernel_compile(w.word, log);
	words_free(&w);
	return code ? kernel_explain(log, tree, stderr) : 0;
}

static int build_in(const struct kernel_tree *tree, const char *glue, const char *work)
{
	const struct unit units[] = {
		{glue, "glue/uvmem.c", "uvmem", true},
		{tree->has_migrate ? tree->path : glue, tree->has_migrate ? KERNEL_MIGRATE : "glue/migrate.c",
			"migrate", true},
		{glue, "glue/memory.c", "memory", false},
		{glue, "glue/kvm.c", "kvm", false},
	};
	const unsigned count = sizeof(units) / sizeof(units[0]);
	for (unsigned i = 0; i < count; i++) {
		int code = compile_unit(tree, glue, &units[i], work);
		if (code)
			return code;
	}
	return link_units(tree, work, units, count);
}

static void work_clean(const char *work)
{
	static const char *const left[] = {"uvmem.o", "migrate.o", "memory.o", "kvm.o", "log", "object.so"};
	char path[PATH_MAX + 32];
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", work, left[i]);
		unlink(path);
	}
	rmdir(work);
}

static int build_object(const struct kernel_tree *tree, const char *glue, const char *cache, const char *object)
{
	char work[PATH_MAX + 16], made[PATH_MAX + 32];
	snprintf(work, sizeof(work), "%s/work-XXXXXX", cache);
	if (!mkdtemp(work)) {
		fprintf(stderr, "pefsim: no folder can be made in %s\n", cache);
		return PEF_EXIT_INPUT;
	}
	int code = build_in(tree, glue, work);
	snprintf(made, sizeof(made), "%s/object.so", work);
	if (!code && rename(made, object) != 0) {
		fprintf(stderr, "pefsim: %s cannot be written\n", object);
		code = PEF_EXIT_INPUT;
	}
	work_clean(work);
	return code;
}

/* The name leads to the object that was built last under it. */
static int build_name(const char *cache, const char *name, const char *object)
{
	char link[PATH_MAX + 64], fresh[PATH_MAX + 80];
	snprintf(link, sizeof(link), "%s/%s", cache, name);
	snprintf(fresh, sizeof(fresh), "%s.%ld", link, (long)getpid());
	unlink(fresh);
	if (symlink(strrchr(object, '/') + 1, fresh) == 0 && rename(fresh, link) == 0)
		return 0;
	fprintf(stderr, "pefsim: %s cannot be written\n", link);
	return PEF_EXIT_INPUT;
}

int kernel_build(const struct kernel_tree *tree, const char *cache, const char *name, char *object, bool *made)
{
	char glue[PATH_MAX];
	struct words flags = {.count = 0};

	*made = false;
	if (!paths_shipped("linux", glue, sizeof(glue))) {
		fprintf(stderr, "pefsim: the headers for kernel files are not found\n"
				"help: PEFSIM_DATA can name the folder of shipped files\n");
		return PEF_EXIT_INPUT;
	}
	add_flags(&flags, tree, glue);
	add_hooks(&flags);
	snprintf(
		object, PATH_MAX, "%.3900s/%s-%016" PRIx64 ".so", cache, tree->release, build_hash(tree, glue, &flags));
	words_free(&flags);
	if (access(object, R_OK) != 0) {
		int code = build_object(tree, glue, cache, object);
		if (code)
			return code;
		*made = true;
	}
	return build_name(cache, name ? name : tree->release, object);
}

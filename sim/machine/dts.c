/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dts.c - device tree files: blobs as they are, source through dtc.
 *
 * Which of the two a file is, its first bytes say: a blob may have any name.
 * Source is compiled by the dtc program, started without a shell, so a file
 * name is only ever a file name. Its two outputs go to unnamed temporary files
 * rather than pipes: nobody has to read both at once.
 *
 * Locking: none. Errors: PEF_NOFILE, PEF_PARSE, PEF_NOMEM, PEF_LIMIT with a
 * message. Blocking: while dtc runs.
 */
#include "pefsim/dt.h"

#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct load {
	const char *path;
	char *message;
	size_t size;
};

static enum pef_err dts_fail(const struct load *load, enum pef_err err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static enum pef_err dts_fail(const struct load *load, enum pef_err err, const char *format, ...)
{
	va_list args;
	int used = snprintf(load->message, load->size, "%s: ", load->path);
	va_start(args, format);
	if (used >= 0 && (size_t)used < load->size)
		vsnprintf(load->message + used, load->size - (size_t)used, format, args);
	va_end(args);
	return err;
}

/* Everything a stream has, up to the limit, with a zero behind it. */
static enum pef_err dts_read_stream(const struct load *load, FILE *in, char **out, size_t *len)
{
	size_t room = 1u << 14;
	char *bytes = malloc(room);

	*len = 0;
	while (bytes) {
		*len += fread(bytes + *len, 1, room - 1 - *len, in);
		if (*len < room - 1)
			break;
		char *grown = *len > DT_BYTES_MAX ? NULL : realloc(bytes, room *= 2);
		if (!grown) {
			free(bytes);
			return dts_fail(load, PEF_LIMIT, "more than %llu bytes", (unsigned long long)DT_BYTES_MAX);
		}
		bytes = grown;
	}
	if (!bytes)
		return dts_fail(load, PEF_NOMEM, "no memory");
	if (ferror(in)) {
		free(bytes);
		return dts_fail(load, PEF_NOFILE, "%s", strerror(errno));
	}
	bytes[*len] = '\0';
	*out = bytes;
	return PEF_OK;
}

static enum pef_err dts_read_file(const struct load *load, char **out, size_t *len)
{
	FILE *in = fopen(load->path, "rb");
	if (!in)
		return dts_fail(load, PEF_NOFILE, "%s", strerror(errno));
	enum pef_err err = dts_read_stream(load, in, out, len);
	fclose(in);
	return err;
}

static int dts_spawn(const char *path, FILE *blob, FILE *log, pid_t *child)
{
	/* The file itself may begin with a dash; "--" keeps it from being an option. */
	char *argv[] = {"dtc", "-q", "-I", "dts", "-O", "dtb", "-o", "-", "--", (char *)(uintptr_t)path, NULL};
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);
	if (err)
		return err;
	err = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, fileno(blob), STDOUT_FILENO);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&actions, fileno(log), STDERR_FILENO);
	if (!err)
		err = posix_spawnp(child, "dtc", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err;
}

/* The first line is the one with the place; most begin with the file's name themselves. */
static enum pef_err dts_tell_dtc(const struct load *load, FILE *log)
{
	static const char mark[] = "Error: ";
	char line[256] = "";

	rewind(log);
	if (!fgets(line, sizeof(line), log))
		return dts_fail(load, PEF_PARSE, "dtc failed and did not say why");
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, mark, strlen(mark)) != 0)
		return dts_fail(load, PEF_PARSE, "dtc: %s", line);
	snprintf(load->message, load->size, "%s (dtc)", line + strlen(mark));
	return PEF_PARSE;
}

static enum pef_err dts_compile_to(const struct load *load, FILE *blob, FILE *log, char **out, size_t *len)
{
	pid_t child = 0;
	int status = 0;
	int err = dts_spawn(load->path, blob, log, &child);

	if (err == ENOENT)
		return dts_fail(load, PEF_NOFILE,
			"cannot compile device tree source: no dtc program; install it or give a .dtb");
	if (err)
		return dts_fail(load, PEF_NOFILE, "cannot run dtc: %s", strerror(err));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return dts_fail(load, PEF_NOFILE, "cannot wait for dtc: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return dts_tell_dtc(load, log);
	rewind(blob);
	return dts_read_stream(load, blob, out, len);
}

static enum pef_err dts_compile(const struct load *load, char **out, size_t *len)
{
	enum pef_err err;
	FILE *blob = tmpfile();
	FILE *log = tmpfile();

	if (blob && log)
		err = dts_compile_to(load, blob, log, out, len);
	else
		err = dts_fail(load, PEF_NOFILE, "no temporary file: %s", strerror(errno));
	if (blob)
		fclose(blob);
	if (log)
		fclose(log);
	return err;
}

/* Source is compiled; a blob, or what is called one, stays as it is. */
static enum pef_err dts_get(const struct load *load, bool named_blob, char **out, size_t *len)
{
	enum pef_err err = dts_read_file(load, out, len);

	if (err == PEF_OK && !named_blob && !dt_is_blob(*out, *len)) {
		free(*out);
		*out = NULL;
		err = dts_compile(load, out, len);
	}
	return err;
}

enum pef_err dts_load(const char *path, void **out, size_t *len, char *message, size_t size)
{
	const struct load load = {.path = path, .message = message, .size = size};
	char why[256];
	struct dt dt;
	char *bytes = NULL;
	enum pef_err err = dts_get(&load, false, &bytes, len);

	if (err != PEF_OK)
		return err;
	err = dt_open(&dt, bytes, *len, why, sizeof(why));
	if (err != PEF_OK) {
		free(bytes);
		return dts_fail(&load, err, "%s", why);
	}
	dt_close(&dt);
	*out = bytes;
	return PEF_OK;
}

enum pef_err dts_load_bytes(const char *path, void **out, size_t *len, char *message, size_t size)
{
	const struct load load = {.path = path, .message = message, .size = size};
	const char *suffix = strrchr(path, '.');
	char *bytes = NULL;
	enum pef_err err = dts_get(&load, suffix && !strcmp(suffix, ".dtb"), &bytes, len);

	if (err == PEF_OK)
		*out = bytes;
	return err;
}

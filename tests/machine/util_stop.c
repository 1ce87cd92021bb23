/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util_stop.c - see util_stop.h.
 *
 * Locking: none. Errors: none. Blocking: waits for a child process.
 */
#include "tests/machine/util_stop.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

bool stops(void (*fn)(void))
{
	int status = 0;
	fflush(NULL);
	pid_t child = fork();
	if (child == 0) {
		/* cmocka catches signals to go on; here the process has to die of it, in silence. */
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		fn();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tolerant.h - a recorded run that cannot be made again: what comes nearest.
 *
 * Locking: none. Errors: messages on stderr. Blocking: a few runs.
 */
#ifndef TOLERANT_H
#define TOLERANT_H

#include "recording.h"

/**
 * tolerant_run - by the words of the holds, and when that does not show the finding, by the recorded order of steps
 * @s:    opened on the text of the record; its last run is then the one that was chosen
 * @plan: of the strict run; holds are replaced by an array of the caller's, to be freed
 * @path: of the replay file, for messages
 */
enum pef_err tolerant_run(struct session *s, const struct record *record, struct run_plan *plan, const char *path);

#endif

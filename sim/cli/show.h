/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * show.h - a run on the terminal, or as JSON lines: ladder, holds, findings,
 * summary, verdict, as the session's options ask.
 *
 * Locking: none; after a run. Errors: those of stdout. Blocking: on stdout.
 */
#ifndef SHOW_H
#define SHOW_H

#include "session.h"

/** show_text - for people; @findings are those of the session's last run */
void show_text(struct session *s, const struct finding *findings, unsigned count);
/** show_json - one object a line */
void show_json(struct session *s, const struct finding *findings, unsigned count);
/** show_verdict - how the last run ended, in words */
const char *show_verdict(const struct session *s);

#endif

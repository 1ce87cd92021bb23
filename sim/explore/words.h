/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words.h - words that the writer and the reader of records share.
 *
 * Locking: none. Errors: false. Blocking: never.
 */
#ifndef WORDS_H
#define WORDS_H

#include "pefsim/explore.h"
#include "pefsim/record.h"

/** object_word - an object as one word that object_parse() reads back: its name, or its number */
const char *object_word(obj_t object, char *buf, size_t size);
bool object_parse(const char *text, size_t len, obj_t *out);
/** number_parse - a number that fills the whole of a word; @base 10 or 16 */
bool number_parse(const char *text, size_t len, unsigned base, uint64_t *out);

#endif

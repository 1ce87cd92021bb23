/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parcel.c - from one process to another. See parcel.h.
 *
 * Locking: none. Errors: see parcel.h. Blocking: on the stream.
 */
#include "parcel.h"

#include <stdlib.h>
#include <string.h>

void parcel_put(FILE *out, const void *items, size_t count, size_t size)
{
	if (count)
		fwrite(items, size, count, out);
}

void parcel_put_text(FILE *out, const char *text)
{
	size_t len = text ? strlen(text) + 1 : 0;

	fwrite(&len, sizeof(len), 1, out);
	parcel_put(out, text, len, 1);
}

bool parcel_copy(struct parcel *p, void *out, size_t size)
{
	p->bad |= size > (size_t)(p->end - p->at);
	if (p->bad)
		return false;
	memcpy(out, p->at, size);
	p->at += size;
	return true;
}

void *parcel_take(struct parcel *p, size_t count, size_t size)
{
	void *items = NULL;

	p->bad |= count > (size_t)(p->end - p->at) / size;
	if (!p->bad && count)
		items = malloc(count * size);
	p->bad |= count && !items;
	if (p->bad || !count)
		return NULL;
	parcel_copy(p, items, count * size);
	return items;
}

char *parcel_take_text(struct parcel *p)
{
	size_t len;

	if (!parcel_copy(p, &len, sizeof(len)))
		return NULL;
	char *text = parcel_take(p, len, 1);
	if (text)
		text[len - 1] = '\0';
	return text;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailbox.c - wfcqueue behind four functions; the only file of the engine that
 * includes liburcu.
 *
 * The library's own functions are called, not its inline forms: their assembly
 * would look like races to ThreadSanitizer.
 *
 * Locking, Errors, Blocking: see mailbox.h.
 */
#include "mailbox.h"

#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <urcu/wfcqueue.h>

#include "engine_private.h"

#ifdef PEF_TSAN
#include <sanitizer/tsan_interface.h>
#define MAILBOX_RELEASE(m) __tsan_release(m)
#define MAILBOX_ACQUIRE(m) __tsan_acquire(m)
#else
#define MAILBOX_RELEASE(m) (void)(m)
#define MAILBOX_ACQUIRE(m) (void)(m)
#endif

struct mailbox {
	struct cds_wfcq_head head;
	char apart[64 - sizeof(struct cds_wfcq_head) % 64]; /* pushers write the tail only */
	struct cds_wfcq_tail tail;
};

_Static_assert(sizeof(struct cds_wfcq_node) <= sizeof(((struct message *)0)->node), "a message has room for a node");

struct mailbox *mailbox_create(void)
{
	struct mailbox *box = calloc(1, sizeof *box);
	if (box)
		cds_wfcq_init(&box->head, &box->tail);
	return box;
}

void mailbox_destroy(struct mailbox *box)
{
	if (!box)
		return;
	cds_wfcq_destroy(&box->head, &box->tail);
	free(box);
}

void mailbox_push(struct mailbox *box, struct message *m)
{
	struct cds_wfcq_node *node = (struct cds_wfcq_node *)m->node;
	cds_wfcq_node_init(node);
	MAILBOX_RELEASE(m);
	cds_wfcq_enqueue(&box->head, &box->tail, node);
}

struct message *mailbox_pop(struct mailbox *box)
{
	struct cds_wfcq_node *node;
	for (;;) {
		node = __cds_wfcq_dequeue_nonblocking(&box->head, &box->tail);
		if (node != CDS_WFCQ_WOULDBLOCK)
			break;
		sched_yield(); /* a pusher was preempted between two instructions: let it run */
	}
	if (!node)
		return NULL;
	struct message *m = (struct message *)((char *)node - offsetof(struct message, node));
	MAILBOX_ACQUIRE(m);
	return m;
}

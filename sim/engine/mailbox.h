/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailbox.h - the way of messages between host threads; the door to wfcqueue.
 *
 * Any thread pushes without waiting; one thread, the domain's, pops. What was
 * written before a push is seen after the pop, and ThreadSanitizer is told so,
 * since it cannot look into the library.
 *
 * Locking: none to push; popping is the owner's. Errors: mailbox_create gives
 * NULL without memory. Blocking: a pop waits for a push that is half done.
 */
#ifndef ENGINE_MAILBOX_H
#define ENGINE_MAILBOX_H

struct mailbox;
struct message;

struct mailbox *mailbox_create(void);
void mailbox_destroy(struct mailbox *box);
void mailbox_push(struct mailbox *box, struct message *m);
/** mailbox_pop - the oldest message; NULL when there is none */
struct message *mailbox_pop(struct mailbox *box);

#endif

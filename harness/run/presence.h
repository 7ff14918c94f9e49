/* SPDX-License-Identifier: MIT */
/* Which real devices are there. Each frame of theirs says so; who is silent is asked by ARP, and
 * only silence despite the questions is absence: a phone is never blamed for what an unplugged one
 * cannot do. Tells, too, who else speaks on the wire. All times are of the machine's clock. */
#ifndef RCLAB_RUN_PRESENCE_H
#define RCLAB_RUN_PRESENCE_H

#include "harness/lab/strangers.h"
#include "harness/loop/loop.h"

enum { PRESENCE_QUESTIONS = 5 };
#define PRESENCE_QUESTION_US UINT64_C(1000000) /* from one to the next */

struct presence_config {
    struct loop *loop;
    const char *interface;  /* where questions go out, in the present namespace */
    uint32_t own_address;   /* on it: who asks */
    const struct mac *macs; /* borrowed; of the devices */
    size_t count;
    void (*stranger)(void *context, const struct stranger *stranger); /* NULL = nobody listens */
    void *context;
    uint64_t question_us; /* 0 = PRESENCE_QUESTION_US; for tests, which make it pass */
};

struct presence;
int presence_new(const struct presence_config *config, struct presence **ret_presence,
                 struct error *error);
void presence_free(struct presence *presence);
/* A frame from the wire. */
void presence_frame(void *presence, const uint8_t *bytes, size_t length);

enum presence_answer { PRESENCE_YES, PRESENCE_ASKING, PRESENCE_NO };
/* Has the device been heard since then? If not, asks for the address that it should have, and wakes
 * the loop when the next question is due. */
enum presence_answer presence_since(struct presence *presence, size_t device, uint32_t address,
                                    uint64_t since_real_us);
uint64_t presence_heard_us(const struct presence *presence, size_t device); /* 0 = never */

#endif

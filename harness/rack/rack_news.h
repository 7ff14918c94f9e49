/* SPDX-License-Identifier: MIT */
/* What a round's process tells the one that started it while it runs: a message each, fixed in
 * size, over a socket that keeps their bounds. */
#ifndef RCLAB_RACK_RACK_NEWS_H
#define RCLAB_RACK_RACK_NEWS_H

#include "harness/base/error.h"
#include "harness/vendor/terms.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RACK_NEWS_TEXT_MAX = 400, RACK_NEWS_NOT_OF_A_COURSE = -1 };

enum rack_news_kind {
    RACK_NEWS_EVENT,    /* something happened; text: in words, as `rclab watch` has them */
    RACK_NEWS_STATE,    /* a phone's Customization State, as the traffic proves it */
    RACK_NEWS_WAITING,  /* for what: text; until deadline_us */
    RACK_NEWS_ASK,      /* a person is to do something: text */
    RACK_NEWS_FINISHED, /* the course's judgement is there */
    RACK_NEWS_STRANGER  /* text: who else is on the wire; of no course */
};
struct rack_news {
    enum rack_news_kind kind;
    int course;           /* its number in the round's list, or RACK_NEWS_NOT_OF_A_COURSE */
    int phone;            /* in the course; -1 = none */
    uint64_t now_us;      /* of the devices' clock */
    uint64_t deadline_us; /* WAITING; UINT64_MAX = none */
    enum customization_state state;
    char text[RACK_NEWS_TEXT_MAX];
};

/* A pair of sockets: [0] hears what [1] tells. Both close-on-exec; [0] does not block. */
int rack_news_open(int ret_fds[2], struct error *error);
/* What cannot be told at once is dropped, but for FINISHED: that waits for room. */
void rack_news_tell(int fd, const struct rack_news *news);
/* False: there is no more at present. */
bool rack_news_hear(int fd, struct rack_news *ret_news);

/* The other way: whoever hears on [0] asks the round to put its devices back and end; [1] becomes
 * readable. */
void rack_news_ask_for_end(int fd);
bool rack_news_end_is_asked_for(int fd);

#endif

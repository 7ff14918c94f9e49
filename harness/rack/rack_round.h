/* SPDX-License-Identifier: MIT */
/* One round: scenarios on devices of one wire, all at the same time, in this process, which enters
 * namespaces of its own and must not have done so before. */
#ifndef RCLAB_RACK_RACK_ROUND_H
#define RCLAB_RACK_RACK_ROUND_H

#include "harness/judge/judge.h"
#include "harness/lab/certificates.h"
#include "harness/rack/rack_plan.h"

struct rack_round_course {
    const struct rack_course *course;
    const char *folder; /* exists and is empty */
    uint64_t seed;
};
struct rack_round {
    const struct lab_file *lab;
    const struct certificates *certificates;
    const struct rack_round_course *courses;
    size_t count;
    const char *folder; /* for the name server's files; exists */
    uint64_t seed;
    bool no_prompt;
    int news_fd; /* see rack_news.h: told of what happens, and may ask for the end; -1 = nobody */
};
/* judgements: count of them, filled in every case, each before its RACK_NEWS_FINISHED is told. */
void rack_round_run(const struct rack_round *round, struct judgement *judgements);

#endif

/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/rack/rack_news.h"
#include <string.h>
#include <unistd.h>

static void told_and_heard(void)
{
    int fds[2];
    struct rack_news told = {.kind = RACK_NEWS_WAITING,
                             .course = 3,
                             .phone = -1,
                             .now_us = 5,
                             .deadline_us = UINT64_MAX,
                             .state = STATE_PENDING};
    struct rack_news heard = {.course = -7};
    memset(told.text, 'x', sizeof told.text); /* no NUL: whoever hears it puts one */
    CU_ASSERT_EQUAL_FATAL(rack_news_open(fds, NULL), 0);
    CU_ASSERT_FALSE(rack_news_hear(fds[0], &heard));
    CU_ASSERT_EQUAL(heard.course, -7);
    rack_news_tell(fds[1], &told);
    told.course = 4;
    rack_news_tell(fds[1], &told);
    for (int course = 3; course <= 4; course++) {
        CU_ASSERT_TRUE(rack_news_hear(fds[0], &heard));
        CU_ASSERT_EQUAL(heard.kind, RACK_NEWS_WAITING);
        CU_ASSERT_EQUAL(heard.course, course);
        CU_ASSERT_EQUAL(heard.deadline_us, UINT64_MAX);
        CU_ASSERT_EQUAL(heard.state, STATE_PENDING);
        CU_ASSERT_EQUAL(strlen(heard.text), RACK_NEWS_TEXT_MAX - 1);
    }
    CU_ASSERT_FALSE(rack_news_hear(fds[0], &heard));
    close(fds[1]);
    CU_ASSERT_FALSE(rack_news_hear(fds[0], &heard));
    close(fds[0]);
}

static void too_much_is_dropped(void)
{
    enum { MANY = 100000 };
    int fds[2];
    struct rack_news news = {.kind = RACK_NEWS_EVENT}, heard;
    unsigned count = 0;
    CU_ASSERT_EQUAL_FATAL(rack_news_open(fds, NULL), 0);
    for (int i = 0; i < MANY; i++) { /* it would block here if it waited for room */
        news.course = i;
        rack_news_tell(fds[1], &news);
    }
    while (rack_news_hear(fds[0], &heard)) {
        CU_ASSERT_EQUAL(heard.course, (int)count); /* what got through is in order */
        count++;
    }
    CU_ASSERT_TRUE(count > 10 && count < MANY);
    close(fds[0]);
    rack_news_tell(fds[1], &news); /* nobody hears: no signal */
    close(fds[1]);
}

static void a_message_of_another_size_is_none(void)
{
    int fds[2];
    struct rack_news heard = {.course = -7};
    CU_ASSERT_EQUAL_FATAL(rack_news_open(fds, NULL), 0);
    CU_ASSERT_EQUAL(write(fds[1], "short", 5), 5);
    CU_ASSERT_FALSE(rack_news_hear(fds[0], &heard));
    CU_ASSERT_EQUAL(heard.course, -7);
    close(fds[0]);
    close(fds[1]);
}

void tests_harness_rack_rack_news(void);
void tests_harness_rack_rack_news(void)
{
    TEST_SUITE("rack/rack_news", {"told and heard", told_and_heard},
               {"too much is dropped", too_much_is_dropped},
               {"a message of another size is none", a_message_of_another_size_is_none});
}

/* SPDX-License-Identifier: MIT */
#include "fakes/server/script.h"
#include "harness/base/testing.h"

void tests_fakes_server_script(void);

static const struct behaviour items[] = {
    {.kind = BEHAVIOUR_STATUS, .status = 503, .times = 2},
    {.kind = BEHAVIOUR_REFUSE, .times = 1},
    {.kind = BEHAVIOUR_PROFILE, .times = 1},
};
static const struct behaviour_list list = {items, 3};
static const struct behaviour_list refuse = {&items[1], 1}, refuse_once = {&items[1], 2};

static void each_client_walks_by_itself(void)
{
    struct script script;
    CU_ASSERT_EQUAL(script_init(&script, 2, NULL), 0);
    script_set_all(&script, &list);
    CU_ASSERT_PTR_EQUAL(script_current(&script, 0), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[1]);
    for (unsigned i = 0; i < 5; i++)
        CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[2]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 1), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, -1), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 7), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_current(&script, -5), &items[1]); /* all unknown ones are one */
    script_set_all(&script, &list);
    CU_ASSERT_PTR_EQUAL(script_current(&script, 0), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_current(&script, -1), &items[0]);
    script_done(&script);
}

static void one_client_may_have_a_list_of_its_own(void)
{
    struct script script;
    CU_ASSERT_EQUAL(script_init(&script, 2, NULL), 0);
    script_set_all(&script, &list);
    (void)script_next(&script, 0);
    script_set(&script, 1, &refuse);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 1), &items[1]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 1), &items[1]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[0]); /* undisturbed */
    CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[1]);
    script_done(&script);
}

static void a_look_uses_nothing_up(void)
{
    struct script script;
    CU_ASSERT_EQUAL(script_init(&script, 2, NULL), 0);
    script_set_all(&script, &list);
    CU_ASSERT_PTR_EQUAL(script_look(&script, 0), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[0]); /* the GET */
    CU_ASSERT_PTR_EQUAL(script_look(&script, 0), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_look(&script, 1), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_look(&script, 0), &items[1]); /* no GET came: the next try */
    CU_ASSERT_PTR_EQUAL(script_look(&script, 0), &items[2]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 0), &items[2]);
    CU_ASSERT_PTR_EQUAL(script_look(&script, 1), &items[0]); /* the second of its two times */
    script_set(&script, 1, &list);
    CU_ASSERT_PTR_EQUAL(script_look(&script, 1), &items[0]); /* a new list is looked at anew */
    CU_ASSERT_PTR_EQUAL(script_next(&script, 1), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 1), &items[0]);
    CU_ASSERT_PTR_EQUAL(script_next(&script, 1), &items[1]);
    script_done(&script);
}

static void refusing_all(void)
{
    struct script script;
    CU_ASSERT_EQUAL(script_init(&script, 2, NULL), 0);
    script_set_all(&script, &list);
    CU_ASSERT_FALSE(script_refuses_all(&script));
    script_set_all(&script, &refuse_once);
    CU_ASSERT_TRUE(script_refuses_all(&script));
    (void)script_next(&script, -1); /* strangers don't open the port */
    CU_ASSERT_TRUE(script_refuses_all(&script));
    (void)script_next(&script, 1);
    CU_ASSERT_FALSE(script_refuses_all(&script));
    script_set(&script, 1, &refuse);
    CU_ASSERT_TRUE(script_refuses_all(&script));
    (void)script_next(&script, 1); /* the last of a list repeats */
    CU_ASSERT_TRUE(script_refuses_all(&script));
    script_done(&script);
    CU_ASSERT_EQUAL(script_init(&script, 0, NULL), 0); /* nobody is known */
    script_set_all(&script, &refuse_once);
    CU_ASSERT_TRUE(script_refuses_all(&script));
    (void)script_next(&script, 3);
    CU_ASSERT_FALSE(script_refuses_all(&script));
    script_done(&script);
}

void tests_fakes_server_script(void)
{
    TEST_SUITE("server/script", {"each client walks by itself", each_client_walks_by_itself},
               {"one client may have a list of its own", one_client_may_have_a_list_of_its_own},
               {"a look uses nothing up", a_look_uses_nothing_up}, {"refusing all", refusing_all});
}

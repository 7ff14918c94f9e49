/* SPDX-License-Identifier: MIT */
/* What a fake server answers, to whom and when. */
#include "fakes/server/fake_server_testing.h"
#include "harness/base/duration.h"

void tests_fakes_server_fake_server(void);

static void what_each_role_serves_at_first(void)
{
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_TFTP; i++) {
        struct visit *visit = fake_get(bench, (enum transport)i, "/rc?id=1");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(buffer_string(&visit->body), ">http://10.0.0.1/$PSN.xml</Profile_Rule>"));
    }
    CU_ASSERT_STRING_EQUAL(bench->visits[0].content_type, "text/xml");
    fake_expect_log(bench,
                    "http GET /rc?id=1 phone [profile]\n  200 profile whole retry " DELAYS "\n"
                    "https GET /rc?id=1 phone [profile]\n  200 profile whole retry " DELAYS "\n"
                    "tftp RRQ rc  [profile]\n  0 profile whole retry " DELAYS "\n");
    fake_bench_free(bench);
    bench = fake_bench_new(FAKE_PROVISION);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/a.xml")->status, 200);
    fake_expect_log(bench, "http GET /a.xml phone [config]\n  200 config whole\n");
    fake_bench_free(bench);
    bench = fake_bench_new(FAKE_PUSH);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/a.xml")->status, 404);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/a.xml")->outcome, FETCH_TFTP_ERROR);
    CU_ASSERT_EQUAL(bench->visits[1].status, 1);
    fake_expect_log(bench, "http GET /a.xml phone [404]\n  404 none whole\n"
                           "tftp RRQ a.xml  [404]\n  1 none broken\n");
    fake_bench_free(bench);
}

static void answers_by_word(void)
{
    static const struct {
        struct behaviour behaviour;
        enum fetch_outcome outcome[3];
        unsigned status[3];
        size_t length;
        const char *log[3];
    } rows[] = {
        {KIND(BEHAVIOUR_EMPTY),
         {FETCH_OK, FETCH_OK, FETCH_OK},
         {200, 200, 0},
         0,
         {"200 empty whole", "200 empty whole", "0 empty whole"}},
        {STATUS(503),
         {FETCH_OK, FETCH_OK, FETCH_TFTP_ERROR},
         {503, 503, 0},
         0,
         {"503 none whole", "503 none whole", "0 none broken"}},
        {STATUS(403),
         {FETCH_OK, FETCH_OK, FETCH_TFTP_ERROR},
         {403, 403, 2},
         0,
         {"403 none whole", "403 none whole", "2 none broken"}},
        {KIND(BEHAVIOUR_GARBAGE),
         {FETCH_OK, FETCH_OK, FETCH_OK},
         {200, 200, 0},
         512,
         {"200 garbage whole", "200 garbage whole", "0 garbage whole"}},
        {KIND(BEHAVIOUR_RESET),
         {FETCH_RESET, FETCH_RESET, FETCH_TFTP_ERROR},
         {0, 0, 0},
         0,
         {"0 none broken", "0 none broken", "0 none broken"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bench *bench = fake_bench_new(FAKE_EDOS);
        fake_set(bench, &rows[i].behaviour, 1);
        for (int k = TRANSPORT_HTTP; k <= TRANSPORT_TFTP; k++) {
            struct visit *visit = fake_get(bench, (enum transport)k, "/a");
            CU_ASSERT_EQUAL(visit->outcome, rows[i].outcome[k - TRANSPORT_HTTP]);
            CU_ASSERT_EQUAL(visit->status, rows[i].status[k - TRANSPORT_HTTP]);
            CU_ASSERT_EQUAL(visit->body.length, rows[i].length);
            CU_ASSERT_PTR_NOT_NULL(
                strstr(buffer_string(&bench->log), rows[i].log[k - TRANSPORT_HTTP]));
            buffer_clear(&bench->log);
        }
        CU_ASSERT_EQUAL(loop_now_us(bench->loop), 0);
        fake_bench_free(bench);
    }
}

static void lists_are_walked_by_each_client(void)
{
    static const struct behaviour items[] = {{.kind = BEHAVIOUR_STATUS,
                                              .status = 503,
                                              .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                              .times = 2},
                                             KIND(BEHAVIOUR_RESET),
                                             STATUS(200)};
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    fake_set(bench, items, 3);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/")->outcome, FETCH_TFTP_ERROR);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/")->outcome, FETCH_RESET);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 200);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 200);
    bench->phone = 1;
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 503);
    bench->phone = -1;
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->outcome, FETCH_RESET);
    bench->phone = 1;
    struct visit *head = fake_start(bench, TRANSPORT_HTTP, "HEAD", "/");
    fake_run(bench);
    CU_ASSERT_EQUAL(head->status, 503);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 503); /* the HEAD did not count */
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->outcome, FETCH_RESET);
    fake_set(bench, items, 3);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 503);
    static const struct behaviour_list only = {&items[2], 1};
    CU_ASSERT_EQUAL(fake_server_set(bench->server, 1, &only, NULL), 0);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 200);
    bench->phone = 0;
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 503);
    CU_ASSERT_EQUAL(fake_server_set(bench->server, 2, &only, NULL), ERROR_INVALID);
    fake_bench_free(bench);
}

static void redirects_name_their_target(void)
{
    static const struct behaviour moved = {.kind = BEHAVIOUR_STATUS,
                                           .status = 301,
                                           .redirect = "${provision.https}/$MA.xml",
                                           .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                           .times = 1};
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    fake_set(bench, &moved, 1);
    struct visit *visit = fake_get(bench, TRANSPORT_HTTP, "/");
    CU_ASSERT_EQUAL(visit->status, 301);
    CU_ASSERT_STRING_EQUAL(visit->location, "https://10.0.0.1/$MA.xml");
    fake_expect_log(bench,
                    "http GET / phone [301]\n  301 none whole to https://10.0.0.1/$MA.xml\n");
    fake_bench_free(bench);
}

static void every_final_status_goes_out(void)
{
    static const unsigned statuses[] = {200, 204, 205, 304, 401, 407, 418, 500, 599};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        const struct behaviour status = STATUS(statuses[i]);
        struct bench *bench = fake_bench_new(FAKE_EDOS);
        fake_set(bench, &status, 1);
        struct visit *visit = fake_get(bench, TRANSPORT_HTTP, "/");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_EQUAL(visit->status, statuses[i]);
        fake_bench_free(bench);
    }
}

static void delays_are_warped(void)
{
    static const struct behaviour late = {.kind = BEHAVIOUR_PROFILE,
                                          .status = 200,
                                          .delay_us = 10 * DURATION_M,
                                          .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                          .times = 1};
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_TFTP; i++) {
        struct bench *bench = fake_bench_new(FAKE_EDOS);
        fake_set(bench, &late, 1);
        struct visit *visit = fake_get(bench, (enum transport)i, "/");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_EQUAL(visit->done_us, 10 * DURATION_M);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&bench->log), "[profile, after 10m]\n"));
        fake_bench_free(bench);
    }
}

static void slow_answers_are_warped(void)
{
    static const uint8_t body[2000];
    static const struct behaviour slow = {.kind = BEHAVIOUR_STATUS,
                                          .status = 200,
                                          .body = body,
                                          .body_length = sizeof body,
                                          .rate_bytes_per_s = 500,
                                          .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
                                          .times = 1};
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_TFTP; i++) {
        struct bench *bench = fake_bench_new(FAKE_EDOS);
        fake_set(bench, &slow, 1);
        struct visit *visit = fake_get(bench, (enum transport)i, "/");
        CU_ASSERT_EQUAL(visit->outcome, FETCH_OK);
        CU_ASSERT_EQUAL(visit->body.length, sizeof body);
        CU_ASSERT_EQUAL(visit->done_us, 4 * DURATION_S);
        fake_bench_free(bench);
    }
}

static void truncated_answers(void)
{
    static const uint8_t body[2000];
    static const struct behaviour cut = {.kind = BEHAVIOUR_STATUS,
                                         .status = 200,
                                         .body = body,
                                         .body_length = sizeof body,
                                         .truncate_bytes = 1100,
                                         .times = 1};
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    fake_set(bench, &cut, 1);
    struct visit *visit = fake_get(bench, TRANSPORT_HTTP, "/");
    CU_ASSERT_EQUAL(visit->outcome, FETCH_TRUNCATED);
    CU_ASSERT_EQUAL(visit->body.length, 1100);
    fake_expect_log(bench, "http GET / phone [200, cut at 1100]\n  200 other broken\n");
    visit = fake_get(bench, TRANSPORT_HTTPS, "/");
    CU_ASSERT(visit->outcome == FETCH_TRUNCATED || visit->outcome == FETCH_RESET);
    CU_ASSERT_EQUAL(visit->body.length, 1100);
    buffer_clear(&bench->log);
    bench->cancelled = fake_start(bench, TRANSPORT_TFTP, NULL, "/"); /* it would wait for ever */
    loop_timer_set(bench->loop, &bench->timer, DURATION_M, fake_cancel, bench);
    fake_settle(bench, 2 * DURATION_M);
    CU_ASSERT_FALSE(bench->cancelled->done);
    fake_expect_log(bench, "tftp RRQ   [200, cut at 1100]\n  0 other broken\n");
    fake_bench_free(bench);
}

static void hangs_last_until_the_client_leaves(void)
{
    static const struct behaviour items[] = {KIND(BEHAVIOUR_HANG), STATUS(200)};
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_TFTP; i++) {
        struct bench *bench = fake_bench_new(FAKE_EDOS);
        fake_set(bench, items, 2);
        bench->cancelled = fake_start(bench, (enum transport)i, NULL, "/a");
        loop_timer_set(bench->loop, &bench->timer, DURATION_H, fake_cancel, bench);
        fake_settle(bench, DURATION_H + DURATION_S);
        CU_ASSERT_FALSE(bench->cancelled->done);
        CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&bench->log), "[hang]\n"));
        CU_ASSERT_PTR_NULL(strstr(buffer_string(&bench->log), "\n  "));
        CU_ASSERT_EQUAL(fake_get(bench, (enum transport)i, "/a")->outcome, FETCH_OK);
        fake_bench_free(bench);
    }
}

static void a_hang_may_outlive_the_run(void)
{
    static const struct behaviour hang = KIND(BEHAVIOUR_HANG);
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    fake_set(bench, &hang, 1);
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_TFTP; i++)
        (void)fake_start(bench, (enum transport)i, NULL, "/a");
    fake_settle(bench, DURATION_M);
    CU_ASSERT_EQUAL(bench->pending, 3);
    fake_bench_free(bench); /* the sanitizers look on */
}

static void refusing_closes_the_ports(void)
{
    static const struct behaviour items[] = {KIND(BEHAVIOUR_REFUSE), KIND(BEHAVIOUR_REFUSE),
                                             STATUS(200)};
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    uint16_t http = fake_server_port(bench->server, TRANSPORT_HTTP);
    CU_ASSERT_TRUE(fake_server_is_open(bench->server));
    fake_set(bench, items, 3);
    CU_ASSERT_FALSE(fake_server_is_open(bench->server));
    for (int i = TRANSPORT_HTTP; i <= TRANSPORT_TFTP; i++)
        CU_ASSERT_EQUAL(fake_get(bench, (enum transport)i, "/")->outcome, FETCH_REFUSED);
    fake_expect_log(bench, "");
    fake_server_refused(bench->server, LOOPBACK, 1); /* another port: none of ours */
    fake_server_refused(bench->server, LOOPBACK, http);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->outcome, FETCH_REFUSED);
    fake_server_refused(bench->server, LOOPBACK, http);
    CU_ASSERT_TRUE(fake_server_is_open(bench->server));
    fake_server_refused(bench->server, LOOPBACK, http); /* no longer refused: not counted */
    CU_ASSERT_EQUAL(fake_server_port(bench->server, TRANSPORT_HTTP), http);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 200);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/")->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/")->status, 200);
    buffer_clear(&bench->log);
    bench->phone = 1; /* whose turn to be refused it still is, though the port is open */
    struct visit *visit = fake_get(bench, TRANSPORT_HTTP, "/");
    CU_ASSERT(visit->outcome == FETCH_RESET || visit->outcome == FETCH_NOT_CONNECTED);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/")->outcome, FETCH_TFTP_ERROR);
    fake_expect_log(bench, "");
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 200);
    fake_bench_free(bench);
}

static void refusing_begins_after_the_last_answer(void)
{
    static const struct behaviour items[] = {STATUS(200), KIND(BEHAVIOUR_REFUSE)};
    static const struct behaviour_list refuse = {&items[1], 1};
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    fake_set(bench, items, 2);
    CU_ASSERT_EQUAL(fake_server_set(bench->server, 1, &refuse, NULL), 0);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->status, 200);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/")->outcome, FETCH_REFUSED);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/")->outcome, FETCH_REFUSED);
    fake_bench_free(bench);
}

static void pushed_configurations(void)
{
    const struct parameter first[] = {{"Profile_Rule", "one", {0, 0}}};
    const struct parameter second[] = {{"Profile_Rule", "${provision.tftp}/two", {0, 0}}};
    struct bench *bench = fake_bench_new(FAKE_PUSH);
    struct error error = {0};
    CU_ASSERT_EQUAL(fake_server_publish(bench->server, "/push/1.xml", first, 1, &error), 0);
    CU_ASSERT_EQUAL(fake_server_publish(bench->server, "/push/2.xml", first, 1, &error), 0);
    CU_ASSERT_EQUAL(fake_server_publish(bench->server, "/push/2.xml", second, 1, &error), 0);
    struct visit *visit = fake_get(bench, TRANSPORT_HTTP, "/push/1.xml");
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&visit->body), ">one<"));
    visit = fake_get(bench, TRANSPORT_TFTP, "/push/2.xml");
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_string(&visit->body), ">tftp://10.0.0.1/two<"));
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/push/2.xml?x=1")->status, 200);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/push/3.xml")->status, 404);
    fake_expect_log(bench, "http GET /push/1.xml phone [config]\n  200 config whole\n"
                           "tftp RRQ push/2.xml  [config]\n  0 config whole\n"
                           "http GET /push/2.xml?x=1 phone [config]\n  200 config whole\n"
                           "http GET /push/3.xml phone [404]\n  404 none whole\n");
    fake_bench_free(bench);
}

static void many_at_once(void)
{
    struct bench *bench = fake_bench_new(FAKE_PROVISION);
    for (unsigned i = 0; i < VISITS_MAX; i++)
        (void)fake_start(bench, (enum transport)(TRANSPORT_HTTP + i % 3), NULL, "/a.xml");
    fake_run(bench);
    for (unsigned i = 0; i < VISITS_MAX; i++) {
        CU_ASSERT_EQUAL(bench->visits[i].outcome, FETCH_OK);
        CU_ASSERT_EQUAL(bench->visits[i].done_us, 0);
    }
    fake_bench_free(bench);
}

static void what_cannot_be_started(void)
{
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    struct fake_server *server = NULL;
    struct error error = {0};
    struct fake_server_config config = fake_config_of(bench, FAKE_EDOS);
    config.identities = NULL;
    CU_ASSERT_EQUAL(fake_server_new(&config, &server, &error), ERROR_INVALID);
    config = fake_config_of(bench, FAKE_EDOS);
    config.free_ports = false;
    config.http_port = config.https_port = 0;
    config.tftp_port = fake_server_port(bench->server, TRANSPORT_TFTP); /* taken */
    CU_ASSERT_EQUAL(fake_server_new(&config, &server, &error), ERROR_SYSTEM);
    CU_ASSERT_PTR_NULL(server);
    CU_ASSERT_EQUAL(
        fake_server_set(bench->server, FAKE_ALL_CLIENTS, &(struct behaviour_list){NULL, 0}, &error),
        ERROR_INVALID);
    fake_server_free(NULL);
    fake_bench_free(bench);
}

void tests_fakes_server_fake_server(void)
{
    TEST_SUITE("live/server/fake_server",
               {"what each role serves at first", what_each_role_serves_at_first},
               {"answers by word", answers_by_word},
               {"lists are walked by each client", lists_are_walked_by_each_client},
               {"redirects name their target", redirects_name_their_target},
               {"every final status goes out", every_final_status_goes_out},
               {"delays are warped", delays_are_warped},
               {"slow answers are warped", slow_answers_are_warped},
               {"truncated answers", truncated_answers},
               {"hangs last until the client leaves", hangs_last_until_the_client_leaves},
               {"a hang may outlive the run", a_hang_may_outlive_the_run},
               {"refusing closes the ports", refusing_closes_the_ports},
               {"refusing begins after the last answer", refusing_begins_after_the_last_answer},
               {"pushed configurations", pushed_configurations}, {"many at once", many_at_once},
               {"what cannot be started", what_cannot_be_started});
}

/* SPDX-License-Identifier: MIT */
/* What carries a fake server's answers: handshakes, kept connections, the blocks of TFTP. */
#include "fakes/server/fake_server_testing.h"
#include "harness/base/duration.h"

void tests_fakes_server_fake_server_connections(void);

#define WHOLE_PROFILE "  200 profile whole retry " DELAYS "\n"

static void a_fault_at_the_handshake_is_a_try(void)
{
    static const struct behaviour items[] = {TLS(BEHAVIOUR_TLS_EXPIRED), STATUS(503),
                                             TLS(BEHAVIOUR_TLS_ABORT), KIND(BEHAVIOUR_PROFILE)};
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    fake_set(bench, items, 4);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/rc")->outcome, FETCH_TLS_FAILED);
    fake_settle(bench, DURATION_S); /* until the server has heard of it */
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/rc")->status, 503);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/rc")->outcome, FETCH_TLS_FAILED);
    fake_settle(bench, DURATION_S);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/rc")->status, 200);
    fake_expect_log(bench, "(an expired certificate)\n"
                           "https GET /rc phone [503]\n  503 none whole\n"
                           "(ends the handshake)\n"
                           "https GET /rc phone [profile]\n" WHOLE_PROFILE);
    fake_set(bench, items,
             4); /* without TLS there is no handshake, and the answer is the usual one */
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/rc")->status, 200);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/rc")->status, 503);
    fake_expect_log(bench, "http GET /rc phone [profile]\n" WHOLE_PROFILE
                           "http GET /rc phone [503]\n  503 none whole\n");
    fake_bench_free(bench);
}

static void certificates_of_clients(void)
{
    static const struct behaviour items[] = {TLS(BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE),
                                             TLS(BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE),
                                             STATUS(404)};
    struct bench *bench = fake_bench_new(FAKE_EDOS);
    fake_set(bench, items, 3);
    CU_ASSERT_NOT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/rc")->outcome, FETCH_OK);
    fake_settle(bench, DURATION_S);
    bench->shows_certificate = true;
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/rc")->status, 200);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTPS, "/rc")->status, 404);
    fake_expect_log(bench, "(wants a certificate of the phone)\n"
                           "(wants a certificate of the phone)\n"
                           "https GET /rc phone [profile] by CN=a phone\n" WHOLE_PROFILE
                           "https GET /rc phone [404]\n  404 none whole\n");
    fake_bench_free(bench);
}

static void a_head_leaves_its_answer_to_the_get(void)
{
    static const struct behaviour items[] = {STATUS(404), KIND(BEHAVIOUR_CONFIG)};
    struct bench *bench = fake_bench_new(FAKE_PROVISION);
    for (int keeps = 0; keeps < 2; keeps++) {
        bench->keeps = keeps;
        fake_set(bench, items, 2);
        for (int i = 0; i < 2; i++) {
            struct visit *head = fake_start(bench, TRANSPORT_HTTP, "HEAD", "/a");
            fake_run(bench);
            CU_ASSERT_EQUAL(head->status, i == 0 ? 404 : 200);
            CU_ASSERT_EQUAL(head->body.length, 0);
            CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/a")->status, i == 0 ? 404 : 200);
        }
        fake_expect_log(bench, "http HEAD /a phone [404]\n  404 none whole\n"
                               "http GET /a phone [404]\n  404 none whole\n"
                               "http HEAD /a phone [config]\n  200 none whole\n"
                               "http GET /a phone [config]\n  200 config whole\n");
    }
    fake_bench_free(bench);
}

static void connections_are_kept(void)
{
    static const struct behaviour items[] = {STATUS(404), STATUS(503), KIND(BEHAVIOUR_RESET),
                                             KIND(BEHAVIOUR_CONFIG)};
    struct bench *bench = fake_bench_new(FAKE_PROVISION);
    bench->keeps = true;
    fake_set(bench, items, 4);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/a")->status, 404);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/b")->status, 503);
    CU_ASSERT_EQUAL(bench->connections, 1);
    /* The reset has a connection of its own, or the client would ask again at once. */
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/c")->outcome, FETCH_RESET);
    CU_ASSERT_EQUAL(bench->connections, 2);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/d")->status, 200);
    fake_settle(bench, FAKE_KEEP_ALIVE_US - DURATION_S);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/e")->status, 200);
    CU_ASSERT_EQUAL(bench->connections, 3);
    fake_settle(bench, FAKE_KEEP_ALIVE_US + DURATION_S);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/f")->status, 200);
    CU_ASSERT_EQUAL(bench->connections, 4);
    fake_set(bench, &items[2], 1); /* like a server that is started anew */
    fake_settle(bench, DURATION_S);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/g")->outcome, FETCH_RESET);
    CU_ASSERT_EQUAL(bench->connections, 5);
    fake_bench_free(bench);
}

static void faults_of_tftp(void)
{
    static const struct behaviour items[] = {
        {.kind = BEHAVIOUR_TFTP_ERROR,
         .status = 500,
         .tftp_error = 3,
         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
         .times = 1},
        {.kind = BEHAVIOUR_CONFIG,
         .status = 200,
         .drop_block = 1,
         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
         .times = 1},
        {.kind = BEHAVIOUR_CONFIG,
         .status = 200,
         .duplicate_block = 1,
         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
         .times = 1},
        {.kind = BEHAVIOUR_GARBAGE, /* its 512 bytes are a block and an empty one */
         .status = 200,
         .reorder_block = 1,
         .stray_block = 1,
         .no_options = true,
         .truncate_bytes = BEHAVIOUR_TRUNCATE_NONE,
         .times = 1},
    };
    struct bench *bench = fake_bench_new(FAKE_PROVISION);
    fake_set(bench, items, 4);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/a")->status, 3);
    CU_ASSERT_EQUAL(bench->visits[0].done_us, 0);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/a")->outcome, FETCH_OK);
    CU_ASSERT(bench->visits[1].done_us >= DURATION_S); /* after the time-out asked for, warped */
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/a")->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(bench->visits[2].body.length, bench->visits[1].body.length);
    fake_expect_log(bench, "tftp RRQ a  [TFTP error 3]\n  3 none broken\n"
                           "tftp RRQ a  [config, block 1 lost]\n  0 config whole\n"
                           "tftp RRQ a  [config, block 1 twice]\n  0 config whole\n");
    buffer_clear(&bench->log);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_TFTP, "/a")->outcome, FETCH_OK);
    CU_ASSERT_EQUAL(bench->visits[3].body.length, PLAN_GARBAGE_BYTES);
    fake_expect_log(bench, "tftp RRQ a  [garbage, block 1 behind the next, block 1 from another "
                           "port too, without options]\n  0 garbage whole\n");
    fake_set(bench, items, 1);
    CU_ASSERT_EQUAL(fake_get(bench, TRANSPORT_HTTP, "/a")->status, 500);
    fake_bench_free(bench);
}

void tests_fakes_server_fake_server_connections(void)
{
    TEST_SUITE("live/server/fake_server_connections",
               {"a fault at the handshake is a try", a_fault_at_the_handshake_is_a_try},
               {"certificates of clients", certificates_of_clients},
               {"a HEAD leaves its answer to the GET", a_head_leaves_its_answer_to_the_get},
               {"connections are kept", connections_are_kept}, {"faults of TFTP", faults_of_tftp});
}

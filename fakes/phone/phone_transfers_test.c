/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_transfers.h"
#include "fakes/phone/policy.h"
#include "harness/base/testing.h"
#include "harness/loop/web.h"
#include <stdio.h>
#include <string.h>

#define LOOPBACK UINT32_C(0x7f000001)

static void urls(void)
{
    static const struct {
        const char *scheme, *host;
        uint16_t port;
        const char *path, *url;
    } cases[] = {
        {"http", "a.example", 80, "/x?id=1:2", "http://a.example:80/x?id=1:2"},
        {"https", "10.0.0.1", 8443, "/", "https://10.0.0.1:8443/"},
        {"http", "a", 80, "", "http://a:80/"},
        {"http", "a", 80, "/a b%20\xc3\xa9\n", "http://a:80/a%20b%20%C3%A9%0A"},
        {"http", "a", 80, "//x/../y", "http://a:80//x/../y"},
        {"tftp", "a", 69, "/d/$PSN 1.xml;mode=x?y#z",
         "tftp://a:69/d/%24PSN%201.xml%3Bmode%3Dx%3Fy%23z"},
        {"tftp", "a", 69, "/100%25", "tftp://a:69/100%2525"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct phone_url from = {.port = cases[i].port};
        struct buffer url;
        snprintf(from.scheme, sizeof from.scheme, "%s", cases[i].scheme);
        snprintf(from.host, sizeof from.host, "%s", cases[i].host);
        snprintf(from.path, sizeof from.path, "%s", cases[i].path);
        buffer_init(&url, 512);
        transfer_url(&from, &url);
        CU_ASSERT_STRING_EQUAL(buffer_string(&url), cases[i].url);
        buffer_done(&url);
    }
}

struct seen {
    struct loop *loop;
    struct phone_transfers *transfers;
    unsigned calls, ids[4];
    enum fetch_outcome outcomes[4];
    bool had_detail;
};

static void ended(void *context, unsigned id, const struct fetch_result *result)
{
    struct seen *seen = context;
    CU_ASSERT_FATAL(seen->calls < 4);
    seen->ids[seen->calls] = id;
    seen->outcomes[seen->calls] = result->outcome;
    seen->had_detail = result->text[0] != '\0';
    seen->calls++;
}

static void progress(void *context, unsigned id)
{
    (void)context, (void)id;
}

static void stop(void *context)
{
    struct seen *seen = context;
    loop_stop(seen->loop);
}

static bool nothing_to_do(void *context)
{
    (void)context;
    return false;
}

/* Until nothing is owed any more and a second of the run's clock has passed. */
static void run(struct seen *seen)
{
    struct loop_timer timer = {0};
    loop_timer_set(seen->loop, &timer, loop_now_us(seen->loop) + 1000000, stop, seen);
    CU_ASSERT_EQUAL(loop_run(seen->loop, nothing_to_do, NULL, 1000000, NULL), 0);
    loop_timer_cancel(&timer);
}

static void seen_init(struct seen *seen)
{
    *seen = (struct seen){0};
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &seen->loop, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(phone_transfers_new(seen->loop, -1, NULL, -1, progress, ended, seen,
                                              &seen->transfers, NULL),
                          0);
}

static void seen_done(struct seen *seen)
{
    phone_transfers_free(seen->transfers);
    loop_free(seen->loop);
}

static const struct phone_policy usual; /* zeroed: no kept connection, nothing varied */
/* Nobody listens on that port of the loopback interface. */
static const struct phone_transfer refused = {
    .policy = &usual,
    .url = &(const struct phone_url){.scheme = "http", .host = "a.example", .port = 1, .path = "/"},
    .address = LOOPBACK};
static const struct phone_transfer impossible = {
    .policy = &usual,
    .url =
        &(const struct phone_url){.scheme = "gopher", .host = "a.example", .port = 1, .path = "/"},
    .address = LOOPBACK};

static void results(void)
{
    struct seen seen;
    seen_init(&seen);
    phone_transfers_start(seen.transfers, 7, &impossible, LOOPBACK);
    phone_transfers_start(seen.transfers, 8, &refused, LOOPBACK);
    CU_ASSERT_EQUAL(seen.calls, 0);
    run(&seen);
    CU_ASSERT_EQUAL_FATAL(seen.calls, 2);
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT(seen.ids[i] == 7 || seen.ids[i] == 8);
        CU_ASSERT_EQUAL(seen.outcomes[i], seen.ids[i] == 7 ? FETCH_OTHER : FETCH_REFUSED);
    }
    CU_ASSERT_NOT_EQUAL(seen.ids[0], seen.ids[1]);
    CU_ASSERT_TRUE(seen.had_detail);
    seen_done(&seen);
}

static void cancelled(void)
{
    struct seen seen;
    seen_init(&seen);
    phone_transfers_start(seen.transfers, 1, &impossible, LOOPBACK);
    phone_transfers_start(seen.transfers, 2, &refused, LOOPBACK);
    phone_transfers_cancel(seen.transfers, 1, false);
    phone_transfers_cancel(seen.transfers, 2, true);
    phone_transfers_cancel(seen.transfers, 2, true);
    phone_transfers_cancel(seen.transfers, 99, false);
    phone_transfers_cancel(seen.transfers, 0, false);
    run(&seen);
    CU_ASSERT_EQUAL(seen.calls, 0);
    /* Their places are free again. */
    phone_transfers_start(seen.transfers, 3, &refused, LOOPBACK);
    phone_transfers_start(seen.transfers, 4, &refused, LOOPBACK);
    run(&seen);
    CU_ASSERT_EQUAL(seen.calls, 2);
    seen_done(&seen);
}

/* --- how it asks ------------------------------------------------------------------------------ */

struct house { /* a server */
    struct seen seen;
    struct web_server *web;
    struct phone_policy policy;
    struct phone_transfer transfer;
    struct phone_url url;
    int connections; /* at present */
    unsigned arrived;
    char methods[4][WEB_METHOD_MAX], versions[4][16], agents[4][32];
    unsigned asked;
};

static enum web_admission came(void *context, struct web_client *client, unsigned *identity)
{
    struct house *house = context;
    (void)client, (void)identity;
    house->connections++;
    house->arrived++;
    return WEB_ADMIT;
}

static void went(void *context, struct web_client *client)
{
    struct house *house = context;
    (void)client;
    house->connections--;
}

static void asked(void *context, struct web_request *request)
{
    struct house *house = context;
    const char *agent = web_request_header(request, "User-Agent");
    CU_ASSERT_FATAL(house->asked < 4);
    snprintf(house->methods[house->asked], WEB_METHOD_MAX, "%s", request->method);
    snprintf(house->versions[house->asked], 16, "%s", request->version);
    snprintf(house->agents[house->asked++], 32, "%s", agent ? agent : "");
    web_respond(request,
                &(const struct web_response){
                    .status = 200, .body = "ab", .body_length = 2, .cut_bytes = WEB_NOT_CUT});
}

static void house_init(struct house *house, const struct phone_variation *variation)
{
    *house = (struct house){.connections = 0};
    seen_init(&house->seen);
    phone_policy_init(&house->policy, &(struct readings){0}, variation);
    CU_ASSERT_EQUAL_FATAL(
        web_server_new(&(const struct web_server_config){.loop = house->seen.loop,
                                                         .netns_fd = -1,
                                                         .address = LOOPBACK,
                                                         .idle_us = 3600 * UINT64_C(1000000),
                                                         .handle = asked,
                                                         .admit = came,
                                                         .left = went,
                                                         .context = house},
                       &house->web, NULL),
        0);
    house->url = (struct phone_url){
        .scheme = "http", .host = "a.example", .port = web_server_port(house->web), .path = "/"};
    house->transfer = (struct phone_transfer){
        .url = &house->url, .address = LOOPBACK, .user_agent = "a phone", .policy = &house->policy};
}

static void house_done(struct house *house)
{
    phone_transfers_free(house->seen.transfers);
    web_server_free(house->web);
    loop_free(house->seen.loop);
}

static void ask(struct house *house)
{
    house->seen.calls = 0;
    phone_transfers_start(house->seen.transfers, 1, &house->transfer, LOOPBACK);
    run(&house->seen);
    CU_ASSERT_EQUAL_FATAL(house->seen.calls, 1);
    CU_ASSERT_EQUAL(house->seen.outcomes[0], FETCH_OK);
}

static void connections_by_form(void)
{
    for (int form = 0; form < 2 * CONNECTION_FORMS; form++) {
        const struct phone_variation variation = {.connection =
                                                      (enum variation_connection)(form / 2),
                                                  .kept_seconds = 5,
                                                  .http_1_0 = form % 2 == 1};
        bool kept = variation.connection == CONNECTION_KEPT && !variation.http_1_0;
        struct house house;
        house_init(&house, &variation);
        ask(&house);
        CU_ASSERT_EQUAL(house.connections, kept ? 1 : 0);
        ask(&house);
        CU_ASSERT_EQUAL(house.arrived, kept ? 1 : 2);
        CU_ASSERT_STRING_EQUAL(house.versions[1], variation.http_1_0 ? "HTTP/1.0" : "HTTP/1.1");
        for (int second = 0; second < 6; second++)
            run(&house.seen);
        CU_ASSERT_EQUAL(house.connections, 0); /* the phone has closed it */
        ask(&house);
        CU_ASSERT_EQUAL(house.arrived, kept ? 2 : 3);
        house_done(&house);
    }
}

static void looks_and_agents(void)
{
    for (uint64_t order = 0; order < 8; order++) {
        const struct phone_variation variation = {.header_order = order,
                                                  .header_set = (unsigned)(order % 4),
                                                  .connection = CONNECTION_ASKED_TO_CLOSE,
                                                  .headers_lower_case = order > 4};
        struct house house;
        house_init(&house, &variation);
        house.transfer.look = true;
        ask(&house);
        house.transfer.look = false;
        ask(&house);
        CU_ASSERT_STRING_EQUAL(house.methods[0], "HEAD");
        CU_ASSERT_STRING_EQUAL(house.methods[1], "GET");
        CU_ASSERT_STRING_EQUAL(house.agents[0], "a phone");
        CU_ASSERT_STRING_EQUAL(house.agents[1], "a phone");
        house_done(&house);
    }
}

static void kept_connections_can_be_dropped(void)
{
    for (int cut = 0; cut < 2; cut++) {
        const struct phone_variation variation = {.connection = CONNECTION_KEPT,
                                                  .kept_seconds = 120};
        struct house house;
        house_init(&house, &variation);
        ask(&house);
        CU_ASSERT_EQUAL(house.connections, 1);
        phone_transfers_disconnect(house.seen.transfers, cut);
        run(&house.seen);
        if (!cut) /* who may not cut says good-bye */
            CU_ASSERT_EQUAL(house.connections, 0);
        ask(&house);
        CU_ASSERT_EQUAL(house.arrived, 2);
        house_done(&house);
    }
}

void tests_fakes_phone_phone_transfers(void);
void tests_fakes_phone_phone_transfers(void)
{
    TEST_SUITE("phone/transfers", {"URLs", urls});
    TEST_SUITE("live phone/transfers", {"results", results}, {"cancelled", cancelled},
               {"connections by form", connections_by_form}, {"looks and agents", looks_and_agents},
               {"kept connections can be dropped", kept_connections_can_be_dropped});
}

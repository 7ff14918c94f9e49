/* SPDX-License-Identifier: MIT */
#include "fakes/phone/phone_transfers.h"
#include "harness/base/testing.h"
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
        struct phone_transfer transfer = {.scheme = cases[i].scheme,
                                          .host = cases[i].host,
                                          .port = cases[i].port,
                                          .path = cases[i].path};
        struct buffer url;
        buffer_init(&url, 512);
        transfer_url(&transfer, &url);
        CU_ASSERT_STRING_EQUAL(buffer_string(&url), cases[i].url);
        buffer_done(&url);
    }
}

struct seen {
    struct loop *loop;
    struct phone_transfers *transfers;
    unsigned calls, ids[4];
    enum transfer_outcome outcomes[4];
    bool had_detail;
};

static void ended(void *context, const struct transfer_result *result)
{
    struct seen *seen = context;
    CU_ASSERT_FATAL(seen->calls < 4);
    seen->ids[seen->calls] = result->id;
    seen->outcomes[seen->calls] = result->outcome;
    seen->had_detail = result->detail != NULL;
    seen->calls++;
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
    CU_ASSERT_EQUAL_FATAL(
        phone_transfers_new(seen->loop, -1, NULL, ended, seen, &seen->transfers, NULL), 0);
}

static void seen_done(struct seen *seen)
{
    phone_transfers_free(seen->transfers);
    loop_free(seen->loop);
}

/* Nobody listens on that port of the loopback interface. */
static const struct phone_transfer refused = {
    .scheme = "http", .host = "a.example", .port = 1, .path = "/", .address = LOOPBACK};
static const struct phone_transfer impossible = {
    .scheme = "gopher", .host = "a.example", .port = 1, .path = "/", .address = LOOPBACK};

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
        CU_ASSERT_EQUAL(seen.outcomes[i], seen.ids[i] == 7 ? TRANSFER_OTHER : TRANSFER_REFUSED);
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

void tests_fakes_phone_phone_transfers(void);
void tests_fakes_phone_phone_transfers(void)
{
    TEST_SUITE("phone/transfers", {"URLs", urls});
    TEST_SUITE("live phone/transfers", {"results", results}, {"cancelled", cancelled});
}

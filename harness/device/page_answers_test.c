/* SPDX-License-Identifier: MIT */
/* The page driver against web servers that answer in the ways of real phones: Basic, TLS with a
 * certificate of their own, a connection that dies with the phone, silence. */
#include "harness/device/device_testing.h"
#include "harness/lab/certificates.h"
#include "harness/loop/web.h"

#define LOOPBACK UINT32_C(0x7f000001)
#define BASIC "Basic YWRtaW46b3BlbiBzZXNhbWU=" /* admin:open sesame */

enum manner {
    OBEYS,
    ASKS_FOR_BASIC,
    RESETS_AT_ONCE, /* whatever comes */
    RESETS_ONCE_LOGGED_IN,
    CUTS_ITS_ANSWER,    /* a 200 whose body ends early */
    CUTS_ITS_CHALLENGE, /* a 401 whose body ends early */
    STAYS_SILENT,
    SENDS_ON,
    SAYS_TOO_MUCH
};
struct odd_phone {
    struct bench bench;
    struct web_server *server;
    enum manner manner;
    unsigned asked, logged_in;
    struct lab_phone phone;
};

static void answer(struct web_request *request, unsigned status, const char *header,
                   const char *value, uint64_t cut_bytes)
{
    const struct web_header headers[] = {{header, value}};
    web_respond(request, &(const struct web_response){.status = status,
                                                      .headers = headers,
                                                      .header_count = header ? 1 : 0,
                                                      .body = "an answer",
                                                      .body_length = 9,
                                                      .cut_bytes = cut_bytes});
}

static void answer_too_much(struct web_request *request)
{
    char *body = calloc(1, DEVICE_PAGE_BYTES_MAX + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(body);
    web_respond(request, &(const struct web_response){.status = 200,
                                                      .body = body,
                                                      .body_length = DEVICE_PAGE_BYTES_MAX + 1,
                                                      .cut_bytes = WEB_NOT_CUT});
    free(body);
}

static void handle(void *context, struct web_request *request)
{
    struct odd_phone *odd = context;
    const char *login = web_request_header(request, "Authorization");
    bool known = login && strcmp(login, BASIC) == 0;
    odd->asked++;
    odd->logged_in += known;
    switch (odd->manner) {
    case OBEYS:
        answer(request, 200, NULL, NULL, WEB_NOT_CUT);
        return;
    case RESETS_AT_ONCE:
        web_reset(request);
        return;
    case CUTS_ITS_CHALLENGE:
        answer(request, 401, NULL, NULL, 3);
        return;
    case STAYS_SILENT:
        return;
    case SENDS_ON:
        answer(request, 302, "Location", "https://10.0.0.9/?xpassword=open%20sesame", WEB_NOT_CUT);
        return;
    case SAYS_TOO_MUCH:
        answer_too_much(request);
        return;
    case ASKS_FOR_BASIC:
    case RESETS_ONCE_LOGGED_IN:
    case CUTS_ITS_ANSWER:
        break;
    }
    if (!known)
        answer(request, 401, "WWW-Authenticate", "Basic realm=\"phone\"", WEB_NOT_CUT);
    else if (odd->manner == RESETS_ONCE_LOGGED_IN)
        web_reset(request);
    else
        answer(request, 200, NULL, NULL, odd->manner == CUTS_ITS_ANSWER ? 3 : WEB_NOT_CUT);
}

static void begin(struct odd_phone *odd, enum manner manner, const struct web_identity *identity)
{
    struct error error;
    *odd = (struct odd_phone){.manner = manner};
    bench_loop(&odd->bench);
    CU_ASSERT_EQUAL_FATAL(
        web_server_new(&(const struct web_server_config){.loop = odd->bench.loop,
                                                         .netns_fd = -1,
                                                         .address = LOOPBACK,
                                                         .identities = identity,
                                                         .identity_count = identity ? 1 : 0,
                                                         .handle = handle,
                                                         .context = odd},
                       &odd->server, &error),
        0);
    odd->phone = (struct lab_phone){.name = "desk-1",
                                    .web = {.given = true,
                                            .port = web_server_port(odd->server),
                                            .tls = identity != NULL,
                                            .user = "admin",
                                            .password = {.source = "env:P", .value = "open sesame"},
                                            .status = "/status",
                                            .reset = "/reset",
                                            .reboot = "/reboot",
                                            .configure = "/form",
                                            .resync = "/resync"},
                                    .reset = LAB_DRIVER_WEB,
                                    .reboot = LAB_DRIVER_WEB};
    bench_device(&odd->bench,
                 (struct device_config){.outside_netns_fd = -1,
                                        .phone = &odd->phone,
                                        .page_max_us = manner == STAYS_SILENT ? 300000 : 0});
}

static void end(struct odd_phone *odd)
{
    device_free(odd->bench.device);
    odd->bench.device = NULL;
    web_server_free(odd->server);
    bench_done_with(&odd->bench);
}

static int act(struct odd_phone *odd, enum device_action action)
{
    return bench_act(&odd->bench, action, LOOPBACK, action == DEVICE_CONFIGURE ? "A=1" : NULL);
}

static void by_basic(void)
{
    struct odd_phone odd;
    begin(&odd, ASKS_FOR_BASIC, NULL);
    CU_ASSERT_EQUAL(act(&odd, DEVICE_STATUS), 0);
    CU_ASSERT_STRING_EQUAL(odd.bench.body, "an answer");
    CU_ASSERT_EQUAL(act(&odd, DEVICE_CONFIGURE), 0);
    CU_ASSERT_EQUAL(odd.logged_in, 2);
    end(&odd);
}

static void over_tls(void)
{
    struct odd_phone odd;
    struct certificates certificates;
    struct error error;
    CU_ASSERT_EQUAL_FATAL(certificates_make("other.example", 0x0a000001, "another.example",
                                            0x0a000002, &certificates, &error),
                          0);
    const struct certificate_pair *pair = &certificates.edos[CERTIFICATE_EXPIRED];
    begin(&odd, ASKS_FOR_BASIC,
          &(const struct web_identity){.certificate_pem = pair->certificate_pem,
                                       .key_pem = pair->key_pem});
    /* Of an unknown authority, for another host, and expired. */
    CU_ASSERT_EQUAL(act(&odd, DEVICE_STATUS), 0);
    CU_ASSERT_EQUAL(odd.logged_in, 1);
    odd.phone.web.tls = false;
    CU_ASSERT_EQUAL(act(&odd, DEVICE_FACTORY_RESET), ERROR_FAILED);
    end(&odd);
    begin(&odd, OBEYS, NULL);
    odd.phone.web.tls = true;
    CU_ASSERT_EQUAL(act(&odd, DEVICE_STATUS), ERROR_FAILED);
    bench_expect_text(&odd.bench, "no TLS with its web server at 127.0.0.1:");
    end(&odd);
    certificates_done(&certificates);
}

/* What a phone on its way down may do, and what proves nothing. */
static void cut_off(void)
{
    static const struct {
        enum manner manner;
        enum lab_login login;
        bool has_password, told;
    } cases[] = {
        {RESETS_ONCE_LOGGED_IN, LAB_LOGIN_HTTP, true, true},
        {CUTS_ITS_ANSWER, LAB_LOGIN_HTTP, true, true},
        {RESETS_AT_ONCE, LAB_LOGIN_QUERY, true, true},
        {RESETS_AT_ONCE, LAB_LOGIN_HTTP, false, true},
        {RESETS_AT_ONCE, LAB_LOGIN_HTTP, true, false}, /* it never saw the login */
        {CUTS_ITS_CHALLENGE, LAB_LOGIN_HTTP, true, false},
        {CUTS_ITS_CHALLENGE, LAB_LOGIN_QUERY, true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct odd_phone odd;
        begin(&odd, cases[i].manner, NULL);
        odd.phone.web.login = cases[i].login;
        if (!cases[i].has_password)
            odd.phone.web.password.value = NULL;
        int expected = cases[i].told ? 0 : ERROR_FAILED;
        int reset = act(&odd, DEVICE_FACTORY_RESET), reboot = act(&odd, DEVICE_REBOOT);
        if (reset != expected || reboot != expected)
            fprintf(stderr, "\ncase %zu: %d %d %s\n", i, reset, reboot, odd.bench.text);
        CU_ASSERT_EQUAL(reset, expected);
        CU_ASSERT_EQUAL(reboot, expected);
        CU_ASSERT_EQUAL(act(&odd, DEVICE_CONFIGURE), ERROR_FAILED); /* this one it survives */
        CU_ASSERT_EQUAL(act(&odd, DEVICE_STATUS), ERROR_FAILED);
        bench_expect_text(&odd.bench, "did not answer in full");
        end(&odd);
    }
}

static void no_answer(void)
{
    struct odd_phone odd;
    struct error error;
    begin(&odd, STAYS_SILENT, NULL);
    CU_ASSERT_EQUAL(act(&odd, DEVICE_FACTORY_RESET), ERROR_FAILED);
    bench_expect_text(&odd.bench, "desk-1: its web server at 127.0.0.1:");
    bench_expect_text(&odd.bench, "did not answer within");
    CU_ASSERT_EQUAL(web_server_listen(odd.server, false, &error), 0);
    CU_ASSERT_EQUAL(act(&odd, DEVICE_FACTORY_RESET), ERROR_FAILED);
    bench_expect_text(&odd.bench, "it refuses connections at 127.0.0.1:");
    end(&odd);
}

static void other_answers(void)
{
    struct odd_phone odd;
    begin(&odd, SENDS_ON, NULL);
    CU_ASSERT_EQUAL(act(&odd, DEVICE_FACTORY_RESET), ERROR_FAILED);
    bench_expect_text(&odd.bench, "its page /reset (web.reset) sends on to "
                                  "'https://10.0.0.9/?xpassword=***' (status 302): web.tls");
    odd.manner = SAYS_TOO_MUCH;
    CU_ASSERT_EQUAL(act(&odd, DEVICE_STATUS), ERROR_FAILED);
    bench_expect_text(&odd.bench, "the answer of its web page is longer than");
    end(&odd);
}

static void cancelled(void)
{
    struct odd_phone odd;
    struct error error;
    begin(&odd, STAYS_SILENT, NULL);
    CU_ASSERT_EQUAL(
        device_act(odd.bench.device, DEVICE_STATUS, LOOPBACK, NULL, bench_done, &odd.bench, &error),
        0);
    CU_ASSERT_EQUAL(act(&odd, DEVICE_STATUS), ERROR_LIMIT);
    device_cancel(odd.bench.device);
    CU_ASSERT_EQUAL(odd.bench.calls, 0);
    odd.manner = OBEYS;
    CU_ASSERT_EQUAL(act(&odd, DEVICE_STATUS), 0);
    CU_ASSERT_EQUAL(odd.bench.calls, 1);
    odd.manner = STAYS_SILENT;
    CU_ASSERT_EQUAL(
        device_act(odd.bench.device, DEVICE_STATUS, LOOPBACK, NULL, bench_done, &odd.bench, &error),
        0);
    end(&odd); /* with one under way */
    CU_ASSERT_EQUAL(odd.bench.calls, 1);
}

/* --- what a callback may do ----------------------------------------------------------------- */

static void frees_the_device(void *context, const struct device_result *result)
{
    struct odd_phone *odd = context;
    CU_ASSERT_EQUAL(result->code, 0);
    device_free(odd->bench.device);
    odd->bench.device = NULL;
    loop_stop(odd->bench.loop);
}

static void acts_again(void *context, const struct device_result *result)
{
    struct odd_phone *odd = context;
    struct error error;
    CU_ASSERT_EQUAL(result->code, 0);
    CU_ASSERT_EQUAL(
        device_act(odd->bench.device, DEVICE_REBOOT, LOOPBACK, NULL, frees_the_device, odd, &error),
        0);
}

static void from_the_callback(void)
{
    struct odd_phone odd;
    struct error error;
    begin(&odd, OBEYS, NULL);
    CU_ASSERT_EQUAL(
        device_act(odd.bench.device, DEVICE_STATUS, LOOPBACK, NULL, acts_again, &odd, &error), 0);
    bench_run(&odd.bench);
    CU_ASSERT_FALSE(odd.bench.guard_fired);
    CU_ASSERT_PTR_NULL(odd.bench.device);
    CU_ASSERT_EQUAL(odd.asked, 2);
    end(&odd);
}

void tests_harness_device_page_answers(void);
void tests_harness_device_page_answers(void)
{
    TEST_SUITE("live device/page_answers", {"logged in by Basic", by_basic}, {"over TLS", over_tls},
               {"cut off", cut_off}, {"no answer", no_answer}, {"other answers", other_answers},
               {"cancelled", cancelled}, {"from the callback", from_the_callback});
}

/* SPDX-License-Identifier: MIT */
/* The page driver against the web page of the emulated phone, which asks for Digest (or Basic) and
 * takes the log-in in the query. */
#include "fakes/phone/page_server.h"
#include "harness/device/device_testing.h"

#define LOOPBACK UINT32_C(0x7f000001)
#define PASSWORD "to&do = 100%?"

struct page_bench {
    struct bench bench;
    struct page_server *server;
    struct lab_phone phone;
    struct parameters parameters;
    unsigned commands;
    enum page_command command;
    char url[PHONE_URL_MAX], rule[256];
    int refuse; /* the phone's own trouble with a command */
};

static void view(void *context, struct page_view *ret_view)
{
    struct page_bench *bench = context;
    *ret_view = (struct page_view){.status = {.model = phone_model_find("8841"),
                                              .serial = "FCH00000001",
                                              .host_name = "SEP001122AABBCC",
                                              .customization = "Custom-Pending",
                                              .domain = ""},
                                   .parameters = &bench->parameters};
}

static int command(void *context, const struct page_answer *answer, struct error *error)
{
    struct page_bench *bench = context;
    const char *rule = parameters_get(&answer->fields, "Profile_Rule");
    if (bench->refuse < 0)
        return error_set(error, bench->refuse, "not now");
    bench->commands++;
    bench->command = answer->command;
    snprintf(bench->url, sizeof bench->url, "%s", answer->url);
    snprintf(bench->rule, sizeof bench->rule, "%s", rule ? rule : "");
    return 0;
}

static void begin(struct page_bench *bench, enum lab_login login)
{
    struct error error;
    *bench = (struct page_bench){.commands = 0};
    parameters_init(&bench->parameters);
    bench_loop(&bench->bench);
    CU_ASSERT_EQUAL_FATAL(
        page_server_new(&(const struct page_server_config){.loop = bench->bench.loop,
                                                           .netns_fd = -1,
                                                           .address = LOOPBACK,
                                                           .password = PASSWORD,
                                                           .view = view,
                                                           .command = command,
                                                           .context = bench},
                        &bench->server, &error),
        0);
    bench->phone = (struct lab_phone){.name = "desk-1",
                                      .web = {.given = true,
                                              .port = page_server_port(bench->server),
                                              .user = "admin",
                                              .password = {.source = "env:P", .value = PASSWORD},
                                              .login = login,
                                              .status = "/admin/status.xml",
                                              .reset = "/admin/factory-reset",
                                              .reboot = "/admin/reboot",
                                              .configure = "/admin/bcisco.csc",
                                              .resync = "/admin/resync"},
                                      .reset = LAB_DRIVER_WEB,
                                      .reboot = LAB_DRIVER_WEB};
    bench_device(&bench->bench,
                 (struct device_config){.outside_netns_fd = -1, .phone = &bench->phone});
}

static void end(struct page_bench *bench)
{
    device_free(bench->bench.device);
    bench->bench.device = NULL;
    page_server_free(bench->server);
    bench_done_with(&bench->bench);
    parameters_done(&bench->parameters);
}

static int act(struct page_bench *bench, enum device_action action, const char *argument)
{
    return bench_act(&bench->bench, action, LOOPBACK, argument);
}

/* A query that carries the log-in is no part of the URL to resync from: a phone cuts it off, or it
 * does not; the emulated one says what it was given. */
static void every_action(struct page_bench *bench, const char *resync_url)
{
    CU_ASSERT_EQUAL(act(bench, DEVICE_STATUS, NULL), 0);
    CU_ASSERT_EQUAL(bench->bench.status, 200);
    CU_ASSERT_PTR_NOT_NULL(strstr(bench->bench.body, "Custom-Pending"));
    CU_ASSERT_EQUAL(bench->commands, 0);
    CU_ASSERT_EQUAL(act(bench, DEVICE_FACTORY_RESET, NULL), 0);
    CU_ASSERT_EQUAL(bench->command, PAGE_FACTORY_RESET);
    CU_ASSERT_STRING_EQUAL(bench->bench.body, ""); /* only a status page is handed on */
    CU_ASSERT_EQUAL(act(bench, DEVICE_REBOOT, NULL), 0);
    CU_ASSERT_EQUAL(bench->command, PAGE_REBOOT);
    CU_ASSERT_EQUAL(act(bench, DEVICE_CONFIGURE, "Profile_Rule=http%3A%2F%2Fa%2Fb&Odd=%26"), 0);
    CU_ASSERT_EQUAL(bench->command, PAGE_CONFIGURE);
    CU_ASSERT_STRING_EQUAL(bench->rule, "http://a/b");
    CU_ASSERT_EQUAL(act(bench, DEVICE_RESYNC, "http://10.0.0.1/x.xml"), 0);
    CU_ASSERT_EQUAL(bench->command, PAGE_RESYNC);
    CU_ASSERT_STRING_EQUAL(bench->url, resync_url);
    CU_ASSERT_EQUAL(act(bench, DEVICE_RESYNC, NULL), 0);
    CU_ASSERT_STRING_EQUAL(bench->url, "");
    CU_ASSERT_EQUAL(bench->commands, 5);
}

static void by_digest(void)
{
    struct page_bench bench;
    begin(&bench, LAB_LOGIN_HTTP);
    every_action(&bench, "http://10.0.0.1/x.xml");
    end(&bench);
}

static void by_the_query(void)
{
    struct page_bench bench;
    begin(&bench, LAB_LOGIN_QUERY);
    every_action(&bench, "http://10.0.0.1/x.xml");
    end(&bench);
}

static void the_login_is_refused(void)
{
    static const enum lab_login logins[] = {LAB_LOGIN_HTTP, LAB_LOGIN_QUERY};
    for (size_t i = 0; i < sizeof logins / sizeof logins[0]; i++) {
        struct page_bench bench;
        begin(&bench, logins[i]);
        bench.phone.web.password.value = "wrong";
        CU_ASSERT_EQUAL(act(&bench, DEVICE_FACTORY_RESET, NULL), ERROR_FAILED);
        bench_expect_text(&bench.bench, "desk-1: its web page refused the login: check web.user "
                                        "and web.password");
        CU_ASSERT_EQUAL(bench.bench.status, 401);
        bench.phone.web.password.value = NULL;
        CU_ASSERT_EQUAL(act(&bench, DEVICE_STATUS, NULL), ERROR_FAILED);
        bench_expect_text(&bench.bench, "refused the login");
        CU_ASSERT_EQUAL(bench.commands, 0);
        end(&bench);
    }
}

static void the_page_is_another(void)
{
    struct page_bench bench;
    begin(&bench, LAB_LOGIN_HTTP);
    bench.phone.web.reset = "/admin/factory_reset";
    CU_ASSERT_EQUAL(act(&bench, DEVICE_FACTORY_RESET, NULL), ERROR_FAILED);
    bench_expect_text(&bench.bench,
                      "desk-1: its web server has no page /admin/factory_reset: set web.reset");
    CU_ASSERT_EQUAL(bench.bench.status, 404);
    bench.phone.web.configure = "/admin/status.xml";
    CU_ASSERT_EQUAL(act(&bench, DEVICE_CONFIGURE, "A=1"), ERROR_FAILED);
    bench_expect_text(&bench.bench, "/admin/status.xml (web.configure) answered with status 405");
    bench.refuse = ERROR_FAILED;
    CU_ASSERT_EQUAL(act(&bench, DEVICE_REBOOT, NULL), ERROR_FAILED);
    bench_expect_text(&bench.bench, "/admin/reboot (web.reboot) answered with status 5");
    end(&bench);
}

static void what_is_not_even_tried(void)
{
    struct page_bench bench;
    begin(&bench, LAB_LOGIN_QUERY);
    CU_ASSERT_EQUAL(bench_act(&bench.bench, DEVICE_STATUS, 0, NULL), ERROR_UNAVAILABLE);
    bench_expect_text(&bench.bench, "desk-1: it has no address at present");
    CU_ASSERT_EQUAL(act(&bench, DEVICE_CONFIGURE, NULL), ERROR_INVALID);
    CU_ASSERT_EQUAL(act(&bench, DEVICE_RESYNC, "http://a/b c"), ERROR_INVALID);
    bench_expect_text(&bench.bench, "'http://a/b c' cannot be resynced from");
    bench.phone.web.status = "status.xml#top";
    CU_ASSERT_EQUAL(act(&bench, DEVICE_STATUS, NULL), ERROR_INVALID);
    bench_expect_text(&bench.bench, "web.status is 'status.xml#top', not the path of a page");
    char *longest = malloc(DEVICE_URL_BYTES_MAX + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(longest);
    memset(longest, 'a', DEVICE_URL_BYTES_MAX);
    longest[DEVICE_URL_BYTES_MAX] = '\0';
    CU_ASSERT_EQUAL(act(&bench, DEVICE_RESYNC, longest), ERROR_LIMIT);
    free(longest);
    CU_ASSERT_EQUAL(bench.bench.calls, 0);
    CU_ASSERT_EQUAL(bench.commands, 0);
    CU_ASSERT_FALSE(device_is_busy(bench.bench.device));
    end(&bench);
}

void tests_harness_device_page_driver(void);
void tests_harness_device_page_driver(void)
{
    TEST_SUITE("live device/page_driver", {"logged in by Digest", by_digest},
               {"logged in by the query", by_the_query},
               {"the login is refused", the_login_is_refused},
               {"the page is another", the_page_is_another},
               {"what is not even tried", what_is_not_even_tried});
}

/* SPDX-License-Identifier: MIT */
#include "harness/base/duration.h"
#include "harness/scenario/load_testing.h"

#define COUNT(cases) (sizeof cases / sizeof cases[0])

static const struct error_case words_cases[] = {
    {GIVEN("edos: config"), {"2:15: found `config`; did you mean `profile`?"}},
    {GIVEN("provision: profile"), {"2:20: found `profile`; did you mean `config`?"}},
    {GIVEN("edos: profil"), {"2:15: found `profil`; did you mean `profile`?"}},
    {GIVEN("edos: 99"),
     {"2:15: expected an HTTP status, a whole number from 100 to 599, found `99`"}},
    {GIVEN("edos: 600"),
     {"2:15: expected an HTTP status, a whole number from 100 to 599, found `600`"}},
    {GIVEN("edos: 5o3"),
     {"2:15: expected an HTTP status, a whole number from 100 to 599, found `5o3`"}},
    {GIVEN("edos: []"), {"2:15: expected at least one behaviour, found an empty list"}},
    {GIVEN("edos: [503, [504]]"), {"2:21: found a list"}},
    {GIVEN("edos: "), {"2:9: found nothing"}},
    {GIVEN("edos: tls"), {"2:15: found `tls`"}},
};

static void errors_words(void)
{
    testing_check_errors(words_cases, COUNT(words_cases));
}

static const struct error_case maps_cases[] = {
    {GIVEN("edos: {config: {}}"),
     {"2:16: expected a key of a behaviour of `edos`, found `config`; did you mean `profile`?"}},
    {GIVEN("provision: {profile: {}}"), {"2:21: found `profile`; did you mean `config`?"}},
    {GIVEN("edos: {profle: {}}"), {"2:16: found `profle`; did you mean `profile`?"}},
    {GIVEN("edos: {hang: , times: 2}"),
     {"2:16: expected a key of a behaviour, found `hang`; did you mean `behaviour: hang`?"}},
    {GIVEN("provision: {garbage: true}"),
     {"2:21: expected a key of a behaviour, found `garbage`; did you mean `behaviour: garbage`?"}},
    {GIVEN("edos: {behaviour: 503}"),
     {"2:27: expected a word after `behaviour:`, found `503`; did you mean `status: 503`?"}},
    {GIVEN("edos: {behaviour: config}"), {"2:27: found `config`; did you mean `profile`?"}},
    {GIVEN("edos: {behaviour: hnag, status: 200}"), {"2:27: found `hnag`; did you mean `hang`?"}},
    {GIVEN("edos: {delay: 3s}"), {"2:15: found none of them"}},
    {GIVEN("edos: {}"), {"2:15: found none of them"}},
    {GIVEN("edos: {profile: {}, behaviour: hang}"), {"2:29: found `behaviour:` beside `profile:`"}},
    {GIVEN("edos: {profile: {1x: a, B: , C: \"${D}\"}}"),
     {"2:26: expected the name of a phone parameter such as Profile_Rule, found `1x`",
      "2:33: expected a text (\"\" for an empty one), found nothing", "2:41: found `D`"}},
    {GIVEN("edos: {profile: x}"), {"2:25: expected a map of phone parameters, found `x`"}},
    {GIVEN("edos: {status: 503, times: 0}"),
     {"2:36: expected how many requests get it, a whole number from 1 to 1000000, found `0`"}},
    {GIVEN("edos: {status: 503, rate: 0, delay: 5}"),
     {"2:35: expected bytes a second, a whole number from 1 to 1000000000, found `0`",
      "2:45: expected a duration such as 500ms, 90s or 1h30m, found `5`; did you mean `5s`?"}},
};

static void errors_maps(void)
{
    testing_check_errors(maps_cases, COUNT(maps_cases));
}

static const struct error_case answers_cases[] = {
    {GIVEN("edos: {status: 404, redirect: \"http://x\"}"),
     {"2:24: expected a status from 300 to 399 beside `redirect:`, found `404`"}},
    {GIVEN("edos: {status: 5x, redirect: \"http://x\"}"),
     {"2:24: expected an HTTP status, a whole number from 100 to 599, found `5x`"}},
    {GIVEN("edos: {redirect: \"http://a b\"}"),
     {"2:26: expected a URL without spaces and control characters, found `http://a b`"}},
    {GIVEN("edos: {redirect: \"http://a\\r\\nb\"}"),
     {"2:26: expected a URL without spaces and control characters, found `http://a??b`"}},
    {GIVEN("edos: {redirect: \"${provison.http}\"}"),
     {"2:26: found `provison.http`; did you mean `provision.http`?"}},
    {GIVEN("edos: {redirect: }"), {"2:16: expected a URL, found nothing"}},
    {GIVEN("edos: {status: 200, body: \"${x}\"}"), {"2:35: found `x`"}},
    {GIVEN("edos: {body: }"), {"2:16: expected a text (\"\" for an empty one), found nothing"}},
    {GIVEN("edos: {body: a, file: /b}"),
     {"2:25: expected either `body:` or `file:`, found both",
      "2:31: expected a file's path from the scenario's folder, found `/b`"}},
    {GIVEN("edos: {file: a.xml}"),
     {"2:22: expected a file that can be read, found `a.xml`: there is no folder to look in"}},
    {GIVEN("edos: {status: 200, truncate: 3}"),
     {"2:29: expected a `body:` or `file:` to truncate, found none"}},
    {GIVEN("edos: {body: abc, truncate: 3}"),
     {"2:37: expected fewer bytes than the body has (3), found `3`"}},
    {GIVEN("edos: {body: abc, truncate: -1}"),
     {"2:37: expected bytes of the body, a whole number from 0 to 1000000000, found `-1`"}},
    {GIVEN("edos: {headers: {\"a b\": c, Content-length: 3, transfer-encoding: x, X: }, status: "
           "200}"),
     {"2:26: expected the name of an HTTP header such as Retry-After, found `a b`",
      "2:36: found `Content-length`", "2:55: found `transfer-encoding`",
      "2:77: expected a text (\"\" for an empty one), found nothing"}},
    {GIVEN("edos: {headers: {A: \"x\\ny\", B: \"${c}\"}, status: 200}"),
     {"2:29: expected a header's value without control characters, found `x?y`",
      "2:40: found `c`"}},
    {GIVEN("edos: {headers: x, status: 200}"),
     {"2:25: expected a map of header names to values, found `x`"}},
};

static void errors_answers(void)
{
    testing_check_errors(answers_cases, COUNT(answers_cases));
}

static const struct error_case together_cases[] = {
    {GIVEN("edos: {behaviour: hang, delay: 1s, rate: 5, truncate: 4, headers: {}}"),
     {"2:33: expected no `delay:` with the behaviour `hang`, found one",
      "2:44: expected no `rate:` with the behaviour `hang`, found one",
      "2:53: expected no `truncate:` with the behaviour `hang`, found one",
      "2:66: expected no `headers:` with the behaviour `hang`, found one"}},
    {GIVEN("edos: {behaviour: reset, delay: 1s}"),
     {"2:34: expected no `delay:` with the behaviour `reset`, found one"}},
    {GIVEN("edos: {behaviour: refuse, status: 503}"),
     {"2:35: expected no `status:` with the behaviour `refuse`, found one"}},
    {GIVEN("edos: {behaviour: empty, status: 200, body: x, rate: 5}"),
     {"2:34: expected no `status:` with the behaviour `empty`, found one",
      "2:47: expected no `body:` with the behaviour `empty`, found one",
      "2:56: expected no `rate:` with the behaviour `empty`, found one"}},
    {GIVEN("edos: {profile: {}, redirect: x, file: y}"),
     {"2:29: expected no `redirect:` with the behaviour `profile`, found one",
      "2:42: expected no `file:` with the behaviour `profile`, found one",
      "2:48: expected a file that can be read, found `y`: there is no folder to look in"}},
    {GIVEN("provision: {behaviour: garbage, body: x}"),
     {"2:41: expected no `body:` with the behaviour `garbage`, found one"}},
};

static void errors_together(void)
{
    testing_check_errors(together_cases, COUNT(together_cases));
}

static const struct error_case faults_cases[] = {
    {GIVEN("edos: {tls: expird}"),
     {"2:21: expected what happens at the TLS handshake (expired, wrong-host, untrusted, "
      "want-client-certificate, abort), found `expird`; did you mean `expired`?"}},
    {GIVEN("edos: {tls: hang}"), {"2:21: found `hang`"}},
    {GIVEN("edos: {behaviour: refuse, tls: expired}"),
     {"2:35: expected no `tls:` with the behaviour `refuse`, found one"}},
    {GIVEN("edos: {tls: abort, status: 404, delay: 3s}"),
     {"2:28: expected no `status:` with the behaviour `tls: abort`, found one",
      "2:41: expected no `delay:` with the behaviour `tls: abort`, found one"}},
    {GIVEN("edos: {tftp-error: 1}"),
     {"2:16: expected a key of a behaviour of `edos`, which is not asked over TFTP, found "
      "`tftp-error`"}},
    {GIVEN("edos: [{drop-block: 1}, {duplicate-block: 1}]"),
     {"2:17: found `drop-block`", "2:34: found `duplicate-block`"}},
    {GIVEN("edos: [{reorder-block: 1}, {wrong-tid: 1}, {no-options: true}]"),
     {"2:17: found `reorder-block`", "2:37: found `wrong-tid`", "2:53: found `no-options`"}},
    {GIVEN("provision: [{reorder-block: 0}, {wrong-tid: x}, {no-options: false}]"),
     {"2:37: expected the number of a block, a whole number from 1 to 65535, found `0`",
      "2:53: expected the number of a block, a whole number from 1 to 65535, found `x`",
      "2:70: expected `true`, found `false`"}},
    {GIVEN("provision: {tls: abort, reorder-block: 1, wrong-tid: 1, no-options: true}"),
     {"2:33: expected no `reorder-block:` with the behaviour `tls: abort`, found one",
      "2:51: expected no `wrong-tid:` with the behaviour `tls: abort`, found one",
      "2:65: expected no `no-options:` with the behaviour `tls: abort`, found one"}},
    {GIVEN("provision: [{tftp-error: 9}, {tftp-error: -1}]"),
     {"2:34: expected an error code of TFTP, a whole number from 0 to 8, found `9`",
      "2:51: expected an error code of TFTP, a whole number from 0 to 8, found `-1`"}},
    {GIVEN("provision: {tftp-error: 1, config: {}}"),
     {"2:36: found `config:` beside `tftp-error:`"}},
    {GIVEN("provision: {tftp-error: 1, status: 404, tls: expired, drop-block: 2}"),
     {"2:36: expected no `status:` with the behaviour `tftp-error`, found one",
      "2:49: expected no `tls:` with the behaviour `tftp-error`, found one",
      "2:63: expected no `drop-block:` with the behaviour `tftp-error`, found one"}},
    {GIVEN("provision: [{drop-block: 0}, {duplicate-block: 65536}]"),
     {"2:34: expected the number of a block, a whole number from 1 to 65535, found `0`",
      "2:56: expected the number of a block, a whole number from 1 to 65535, found `65536`"}},
    {GIVEN("provision: {behaviour: hang, duplicate-block: 1}"),
     {"2:38: expected no `duplicate-block:` with the behaviour `hang`, found one"}},
};

static const struct error_case http_cases[] = {
    {GIVEN("edos: {length: x}"),
     {"2:24: expected a length to announce, in bytes, a whole number from 0 to 1000000000, found "
      "`x`"}},
    {GIVEN("edos: {chunked: true}"),
     {"2:25: expected `broken`, which is all that chunks can be, found `true`; did you mean "
      "`broken`?"}},
    {GIVEN("edos: {endless: yes}"), {"2:25: expected `true`, found `yes`; did you mean `true`?"}},
    {GIVEN("edos: {endless: }"), {"2:16: expected `true`, found nothing"}},
    {GIVEN("edos: {slow-head: 2}"),
     {"2:27: expected a duration such as 500ms, 90s or 1h30m, found `2`; did you mean `2s`?"}},
    {GIVEN("edos: {slow-head: 2h}"),
     {"2:27: expected a time between two lines, at most an hour, found `2h`"}},
    {GIVEN("edos: {length: 5, endless: true}"),
     {"2:27: expected one of length, chunked, endless, endless-head in a behaviour, found another "
      "`endless:`"}},
    {GIVEN("edos: [{endless-head: no}, {endless-head: true, endless: true}]"),
     {"2:31: expected `true`, found `no`",
      "2:57: expected one of length, chunked, endless, endless-head in a behaviour, found another "
      "`endless:`"}},
    {GIVEN(
         "edos: [{endless-head: true, truncate: 3, profile: {}}, {tls: abort, endless-head: true}, "
         "{behaviour: empty, endless-head: true}]"),
     {"2:37: expected no `truncate:` beside `endless-head:`, found one",
      "2:77: expected no `endless-head:` with the behaviour `tls: abort`, found one",
      "2:117: expected no `endless-head:` with the behaviour `empty`, found one"}},
    {GIVEN("edos: {profile: {}, chunked: broken, truncate: 4}"),
     {"2:46: expected no `truncate:` beside `chunked:`, found one"}},
    {GIVEN("edos: {profile: {}, slow-head: 1s, truncate: 4}"),
     {"2:44: expected no `truncate:` beside `slow-head:`, found one"}},
    {GIVEN("edos: {behaviour: empty, length: 5}"),
     {"2:34: expected no `length:` with the behaviour `empty`, found one"}},
    {GIVEN("edos: {behaviour: hang, slow-head: 5s}"),
     {"2:33: expected no `slow-head:` with the behaviour `hang`, found one"}},
    {GIVEN("edos: {encode: zip}"),
     {"2:24: expected how the body is encoded (gzip, aes-256-cbc, aes128gcm), found `zip`"}},
    {GIVEN("edos: {encode: gzip, key: K}"),
     {"2:30: expected no `key:` beside `encode: gzip`, found one"}},
    {GIVEN("edos: {encode: aes128gcm}"), {"2:16: expected `key:` beside `encode:`, found none"}},
    {GIVEN("edos: {profile: {}, key: K}"), {"2:29: expected `encode:` beside `key:`, found none"}},
    {GIVEN("edos: {status: 404, encode: gzip}"),
     {"2:29: expected a `body:` or `file:` to encode, found none"}},
    {GIVEN("edos: {behaviour: empty, encode: gzip}"),
     {"2:34: expected no `encode:` with the behaviour `empty`, found one"}},
    {GIVEN("edos: {authenticate: basic, user: \"a:b\", password: p}"),
     {"2:43: expected a text of 1 to 128 bytes without control characters and colons, found "
      "`a:b`"}},
    {GIVEN("edos: {authenticate: digest, user: u}"),
     {"2:16: expected `password:` beside `authenticate:`, found none"}},
    {GIVEN("edos: {profile: {}, user: u}"),
     {"2:29: expected `authenticate:` beside `user:`, found none"}},
    {GIVEN("edos: {behaviour: hang, authenticate: basic, user: u, password: p}"),
     {"2:33: expected no `authenticate:` with the behaviour `hang`, found one",
      "2:54: expected no `user:` with the behaviour `hang`, found one",
      "2:63: expected no `password:` with the behaviour `hang`, found one"}},
    {GIVEN("edos: {tls: abort, endless: true}"),
     {"2:28: expected no `endless:` with the behaviour `tls: abort`, found one"}},
};

static void errors_http(void)
{
    testing_check_errors(http_cases, COUNT(http_cases));
}

static void errors_faults(void)
{
    testing_check_errors(faults_cases, COUNT(faults_cases));
}

static const struct behaviour *edos(const struct scenario *s, size_t count)
{
    CU_ASSERT_EQUAL_FATAL(s->edos.count, count);
    return s->edos.items;
}

static void every_word(void)
{
    struct scenario *s = testing_scenario(
        GIVEN("edos: [profile, empty, 404, hang, reset, refuse, garbage], provision: config"));
    static const enum behaviour_kind kinds[] = {
        BEHAVIOUR_PROFILE, BEHAVIOUR_EMPTY,  BEHAVIOUR_STATUS, BEHAVIOUR_HANG,
        BEHAVIOUR_RESET,   BEHAVIOUR_REFUSE, BEHAVIOUR_GARBAGE};
    const struct behaviour *items = edos(s, COUNT(kinds));
    for (size_t i = 0; i < COUNT(kinds); i++) {
        CU_ASSERT_EQUAL(items[i].kind, kinds[i]);
        CU_ASSERT_EQUAL(items[i].times, 1);
        CU_ASSERT_EQUAL(items[i].status, kinds[i] == BEHAVIOUR_STATUS ? 404 : 200);
        CU_ASSERT_EQUAL(items[i].truncate_bytes, BEHAVIOUR_TRUNCATE_NONE);
        CU_ASSERT_EQUAL(items[i].place.line, 2);
    }
    CU_ASSERT_EQUAL(items[1].place.column, 25);
    CU_ASSERT_EQUAL(s->provision.items[0].kind, BEHAVIOUR_CONFIG);
    scenario_free(s);
}

static void faults_of_http(void)
{
    struct scenario *s = testing_scenario(
        GIVEN("edos: [{length: 0}, {chunked: broken, status: 404}, {profile: {}, endless: true, "
              "rate: 3}, {behaviour: empty, slow-head: 1500ms}]"));
    const struct behaviour *items = edos(s, 4);
    CU_ASSERT_EQUAL(items[0].kind, BEHAVIOUR_PROFILE);
    CU_ASSERT_EQUAL(items[0].framing, BEHAVIOUR_FRAMING_LENGTH);
    CU_ASSERT_EQUAL(items[0].length_bytes, 0);
    CU_ASSERT_EQUAL(items[1].kind, BEHAVIOUR_STATUS);
    CU_ASSERT_EQUAL(items[1].framing, BEHAVIOUR_FRAMING_CHUNKED);
    CU_ASSERT_EQUAL(items[2].framing, BEHAVIOUR_FRAMING_ENDLESS);
    CU_ASSERT_EQUAL(items[2].rate_bytes_per_s, 3);
    CU_ASSERT_EQUAL(items[3].framing, BEHAVIOUR_FRAMING_TRUE);
    CU_ASSERT_EQUAL(items[3].head_line_us, 1500000);
    scenario_free(s);
    s = testing_scenario(GIVEN("edos: [{encode: gzip}, {encode: aes-256-cbc, key: K 1}, "
                               "{authenticate: digest, user: u, password: \"p:\"}]"));
    items = edos(s, 3);
    CU_ASSERT_EQUAL(items[0].kind, BEHAVIOUR_PROFILE);
    CU_ASSERT_EQUAL(items[0].encoding, BEHAVIOUR_ENCODING_GZIP);
    CU_ASSERT_EQUAL(items[1].encoding, BEHAVIOUR_ENCODING_AES_256_CBC);
    CU_ASSERT_STRING_EQUAL(items[1].key, "K 1");
    CU_ASSERT_EQUAL(items[2].authentication, BEHAVIOUR_AUTHENTICATION_DIGEST);
    CU_ASSERT_STRING_EQUAL(items[2].user, "u");
    CU_ASSERT_STRING_EQUAL(items[2].password, "p:");
    scenario_free(s);
}

static void words_in_maps(void)
{
    struct scenario *s = testing_scenario(
        GIVEN("edos: [{behaviour: hang, times: 2}, {behaviour: garbage, delay: 1s, rate: 7, "
              "truncate: 0, headers: {X-A: b}}, {behaviour: empty, headers: {X-A: b}}]"));
    const struct behaviour *items = edos(s, 3);
    CU_ASSERT_EQUAL(items[0].kind, BEHAVIOUR_HANG);
    CU_ASSERT_EQUAL(items[0].times, 2);
    CU_ASSERT_EQUAL(items[1].kind, BEHAVIOUR_GARBAGE);
    CU_ASSERT_EQUAL(items[1].delay_us, DURATION_S);
    CU_ASSERT_EQUAL(items[1].rate_bytes_per_s, 7);
    CU_ASSERT_EQUAL(items[1].truncate_bytes, 0);
    CU_ASSERT_EQUAL(items[1].header_count, 1);
    CU_ASSERT_EQUAL(items[2].kind, BEHAVIOUR_EMPTY);
    CU_ASSERT_EQUAL(items[2].status, 200);
    scenario_free(s);
}

static void parameters_with_the_rest(void)
{
    struct scenario *s = testing_scenario(
        GIVEN("edos: {profile: {Profile_Rule: '${provision.http}/$PSN.xml', "
              "Resync_Error_Retry_Delay: ''}, delay: 0, rate: 1000000000, truncate: 10, times: 14, "
              "headers: {Retry-After: 120, X-B: '${provision.address}'}}, "
              "provision: {config: {}, times: 1000000}"));
    const struct behaviour *b = edos(s, 1);
    CU_ASSERT_EQUAL(b->kind, BEHAVIOUR_PROFILE);
    CU_ASSERT_EQUAL(b->status, 200);
    CU_ASSERT_EQUAL_FATAL(b->parameter_count, 2);
    CU_ASSERT_STRING_EQUAL(b->parameters[0].name, "Profile_Rule");
    CU_ASSERT_STRING_EQUAL(b->parameters[0].value, "${provision.http}/$PSN.xml");
    CU_ASSERT_EQUAL(b->parameters[0].place.column, 26);
    CU_ASSERT_STRING_EQUAL(b->parameters[1].value, "");
    CU_ASSERT_EQUAL(b->delay_us, 0);
    CU_ASSERT_EQUAL(b->rate_bytes_per_s, 1000000000);
    CU_ASSERT_EQUAL(b->truncate_bytes, 10);
    CU_ASSERT_EQUAL(b->times, 14);
    CU_ASSERT_EQUAL_FATAL(b->header_count, 2);
    CU_ASSERT_STRING_EQUAL(b->headers[0].name, "Retry-After");
    CU_ASSERT_STRING_EQUAL(b->headers[0].value, "120");
    CU_ASSERT_EQUAL(s->provision.items[0].kind, BEHAVIOUR_CONFIG);
    CU_ASSERT_EQUAL(s->provision.items[0].times, 1000000);
    scenario_free(s);
}

static void answers_by_status(void)
{
    struct scenario *s = testing_scenario(
        GIVEN("edos: [{redirect: '${provision.http}/a'}, {redirect: /b, status: 307, body: gone}, "
              "{body: 'a${provision.http}', truncate: 500}, {status: 404, body: ''}, "
              "{status: 100}, {body: abc, truncate: 2}]"));
    const struct behaviour *items = edos(s, 6);
    static const unsigned statuses[] = {302, 307, 200, 404, 100, 200};
    static const size_t lengths[] = {0, 4, 18, 0, 0, 3};
    for (size_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(items[i].kind, BEHAVIOUR_STATUS);
        CU_ASSERT_EQUAL(items[i].status, statuses[i]);
        CU_ASSERT_EQUAL(items[i].body_length, lengths[i]);
        CU_ASSERT_EQUAL(items[i].body_has_names, i == 2);
    }
    CU_ASSERT_STRING_EQUAL(items[0].redirect, "${provision.http}/a");
    CU_ASSERT_STRING_EQUAL(items[1].redirect, "/b");
    CU_ASSERT_PTR_NULL(items[2].redirect);
    CU_ASSERT_EQUAL(items[5].truncate_bytes, 2);
    scenario_free(s);
}

static void faults(void)
{
    static const enum behaviour_tls kinds[] = {
        BEHAVIOUR_TLS_EXPIRED, BEHAVIOUR_TLS_WRONG_HOST, BEHAVIOUR_TLS_UNTRUSTED,
        BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE, BEHAVIOUR_TLS_ABORT};
    struct scenario *s = testing_scenario(GIVEN(
        "edos: [{tls: expired}, {tls: wrong-host}, {tls: untrusted, times: 3}, "
        "{tls: want-client-certificate}, {tls: abort, times: 2}, {tls: expired, status: 404}, "
        "{tls: want-client-certificate, behaviour: hang}], provision: [{tftp-error: 1}, "
        "{tftp-error: 2}, {tftp-error: 0, delay: 1s, times: 2}, {drop-block: 2}, "
        "{config: {}, drop-block: 1, duplicate-block: 65535}, {tls: expired}, "
        "{reorder-block: 3, wrong-tid: 4}, {no-options: true}]"));
    const struct behaviour *items = edos(s, 7);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(items[i].tls, kinds[i]);
        CU_ASSERT_EQUAL(items[i].kind, BEHAVIOUR_PROFILE);
        CU_ASSERT_EQUAL(items[i].status, 200);
    }
    CU_ASSERT_EQUAL(items[2].times, 3);
    CU_ASSERT_EQUAL(items[5].kind, BEHAVIOUR_STATUS);
    CU_ASSERT_EQUAL(items[5].status, 404);
    CU_ASSERT_EQUAL(items[6].kind, BEHAVIOUR_HANG);
    CU_ASSERT_EQUAL(items[6].tls, BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE);
    CU_ASSERT_EQUAL_FATAL(s->provision.count, 8);
    items = s->provision.items;
    static const unsigned codes[] = {1, 2, 0}, statuses[] = {404, 403, 500};
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(items[i].kind, BEHAVIOUR_TFTP_ERROR);
        CU_ASSERT_EQUAL(items[i].tftp_error, codes[i]);
        CU_ASSERT_EQUAL(items[i].status, statuses[i]); /* over HTTP */
    }
    CU_ASSERT_EQUAL(items[3].kind, BEHAVIOUR_CONFIG);
    CU_ASSERT_EQUAL(items[3].drop_block, 2);
    CU_ASSERT_EQUAL(items[3].duplicate_block, 0);
    CU_ASSERT_EQUAL(items[4].drop_block, 1);
    CU_ASSERT_EQUAL(items[4].duplicate_block, 65535);
    CU_ASSERT_EQUAL(items[5].kind, BEHAVIOUR_CONFIG);
    CU_ASSERT_EQUAL(items[5].tls, BEHAVIOUR_TLS_EXPIRED);
    CU_ASSERT_EQUAL(items[6].kind, BEHAVIOUR_CONFIG);
    CU_ASSERT_EQUAL(items[6].reorder_block, 3);
    CU_ASSERT_EQUAL(items[6].stray_block, 4);
    CU_ASSERT_FALSE(items[6].no_options);
    CU_ASSERT_EQUAL(items[7].kind, BEHAVIOUR_CONFIG);
    CU_ASSERT_TRUE(items[7].no_options);
    scenario_free(s);
}

void tests_harness_scenario_parse_behaviour(void);
void tests_harness_scenario_parse_behaviour(void)
{
    TEST_SUITE("scenario/behaviour", {"errors: words", errors_words}, {"errors: maps", errors_maps},
               {"errors: answers", errors_answers}, {"errors: together", errors_together},
               {"errors: faults", errors_faults}, {"errors: HTTP", errors_http}, {"faults", faults},
               {"faults of HTTP", faults_of_http}, {"every word", every_word},
               {"words in maps", words_in_maps},
               {"parameters with the rest", parameters_with_the_rest},
               {"answers by status", answers_by_status});
}

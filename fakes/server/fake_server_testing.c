/* SPDX-License-Identifier: MIT */
#include "fakes/server/fake_server_testing.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const schemes[] = {
    [TRANSPORT_HTTP] = "http", [TRANSPORT_HTTPS] = "https", [TRANSPORT_TFTP] = "tftp"};
static const char *const substitutions[] = {"http://10.0.0.1", "https://10.0.0.1",
                                            "tftp://10.0.0.1", "10.0.0.1"};

/* --- a certificate for 127.0.0.1 --- */

static void make_certificate(struct bench *bench)
{
    static const unsigned char serial[] = {1}, address[] = {127, 0, 0, 1};
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    size_t size = sizeof bench->key_pem;
    CU_ASSERT_EQUAL_FATAL(gnutls_x509_privkey_init(&key), 0);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                     GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
        0);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, bench->key_pem, &size), 0);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, serial, sizeof serial);
    gnutls_x509_crt_set_activation_time(certificate, 946684800);  /* 2000 */
    gnutls_x509_crt_set_expiration_time(certificate, 4102444800); /* 2100 */
    gnutls_x509_crt_set_dn(certificate, "CN=test", NULL);
    gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, address, sizeof address,
                                         GNUTLS_FSAN_SET);
    gnutls_x509_crt_set_basic_constraints(certificate, 1, -1);
    gnutls_x509_crt_set_key(certificate, key);
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), 0);
    size = sizeof bench->certificate_pem;
    CU_ASSERT_EQUAL_FATAL(
        gnutls_x509_crt_export(certificate, GNUTLS_X509_FMT_PEM, bench->certificate_pem, &size), 0);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    snprintf(bench->certificate, sizeof bench->certificate, "%s/certificate.pem", testing_folder());
    FILE *file = fopen(bench->certificate, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(bench->certificate_pem, file);
    fclose(file);
}

/* All but the good one are of somebody whom nobody knows, which is all that matters here. */
static void make_identities(struct bench *bench)
{
    identity_init(&bench->stranger, NULL, "a stranger", 30);
    pem_of(&bench->stranger, bench->stranger_pem, bench->stranger_key_pem);
    for (int i = 0; i < BEHAVIOUR_TLS_IDENTITIES; i++)
        bench->identities[i] =
            (struct web_identity){bench->stranger_pem, bench->stranger_key_pem, NULL, false};
    bench->identities[BEHAVIOUR_TLS_GOOD] =
        (struct web_identity){bench->certificate_pem, bench->key_pem, NULL, false};
    bench->identities[BEHAVIOUR_TLS_WANT_CLIENT_CERTIFICATE] =
        (struct web_identity){bench->certificate_pem, bench->key_pem, bench->stranger_pem, false};
    snprintf(bench->client, sizeof bench->client, "%s/client.pem", testing_folder());
    struct identity phone;
    char phone_pem[TLS_PEM_MAX], phone_key_pem[TLS_PEM_MAX];
    identity_init(&phone, &bench->stranger, "a phone", 30);
    pem_of(&phone, phone_pem, phone_key_pem);
    FILE *file = fopen(bench->client, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fprintf(file, "%s%s", phone_pem, phone_key_pem);
    fclose(file);
    identity_done(&phone);
}

/* --- the log as lines --- */

static void log_request(void *context, const struct fake_exchange *request)
{
    struct bench *bench = context;
    CU_ASSERT_EQUAL(request->client_address, LOOPBACK);
    CU_ASSERT_NOT_EQUAL(request->client_port, 0);
    CU_ASSERT_EQUAL(request->server_port, fake_server_port(bench->server, request->transport));
    buffer_format(&bench->log, "%s %s %s %s [%s]%s%s\n", schemes[request->transport],
                  request->method, request->target, request->agent, request->behaviour,
                  request->certificate ? " by " : "",
                  request->certificate ? request->certificate : "");
    if (request->transport != TRANSPORT_TFTP && request->client_port != bench->port) {
        bench->connections++;
        bench->port = request->client_port;
    }
}

static void log_answer(void *context, const struct fake_exchange *answer)
{
    static const char *const contents[] = {"none",  "profile", "config",
                                           "empty", "garbage", "other"};
    struct bench *bench = context;
    buffer_format(&bench->log, "  %u %s %s%s%s%s%s\n", answer->status, contents[answer->content],
                  answer->complete ? "whole" : "broken", answer->redirect ? " to " : "",
                  answer->redirect ? answer->redirect : "", answer->retry_delay ? " retry " : "",
                  answer->retry_delay ? answer->retry_delay : "");
}

static void log_handshake(void *context, const struct fake_handshake *handshake)
{
    struct bench *bench = context;
    CU_ASSERT_EQUAL(handshake->client_address, LOOPBACK);
    CU_ASSERT_NOT_EQUAL(handshake->client_port, 0);
    CU_ASSERT_EQUAL(handshake->server_port, fake_server_port(bench->server, TRANSPORT_HTTPS));
    buffer_format(&bench->log, "(%s)\n", handshake->fault);
}

static int log_client(void *context, uint32_t address)
{
    struct bench *bench = context;
    CU_ASSERT_EQUAL(address, LOOPBACK);
    return bench->phone;
}

void fake_expect_log(struct bench *bench, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(buffer_string(&bench->log), expected);
    if (strcmp(buffer_string(&bench->log), expected) != 0)
        printf("\n    expected:\n%s    seen:\n%s", expected, buffer_string(&bench->log));
    buffer_clear(&bench->log);
}

/* --- the bench --- */

struct fake_server_config fake_config_of(struct bench *bench, enum fake_role role)
{
    return (struct fake_server_config){.loop = bench->loop,
                                       .netns_fd = -1,
                                       .role = role,
                                       .address = LOOPBACK,
                                       .http_port = 80,
                                       .https_port = 443,
                                       .tftp_port = 69,
                                       .free_ports = true,
                                       .identities = bench->identities,
                                       .log = {.request = log_request,
                                               .answer = log_answer,
                                               .handshake = log_handshake,
                                               .client = log_client,
                                               .context = bench},
                                       .seed = 1,
                                       .substitutions = substitutions,
                                       .client_max = 2};
}

struct bench *fake_bench_new(enum fake_role role)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = {0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(bench);
    make_certificate(bench);
    make_identities(bench);
    buffer_init(&bench->log, LOG_BYTES_MAX);
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error), 0);
    CU_ASSERT_EQUAL_FATAL(fetcher_new(bench->loop, -1, &bench->fetcher, &error), 0);
    struct fake_server_config config = fake_config_of(bench, role);
    CU_ASSERT_EQUAL_FATAL(fake_server_new(&config, &bench->server, &error), 0);
    return bench;
}

void fake_bench_free(struct bench *bench)
{
    fetcher_free(bench->fetcher);
    fake_server_free(bench->server);
    loop_timer_cancel(&bench->timer);
    for (unsigned i = 0; i < bench->visit_count; i++)
        buffer_done(&bench->visits[i].body);
    buffer_done(&bench->log);
    identity_done(&bench->stranger);
    loop_free(bench->loop);
    free(bench);
}

static void done(void *context, const struct fetch_result *result)
{
    struct visit *visit = context;
    visit->fetch = NULL;
    visit->done = true;
    visit->outcome = result->outcome;
    visit->status = result->status;
    visit->done_us = loop_now_us(visit->bench->loop);
    snprintf(visit->location, sizeof visit->location, "%s", result->location);
    snprintf(visit->content_type, sizeof visit->content_type, "%s", result->content_type);
    buffer_append(&visit->body, result->body, result->body_length);
    if (--visit->bench->pending == 0)
        loop_stop(visit->bench->loop);
}

struct visit *fake_start(struct bench *bench, enum transport transport, const char *method,
                         const char *path)
{
    struct visit *visit = &bench->visits[bench->visit_count++];
    struct error error = {0};
    char url[256];
    snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", schemes[transport],
             fake_server_port(bench->server, transport), path);
    *visit = (struct visit){.bench = bench, .done_us = UINT64_MAX};
    buffer_init(&visit->body, 1 << 20);
    const struct fetch_request request = {.url = url,
                                          .method = method,
                                          .user_agent = "phone",
                                          .local_address = LOOPBACK,
                                          .ca_file = bench->certificate,
                                          .certificate_file =
                                              bench->shows_certificate ? bench->client : NULL,
                                          .reuse_connection = bench->keeps,
                                          .body_bytes_max = 1 << 20};
    CU_ASSERT_EQUAL_FATAL(fetch_start(bench->fetcher, &request, done, visit, &visit->fetch, &error),
                          0);
    bench->pending++;
    return visit;
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

void fake_run(struct bench *bench)
{
    struct error error = {0};
    int result = loop_run(bench->loop, nothing_to_start, NULL, STALL_REAL_US, &error);
    CU_ASSERT_EQUAL(result, 0);
    if (result < 0)
        printf("\n    %s\n", error.text);
}

static void stop(void *context)
{
    loop_stop(context);
}

void fake_settle(struct bench *bench, uint64_t us)
{
    loop_timer_set(bench->loop, &bench->stop_timer, loop_now_us(bench->loop) + us, stop,
                   bench->loop);
    fake_run(bench);
}

void fake_cancel(void *context)
{
    struct bench *bench = context;
    fetch_cancel(bench->cancelled->fetch);
    bench->cancelled->fetch = NULL;
    bench->pending--;
}

struct visit *fake_get(struct bench *bench, enum transport transport, const char *path)
{
    struct visit *visit = fake_start(bench, transport, NULL, path);
    fake_run(bench);
    return visit;
}

void fake_set(struct bench *bench, const struct behaviour *items, size_t count)
{
    /* Lives as long as the test program: a server borrows its list. */
    static struct behaviour_list list;
    struct error error = {0};
    list = (struct behaviour_list){items, count};
    CU_ASSERT_EQUAL(fake_server_set(bench->server, FAKE_ALL_CLIENTS, &list, &error), 0);
}

/* SPDX-License-Identifier: MIT */
#include "harness/loop/fetch_setup.h"
#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
    CONNECT_TO_TEXT_MAX = IPV4_TEXT_MAX + 8,
    HEADER_LINE_MAX = 4096,
    /* libcurl has no "never"; the owner's clock cancels long before. */
    CONNECT_SECONDS_MAX = 7 * 24 * 3600,
};

/* The scheme decides the transport; the host must have an address by now. */
static int check_url(struct fetch_setup *setup, const struct fetch_request *request,
                     struct error *error)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL;
    uint32_t address;
    int result = 0;
    if (!url)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (curl_url_set(url, CURLUPART_URL, request->url, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        result = error_set(error, ERROR_INVALID, "'%s' is not a URL", request->url);
    else if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0 &&
             strcmp(scheme, "tftp") != 0)
        result = error_set(error, ERROR_INVALID, "'%s': only http, https and tftp", request->url);
    else if (request->address == 0 && !ipv4_parse(host, &address))
        result = error_set(error, ERROR_INVALID, "'%s': the address of the host is not known",
                           request->url);
    else
        setup->protocol = strcmp(scheme, "tftp") == 0 ? LOOP_UDP : LOOP_TCP;
    if (result == 0 && request->leniency && strcmp(scheme, "https") == 0)
        result = fetch_trust_init(&setup->trust, request->ca_file, host, request->leniency, error);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return result;
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static int add_header(struct fetch_setup *setup, const char *name, const char *value,
                      struct error *error)
{
    struct buffer line;
    buffer_init(&line, HEADER_LINE_MAX);
    buffer_format(&line, "%s: %s", name, value);
    bool clean = !line.failed && strpbrk(buffer_string(&line), "\r\n") == NULL;
    bool added = clean && append(&setup->headers, buffer_string(&line));
    buffer_done(&line);
    if (!clean)
        return error_set(error, ERROR_INVALID, "the header '%.64s' is not one line", name);
    return added ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

static int add_headers(struct fetch_setup *setup, const struct fetch_request *request,
                       struct error *error)
{
    int result = 0;
    if (request->header_count > FETCH_HEADERS_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d headers", FETCH_HEADERS_MAX);
    /* Waiting for "100 Continue" would be a pause by libcurl's own clock. */
    if (!append(&setup->headers, "Expect:"))
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (request->content_type)
        result = add_header(setup, "Content-Type", request->content_type, error);
    for (size_t i = 0; i < request->header_count && result == 0; i++)
        result = add_header(setup, request->headers[i].name, request->headers[i].value, error);
    return result;
}

static void set_manners(CURL *easy, const struct fetch_request *request)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,tftp");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS | CURLPROTO_TFTP);
#endif
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_IPRESOLVE, (long)CURL_IPRESOLVE_V4);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     request->http_1_0 ? (long)CURL_HTTP_VERSION_1_0 : (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS_MAX);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* what a phone asks is what is judged */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->reuse_connection ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, request->reuse_connection ? 0L : 1L);
}

static CURLcode set_tls(struct fetch_setup *setup, const struct fetch_request *request)
{
    CURL *easy = setup->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    if (request->tls_1_2)
        curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                         (long)(CURL_SSLVERSION_TLSv1_2 | CURL_SSLVERSION_MAX_TLSv1_2));
    if (code == CURLE_OK && request->certificate_file)
        code = curl_easy_setopt(easy, CURLOPT_SSLCERT, request->certificate_file);
    if (request->any_certificate) {
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        return code;
    }
    return code == CURLE_OK ? fetch_trust_apply(&setup->trust, easy) : code;
}

static void set_tftp(CURL *easy, const struct fetch_request *request)
{
    curl_easy_setopt(easy, CURLOPT_TFTP_NO_OPTIONS, request->tftp_plain ? 1L : 0L);
    if (request->tftp_block_bytes > 0)
        curl_easy_setopt(easy, CURLOPT_TFTP_BLKSIZE, (long)request->tftp_block_bytes);
}

static CURLcode set_body(CURL *easy, const struct fetch_request *request)
{
    CURLcode code = CURLE_OK;
    if (request->body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        code = curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, (const char *)request->body);
    }
    if (code == CURLE_OK && request->method && strcmp(request->method, "HEAD") == 0)
        code = curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (code == CURLE_OK && request->method)
        code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    return code;
}

static CURLcode set_request(struct fetch_setup *setup, const struct fetch_request *request)
{
    CURL *easy = setup->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);
    if (code == CURLE_OK && setup->protocol == LOOP_TCP)
        code = set_body(easy, request);
    if (code == CURLE_OK)
        code = set_tls(setup, request);
    if (code == CURLE_OK && request->user_agent)
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
    if (code == CURLE_OK && request->user) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
        code = curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password ? request->password : "");
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, setup->headers);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, setup->connect_to);
    return code;
}

int fetch_setup_init(struct fetch_setup *setup, const struct fetch_request *request,
                     struct error *error)
{
    char connect_to[CONNECT_TO_TEXT_MAX], address[IPV4_TEXT_MAX];
    int result = check_url(setup, request, error);
    if (result == 0)
        result = add_headers(setup, request, error);
    if (result < 0)
        return result;
    if (request->address != 0) {
        snprintf(connect_to, sizeof connect_to, "::%s:", ipv4_format(request->address, address));
        if (!append(&setup->connect_to, connect_to))
            return error_set(error, ERROR_MEMORY, "out of memory");
    }
    setup->easy = curl_easy_init();
    if (!setup->easy)
        return error_set(error, ERROR_MEMORY, "out of memory");
    set_manners(setup->easy, request);
    set_tftp(setup->easy, request);
    CURLcode code = set_request(setup, request);
    if (code != CURLE_OK)
        return error_set(error, ERROR_FAILED, "%s", curl_easy_strerror(code));
    return 0;
}

void fetch_setup_done(struct fetch_setup *setup)
{
    if (setup->easy)
        curl_easy_cleanup(setup->easy);
    curl_slist_free_all(setup->headers);
    curl_slist_free_all(setup->connect_to);
    fetch_trust_done(&setup->trust);
    *setup = (struct fetch_setup){0};
}

static enum fetch_outcome lost_connection(CURL *easy)
{
    long status = 0, reason = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &reason);
    /* Over TLS a body that ends early is an error in receiving. */
    return status > 0 && reason != ECONNRESET ? FETCH_TRUNCATED : FETCH_RESET;
}

enum fetch_outcome fetch_outcome_of(CURL *easy, CURLcode code, bool too_large)
{
    long reason = 0;
    switch (code) {
    case CURLE_OK:
        return FETCH_OK;
    case CURLE_COULDNT_CONNECT:
        curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &reason);
        return reason == ECONNREFUSED ? FETCH_REFUSED : FETCH_NOT_CONNECTED;
    case CURLE_OPERATION_TIMEDOUT:
        return FETCH_NOT_CONNECTED;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CRL_BADFILE:
        return FETCH_TLS_FAILED;
    case CURLE_GOT_NOTHING:
        return FETCH_RESET;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return lost_connection(easy);
    case CURLE_PARTIAL_FILE:
        return FETCH_TRUNCATED;
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
        return too_large ? FETCH_TOO_LARGE : FETCH_OTHER;
    default:
        return fetch_tftp_error(code) > 0 ? FETCH_TFTP_ERROR : FETCH_OTHER;
    }
}

unsigned fetch_tftp_error(CURLcode code)
{
    switch (code) { /* RFC 1350, appendix I */
    case CURLE_TFTP_NOTFOUND:
        return 1;
    case CURLE_TFTP_PERM:
        return 2;
    case CURLE_REMOTE_DISK_FULL:
        return 3;
    case CURLE_TFTP_ILLEGAL:
        return 4;
    case CURLE_TFTP_UNKNOWNID:
        return 5;
    case CURLE_REMOTE_FILE_EXISTS:
        return 6;
    case CURLE_TFTP_NOSUCHUSER:
        return 7;
    default:
        return 0;
    }
}

/* SPDX-License-Identifier: MIT */
#include "harness/loop/fetch.h"
#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/base/error.h"
#include "harness/loop/namespace.h"
#include "harness/loop/tftp_download.h"
#include "harness/loop/unreachable.h"
#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LOCATION_BYTES_MAX = 8192, /* a longer one is no Location at all */
    /* A turn handles at most this many finished transfers before the loop looks elsewhere. */
    FINISHED_A_TURN_MAX = 256,
    SOCKETS_FIRST = 8,
    DATAGRAMS_A_TURN_MAX = 64,
    DATAGRAM_BYTES_MAX = TFTP_BLOCK_BYTES_MAX + 4,
    REQUEST_BYTES_MAX = 1024, /* of TFTP: a name, a mode and options */
};

/* A client that is less strict about a server's certificate than it should be. A strict one leaves
 * it to libcurl. */
struct fetch_trust { /* zeroed: libcurl decides. Must not move once applied */
    unsigned leniency;
    char *ca_file, *host; /* owned */
    CURL *easy;           /* borrowed */
    bool refused;         /* the certificate was not even good enough for this client */
};

/* A request put into libcurl's terms. */
struct fetch_setup {
    CURL *easy;                              /* owned; NULL until all went well, and for TFTP */
    struct curl_slist *headers, *connect_to; /* owned; libcurl borrows them */
    enum loop_protocol protocol;             /* LOOP_UDP: TFTP */
    struct fetch_trust trust;
};

/* A transfer by TFTP, of which libcurl knows nothing. */
struct datagrams { /* zeroed: none */
    struct tftp_download download;
    struct loop_watch *watch;
    struct loop_timer timer;        /* the first packet, a repeated one, the end */
    uint64_t repeat_us;             /* 0 = never */
    enum fetch_outcome unreachable; /* FETCH_OK = it is not */
};

struct fetcher {
    struct loop *loop;
    int netns_fd;                          /* borrowed */
    CURLM *multi;                          /* owned */
    struct loop_timer timer;               /* libcurl's own */
    struct loop_debtor debtor;             /* added while there are transfers: idle ones are many */
    struct unreachable_watch *unreachable; /* owned; NULL until a datagram is sent */
    LIST_HEAD(, fetch) in_flight;
    size_t count;
    int *fds; /* owned; open sockets, of kept connections too */
    size_t fd_count, fd_capacity;
    bool in_callback;
};

struct fetch {
    struct fetcher *fetcher;
    LIST_ENTRY(fetch) entry;
    struct fetch_setup setup;
    struct buffer body, location;
    fetch_done_fn *done;
    void *context;
    int fd;        /* the socket that this transfer waits on; -1 = none */
    int opened_fd; /* the last one that was opened for it, -1 = none or closed */
    bool keeps_connection;
    uint32_t local_address, peer_address; /* 0 = not known (yet) */
    bool too_large, finished, chunked;
    size_t head_bytes, head_bytes_max; /* of all heads so far; the latter 0 = any */
    void (*progress)(void *context);
    char error_text[CURL_ERROR_SIZE];
    struct datagrams *datagrams; /* owned; NULL but for TFTP */
};

struct fetch_socket { /* one for each socket that libcurl wants watched */
    struct fetcher *fetcher;
    int fd;
    struct loop_watch *watch;
};

/* --- whom a client trusts --- */

/* What is wrong with a certificate when nobody it was issued by is known. */
enum { UNKNOWN_AUTHORITY = GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_INVALID };
enum { CHAIN_MAX = 8 };
enum { WRONG_DATE = GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED };

static int fetch_trust_init(struct fetch_trust *trust, const char *ca_file, const char *host,
                            unsigned leniency, struct error *error)
{
    trust->leniency = leniency;
    trust->host = strdup(host);
    trust->ca_file = ca_file ? strdup(ca_file) : NULL;
    if (!trust->host || (ca_file && !trust->ca_file))
        return error_set(error, ERROR_MEMORY, "out of memory");
    return 0;
}

static int verify(const struct fetch_trust *trust, const gnutls_datum_t *der, unsigned count,
                  unsigned *ret_status)
{
    gnutls_x509_trust_list_t trusted = NULL;
    gnutls_x509_crt_t chain[CHAIN_MAX] = {NULL};
    gnutls_typed_vdata_st host = {.type = GNUTLS_DT_DNS_HOSTNAME,
                                  .data = (unsigned char *)trust->host};
    unsigned chain_count = 0;
    int code = gnutls_x509_trust_list_init(&trusted, 0);
    if (code >= 0 && trust->ca_file)
        code = gnutls_x509_trust_list_add_trust_file(trusted, trust->ca_file, NULL,
                                                     GNUTLS_X509_FMT_PEM, 0, 0);
    for (unsigned i = 0; code >= 0 && i < count && i < CHAIN_MAX; i++) {
        code = gnutls_x509_crt_init(&chain[i]);
        if (code >= 0)
            code = gnutls_x509_crt_import(chain[i], &der[i], GNUTLS_X509_FMT_DER);
        chain_count = i + 1;
    }
    if (code >= 0)
        code = gnutls_x509_trust_list_verify_crt2(trusted, chain, chain_count, &host, 1, 0,
                                                  ret_status, NULL);
    for (unsigned i = 0; i < chain_count; i++)
        gnutls_x509_crt_deinit(chain[i]);
    gnutls_x509_trust_list_deinit(trusted, 1);
    return code;
}

/* The faults that this client minds. */
static unsigned minded(const struct fetch_trust *trust, unsigned status)
{
    if (trust->leniency & FETCH_ANY_DATE)
        status &= ~(unsigned)WRONG_DATE;
    if (trust->leniency & FETCH_ANY_HOST)
        status &= ~(unsigned)GNUTLS_CERT_UNEXPECTED_OWNER;
    if (trust->leniency & FETCH_ANY_AUTHORITY)
        status &= ~(unsigned)UNKNOWN_AUTHORITY;
    return status & ~(unsigned)GNUTLS_CERT_INVALID; /* says only that there is another */
}

static bool is_good_enough(const struct fetch_trust *trust)
{
    const struct curl_tlssessioninfo *tls = NULL;
    unsigned count = 0, status = ~0u;
    if (curl_easy_getinfo(trust->easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls ||
        tls->backend != CURLSSLBACKEND_GNUTLS)
        return false;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(tls->internals, &count);
    return der && count > 0 && verify(trust, der, count, &status) >= 0 &&
           minded(trust, status) == 0;
}

/* The handshake is over, nothing was asked yet. */
static int before_request(void *context, char *server_address, char *client_address,
                          int server_port, int client_port)
{
    struct fetch_trust *trust = context;
    (void)server_address, (void)client_address, (void)server_port, (void)client_port;
    trust->refused = !is_good_enough(trust);
    return trust->refused ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static CURLcode fetch_trust_apply(struct fetch_trust *trust, CURL *easy)
{
    if (trust->leniency == 0)
        return CURLE_OK;
    trust->easy = easy;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, trust);
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
}

/* --- a request in libcurl's terms --- */

enum {
    CONNECT_TO_TEXT_MAX = IPV4_TEXT_MAX + 8,
    HEADER_LINE_MAX = 4096,
    /* libcurl has no "never"; the owner's clock cancels long before. */
    CONNECT_SECONDS_MAX = 7 * 24 * 3600,
};

/* The scheme decides the transport; the host must have an address by now. */
static int check_url(struct fetch_setup *setup, const struct fetch_request *request,
                     uint32_t *ret_address, struct error *error)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL;
    uint32_t address = request->address;
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
    else if (address == 0 && !ipv4_parse(host, &address))
        result = error_set(error, ERROR_INVALID, "'%s': the address of the host is not known",
                           request->url);
    else
        setup->protocol = strcmp(scheme, "tftp") == 0 ? LOOP_UDP : LOOP_TCP;
    *ret_address = address;
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
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
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
    if (code == CURLE_OK)
        code = set_body(easy, request);
    if (code == CURLE_OK)
        code = set_tls(setup, request);
    if (code == CURLE_OK && request->user_agent)
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
    if (code == CURLE_OK && request->user) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH,
                         request->login_basic_only ? (long)CURLAUTH_BASIC
                                                   : (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
        code = curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password ? request->password : "");
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, setup->headers);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, setup->connect_to);
    return code;
}

/* Leaves to fetch_free what it has made, even when it failed. */
static int fetch_setup_init(struct fetch_setup *setup, const struct fetch_request *request,
                            struct error *error)
{
    char connect_to[CONNECT_TO_TEXT_MAX], address[IPV4_TEXT_MAX];
    TRY(add_headers(setup, request, error));
    if (request->address != 0) {
        snprintf(connect_to, sizeof connect_to, "::%s:", ipv4_format(request->address, address));
        if (!append(&setup->connect_to, connect_to))
            return error_set(error, ERROR_MEMORY, "out of memory");
    }
    setup->easy = curl_easy_init();
    if (!setup->easy)
        return error_set(error, ERROR_MEMORY, "out of memory");
    set_manners(setup->easy, request);
    CURLcode code = set_request(setup, request);
    if (code != CURLE_OK)
        return error_set(error, ERROR_FAILED, "%s", curl_easy_strerror(code));
    return 0;
}

static void take_finished(struct fetcher *fetcher);

static enum fetch_outcome lost_connection(CURL *easy, bool chunked)
{
    long status = 0, reason = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &reason);
    /* Over TLS a body that ends early is an error in receiving. */
    if (status == 0 || reason == ECONNRESET)
        return FETCH_RESET;
    return chunked ? FETCH_BAD_CHUNKS : FETCH_TRUNCATED;
}

/* What the end of a transfer means; too_large: head or body was cut off by us; chunked: so its body
 * was to come. */
static enum fetch_outcome fetch_outcome_of(CURL *easy, CURLcode code, bool too_large, bool chunked)
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
        return lost_connection(easy, chunked);
    case CURLE_PARTIAL_FILE:
        return FETCH_TRUNCATED;
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
        return too_large ? FETCH_TOO_LARGE : FETCH_OTHER;
    default:
        return FETCH_OTHER;
    }
}

/* --- libcurl's sockets and timer on the loop --- */

static void socket_ready(void *context, uint32_t events)
{
    struct fetch_socket *socket = context;
    struct fetcher *fetcher = socket->fetcher;
    int running, actions = 0;
    if (events & (EPOLLIN | EPOLLHUP))
        actions |= CURL_CSELECT_IN;
    if (events & EPOLLOUT)
        actions |= CURL_CSELECT_OUT;
    if (events & EPOLLERR)
        actions |= CURL_CSELECT_ERR;
    curl_multi_socket_action(fetcher->multi, socket->fd, actions, &running);
    take_finished(fetcher);
}

static void socket_forget(struct fetcher *fetcher, struct fetch_socket *socket)
{
    struct fetch *fetch;
    LIST_FOREACH(fetch, &fetcher->in_flight, entry)
    {
        if (fetch->fd == socket->fd)
            fetch->fd = -1;
    }
    loop_unwatch(socket->watch);
    free(socket);
}

static int socket_watch(struct fetcher *fetcher, int fd, uint32_t events,
                        struct fetch_socket **ret_socket)
{
    struct fetch_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return ERROR_MEMORY;
    *socket = (struct fetch_socket){.fetcher = fetcher, .fd = fd};
    int result = loop_watch(fetcher->loop, fd, events, socket_ready, socket, &socket->watch, NULL);
    if (result < 0) {
        free(socket);
        return result;
    }
    curl_multi_assign(fetcher->multi, fd, socket);
    *ret_socket = socket;
    return 0;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct fetcher *fetcher = context;
    struct fetch_socket *socket = assigned;
    struct fetch *fetch = NULL;
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) |
                      (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            socket_forget(fetcher, socket);
        return 0;
    }
    if (!socket && socket_watch(fetcher, fd, events, &socket) < 0)
        return -1;
    if (loop_watch_change(socket->watch, events, NULL) < 0)
        return -1;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&fetch);
    if (fetch)
        fetch->fd = fd;
    return 0;
}

static void timer_fired(void *context)
{
    struct fetcher *fetcher = context;
    int running;
    curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    take_finished(fetcher);
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *context)
{
    struct fetcher *fetcher = context;
    (void)multi;
    loop_timer_cancel(&fetcher->timer);
    if (timeout_ms >= 0)
        loop_real_timer_set(fetcher->loop, &fetcher->timer,
                            monotonic_us() + (uint64_t)timeout_ms * 1000u, timer_fired, fetcher);
    return 0;
}

static bool remember_socket(struct fetcher *fetcher, int fd)
{
    if (fetcher->fd_count == fetcher->fd_capacity) {
        size_t capacity = fetcher->fd_capacity ? 2 * fetcher->fd_capacity : SOCKETS_FIRST;
        int *fds = realloc(fetcher->fds, capacity * sizeof *fds);
        if (!fds)
            return false;
        fetcher->fds = fds;
        fetcher->fd_capacity = capacity;
    }
    fetcher->fds[fetcher->fd_count++] = fd;
    return true;
}

static int close_socket(void *context, curl_socket_t fd)
{
    struct fetcher *fetcher = context;
    struct fetch *fetch;
    for (size_t i = 0; i < fetcher->fd_count; i++) {
        if (fetcher->fds[i] == fd) {
            fetcher->fds[i] = fetcher->fds[--fetcher->fd_count];
            break;
        }
    }
    LIST_FOREACH(fetch, &fetcher->in_flight, entry)
    {
        if (fetch->opened_fd == fd)
            fetch->opened_fd = -1;
    }
    return close(fd);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *fetch = context;
    (void)purpose;
    int fd = namespace_socket(fetch->fetcher->netns_fd, address->family, address->socktype,
                              address->protocol, NULL);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (!remember_socket(fetch->fetcher, fd)) {
        (void)close(fd);
        return CURL_SOCKET_BAD;
    }
    fetch->opened_fd = fd;
    if (address->family == AF_INET) {
        struct sockaddr_in peer;
        memcpy(&peer, &address->addr, sizeof peer);
        fetch->peer_address = ntohl(peer.sin_addr.s_addr);
    }
    return fd;
}

/* --- what is owed --- */

static uint16_t local_end(const struct fetch *fetch, uint32_t *ret_address)
{
    struct sockaddr_in address = {0};
    socklen_t length = sizeof address;
    *ret_address = fetch->local_address;
    if (fetch->fd < 0 || getsockname(fetch->fd, (struct sockaddr *)&address, &length) < 0 ||
        address.sin_family != AF_INET)
        return 0;
    if (address.sin_addr.s_addr != htonl(INADDR_ANY))
        *ret_address = ntohl(address.sin_addr.s_addr);
    return ntohs(address.sin_port);
}

static bool is_kept_waiting(const struct fetch *fetch)
{
    const struct loop *loop = fetch->fetcher->loop;
    uint32_t address;
    uint16_t port = local_end(fetch, &address);
    if (fetch->peer_address != 0 && loop_is_nobody(loop, fetch->peer_address))
        return true;
    return port != 0 && loop_is_held(loop, fetch->setup.protocol, address, port);
}

static bool fetcher_owes(void *context)
{
    const struct fetcher *fetcher = context;
    const struct fetch *fetch;
    LIST_FOREACH(fetch, &fetcher->in_flight, entry)
    {
        if (!is_kept_waiting(fetch))
            return true;
    }
    return false;
}

/* --- a fetcher's life --- */

static int curl_ready(struct error *error)
{
    static bool ready; /* libcurl's own state is one for the process, too */
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, ERROR_FAILED, "libcurl does not start");
    ready = true;
    return 0;
}

static CURLM *new_multi(struct fetcher *fetcher)
{
    CURLM *multi = curl_multi_init();
    if (!multi)
        return NULL;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetcher);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return multi;
}

int fetcher_new(struct loop *loop, int netns_fd, struct fetcher **ret_fetcher, struct error *error)
{
    TRY(curl_ready(error));
    struct fetcher *fetcher = calloc(1, sizeof *fetcher);
    CURLM *multi = fetcher ? new_multi(fetcher) : NULL;
    if (!multi) {
        free(fetcher);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    *fetcher = (struct fetcher){
        .loop = loop,
        .netns_fd = netns_fd,
        .multi = multi,
        .debtor = {.owes = fetcher_owes, .context = fetcher, .name = "a download"}};
    *ret_fetcher = fetcher;
    return 0;
}

void fetcher_free(struct fetcher *fetcher)
{
    if (!fetcher)
        return;
    assert(!fetcher->in_callback);
    while (!LIST_EMPTY(&fetcher->in_flight))
        fetch_cancel(LIST_FIRST(&fetcher->in_flight));
    curl_multi_cleanup(fetcher->multi);
    loop_timer_cancel(&fetcher->timer);
    unreachable_watch_free(fetcher->unreachable);
    free(fetcher->fds);
    free(fetcher);
}

static void silence(int fd)
{
    int on = TCP_REPAIR_ON;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on);
}

bool fetcher_is_idle(const struct fetcher *fetcher)
{
    return fetcher->count == 0;
}

int fetcher_disconnect(struct fetcher *fetcher, bool cut, struct error *error)
{
    assert(fetcher->count == 0 && !fetcher->in_callback);
    if (fetcher->fd_count == 0)
        return 0;
    /* Its store of connections is emptied by ending it. */
    CURLM *multi = new_multi(fetcher);
    if (!multi)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; cut && i < fetcher->fd_count; i++)
        silence(fetcher->fds[i]);
    curl_multi_cleanup(fetcher->multi);
    loop_timer_cancel(&fetcher->timer);
    fetcher->multi = multi;
    return 0;
}

/* --- the end of a transfer --- */

static void fetch_unlink(struct fetch *fetch)
{
    LIST_REMOVE(fetch, entry);
    if (--fetch->fetcher->count == 0)
        loop_debtor_remove(fetch->fetcher->loop, &fetch->fetcher->debtor);
}

static void datagrams_free(struct datagrams *datagrams)
{
    if (!datagrams)
        return;
    loop_unwatch(datagrams->watch);
    loop_timer_cancel(&datagrams->timer);
    tftp_download_done(&datagrams->download);
    free(datagrams);
}

static void fetch_free(struct fetch *fetch)
{
    curl_easy_cleanup(fetch->setup.easy);
    curl_slist_free_all(fetch->setup.headers);
    curl_slist_free_all(fetch->setup.connect_to);
    free(fetch->setup.trust.ca_file);
    free(fetch->setup.trust.host);
    datagrams_free(fetch->datagrams);
    if (fetch->setup.protocol == LOOP_UDP && fetch->fd >= 0)
        (void)close(fetch->fd);
    buffer_done(&fetch->body);
    buffer_done(&fetch->location);
    free(fetch);
}

void fetch_cancel(struct fetch *fetch)
{
    if (!fetch || fetch->finished) /* in its own callback: it ends by itself */
        return;
    if (fetch->setup.easy)
        curl_multi_remove_handle(fetch->fetcher->multi, fetch->setup.easy);
    fetch_unlink(fetch);
    fetch_free(fetch);
}

void fetch_cut(struct fetch *fetch)
{
    if (fetch && !fetch->finished && fetch->fd >= 0 && fetch->setup.protocol == LOOP_TCP)
        silence(fetch->fd);
    fetch_cancel(fetch);
}

/* A connection that is not to be kept ends before its transfer is told to have: since 8.10 libcurl
 * takes leave and then waits for the server's farewell while its user goes on, so that what the
 * user does next would be on the wire before or after the connection's end, as it happens. */
static void hang_up(const struct fetch *fetch)
{
    if (fetch->opened_fd >= 0 && !fetch->keeps_connection)
        (void)shutdown(fetch->opened_fd, SHUT_RDWR);
}

/* The callback, and the end of the transfer. */
static void tell(struct fetch *fetch, const struct fetch_result *result)
{
    struct fetcher *fetcher = fetch->fetcher;
    fetch_unlink(fetch);
    fetch->finished = true;
    bool outer = fetcher->in_callback;
    fetcher->in_callback = true;
    fetch->done(fetch->context, result);
    fetcher->in_callback = outer;
    fetch_free(fetch);
}

static void finish(struct fetch *fetch, CURLcode code)
{
    CURL *easy = fetch->setup.easy;
    enum fetch_outcome outcome =
        fetch->setup.trust.refused ? FETCH_TLS_FAILED
                                   : fetch_outcome_of(easy, code, fetch->too_large, fetch->chunked);
    const char *content_type = NULL;
    const char *text = fetch->error_text[0] ? fetch->error_text : curl_easy_strerror(code);
    long status = 0, request_bytes = 0, logins = 0;
    curl_multi_remove_handle(fetch->fetcher->multi, easy);
    hang_up(fetch);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(easy, CURLINFO_HTTPAUTH_AVAIL, &logins);
    tell(fetch, &(const struct fetch_result){.outcome = outcome,
                                             .text = outcome == FETCH_OK ? "" : text,
                                             .status = status > 0 ? (unsigned)status : 0,
                                             .location = buffer_string(&fetch->location),
                                             .content_type = content_type ? content_type : "",
                                             .body = (const uint8_t *)buffer_string(&fetch->body),
                                             .body_length = fetch->body.length,
                                             .complete = outcome == FETCH_OK,
                                             .request_sent = request_bytes > 0,
                                             .login_asked_for = logins != 0});
}

static void take_finished(struct fetcher *fetcher)
{
    for (int i = 0; i < FINISHED_A_TURN_MAX; i++) {
        int left;
        struct fetch *fetch = NULL;
        CURLMsg *message = curl_multi_info_read(fetcher->multi, &left);
        if (!message)
            return;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
        finish(fetch, code);
    }
    /* More are waiting: come back after the others had their turn. */
    loop_real_timer_set(fetcher->loop, &fetcher->timer, monotonic_us(), timer_fired, fetcher);
}

/* --- the start of a transfer --- */

static size_t body_arrived(char *bytes, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;
    if (fetch->progress)
        fetch->progress(fetch->context);
    buffer_append(&fetch->body, bytes, size * count);
    fetch->too_large = fetch->body.failed;
    return fetch->body.failed ? 0 : size * count;
}

/* Of several heads (a challenge, then the answer) the last counts. */
static size_t header_arrived(char *bytes, size_t size, size_t count, void *context)
{
    static const char name[] = "Location:", coding[] = "Transfer-Encoding:";
    struct fetch *fetch = context;
    size_t length = size * count, start = sizeof name - 1, end = length;
    if (fetch->progress)
        fetch->progress(fetch->context);
    fetch->head_bytes += length;
    fetch->too_large = fetch->head_bytes_max > 0 && fetch->head_bytes > fetch->head_bytes_max;
    if (fetch->too_large)
        return 0;
    if (length > 5 && strncmp(bytes, "HTTP/", 5) == 0) {
        buffer_clear(&fetch->location);
        fetch->chunked = false;
    }
    if (length >= sizeof coding && strncasecmp(bytes, coding, sizeof coding - 1) == 0)
        fetch->chunked = true;
    if (length < sizeof name || strncasecmp(bytes, name, sizeof name - 1) != 0)
        return length;
    while (end > start && strchr(" \t\r\n", bytes[end - 1]))
        end--;
    while (start < end && (bytes[start] == ' ' || bytes[start] == '\t'))
        start++;
    buffer_clear(&fetch->location);
    buffer_append(&fetch->location, bytes + start, end - start);
    return length;
}

static int set_up_http(struct fetch *fetch, const struct fetch_request *request,
                       struct error *error)
{
    TRY(fetch_setup_init(&fetch->setup, request, error));
    struct fetcher *fetcher = fetch->fetcher;
    CURL *easy = fetch->setup.easy;
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error_text);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_arrived);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_arrived);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, fetcher);
    if (curl_multi_add_handle(fetcher->multi, easy) != CURLM_OK)
        return error_set(error, ERROR_FAILED, "libcurl does not take the transfer");
    return 0;
}

/* --- TFTP --- */

static void finish_datagrams(struct fetch *fetch)
{
    static const enum fetch_outcome outcomes[] = {
        [TFTP_DOWNLOAD_DONE] = FETCH_OK,
        [TFTP_DOWNLOAD_REFUSED] = FETCH_TFTP_ERROR,
        [TFTP_DOWNLOAD_TOO_LARGE] = FETCH_TOO_LARGE,
        [TFTP_DOWNLOAD_FAILED] = FETCH_OTHER,
    };
    const struct tftp_download *download = &fetch->datagrams->download;
    enum fetch_outcome outcome = fetch->datagrams->unreachable;
    const char *text = fetch->error_text;
    if (outcome == FETCH_OK) {
        outcome = outcomes[download->state];
        text = download->text;
    }
    tell(fetch, &(const struct fetch_result){
                    .outcome = outcome,
                    .text = outcome == FETCH_OK ? "" : text,
                    .status = outcome == FETCH_TFTP_ERROR ? download->error : 0,
                    .location = "",
                    .content_type = "",
                    .body = (const uint8_t *)buffer_string(&download->body),
                    .body_length = download->body.length,
                    .complete = outcome == FETCH_OK,
                });
}

static void is_unreachable(struct fetch *fetch, int reason)
{
    fetch->datagrams->unreachable = reason == ECONNREFUSED ? FETCH_REFUSED : FETCH_NOT_CONNECTED;
    snprintf(fetch->error_text, sizeof fetch->error_text, "%s", strerror(reason));
}

/* ICMP says that a datagram of one of ours has not arrived. */
static void datagram_lost(void *context, const struct unreachable *news)
{
    const struct fetcher *fetcher = context;
    struct fetch *fetch;
    LIST_FOREACH(fetch, &fetcher->in_flight, entry)
    {
        uint32_t address;
        if (!fetch->datagrams || fetch->peer_address != news->destination ||
            local_end(fetch, &address) != news->source_port)
            continue;
        /* What was said to a stranger need not arrive. */
        const struct tftp_download *download = &fetch->datagrams->download;
        if (news->destination_port != download->server_port &&
            news->destination_port != download->request.port)
            return;
        is_unreachable(fetch, news->reason);
        finish_datagrams(fetch);
        return;
    }
}

static void datagrams_due(void *context);

/* Sends what there is to send. False: the transfer was over, and is gone. */
static bool exchange(struct fetch *fetch)
{
    struct datagrams *datagrams = fetch->datagrams;
    struct loop *loop = fetch->fetcher->loop;
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct buffer packet;
    uint32_t address;
    uint16_t port;
    buffer_init(&packet, REQUEST_BYTES_MAX);
    while (tftp_download_output(&datagrams->download, &packet, &address, &port)) {
        to.sin_addr.s_addr = htonl(address);
        to.sin_port = htons(port);
        if (sendto(fetch->fd, packet.data, packet.length, MSG_NOSIGNAL,
                   (const struct sockaddr *)&to, sizeof to) < 0 &&
            errno != EAGAIN && errno != ENOBUFS && !tftp_download_is_over(&datagrams->download))
            is_unreachable(fetch, errno);
    }
    buffer_done(&packet);
    if (datagrams->unreachable != FETCH_OK || tftp_download_is_over(&datagrams->download)) {
        finish_datagrams(fetch);
        return false;
    }
    if (datagrams->repeat_us > 0)
        loop_timer_set(loop, &datagrams->timer, loop_now_us(loop) + datagrams->repeat_us,
                       datagrams_due, fetch);
    return true;
}

static void datagrams_due(void *context)
{
    struct fetch *fetch = context;
    tftp_download_repeat(&fetch->datagrams->download);
    (void)exchange(fetch);
}

static void first_due(void *context)
{
    (void)exchange(context);
}

static void datagrams_ready(void *context, uint32_t events)
{
    static uint8_t bytes[DATAGRAM_BYTES_MAX]; /* there is one thread */
    struct fetch *fetch = context;
    struct tftp_download *download = &fetch->datagrams->download;
    (void)events;
    for (int i = 0; i < DATAGRAMS_A_TURN_MAX; i++) {
        struct sockaddr_in from = {0};
        socklen_t from_length = sizeof from;
        ssize_t length =
            recvfrom(fetch->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_length);
        if (length < 0)
            return;
        if (tftp_download_input(download, ntohl(from.sin_addr.s_addr), ntohs(from.sin_port), bytes,
                                (size_t)length) &&
            fetch->progress)
            fetch->progress(fetch->context);
        if (!exchange(fetch))
            return;
    }
}

/* The name of the file is the path behind its first slash, its escapes undone. */
static int read_tftp_url(const char *text, char name[TFTP_NAME_MAX], uint16_t *ret_port,
                         struct error *error)
{
    CURLU *url = curl_url();
    char *path = NULL, *port = NULL, *plain = NULL;
    int length = 0, result = 0;
    if (!url)
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_PATH_AS_IS) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PATH, &path, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        plain = curl_easy_unescape(NULL, path + 1, 0, &length);
    if (!plain || strlen(plain) != (size_t)length)
        result = error_set(error, ERROR_INVALID, "'%s' names no file", text);
    else if (length >= TFTP_NAME_MAX)
        result = error_set(error, ERROR_INVALID, "the name of the file is too long for TFTP");
    if (result == 0) {
        memcpy(name, plain, (size_t)length + 1);
        *ret_port = (uint16_t)strtoul(port, NULL, 10);
    }
    curl_free(path);
    curl_free(port);
    curl_free(plain);
    curl_url_cleanup(url);
    return result;
}

static int set_up_tftp(struct fetch *fetch, const struct fetch_request *request,
                       struct error *error)
{
    struct fetcher *fetcher = fetch->fetcher;
    char name[TFTP_NAME_MAX];
    struct tftp_download_request wanted = {.name = name,
                                           .address = fetch->peer_address,
                                           .plain = request->tftp_plain,
                                           .block_bytes = request->tftp_block_bytes,
                                           .bytes_max = request->body_bytes_max,
                                           .flaws = request->tftp_flaws};
    TRY(read_tftp_url(request->url, name, &wanted.port, error));
    /* Who may not listen to ICMP waits for an answer that will not come until its patience ends. */
    if (!fetcher->unreachable)
        (void)unreachable_watch_new(fetcher->loop, fetcher->netns_fd, datagram_lost, fetcher,
                                    &fetcher->unreachable, NULL);
    fetch->fd = namespace_socket(fetcher->netns_fd, AF_INET, SOCK_DGRAM, 0, error);
    if (fetch->fd < 0)
        return fetch->fd;
    struct datagrams *datagrams = fetch->datagrams = calloc(1, sizeof *datagrams);
    if (!datagrams)
        return error_set(error, ERROR_MEMORY, "out of memory");
    datagrams->repeat_us = request->tftp_repeat_us;
    (void)tftp_download_start(&datagrams->download, &wanted); /* of the name's length we are sure */
    TRY(loop_watch(fetcher->loop, fetch->fd, EPOLLIN, datagrams_ready, fetch, &datagrams->watch,
                   error));
    loop_real_timer_set(fetcher->loop, &datagrams->timer, monotonic_us(), first_due, fetch);
    return 0;
}

static int set_up(struct fetch *fetch, const struct fetch_request *request, struct error *error)
{
    uint32_t address = 0;
    TRY(check_url(&fetch->setup, request, &address, error));
    if (fetch->setup.protocol == LOOP_TCP)
        return set_up_http(fetch, request, error);
    fetch->peer_address = address;
    return set_up_tftp(fetch, request, error);
}

int fetch_start(struct fetcher *fetcher, const struct fetch_request *request, fetch_done_fn *done,
                void *context, struct fetch **ret_fetch, struct error *error)
{
    if (fetcher->count >= FETCH_TRANSFERS_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d transfers at once", FETCH_TRANSFERS_MAX);
    struct fetch *fetch = calloc(1, sizeof *fetch);
    if (!fetch)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *fetch = (struct fetch){.fetcher = fetcher,
                            .done = done,
                            .context = context,
                            .fd = -1,
                            .opened_fd = -1,
                            .keeps_connection = request->reuse_connection,
                            .local_address = request->local_address,
                            .head_bytes_max = request->head_bytes_max,
                            .progress = request->progress};
    buffer_init(&fetch->body, request->body_bytes_max);
    buffer_init(&fetch->location, LOCATION_BYTES_MAX);
    int result = set_up(fetch, request, error);
    if (result < 0) {
        fetch_free(fetch);
        return result;
    }
    LIST_INSERT_HEAD(&fetcher->in_flight, fetch, entry);
    if (fetcher->count++ == 0)
        loop_debtor_add(fetcher->loop, &fetcher->debtor);
    if (ret_fetch)
        *ret_fetch = fetch;
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "harness/loop/fetch.h"
#include "harness/base/address.h"
#include "harness/base/buffer.h"
#include "harness/loop/namespace.h"
#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECT_TO_TEXT_MAX = IPV4_TEXT_MAX + 8,
    HEADER_LINE_MAX = 4096,
    /* libcurl has no "never"; the owner's clock cancels long before. */
    CONNECT_SECONDS_MAX = 7 * 24 * 3600,
    /* A turn handles at most this many finished transfers before the loop looks elsewhere. */
    FINISHED_A_TURN_MAX = 256,
};

struct fetcher {
    struct loop *loop;
    int netns_fd;            /* borrowed */
    CURLM *multi;            /* owned */
    struct loop_timer timer; /* libcurl's own */
    struct loop_debtor debtor;
    struct fetch *first; /* all in flight */
    size_t count;
    bool in_callback;
};

struct fetch {
    struct fetcher *fetcher;
    struct fetch *next, *previous;
    CURL *easy;                              /* owned */
    struct curl_slist *headers, *connect_to; /* owned */
    struct buffer body;
    fetch_done_fn *done;
    void *context;
    int fd; /* the socket that libcurl waits on for this transfer; -1 = none */
    enum loop_protocol protocol;
    uint32_t local_address;
    bool too_large, finished;
    char error_text[CURL_ERROR_SIZE];
};

struct fetch_socket { /* one for each socket that libcurl wants watched */
    struct fetcher *fetcher;
    struct fetch *fetch; /* the transfer that it serves at present */
    int fd;
    struct loop_watch *watch;
};

static void take_finished(struct fetcher *fetcher);

/* --- libcurl's sockets and timer on the loop ------------------------------------------------ */

static void finish(struct fetch *fetch, enum fetch_outcome outcome, const char *text);

/* A TFTP socket is not connected: libcurl would take "port unreachable" for a short packet and ask
 * again thousands of times. */
static bool datagram_failed(struct fetch *fetch, int fd, uint32_t events)
{
    int reason = 0;
    socklen_t length = sizeof reason;
    if (!fetch || fetch->protocol != LOOP_UDP || !(events & EPOLLERR))
        return false;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &length) < 0 || reason == 0)
        reason = ECONNREFUSED;
    finish(fetch, reason == ECONNREFUSED ? FETCH_REFUSED : FETCH_NOT_CONNECTED, strerror(reason));
    return true;
}

static void socket_ready(void *context, uint32_t events)
{
    struct fetch_socket *socket = context;
    struct fetcher *fetcher = socket->fetcher;
    int running, actions = 0;
    if (datagram_failed(socket->fetch, socket->fd, events))
        return;
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
    for (struct fetch *fetch = fetcher->first; fetch; fetch = fetch->next) {
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
    socket->fetch = fetch;
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
                            loop_real_now_us(fetcher->loop) + (uint64_t)timeout_ms * 1000u,
                            timer_fired, fetcher);
    return 0;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *fetch = context;
    int on = 1;
    (void)purpose;
    int fd = namespace_socket(fetch->fetcher->netns_fd, address->family, address->socktype,
                              address->protocol, NULL);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (fetch->protocol == LOOP_UDP)
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    return fd;
}

/* --- what is owed --------------------------------------------------------------------------- */

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

static bool fetcher_owes(void *context)
{
    const struct fetcher *fetcher = context;
    for (const struct fetch *fetch = fetcher->first; fetch; fetch = fetch->next) {
        uint32_t address;
        uint16_t port = local_end(fetch, &address);
        if (port == 0 || !loop_is_held(fetcher->loop, fetch->protocol, address, port))
            return true;
    }
    return false;
}

uint16_t fetch_local_port(const struct fetch *fetch)
{
    uint32_t address;
    return local_end(fetch, &address);
}

/* --- a fetcher's life ------------------------------------------------------------------------ */

static int curl_ready(struct error *error)
{
    static bool ready; /* libcurl's own state is one for the process, too */
    if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(error, ERROR_FAILED, "libcurl does not start");
    ready = true;
    return 0;
}

int fetcher_new(struct loop *loop, int netns_fd, struct fetcher **ret_fetcher, struct error *error)
{
    int result = curl_ready(error);
    if (result < 0)
        return result;
    struct fetcher *fetcher = calloc(1, sizeof *fetcher);
    CURLM *multi = curl_multi_init();
    if (!fetcher || !multi) {
        free(fetcher);
        curl_multi_cleanup(multi);
        return error_set(error, ERROR_MEMORY, "out of memory");
    }
    *fetcher = (struct fetcher){
        .loop = loop,
        .netns_fd = netns_fd,
        .multi = multi,
        .debtor = {.owes = fetcher_owes, .context = fetcher, .name = "a download"}};
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetcher);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetcher);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    loop_debtor_add(loop, &fetcher->debtor);
    *ret_fetcher = fetcher;
    return 0;
}

void fetcher_free(struct fetcher *fetcher)
{
    if (!fetcher)
        return;
    assert(!fetcher->in_callback);
    while (fetcher->first)
        fetch_cancel(fetcher->first);
    curl_multi_cleanup(fetcher->multi);
    loop_timer_cancel(&fetcher->timer);
    loop_debtor_remove(fetcher->loop, &fetcher->debtor);
    free(fetcher);
}

/* --- the end of a transfer ------------------------------------------------------------------- */

static void fetch_unlink(struct fetch *fetch)
{
    struct fetcher *fetcher = fetch->fetcher;
    if (fetch->previous)
        fetch->previous->next = fetch->next;
    else
        fetcher->first = fetch->next;
    if (fetch->next)
        fetch->next->previous = fetch->previous;
    fetcher->count--;
}

static void fetch_free(struct fetch *fetch)
{
    if (fetch->easy)
        curl_easy_cleanup(fetch->easy);
    curl_slist_free_all(fetch->headers);
    curl_slist_free_all(fetch->connect_to);
    buffer_done(&fetch->body);
    free(fetch);
}

void fetch_cancel(struct fetch *fetch)
{
    if (!fetch || fetch->finished) /* in its own callback: it ends by itself */
        return;
    curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
    fetch_unlink(fetch);
    fetch_free(fetch);
}

void fetch_cut(struct fetch *fetch)
{
    int on = TCP_REPAIR_ON;
    if (fetch && !fetch->finished && fetch->fd >= 0 && fetch->protocol == LOOP_TCP)
        setsockopt(fetch->fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on);
    fetch_cancel(fetch);
}

static void finish(struct fetch *fetch, enum fetch_outcome outcome, const char *text)
{
    struct fetcher *fetcher = fetch->fetcher;
    struct fetch_result result = {.outcome = outcome,
                                  .text = outcome == FETCH_OK ? "" : text,
                                  .body = (const uint8_t *)buffer_string(&fetch->body),
                                  .body_length = fetch->body.length,
                                  .complete = outcome == FETCH_OK};
    const char *location = NULL, *content_type = NULL;
    struct curl_header *header;
    long status = 0;
    curl_multi_remove_handle(fetcher->multi, fetch->easy);
    fetch_unlink(fetch);
    fetch->finished = true;
    if (fetch->protocol == LOOP_TCP)
        curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    if (curl_easy_header(fetch->easy, "Location", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        location = header->value;
    curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &content_type);
    result.status = status > 0 ? (unsigned)status : 0;
    result.location = location ? location : "";
    result.content_type = content_type ? content_type : "";
    bool outer = fetcher->in_callback;
    fetcher->in_callback = true;
    fetch->done(fetch->context, &result);
    fetcher->in_callback = outer;
    fetch_free(fetch);
}

static enum fetch_outcome lost_connection(const struct fetch *fetch)
{
    long status = 0, reason = 0;
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &reason);
    /* Over TLS a body that ends early is an error in receiving. */
    return status > 0 && reason != ECONNRESET ? FETCH_TRUNCATED : FETCH_RESET;
}

static enum fetch_outcome outcome_of(const struct fetch *fetch, CURLcode code)
{
    long reason = 0;
    switch (code) {
    case CURLE_OK:
        return FETCH_OK;
    case CURLE_COULDNT_CONNECT:
        curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &reason);
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
        return lost_connection(fetch);
    case CURLE_PARTIAL_FILE:
        return FETCH_TRUNCATED;
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
        return fetch->too_large ? FETCH_TOO_LARGE : FETCH_OTHER;
    default:
        return FETCH_OTHER;
    }
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
        finish(fetch, outcome_of(fetch, code),
               fetch->error_text[0] ? fetch->error_text : curl_easy_strerror(code));
    }
    /* More are waiting: come back after the others had their turn. */
    loop_real_timer_set(fetcher->loop, &fetcher->timer, loop_real_now_us(fetcher->loop),
                        timer_fired, fetcher);
}

/* --- the start of a transfer ------------------------------------------------------------------ */

static size_t body_arrived(char *bytes, size_t size, size_t count, void *context)
{
    struct fetch *fetch = context;
    buffer_append(&fetch->body, bytes, size * count);
    fetch->too_large = fetch->body.failed;
    return fetch->body.failed ? 0 : size * count;
}

/* The scheme decides the transport; the host must have an address by now. */
static int check_url(struct fetch *fetch, const struct fetch_request *request, struct error *error)
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
        fetch->protocol = strcmp(scheme, "tftp") == 0 ? LOOP_UDP : LOOP_TCP;
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

static int add_header(struct fetch *fetch, const char *name, const char *value, struct error *error)
{
    struct buffer line;
    buffer_init(&line, HEADER_LINE_MAX);
    buffer_format(&line, "%s: %s", name, value);
    bool clean = !line.failed && strpbrk(buffer_string(&line), "\r\n") == NULL;
    bool added = clean && append(&fetch->headers, buffer_string(&line));
    buffer_done(&line);
    if (!clean)
        return error_set(error, ERROR_INVALID, "the header '%.64s' is not one line", name);
    return added ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

static int add_headers(struct fetch *fetch, const struct fetch_request *request,
                       struct error *error)
{
    int result = 0;
    if (request->header_count > FETCH_HEADERS_MAX)
        return error_set(error, ERROR_LIMIT, "more than %d headers", FETCH_HEADERS_MAX);
    /* Waiting for "100 Continue" would be a pause by libcurl's own clock. */
    if (!append(&fetch->headers, "Expect:"))
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (request->content_type)
        result = add_header(fetch, "Content-Type", request->content_type, error);
    for (size_t i = 0; i < request->header_count && result == 0; i++)
        result = add_header(fetch, request->headers[i].name, request->headers[i].value, error);
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
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS_MAX);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* what a phone asks is what is judged */
    curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->reuse_connection ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, request->reuse_connection ? 0L : 1L);
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

static CURLcode set_request(struct fetch *fetch, const struct fetch_request *request)
{
    CURL *easy = fetch->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);
    if (code == CURLE_OK && fetch->protocol == LOOP_TCP)
        code = set_body(easy, request);
    if (code == CURLE_OK && request->user_agent)
        code = curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
    if (code == CURLE_OK && request->user) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
        code = curl_easy_setopt(easy, CURLOPT_PASSWORD, request->password ? request->password : "");
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, fetch->connect_to);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error_text);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_arrived);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    return code;
}

static int set_up(struct fetch *fetch, const struct fetch_request *request, struct error *error)
{
    char connect_to[CONNECT_TO_TEXT_MAX], address[IPV4_TEXT_MAX];
    int result = check_url(fetch, request, error);
    if (result == 0)
        result = add_headers(fetch, request, error);
    if (result < 0)
        return result;
    if (request->address != 0) {
        snprintf(connect_to, sizeof connect_to, "::%s:", ipv4_format(request->address, address));
        if (!append(&fetch->connect_to, connect_to))
            return error_set(error, ERROR_MEMORY, "out of memory");
    }
    fetch->easy = curl_easy_init();
    if (!fetch->easy)
        return error_set(error, ERROR_MEMORY, "out of memory");
    set_manners(fetch->easy, request);
    CURLcode code = set_request(fetch, request);
    if (code != CURLE_OK)
        return error_set(error, ERROR_FAILED, "%s", curl_easy_strerror(code));
    return 0;
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
                            .local_address = request->local_address};
    buffer_init(&fetch->body, request->body_bytes_max);
    int result = set_up(fetch, request, error);
    if (result == 0 && curl_multi_add_handle(fetcher->multi, fetch->easy) != CURLM_OK)
        result = error_set(error, ERROR_FAILED, "libcurl does not take the transfer");
    if (result < 0) {
        fetch_free(fetch);
        return result;
    }
    fetch->next = fetcher->first;
    if (fetch->next)
        fetch->next->previous = fetch;
    fetcher->first = fetch;
    fetcher->count++;
    if (ret_fetch)
        *ret_fetch = fetch;
    return 0;
}

const char *fetch_outcome_name(enum fetch_outcome outcome)
{
    static const char *const names[] = {
        [FETCH_OK] = "ok",
        [FETCH_NOT_CONNECTED] = "not connected",
        [FETCH_REFUSED] = "refused",
        [FETCH_TLS_FAILED] = "TLS failed",
        [FETCH_RESET] = "connection reset",
        [FETCH_TRUNCATED] = "truncated",
        [FETCH_TOO_LARGE] = "too large",
        [FETCH_OTHER] = "failed",
    };
    return names[outcome];
}

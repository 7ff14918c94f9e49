/* SPDX-License-Identifier: MIT */
#include "fakes/phone/download.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void fail(struct download *download,
                                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(download->failure, sizeof download->failure, format, arguments);
    va_end(arguments);
    download->state = DOWNLOAD_FAILED;
}

static bool is_tftp(const struct download *download)
{
    return strcmp(download->url.scheme, "tftp") == 0;
}

static void transfer(struct download *download, struct phone_network *network, uint64_t now_us,
                     bool look)
{
    download->looking = look;
    download->transfer_id = ++network->last_transfer_id;
    download->deadline_us = now_us + network->policy->patience_us;
    download->state = DOWNLOAD_TRANSFERRING;
    const struct phone_action action = {
        .kind = PHONE_START_TRANSFER,
        .transfer_id = download->transfer_id,
        .transfer = {.url = &download->url,
                     .address = download->resolver.address,
                     .user_agent = network->user_agent,
                     .look = look,
                     .user = download->options.user,
                     .password = download->options.password,
                     .policy = network->policy},
    };
    phone_actions_put(network->actions, &action);
}

/* Goes on with what the resolver knows. Some phones look by HEAD before they GET, and whatever the
 * answer, GET then. */
static void resolved(struct download *download, struct phone_network *network, uint64_t now_us)
{
    if (download->resolver.state == RESOLVER_FOUND)
        transfer(download, network, now_us,
                 network->policy->variation.looks_first && !is_tftp(download));
    else if (download->resolver.state == RESOLVER_FAILED)
        fail(download, "%.80s: %s", download->url.host, download->resolver.failure);
}

static void resolve(struct download *download, struct phone_network *network, uint64_t now_us)
{
    download->state = DOWNLOAD_RESOLVING;
    resolver_start(&download->resolver, network, now_us, download->url.host);
    resolved(download, network, now_us);
}

void download_start(struct download *download, struct phone_network *network, uint64_t now_us,
                    const struct phone_url *url, const struct rule_options *options)
{
    *download = (struct download){.url = *url};
    if (options)
        download->options = *options;
    resolve(download, network, now_us);
}

static void cancel_transfer(const struct download *download, const struct phone_network *network)
{
    const struct phone_action action = {.kind = PHONE_CANCEL_TRANSFER,
                                        .transfer_id = download->transfer_id};
    phone_actions_put(network->actions, &action);
}

void download_dns_packet(struct download *download, struct phone_network *network, uint64_t now_us,
                         uint32_t source, const uint8_t *bytes, size_t length)
{
    if (download->state == DOWNLOAD_TRANSFERRING && network->policy->second_answer_ends &&
        resolver_is_ours(&download->resolver, source, bytes, length)) {
        cancel_transfer(download, network);
        fail(download, "%.80s: a second answer", download->url.host);
        return;
    }
    if (download->state == DOWNLOAD_RESOLVING &&
        resolver_receive(&download->resolver, network, now_us, source, bytes, length))
        resolved(download, network, now_us);
}

/* --- the end of a transfer -------------------------------------------------------------------- */
static void redirect(struct download *download, struct phone_network *network, uint64_t now_us,
                     const struct fetch_result *result)
{
    struct phone_url url;
    if (download->redirects >= DOWNLOAD_REDIRECTS_MAX) {
        fail(download, "too many redirects");
    } else if (result->location[0] == '\0' ||
               !phone_url_follow(&download->url, result->location, &url)) {
        fail(download, "a redirect to nowhere");
    } else {
        download->redirects++;
        download->url = url;
        resolve(download, network, now_us);
    }
}

static bool follows(const struct phone_network *network, unsigned status)
{
    unsigned redirect = status == 301   ? REDIRECT_301
                        : status == 302 ? REDIRECT_302
                        : status == 303 ? REDIRECT_303
                                        : 0;
    return network->policy->redirects & redirect;
}

static const char *const outcome_texts[] = {
    [FETCH_NOT_CONNECTED] = "timed out",
    [FETCH_REFUSED] = "connection refused",
    [FETCH_TLS_FAILED] = "TLS failed",
    [FETCH_RESET] = "connection reset",
    [FETCH_TRUNCATED] = "the answer ended early",
    [FETCH_BAD_CHUNKS] = "the answer's chunks are broken",
    [FETCH_TOO_LARGE] = "the answer is too long",
    [FETCH_TFTP_ERROR] = "TFTP error",
    [FETCH_OTHER] = "transfer failed",
};

void download_transfer_done(struct download *download, struct phone_network *network,
                            uint64_t now_us, unsigned transfer_id,
                            const struct fetch_result *result)
{
    if (download->state != DOWNLOAD_TRANSFERRING || download->transfer_id != transfer_id)
        return;
    download->outcome = result->outcome;
    if (download->looking && result->outcome == FETCH_OK) {
        transfer(download, network, now_us, false);
        return;
    }
    download->cut = result->outcome == FETCH_TRUNCATED;
    download->state = DOWNLOAD_DONE;
    if ((download->cut && network->policy->keeps_what_broke_off) ||
        (result->outcome == FETCH_BAD_CHUNKS && network->policy->keeps_broken_chunks))
        return;
    bool long_head = result->outcome == FETCH_TOO_LARGE && result->body_length == 0;
    if (result->outcome != FETCH_OK && !(long_head && network->policy->long_head_is_all)) {
        fail(download, "%s%s%.100s", outcome_texts[result->outcome], result->text[0] ? ": " : "",
             result->text);
        return;
    }
    download->status = is_tftp(download) ? 0 : result->status;
    if (is_tftp(download))
        return;
    if (follows(network, result->status))
        redirect(download, network, now_us, result);
    else if (result->status < 200 || result->status > 299)
        fail(download, "HTTP status %u", result->status);
}

bool download_progress(struct download *download, const struct phone_network *network,
                       uint64_t now_us, unsigned transfer_id)
{
    if (download->state != DOWNLOAD_TRANSFERRING || download->transfer_id != transfer_id ||
        !network->policy->patience_renewed)
        return false;
    download->deadline_us = now_us + network->policy->patience_us;
    return true;
}

void download_deadline(struct download *download, struct phone_network *network, uint64_t now_us)
{
    if (download->state == DOWNLOAD_TRANSFERRING && now_us >= download->deadline_us) {
        cancel_transfer(download, network);
        download->outcome = FETCH_NOT_CONNECTED;
        fail(download, "%s", outcome_texts[FETCH_NOT_CONNECTED]);
    } else if (download->state == DOWNLOAD_RESOLVING &&
               resolver_deadline(&download->resolver, network, now_us)) {
        resolved(download, network, now_us);
    }
}

void download_cancel(struct download *download, const struct phone_network *network)
{
    if (download->state == DOWNLOAD_TRANSFERRING)
        cancel_transfer(download, network);
    resolver_cancel(&download->resolver);
    download->state = DOWNLOAD_IDLE;
}

bool download_is_running(const struct download *download)
{
    return download->state == DOWNLOAD_RESOLVING || download->state == DOWNLOAD_TRANSFERRING;
}

uint64_t download_next_deadline_us(const struct download *download)
{
    return download->state == DOWNLOAD_TRANSFERRING ? download->deadline_us
           : download->state == DOWNLOAD_RESOLVING  ? resolver_next_deadline_us(&download->resolver)
                                                    : UINT64_MAX;
}

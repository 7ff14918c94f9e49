/* SPDX-License-Identifier: MIT */
#include "fakes/phone/download.h"
#include "harness/base/duration.h"
#include <stdio.h>
#include <string.h>

static enum download_state fail(struct download *download, const char *text)
{
    snprintf(download->failure, sizeof download->failure, "%s", text);
    download->deadline_us = UINT64_MAX;
    return download->state = DOWNLOAD_FAILED;
}

static enum download_state transfer(struct download *download,
                                    const struct download_network *network, uint64_t now_us,
                                    bool look)
{
    download->looking = look;
    download->transfer_id = ++*network->last_transfer_id;
    download->deadline_us = now_us + network->policy->patience_us;
    const struct phone_action action = {
        .kind = PHONE_START_TRANSFER,
        .transfer_id = download->transfer_id,
        .transfer = {.scheme = download->url.scheme,
                     .host = download->url.host,
                     .port = download->url.port,
                     .path = download->url.path,
                     .address = download->resolver.address,
                     .user_agent = network->user_agent,
                     .look = look,
                     .policy = network->policy},
    };
    phone_actions_put(network->actions, &action);
    return download->state = DOWNLOAD_TRANSFERRING;
}

/* Some phones look by HEAD before they GET, and whatever the answer, GET then. */
static bool looks_first(const struct download *download, const struct download_network *network)
{
    return network->policy->variation.looks_first && strcmp(download->url.scheme, "tftp") != 0;
}

static void send_question(const struct download_network *network, uint32_t server,
                          const struct buffer *bytes)
{
    const struct phone_action action = {.kind = PHONE_SEND_DNS,
                                        .destination = server,
                                        .bytes = bytes->data,
                                        .length = bytes->length};
    phone_actions_put(network->actions, &action);
}

/* Nobody waits for the answer about IPv6: there is none here, and a phone would not use it. */
static void ask_ipv6(const struct resolver *resolver, const struct download_network *network,
                     uint32_t server)
{
    struct dns_message message = {.id = (uint16_t)(resolver->id + 1), .type = DNS_AAAA};
    struct buffer bytes;
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    memcpy(message.name, resolver->name, sizeof message.name);
    if (dns_encode(&bytes, &message))
        send_question(network, server, &bytes);
    buffer_done(&bytes);
}

static void ask(const struct resolver *resolver, const struct download_network *network,
                const struct resolver_question *question)
{
    enum variation_aaaa aaaa = network->policy->variation.aaaa;
    if (aaaa == AAAA_BEFORE)
        ask_ipv6(resolver, network, question->server);
    send_question(network, question->server, question->bytes);
    if (aaaa == AAAA_AFTER)
        ask_ipv6(resolver, network, question->server);
}

static bool asks_more(const struct download_network *network)
{
    return network->policy->variation.aaaa != AAAA_NEVER;
}

/* Sends the resolver's question, or goes on with what it knows. asked: by an answer. */
static enum download_state resolved(struct download *download,
                                    const struct download_network *network, uint64_t now_us,
                                    const struct resolver_question *question, bool asked)
{
    char text[DOWNLOAD_FAILURE_MAX];
    switch (download->resolver.state) {
    case RESOLVER_FOUND:
        if (asked && asks_more(network)) {
            download->found = true;
            download->deadline_us = now_us + DOWNLOAD_MORE_ANSWERS_US;
            return download->state = DOWNLOAD_RESOLVING;
        }
        return transfer(download, network, now_us, looks_first(download, network));
    case RESOLVER_FAILED:
        snprintf(text, sizeof text, "%.80s: %s", download->url.host, download->resolver.failure);
        return fail(download, text);
    default:
        break;
    }
    if (question->bytes->length > 0)
        ask(&download->resolver, network, question);
    return download->state = DOWNLOAD_RESOLVING;
}

/* Two at a time: the one behind is for the question about IPv6. */
static uint16_t next_id(const struct download_network *network)
{
    if (network->policy->variation.dns_id == DNS_ID_COUNTING)
        return *network->last_question_id = (uint16_t)(*network->last_question_id + 2);
    return (uint16_t)random_u32(network->random);
}

static enum download_state resolve(struct download *download,
                                   const struct download_network *network, uint64_t now_us)
{
    struct buffer bytes;
    struct resolver_question question = {.bytes = &bytes};
    const uint32_t *own = &network->policy->name_server;
    download->missed = false;
    buffer_init(&bytes, DNS_MESSAGE_MAX);
    resolver_start(&download->resolver, now_us, download->url.host,
                   *own ? own : network->lease->dns, *own ? 1 : network->lease->dns_count,
                   next_id(network), &question);
    enum download_state state = resolved(download, network, now_us, &question, false);
    buffer_done(&bytes);
    return state;
}

enum download_state download_start(struct download *download,
                                   const struct download_network *network, uint64_t now_us,
                                   const struct phone_url *url)
{
    *download = (struct download){.url = *url, .deadline_us = UINT64_MAX};
    return resolve(download, network, now_us);
}

/* One that has the address: any other is known to have failed to whoever looks at the wire. */
static bool misses(struct download *download, const struct download_network *network,
                   uint64_t now_us, const uint8_t *bytes, size_t length)
{
    struct dns_message message;
    if (!network->policy->variation.dns_answer_lost || download->missed ||
        download->state != DOWNLOAD_RESOLVING || !dns_decode(bytes, length, &message) ||
        message.id != download->resolver.id || message.address_count == 0)
        return false;
    download->resolver.deadline_us = now_us + DOWNLOAD_ASK_AGAIN_US;
    return download->missed = true;
}

enum download_state download_dns_packet(struct download *download,
                                        const struct download_network *network, uint64_t now_us,
                                        uint32_t source, const uint8_t *bytes, size_t length)
{
    struct buffer none = {0};
    const struct resolver_question question = {.bytes = &none};
    if (misses(download, network, now_us, bytes, length))
        return download->state;
    if (download->state != DOWNLOAD_RESOLVING || download->found ||
        !resolver_receive(&download->resolver, source, bytes, length))
        return download->state;
    return resolved(download, network, now_us, &question, true);
}

static enum download_state redirect(struct download *download,
                                    const struct download_network *network, uint64_t now_us,
                                    const struct transfer_result *result)
{
    struct phone_url url;
    if (download->redirects >= DOWNLOAD_REDIRECTS_MAX)
        return fail(download, "too many redirects");
    if (!result->location || !phone_url_follow(&download->url, result->location, &url))
        return fail(download, "a redirect to nowhere");
    download->redirects++;
    download->url = url;
    return resolve(download, network, now_us);
}

static bool follows(const struct download_network *network, unsigned status)
{
    unsigned redirect = status == 301   ? REDIRECT_301
                        : status == 302 ? REDIRECT_302
                        : status == 303 ? REDIRECT_303
                                        : 0;
    return network->policy->redirects & redirect;
}

static enum download_state http_answer(struct download *download,
                                       const struct download_network *network, uint64_t now_us,
                                       const struct transfer_result *result)
{
    char text[DOWNLOAD_FAILURE_MAX];
    download->status = result->status;
    if (follows(network, result->status))
        return redirect(download, network, now_us, result);
    if (result->status < 200 || result->status > 299) {
        snprintf(text, sizeof text, "HTTP status %u", result->status);
        return fail(download, text);
    }
    return download->state = DOWNLOAD_DONE;
}

static const char *outcome_text(enum transfer_outcome outcome)
{
    switch (outcome) {
    case TRANSFER_REFUSED:
        return "connection refused";
    case TRANSFER_RESET:
        return "connection reset";
    case TRANSFER_TRUNCATED:
        return "the answer ended early";
    case TRANSFER_TLS:
        return "TLS failed";
    case TRANSFER_TFTP_ERROR:
        return "TFTP error";
    case TRANSFER_TIMEOUT:
        return "timed out";
    case TRANSFER_TOO_LARGE:
        return "the answer is too long";
    default:
        return "transfer failed";
    }
}

enum download_state download_transfer_done(struct download *download,
                                           const struct download_network *network, uint64_t now_us,
                                           const struct transfer_result *result)
{
    char text[DOWNLOAD_FAILURE_MAX];
    if (download->state != DOWNLOAD_TRANSFERRING || download->transfer_id != result->id)
        return download->state;
    download->deadline_us = UINT64_MAX;
    download->outcome = result->outcome;
    if (download->looking && result->outcome == TRANSFER_COMPLETE)
        return transfer(download, network, now_us, false);
    download->cut = result->outcome == TRANSFER_TRUNCATED;
    if (download->cut && network->policy->keeps_what_broke_off)
        return download->state = DOWNLOAD_DONE;
    if (result->outcome != TRANSFER_COMPLETE) {
        snprintf(text, sizeof text, "%s%s%.100s", outcome_text(result->outcome),
                 result->detail ? ": " : "", result->detail ? result->detail : "");
        return fail(download, text);
    }
    if (result->body_length > PHONE_TRANSFER_BYTES_MAX)
        return fail(download, outcome_text(TRANSFER_TOO_LARGE));
    if (strcmp(download->url.scheme, "tftp") != 0)
        return http_answer(download, network, now_us, result);
    download->status = 0;
    return download->state = DOWNLOAD_DONE;
}

static void cancel_transfer(const struct download *download, const struct download_network *network)
{
    const struct phone_action action = {.kind = PHONE_CANCEL_TRANSFER,
                                        .transfer_id = download->transfer_id};
    phone_actions_put(network->actions, &action);
}

enum download_state download_deadline(struct download *download,
                                      const struct download_network *network, uint64_t now_us)
{
    if (download->state == DOWNLOAD_TRANSFERRING && now_us >= download->deadline_us) {
        cancel_transfer(download, network);
        download->outcome = TRANSFER_TIMEOUT;
        return fail(download, outcome_text(TRANSFER_TIMEOUT));
    }
    if (download->state == DOWNLOAD_RESOLVING && download->found) {
        if (now_us < download->deadline_us)
            return download->state;
        download->found = false;
        return transfer(download, network, now_us, looks_first(download, network));
    }
    if (download->state == DOWNLOAD_RESOLVING &&
        now_us >= resolver_next_deadline_us(&download->resolver)) {
        struct buffer bytes;
        struct resolver_question question = {.bytes = &bytes};
        buffer_init(&bytes, DNS_MESSAGE_MAX);
        resolver_deadline(&download->resolver, now_us, &question);
        resolved(download, network, now_us, &question, false);
        buffer_done(&bytes);
    }
    return download->state;
}

void download_cancel(struct download *download, const struct download_network *network)
{
    if (download->state == DOWNLOAD_TRANSFERRING)
        cancel_transfer(download, network);
    resolver_cancel(&download->resolver);
    download->found = false;
    download->state = DOWNLOAD_IDLE;
    download->deadline_us = UINT64_MAX;
}

bool download_is_running(const struct download *download)
{
    return download->state == DOWNLOAD_RESOLVING || download->state == DOWNLOAD_TRANSFERRING;
}

uint64_t download_next_deadline_us(const struct download *download)
{
    if (download->state == DOWNLOAD_TRANSFERRING ||
        (download->state == DOWNLOAD_RESOLVING && download->found))
        return download->deadline_us;
    return download->state == DOWNLOAD_RESOLVING ? resolver_next_deadline_us(&download->resolver)
                                                 : UINT64_MAX;
}

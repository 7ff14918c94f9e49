/* SPDX-License-Identifier: MIT */
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/device/driver.h"
#include "harness/vendor/vendor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the lab file says ----------------------------------------------------------------- */

struct page_path {
    const char *path, *key; /* NULL: no page does that */
};

static struct page_path path_of(const struct lab_web *web, enum device_action action)
{
    switch (action) {
    case DEVICE_FACTORY_RESET:
        return (struct page_path){web->reset, "web.reset"};
    case DEVICE_REBOOT:
        return (struct page_path){web->reboot, "web.reboot"};
    case DEVICE_CONFIGURE:
        return (struct page_path){web->configure, "web.configure"};
    case DEVICE_RESYNC:
        return (struct page_path){web->resync, "web.resync"};
    case DEVICE_STATUS:
        return (struct page_path){web->status, "web.status"};
    case DEVICE_POWER_OFF:
    case DEVICE_POWER_ON:
    case DEVICE_PROBE_POWER:
        break;
    }
    return (struct page_path){NULL, NULL};
}

/* libcurl would cut at a '#' and refuse a blank. */
static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= ' ' || *text == '#' || *text == 0x7f)
            return false;
    }
    return true;
}

static int write_url(const struct driver_action *action, const char *argument, struct buffer *url,
                     struct error *error)
{
    const struct lab_web *web = &action->config->phone->web;
    struct page_path page = path_of(web, action->action);
    if (!is_plain(page.path) || page.path[0] != '/')
        return error_set(error, ERROR_INVALID,
                         "%s is '%s', not the path of a page: it begins with '/' and has no blanks "
                         "and no '#'",
                         page.key, page.path);
    buffer_format(url, "%s://%s%s", web->tls ? "https" : "http", action->page_address, page.path);
    if (action->action == DEVICE_RESYNC && argument) {
        if (!is_plain(argument))
            return error_set(error, ERROR_INVALID,
                             "'%.200s' cannot be resynced from: a URL has no blanks and no '#'",
                             argument);
        buffer_format(url, "?%s", argument);
    }
    if (web->login == LAB_LOGIN_QUERY) {
        const struct vendor_page *keys = &vendor_default()->page;
        buffer_format(url, "%s%s=", strchr(buffer_string(url), '?') ? "&" : "?", keys->query_user);
        buffer_url_encoded(url, web->user);
        buffer_format(url, "&%s=", keys->query_password);
        buffer_url_encoded(url, web->password.value ? web->password.value : "");
    }
    return url->failed ? error_set(error, ERROR_LIMIT, "the URL of %s is longer than %d bytes",
                                   page.path, DEVICE_URL_BYTES_MAX)
                       : 0;
}

/* --- what came of it ------------------------------------------------------------------------ */

static bool logs_in_by_http(const struct lab_web *web)
{
    return web->login == LAB_LOGIN_HTTP && web->password.value;
}

/* A phone on its way down need not finish its answer. It was told if the request that it takes was
 * out: with a password to give, that is the one after the challenge. */
static bool was_told(const struct driver_action *action, const struct fetch_result *fetched)
{
    if (action->action != DEVICE_FACTORY_RESET && action->action != DEVICE_REBOOT)
        return false;
    if (fetched->outcome == FETCH_TRUNCATED || fetched->outcome == FETCH_BAD_CHUNKS)
        return fetched->status == 200;
    return fetched->outcome == FETCH_RESET && fetched->request_sent &&
           (fetched->login_asked_for || !logs_in_by_http(&action->config->phone->web));
}

static int judge_status(const struct driver_action *action, const struct fetch_result *fetched,
                        struct error *error)
{
    struct page_path page = path_of(&action->config->phone->web, action->action);
    unsigned status = fetched->status;
    if (status == 200)
        return 0;
    if (status == 401)
        return error_set(error, ERROR_FAILED,
                         "its web page refused the login: check web.user and web.password");
    if (status == 404)
        return error_set(error, ERROR_FAILED, "its web server has no page %s: set %s", page.path,
                         page.key);
    if (status >= 300 && status < 400)
        return error_set(error, ERROR_FAILED,
                         "its page %s (%s) sends on to '%.200s' (status %u): web.tls, web.port or "
                         "the path may have to be another",
                         page.path, page.key, fetched->location, status);
    return error_set(error, ERROR_FAILED, "its page %s (%s) answered with status %u instead of 200",
                     page.path, page.key, status);
}

static int judge_end(const struct driver_action *action, const struct fetch_result *fetched,
                     struct error *error)
{
    switch (fetched->outcome) {
    case FETCH_OK:
        return judge_status(action, fetched, error);
    case FETCH_REFUSED:
        return error_set(error, ERROR_FAILED,
                         "it refuses connections at %s: is its web server on, and is web.port "
                         "right?",
                         action->page_address);
    case FETCH_NOT_CONNECTED:
        return error_set(error, ERROR_FAILED, "it cannot be reached at %s: %s",
                         action->page_address, fetched->text);
    case FETCH_TLS_FAILED:
        return error_set(error, ERROR_FAILED, "no TLS with its web server at %s (web.tls): %s",
                         action->page_address, fetched->text);
    case FETCH_TOO_LARGE:
        return error_set(error, ERROR_FAILED, "the answer of its web page is longer than %d bytes",
                         DEVICE_PAGE_BYTES_MAX);
    case FETCH_RESET:
    case FETCH_TRUNCATED:
    case FETCH_BAD_CHUNKS:
    case FETCH_TFTP_ERROR:
    case FETCH_OTHER:
        break;
    }
    return error_set(error, ERROR_FAILED, "its web server at %s did not answer in full: %s",
                     action->page_address, fetched->text);
}

static void page_answered(void *context, const struct fetch_result *fetched)
{
    struct driver_action *action = context;
    struct device_result result = {.status = fetched->status};
    struct error error;
    if (!was_told(action, fetched))
        result.code = judge_end(action, fetched, &error);
    if (result.code < 0) {
        result.error = &error;
    } else if (action->action == DEVICE_STATUS) {
        result.body = fetched->body;
        result.body_length = fetched->body_length;
    }
    action->ended(action, &result);
}

static void limit_reached(void *context)
{
    struct driver_action *action = context;
    struct error error;
    unsigned long long seconds = action->config->page_max_us / 1000000u;
    struct device_result result = {
        .code = error_set(&error, ERROR_FAILED,
                          "its web server at %s did not answer within %llu s: is it on, and in "
                          "the network of the lab?",
                          action->page_address, seconds),
        .error = &error};
    fetch_cancel(action->page);
    action->ended(action, &result);
}

/* --- its start ------------------------------------------------------------------------------ */

static int start(struct driver_action *action, struct error *error)
{
    const struct device_config *config = action->config;
    const struct lab_web *web = &config->phone->web;
    const char *form = action->action == DEVICE_CONFIGURE ? action->argument : NULL;
    struct buffer url;
    buffer_init(&url, DEVICE_URL_BYTES_MAX);
    int result = write_url(action, action->argument, &url, error);
    if (result == 0)
        result = fetch_start(config->fetcher,
                             &(const struct fetch_request){
                                 .url = buffer_string(&url),
                                 .method = form ? "POST" : NULL,
                                 .body = (const uint8_t *)form,
                                 .body_length = form ? strlen(form) : 0,
                                 .content_type = form ? "application/x-www-form-urlencoded" : NULL,
                                 .user = logs_in_by_http(web) ? web->user : NULL,
                                 .password = logs_in_by_http(web) ? web->password.value : NULL,
                                 .any_certificate = true,
                                 .body_bytes_max = DEVICE_PAGE_BYTES_MAX},
                             page_answered, action, &action->page, error);
    if (url.data)
        explicit_bzero(url.data, url.length);
    buffer_done(&url);
    return result;
}

int page_driver_start(struct driver_action *action, struct error *error)
{
    const struct device_config *config = action->config;
    char host[IPV4_TEXT_MAX];
    if (action->address == 0)
        return error_set(error, ERROR_UNAVAILABLE,
                         "it has no address at present, so its web page cannot be asked");
    if (action->action == DEVICE_CONFIGURE && !action->argument)
        return error_set(error, ERROR_INVALID, "there is no form to configure it with");
    snprintf(action->page_address, sizeof action->page_address, "%s:%u",
             ipv4_format(action->address, host), config->phone->web.port);
    int result = start(action, error);
    if (result == 0)
        loop_real_timer_set(config->loop, &action->page_limit, monotonic_us() + config->page_max_us,
                            limit_reached, action);
    return result;
}

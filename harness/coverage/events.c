/* SPDX-License-Identifier: MIT */
/* From a timeline to states × events. */
#include "harness/base/duration.h"
#include "harness/coverage/coverage.h"
#include "harness/observe/offer.h"
#include "harness/wire/dhcp.h"
#include <stdlib.h>

enum { NAME_NOT_FOUND = 3 }; /* RFC 1035 */

#define EVENT_NAME(id, name) [COVERAGE_##id] = name,
const char *const coverage_event_names[COVERAGE_EVENT_COUNT] = {COVERAGE_EVENTS(EVENT_NAME)};

static bool in_range(enum coverage_event event, enum coverage_event first, enum coverage_event last)
{
    return event >= first && event <= last;
}

const char *coverage_impossible(enum customization_state state, enum coverage_event event)
{
    if (state != STATE_PENDING && in_range(event, COVERAGE_EDOS_PROFILE, COVERAGE_NAME_SILENT))
        return "nobody but a phone that is Pending asks EDOS"; /* vendor: prose */
    if (state == STATE_OPEN && (event == COVERAGE_PAGE_ABORT || event == COVERAGE_PUSH_ABORT))
        return "the rules leave open what a configuration makes of a phone that "
               "is Open"; /* vendor: prose */
    return NULL;
}

/* --- one phone -------------------------------------------------------------------------------- */

struct watched { /* what is known of one phone so far */
    enum customization_state state;
    uint64_t since_us;
    bool has_options;
    /* the open attempt at each server: index 0 EDOS, 1 provisioning */
    bool open[2], connected[2];
};
struct reader {
    struct coverage *coverage;
    size_t number;
    const struct timeline *timeline;
    struct watched *phones;
    size_t phone_count;
};

static void note(struct reader *reader, enum customization_state state, enum coverage_event event)
{
    struct coverage_cell *cell = &reader->coverage->cells[state][event];
    if (state == STATE_UNKNOWN || cell->last_noted == reader->number + 1)
        return;
    cell->last_noted = reader->number + 1;
    if (cell->scenarios++ == 0)
        cell->example = reader->coverage->scenarios[reader->number].id;
}

static void note_time(struct reader *reader, struct watched *phone, uint64_t now_us)
{
    if (now_us - phone->since_us >= DURATION_DAY)
        note(reader, phone->state, COVERAGE_DAY_PASSES);
    if (now_us - phone->since_us >= 7 * DURATION_DAY)
        note(reader, phone->state, COVERAGE_WEEK_PASSES);
}

static void on_action(struct reader *reader, struct watched *phone, const struct event *event)
{
    static const enum coverage_event by_action[] = {
        [ACTION_FACTORY_RESET] = COVERAGE_FACTORY_RESET,
        [ACTION_REBOOT] = COVERAGE_REBOOT,
        [ACTION_POWER_OFF] = COVERAGE_POWER_CUT,
    };
    const struct action_event *action = &event->action;
    if (action->what == ACTION_POWER_ON)
        return;
    if (action->what != ACTION_CONFIGURE)
        note(reader, phone->state, by_action[action->what]);
    else if (action->by_push)
        note(reader, phone->state, action->aborts ? COVERAGE_PUSH_ABORT : COVERAGE_PUSH_OTHER);
    else
        note(reader, phone->state, action->aborts ? COVERAGE_PAGE_ABORT : COVERAGE_PAGE_OTHER);
}

static void on_dhcp(struct reader *reader, struct watched *phone, const struct event *event)
{
    if (event->dhcp.type == DHCP_REQUEST && event->dhcp.source_address != 0)
        note(reader, phone->state, COVERAGE_RENEWAL);
    if (event->dhcp.type != DHCP_ACK)
        return;
    bool options = offer_provides(event->dhcp.options.bytes, event->dhcp.options.length);
    if (options && !phone->has_options)
        note(reader, phone->state, COVERAGE_OPTION_APPEARS);
    if (!options && phone->has_options)
        note(reader, phone->state, COVERAGE_OPTION_GOES);
    phone->has_options = options;
}

/* --- servers ---------------------------------------------------------------------------------- */

static int server_index(const struct event *event)
{
    enum event_server server = event_server(event);
    return server == EVENT_SERVER_EDOS ? 0 : server == EVENT_SERVER_PROVISION ? 1 : -1;
}

/* The event of EDOS, or the same of the provisioning server. */
static enum coverage_event of_server(int server, enum coverage_event edos)
{
    unsigned further = COVERAGE_PROVISION_REDIRECT - COVERAGE_EDOS_REDIRECT;
    return server == 0 ? edos : (enum coverage_event)((unsigned)edos + further);
}

static bool is_password_asked(unsigned status)
{
    return status == 401 || status == 407;
}

static enum coverage_event of_status(int server, unsigned status)
{
    if (is_password_asked(status))
        return of_server(server, COVERAGE_EDOS_401);
    if (status >= 500)
        return of_server(server, COVERAGE_EDOS_5XX);
    if (status >= 400)
        return of_server(server, COVERAGE_EDOS_4XX);
    return of_server(server, COVERAGE_EDOS_3XX);
}

static void on_answer(struct reader *reader, struct watched *phone, const struct event *event)
{
    const struct answer_event *answer = &event->answer;
    int server = server_index(event);
    if (server < 0 || answer->push)
        return;
    bool good =
        answer->complete && (answer->status / 100 == 2 || answer->peer.transport == TRANSPORT_TFTP);
    if (answer->location && (answer->status == 301 || answer->status == 302))
        note(reader, phone->state, of_server(server, COVERAGE_EDOS_REDIRECT));
    /* The phone may go on after these, or not: no failure tells. */
    bool asks_more = answer->complete && (is_password_asked(answer->status) ||
                                          (answer->status / 100 == 3 && answer->status > 302));
    if (asks_more)
        note(reader, phone->state, of_status(server, answer->status));
    if (good || asks_more) /* if it is of no use after all, a failure says so next */
        phone->open[server] = false;
    if (good && server == 0 && answer->content == CONTENT_PROFILE)
        note(reader, phone->state, COVERAGE_EDOS_PROFILE);
    if (good && server == 0 && answer->content == CONTENT_EMPTY)
        note(reader, phone->state, COVERAGE_EDOS_EMPTY);
    if (good && server == 1 && answer->content == CONTENT_CONFIG)
        note(reader, phone->state, COVERAGE_PROVISION_CONFIG);
}

/* How an exchange ended that was of no use; error: the TFTP error code. */
static enum coverage_event useless_tftp(unsigned error, bool complete)
{
    return error == 0 && complete ? COVERAGE_PROVISION_USELESS : COVERAGE_PROVISION_TFTP_ERROR;
}

static enum coverage_event useless_answer(int server, const struct answer_event *answer)
{
    if (answer->peer.transport == TRANSPORT_TFTP)
        return useless_tftp(answer->status, answer->complete);
    if (answer->status == 0)
        return of_server(server, COVERAGE_EDOS_RESET);
    if (!answer->complete)
        return of_server(server, COVERAGE_EDOS_BROKEN_OFF);
    if (answer->status / 100 == 2)
        return of_server(server, COVERAGE_EDOS_USELESS);
    return of_status(server, answer->status);
}

/* The event that proves the failure says more than the failure itself. */
static enum coverage_event failure_of(const struct reader *reader, int server,
                                      const struct event *event)
{
    uint64_t number = event->failed.cause;
    const struct event none = {.type = EVENT_TYPE_COUNT};
    const struct event *cause = number >= 1 && number <= reader->timeline->count
                                    ? &reader->timeline->events[number - 1]
                                    : &none;
    switch (cause->type) {
    case EVENT_REFUSED:
        return of_server(server, COVERAGE_EDOS_REFUSED);
    case EVENT_DNS:
        return cause->dns.rcode == NAME_NOT_FOUND ? COVERAGE_NAME_NOT_FOUND : COVERAGE_NAME_FAILURE;
    case EVENT_ANSWER:
        return useless_answer(server, &cause->answer);
    case EVENT_TFTP:
        return useless_tftp(cause->tftp.error, cause->tftp.complete);
    default:
        return of_server(server, COVERAGE_EDOS_SILENT);
    }
}

static void on_failed(struct reader *reader, struct watched *phone, const struct event *event)
{
    int server = server_index(event);
    if (server < 0)
        return;
    note(reader, phone->state, failure_of(reader, server, event));
    phone->open[server] = false;
}

/* An attempt after one that nothing ended: the one before it met silence. */
static void on_attempt(struct reader *reader, struct watched *phone, const struct event *event)
{
    int server = server_index(event);
    if (server < 0)
        return;
    if (phone->open[server] && event->attempt.last_sign_us != 0)
        note(reader, phone->state,
             server == 0 && !phone->connected[0] ? COVERAGE_NAME_SILENT
                                                 : of_server(server, COVERAGE_EDOS_SILENT));
    phone->open[server] = true;
    phone->connected[server] = event->attempt.peer.transport != TRANSPORT_DNS;
}

static void on_sign(struct watched *phone, const struct event *event)
{
    int server = server_index(event);
    if (server >= 0)
        phone->connected[server] = true;
}

static void on_setting(struct reader *reader, const struct event *event)
{
    if (event->setting.what == SETTING_DHCP)
        return; /* the options that it changes show in the next ACK */
    for (size_t i = 0; i < reader->phone_count; i++)
        if (event->phone == EVENT_PHONE_NONE || (size_t)event->phone == i)
            note(reader, reader->phones[i].state, COVERAGE_SERVER_CHANGED);
}

/* --- all ------------------------------------------------------------------------------------- */

static void on_event(struct reader *reader, struct watched *phone, const struct event *event)
{
    switch (event->type) {
    case EVENT_ACTION:
        on_action(reader, phone, event);
        break;
    case EVENT_DHCP:
        on_dhcp(reader, phone, event);
        break;
    case EVENT_BOOT:
        phone->open[0] = phone->open[1] = false;
        if (event->boot.action_known && event->boot.action == ACTION_FACTORY_RESET)
            phone->has_options = false;
        break;
    case EVENT_CONNECT:
    case EVENT_REQUEST:
        on_sign(phone, event);
        break;
    case EVENT_ANSWER:
        on_answer(reader, phone, event);
        break;
    case EVENT_ATTEMPT:
        on_attempt(reader, phone, event);
        break;
    case EVENT_FAILED:
        on_failed(reader, phone, event);
        break;
    case EVENT_STATE:
        phone->state = event->state.state;
        phone->since_us = event->time_us;
        break;
    default:
        break;
    }
}

void coverage_add_timeline(struct coverage *coverage, size_t number,
                           const struct timeline *timeline, size_t phone_count)
{
    struct reader reader = {
        .coverage = coverage, .number = number, .timeline = timeline, .phone_count = phone_count};
    reader.phones = calloc(phone_count + 1, sizeof *reader.phones);
    for (size_t i = 0; reader.phones && i < timeline->count; i++) {
        const struct event *event = &timeline->events[i];
        for (size_t k = 0; event->type == EVENT_END && k < phone_count; k++)
            note_time(&reader, &reader.phones[k], event->time_us);
        if (event->type == EVENT_SETTING)
            on_setting(&reader, event);
        if (event->phone < 0 || (size_t)event->phone >= phone_count)
            continue;
        struct watched *phone = &reader.phones[event->phone];
        if (event->type == EVENT_STATE)
            note_time(&reader, phone, event->time_us);
        on_event(&reader, phone, event);
    }
    free(reader.phones);
}

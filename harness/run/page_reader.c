/* SPDX-License-Identifier: MIT */
#include "harness/run/page_reader.h"
#include "harness/base/duration.h"
#include "harness/run/status_page.h"
#include <stdio.h>
#include <string.h>

enum { URL_MAX = 256 };

static void read_state(const struct fetch_result *result, struct event *event,
                       char value[STATUS_PAGE_VALUE_MAX])
{
    if (result->status != 200) {
        event->text = result->outcome == FETCH_OK ? "the page was refused" : result->text;
        return;
    }
    if (!status_page_value(result->body, result->body_length, "Customization", value)) {
        event->text = "the page shows no Customization";
        return;
    }
    if (!customization_state_find(value, &event->state))
        event->text = value; /* a state that the vendor does not know */
}

static void page_read(void *context, const struct fetch_result *result)
{
    struct page_reader *reader = context;
    char value[STATUS_PAGE_VALUE_MAX];
    struct event event = {.type = EVENT_PAGE, .phone = (int)reader->phone};
    reader->fetch = NULL;
    event.status = result->outcome == FETCH_OK ? result->status : 0;
    read_state(result, &event, value);
    recorder_event(reader->world->recorder, &event);
}

static bool start(struct page_reader *reader, size_t phone)
{
    struct world *world = reader->world;
    char url[URL_MAX], address[IPV4_TEXT_MAX];
    struct error error;
    ipv4_format(observer_phone_address(recorder_observer(world->recorder), (int)phone), address);
    snprintf(url, sizeof url, "http://%s" WORLD_STATUS_PATH, address);
    struct fetch_request request = {.url = url,
                                    .user = WORLD_ADMIN_USER,
                                    .password = WORLD_ADMIN_PASSWORD,
                                    .body_bytes_max = STATUS_PAGE_BYTES_MAX};
    reader->phone = phone;
    int result = fetch_start(world->fetcher, &request, page_read, reader, &reader->fetch, &error);
    if (result < 0)
        loop_fail(world->loop, result, &error);
    return result == 0;
}

bool page_reader_turn(struct page_reader *reader)
{
    struct world *world = reader->world;
    if (reader->fetch)
        return false; /* the real clock goes on meanwhile */
    if (world->scenario->page_none)
        return false;
    if (loop_clock(world->loop) == LOOP_CLOCK_REAL) {
        if (loop_now_us(world->loop) < reader->not_before_us)
            return false;
        reader->not_before_us = loop_now_us(world->loop) + DURATION_S;
    }
    for (size_t i = 0; i < world->phone_count; i++) {
        if (!world->phones[i].unread || !world_phone_reachable(world, i))
            continue;
        world->phones[i].unread = false;
        return start(reader, i);
    }
    return false;
}

void page_reader_done(struct page_reader *reader)
{
    fetch_cancel(reader->fetch);
    reader->fetch = NULL;
}

/* SPDX-License-Identifier: MIT */
#include "harness/cycle/state_times.h"
#include <string.h>

/* From a boot that the run brought about to the next. A phone that boots by itself may be on its
 * way since before the run. */
static void read_phone(const struct timeline *timeline, size_t phone,
                       void (*tell)(void *, size_t, enum customization_state, uint64_t),
                       void *context)
{
    bool booted = false, seen[STATE_COUNT] = {false};
    uint64_t boot_us = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct event *event = &timeline->events[i];
        if (event->phone < 0 || (size_t)event->phone != phone)
            continue;
        if (event->type == EVENT_BOOT) {
            booted = event->boot.action_known;
            boot_us = event->time_us;
            memset(seen, 0, sizeof seen);
        }
        if (event->type != EVENT_STATE || !booted || event->state.state <= STATE_OPEN ||
            event->state.state >= STATE_COUNT || seen[event->state.state] ||
            event->time_us < boot_us)
            continue;
        seen[event->state.state] = true;
        tell(context, phone, event->state.state, event->time_us - boot_us);
    }
}

void state_times_read(const struct timeline *timeline, size_t phone_count,
                      void (*tell)(void *, size_t, enum customization_state, uint64_t),
                      void *context)
{
    for (size_t phone = 0; phone < phone_count; phone++)
        read_phone(timeline, phone, tell, context);
}

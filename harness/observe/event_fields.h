/* SPDX-License-Identifier: MIT */
/* One table says which fields of an event stand in its JSON, under which key, in which order, and
 * for which types: the writer and the reader both follow it, so that neither can forget one. */
#ifndef RCLAB_OBSERVE_EVENT_FIELDS_H
#define RCLAB_OBSERVE_EVENT_FIELDS_H

#include "harness/observe/event.h"

enum event_field_kind {
    FIELD_BOOL,
    FIELD_U64,
    FIELD_U32,
    FIELD_U16,
    FIELD_UNSIGNED,
    FIELD_TEXT,
    FIELD_ADDRESS,   /* dotted quad */
    FIELD_MAC,       /* "00:11:…" */
    FIELD_NAME,      /* an enum by name */
    FIELD_RULE,      /* enum rule_id by its id */
    FIELD_DHCP_TYPE, /* by name, by number if it has none */
    FIELD_OPTIONS,   /* {"66": "hex", …} */
};

struct event_field {
    const char *key;
    enum event_field_kind kind;
    size_t offset;            /* in struct event */
    uint32_t types;           /* bit 1 << event_type for each type that has it */
    bool always;              /* written even if it is zero: zero means something */
    const char *const *names; /* FIELD_NAME */
    size_t name_count;
};
extern const struct event_field event_fields[];
extern const size_t event_field_count;

static inline bool event_has_field(const struct event *event, const struct event_field *field)
{
    /* A boot of its own accord has no action, and the enum has no value for none. */
    if (event->type == EVENT_BOOT && field->offset == offsetof(struct event, action))
        return event->action_known;
    return (field->types >> (unsigned)event->type & 1) != 0;
}

#endif

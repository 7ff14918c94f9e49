/* SPDX-License-Identifier: MIT */
#include "fakes/server/script.h"
#include <assert.h>
#include <stdlib.h>

int script_init(struct script *script, unsigned client_count, struct error *error)
{
    *script = (struct script){.client_count = client_count};
    script->positions = calloc((size_t)client_count + 1, sizeof *script->positions);
    if (!script->positions)
        return error_set(error, ERROR_MEMORY, "no memory for %u clients", client_count);
    return 0;
}

void script_done(struct script *script)
{
    free(script->positions);
    *script = (struct script){0};
}

static unsigned slot_of(const struct script *script, int client)
{
    return client >= 0 && (unsigned)client < script->client_count ? (unsigned)client
                                                                  : script->client_count;
}

static const struct behaviour *at_slot(const struct script *script, unsigned slot)
{
    return &script->positions[slot].list.items[script->positions[slot].item];
}

static void count_refusing(struct script *script)
{
    script->refusing = 0;
    for (unsigned slot = 0; slot < script->client_count; slot++)
        script->refusing += at_slot(script, slot)->kind == BEHAVIOUR_REFUSE;
}

void script_set_all(struct script *script, const struct behaviour_list *list)
{
    assert(list->count > 0);
    for (unsigned slot = 0; slot <= script->client_count; slot++)
        script->positions[slot] = (struct script_position){.list = *list};
    count_refusing(script);
}

void script_set(struct script *script, unsigned client, const struct behaviour_list *list)
{
    assert(list->count > 0 && client < script->client_count);
    script->positions[client] = (struct script_position){.list = *list};
    count_refusing(script);
}

const struct behaviour *script_current(const struct script *script, int client)
{
    return at_slot(script, slot_of(script, client));
}

const struct behaviour *script_next(struct script *script, int client)
{
    unsigned slot = slot_of(script, client);
    struct script_position *position = &script->positions[slot];
    const struct behaviour *behaviour = at_slot(script, slot);
    position->looked = false;
    position->served++;
    if (position->served >= behaviour->times && position->item + 1 < position->list.count) {
        position->item++;
        position->served = 0;
        if (slot < script->client_count) {
            script->refusing -= behaviour->kind == BEHAVIOUR_REFUSE;
            script->refusing += at_slot(script, slot)->kind == BEHAVIOUR_REFUSE;
        }
    }
    return behaviour;
}

const struct behaviour *script_look(struct script *script, int client)
{
    struct script_position *position = &script->positions[slot_of(script, client)];
    if (position->looked)
        (void)script_next(script, client);
    position->looked = true;
    return script_current(script, client);
}

bool script_refuses_all(const struct script *script)
{
    if (script->client_count == 0)
        return script_current(script, -1)->kind == BEHAVIOUR_REFUSE;
    return script->refusing == script->client_count;
}

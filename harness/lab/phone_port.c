/* SPDX-License-Identifier: MIT */
#include "harness/lab/phone_port.h"
#include <stdlib.h>

enum { SOCKET_BUFFER_BYTES = 4 << 20 };

struct phone_port {
    struct phone_port_config config;
    struct link *link;
    struct relay *relay; /* NULL while the cable is out: its interface is down */
    struct loop_timer outage;
};

static int start_relay(struct phone_port *port, struct error *error)
{
    char phone_side[LAB_NAME_MAX], switch_side[LAB_NAME_MAX];
    lab_link_ends(port->config.phone, phone_side, switch_side);
    const struct relay_config config = {
        .loop = port->config.loop,
        .ends =
            {[RELAY_PHONES] = {.interface = phone_side}, [RELAY_LAB] = {.interface = switch_side}},
        .buffer_bytes = SOCKET_BUFFER_BYTES,
        .lossless = true,
        .policy = link_frame,
        .policy_context = port->link,
        .next_us = link_next_us,
        .due = link_due,
    };
    int result = relay_new(&config, &port->relay, error);
    if (result == 0)
        relay_look_again(port->relay);
    return result;
}

int phone_port_new(const struct phone_port_config *config, struct phone_port **ret_port,
                   struct error *error)
{
    struct phone_port *port = calloc(1, sizeof *port);
    if (!port)
        return error_set(error, ERROR_MEMORY, "out of memory");
    port->config = *config;
    int result = link_new(&config->link, &port->link, error);
    if (result == 0)
        result = start_relay(port, error);
    if (result < 0) {
        phone_port_free(port);
        return result;
    }
    *ret_port = port;
    return 0;
}

void phone_port_free(struct phone_port *port)
{
    if (!port)
        return;
    loop_timer_cancel(&port->outage);
    relay_free(port->relay);
    link_free(port->link);
    free(port);
}

struct link *phone_port_link(struct phone_port *port)
{
    return port->link;
}

/* --- the cable --- */

static int plug(struct phone_port *port, bool in, struct error *error)
{
    if (in == (port->relay != NULL))
        return 0;
    relay_free(port->relay);
    port->relay = NULL;
    int result = lab_plug(port->config.lab, port->config.phone, in, error);
    if (result == 0 && in)
        result = start_relay(port, error);
    if (result == 0)
        port->config.carrier(port->config.context, port->config.phone, in);
    return result;
}

static void outage_is_over(void *context)
{
    struct phone_port *port = context;
    struct error error;
    int result = plug(port, true, &error);
    if (result < 0)
        loop_fail(port->config.loop, result, &error);
}

int phone_port_set(struct phone_port *port, const struct scenario_network *network,
                   struct error *error)
{
    struct loop *loop = port->config.loop;
    uint64_t now_us = loop_now_us(loop);
    loop_timer_cancel(&port->outage);
    link_set(port->link, network, now_us);
    if (network->outage != NETWORK_CARRIES)
        loop_timer_set(loop, &port->outage, now_us + network->outage_us, outage_is_over, port);
    return plug(port, network->outage != NETWORK_DOWN, error);
}

/* SPDX-License-Identifier: MIT */
#include "harness/run/presence.h"
#include "harness/base/buffer.h"
#include "harness/base/duration.h"
#include "harness/lab/packet_socket.h"
#include "harness/wire/frame.h"
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OPERATION_REQUEST = 1 /* RFC 826 */, FRAME_BYTES = 64 };

struct device_presence {
    uint64_t heard_us, asked_us;
    unsigned questions; /* since it was heard */
};
struct presence {
    struct loop *loop;
    const struct mac *macs;
    size_t count;
    struct device_presence *devices;
    struct strangers *strangers;
    int fd;
    struct mac own_mac;
    uint32_t own_address;
    uint64_t question_us;
    struct loop_timer wake;
};

/* It only sends. */
static int open_socket(struct presence *presence, const char *interface, struct error *error)
{
    TRY(packet_socket_open(interface, 0, &presence->fd, error));
    return packet_socket_mac(presence->fd, &presence->own_mac, error);
}

int presence_new(const struct presence_config *config, struct presence **ret_presence,
                 struct error *error)
{
    struct presence *presence = calloc(1, sizeof *presence);
    if (!presence)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *presence = (struct presence){.loop = config->loop,
                                  .macs = config->macs,
                                  .count = config->count,
                                  .fd = -1,
                                  .own_address = config->own_address,
                                  .question_us = config->question_us ? config->question_us
                                                                     : PRESENCE_QUESTION_US};
    presence->devices = calloc(config->count + 1, sizeof *presence->devices);
    int result = presence->devices ? open_socket(presence, config->interface, error)
                                   : error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0 && config->stranger)
        result = strangers_new(config->macs, config->count, config->stranger, config->context,
                               &presence->strangers, error);
    if (result < 0) {
        presence_free(presence);
        return result;
    }
    *ret_presence = presence;
    return 0;
}

void presence_free(struct presence *presence)
{
    if (!presence)
        return;
    loop_timer_cancel(&presence->wake);
    strangers_free(presence->strangers);
    if (presence->fd >= 0)
        close(presence->fd);
    free(presence->devices);
    free(presence);
}

void presence_frame(void *context, const uint8_t *bytes, size_t length)
{
    struct presence *presence = context;
    if (length < ETH_HLEN)
        return;
    struct mac source;
    memcpy(source.bytes, bytes + MAC_BYTES, MAC_BYTES);
    for (size_t i = 0; i < presence->count; i++) {
        if (mac_equal(&presence->macs[i], &source)) {
            presence->devices[i] = (struct device_presence){.heard_us = monotonic_us()};
            return;
        }
    }
    if (presence->strangers)
        strangers_frame(presence->strangers, bytes, length);
}

/* Sent to everybody: a device that has lost its way is found, too. */
static void ask(struct presence *presence, uint32_t address)
{
    struct frame question = {.kind = FRAME_ARP,
                             .source_mac = presence->own_mac,
                             .source = presence->own_address,
                             .destination = address,
                             .arp_operation = OPERATION_REQUEST,
                             .arp_source_mac = presence->own_mac};
    struct buffer bytes;
    memset(question.destination_mac.bytes, 0xff, MAC_BYTES);
    buffer_init(&bytes, FRAME_BYTES);
    frame_encode_arp(&bytes, &question);
    /* A question that finds no room is one that was not answered. */
    ssize_t ignored = send(presence->fd, bytes.data, bytes.length, 0);
    (void)ignored;
    buffer_done(&bytes);
}

static void woken(void *context)
{
    (void)context; /* whoever waits asks again at the quiet turn that follows */
}

enum presence_answer presence_since(struct presence *presence, size_t device, uint32_t address,
                                    uint64_t since_real_us)
{
    struct device_presence *state = &presence->devices[device];
    uint64_t now_us = monotonic_us();
    if (state->heard_us >= since_real_us)
        return PRESENCE_YES;
    bool due = state->questions == 0 || now_us - state->asked_us >= presence->question_us;
    if (due && state->questions == PRESENCE_QUESTIONS)
        return PRESENCE_NO;
    if (due) {
        ask(presence, address);
        state->questions++;
        state->asked_us = now_us;
    }
    loop_real_timer_set(presence->loop, &presence->wake, state->asked_us + presence->question_us,
                        woken, presence);
    return PRESENCE_ASKING;
}

uint64_t presence_heard_us(const struct presence *presence, size_t device)
{
    return presence->devices[device].heard_us;
}

/* SPDX-License-Identifier: MIT */
/* For tests of this room: a small network made of frames in memory, fed to an observer. The clock
 * is the test's: `net.now_us`. */
#ifndef RCLAB_OBSERVE_FRAMES_TESTING_H
#define RCLAB_OBSERVE_FRAMES_TESTING_H

#include "harness/base/testing.h"
#include "harness/observe/observer.h"
#include "harness/wire/dhcp.h"
#include "harness/wire/dns.h"
#include "harness/wire/frame.h"
#include "harness/wire/tftp.h"

#define NET_EDOS UINT32_C(0x0A4D0002)
#define NET_PROVISION UINT32_C(0x0A4D0003)
#define NET_NAMES UINT32_C(0x0A4D0001)
#define NET_HARNESS UINT32_C(0x0A4D0004)
#define NET_PHONE UINT32_C(0x0A4D0117)
#define NET_EDOS_HOST "activate.cisco.com"
enum { NET_LEASE_S = 43200, NET_FRAME_MAX = 4096 };

extern const struct mac net_phone_mac, net_server_mac, net_broadcast;

struct net {
    struct observe_world world;
    struct timeline timeline;
    struct observer *observer;
    uint64_t now_us, frames;
    struct error error;
};

struct net_tcp { /* a connection; sequence numbers of the next bytes */
    uint32_t client, server, client_next, server_next;
    uint16_t client_port, server_port;
};

/* As the emulated lab: everything is known, fakes keep logs. */
void net_open_world(struct net *net, const struct observe_world *world);
struct observe_world net_lab_world(void);
void net_open(struct net *net);
void net_close(struct net *net);
void net_feed(struct net *net, const struct buffer *frame);
void net_udp(struct net *net, struct frame headers, const struct buffer *payload);

/* --- DHCP --- */

void net_dhcp_text(struct net *net, enum dhcp_type type, uint8_t code, const void *value,
                   size_t length);
void net_dhcp(struct net *net, enum dhcp_type type);
/* The four messages; the ACK with one option more. */
void net_lease_with(struct net *net, uint8_t code, const char *text);
void net_lease(struct net *net);

/* --- DNS --- */

void net_dns(struct net *net, uint16_t id, uint16_t type, bool response, uint8_t rcode,
             uint32_t address);
void net_ask(struct net *net, uint16_t id);
/* A question for an SRV record and its answer; target NULL = there is none. Its port is 8080. */
void net_service(struct net *net, const char *name, const char *target);
void net_resolve(struct net *net, uint16_t id);

/* --- TFTP --- */

void net_tftp(struct net *net, bool from_phone, uint16_t phone_port, uint16_t server_port,
              const struct tftp_packet *packet);
void net_rrq(struct net *net, uint16_t phone_port, const char *name);

/* --- TCP --- */

/* No checksums: the observer doesn't look (offloading leaves them wrong in captures). */
void net_segment(struct net *net, const struct net_tcp *tcp, bool by_client, uint32_t sequence,
                 uint8_t flags, const char *bytes, size_t length);
struct net_tcp net_syn(struct net *net, uint32_t server, uint16_t server_port,
                       uint16_t client_port);
void net_accept(struct net *net, struct net_tcp *tcp);
struct net_tcp net_connect(struct net *net, uint32_t server, uint16_t server_port,
                           uint16_t client_port);
void net_say(struct net *net, struct net_tcp *tcp, bool by_client, const char *text);
void net_fin(struct net *net, struct net_tcp *tcp, bool by_client);
void net_rst(struct net *net, struct net_tcp *tcp, bool by_client);

/* --- logs and actions --- */

void net_event(struct net *net, const struct event *event);
void net_action(struct net *net, enum event_action action);
void net_request(struct net *net, enum event_server server, uint16_t client_port);
void net_answer(struct net *net, enum event_server server, uint16_t client_port, unsigned status,
                enum answer_content content);
/* A request on a new connection, answered. */
void net_exchange(struct net *net, enum event_server server, uint16_t client_port, unsigned status,
                  enum answer_content content);
/* Reset, boot, lease. */
void net_start(struct net *net);

/* --- looking at the result --- */

size_t net_count(const struct net *net, enum event_type type);
/* The nth (from 0) event of a type, NULL = none. */
const struct event *net_find(const struct net *net, enum event_type type, size_t nth);
const struct event *net_last(const struct net *net, enum event_type type);
size_t net_attempts(const struct net *net, enum event_server server);

#define NET_ASSERT_STATE(net, expected_state, expected_rule)                       \
    do {                                                                           \
        const struct event *last_ = net_last(net, EVENT_STATE);                    \
        CU_ASSERT_PTR_NOT_NULL_FATAL(last_);                                       \
        CU_ASSERT_EQUAL(last_->state.state, expected_state);                       \
        CU_ASSERT_EQUAL(last_->state.rule, expected_rule);                         \
        CU_ASSERT_EQUAL(observer_phone_state((net)->observer, 0), expected_state); \
    } while (0)

#endif

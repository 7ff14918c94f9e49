/* SPDX-License-Identifier: MIT */
#include "harness/observe/flows.h"
#include "harness/observe/frames_testing.h"
#include <stdio.h>
#include <stdlib.h>

void tests_harness_observe_flows(void);

#define OTHER_SERVER UINT32_C(0x0A4D00C8)

static struct net_tcp opened(struct net *net)
{
    net_open(net);
    net_lease(net);
    return net_connect(net, OTHER_SERVER, 80, 40000);
}

static void several_requests_of_a_connection(void)
{
    struct net net;
    struct net_tcp tcp = opened(&net);
    net_say(&net, &tcp, true,
            "POST /1 HTTP/1.1\r\nContent-Length: 18\r\n\r\nGET /x HTTP/1.1\r\n\r\n"
            "HEAD /2 HTTP/1.1\r\nHost: h\r\nUser-Agent: a\r\n\r\n");
    net_say(&net, &tcp, false,
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
            "Transfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0");
    net_say(&net, &tcp, false, "\r\nX: y\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n");
    net_say(&net, &tcp, true, "GET /3 HTTP/1.1\r\n\r\n");
    net_say(&net, &tcp, false, "HTTP/1.1 302 Found\r\nLocation: /4\r\nContent-Length: 0\r\n\r\n");
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_HTTP_REQUEST), 3);
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_HTTP_RESPONSE), 3);
    CU_ASSERT_STRING_EQUAL(net_find(&net, EVENT_HTTP_REQUEST, 0)->http_request.target, "/1");
    CU_ASSERT_STRING_EQUAL(net_find(&net, EVENT_HTTP_REQUEST, 1)->http_request.target, "/2");
    CU_ASSERT_STRING_EQUAL(net_find(&net, EVENT_HTTP_REQUEST, 1)->http_request.agent, "a");
    CU_ASSERT_STRING_EQUAL(net_find(&net, EVENT_HTTP_REQUEST, 1)->http_request.host, "h");
    CU_ASSERT_STRING_EQUAL(net_find(&net, EVENT_HTTP_REQUEST, 2)->http_request.target, "/3");
    CU_ASSERT_EQUAL(net_find(&net, EVENT_HTTP_RESPONSE, 1)->http_response.status, 404);
    CU_ASSERT_STRING_EQUAL(net_find(&net, EVENT_HTTP_RESPONSE, 2)->http_response.location, "/4");
    CU_ASSERT_EQUAL(net_last(&net, EVENT_HTTP_RESPONSE)->frame, net.frames);
    net_close(&net);
}

/* Segments of three bytes, in every order of four, each twice. */
static void segments_in_any_order(void)
{
    static const char request[] = "GET /abcdefghijklmnopqrstuvwxyz HTTP/1.1\r\nHost: h\r\n\r\n";
    static const size_t orders[][4] = {{3, 2, 1, 0}, {1, 0, 3, 2}, {2, 0, 3, 1}, {0, 3, 1, 2}};
    for (size_t order = 0; order < 4; order++) {
        struct net net;
        struct net_tcp tcp = opened(&net);
        for (size_t at = 0; at < sizeof request - 1; at += 12) {
            for (size_t i = 0; i < 8; i++) {
                size_t from = at + orders[order][i % 4] * 3;
                if (from >= sizeof request - 1)
                    continue;
                size_t left = sizeof request - 1 - from;
                net_segment(&net, &tcp, true, tcp.client_next + (uint32_t)from, TCP_ACK,
                            request + from, left < 3 ? left : 3);
            }
        }
        CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_HTTP_REQUEST), 1);
        CU_ASSERT_STRING_EQUAL(net_last(&net, EVENT_HTTP_REQUEST)->http_request.target,
                               "/abcdefghijklmnopqrstuvwxyz");
        net_close(&net);
    }
}

static void overlapping_segments(void)
{
    struct net net;
    struct net_tcp tcp = opened(&net);
    net_segment(&net, &tcp, true, tcp.client_next, TCP_ACK, "GET /ab", 7);
    net_segment(&net, &tcp, true, tcp.client_next + 4, TCP_ACK, "/abcd HTTP/1.1\r\n\r\n", 18);
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_HTTP_REQUEST), 1);
    CU_ASSERT_STRING_EQUAL(net_last(&net, EVENT_HTTP_REQUEST)->http_request.target, "/abcd");
    net_close(&net);
}

static void a_gap_gives_the_connection_up(void)
{
    static char early[1400];
    memset(early, 'x', sizeof early);
    struct net net;
    struct net_tcp tcp = opened(&net);
    net_say(&net, &tcp, true, "GET /1 HTT");
    uint32_t missing = tcp.client_next;
    for (uint32_t i = 0; i < 400; i++)
        net_segment(&net, &tcp, true, missing + 10 + i * (uint32_t)sizeof early, TCP_ACK, early,
                    sizeof early);
    net_segment(&net, &tcp, true, missing, TCP_ACK, "P/1.1\r\n\r\n", 9);
    net_say(&net, &tcp, false, "HTTP/1.1 200 OK\r\n\r\n");
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_REQUEST), 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_RESPONSE), 0);
    net_close(&net);
}

static void a_head_too_long_is_given_up(void)
{
    static char part[1001];
    memset(part, 'h', sizeof part - 1);
    struct net net;
    struct net_tcp tcp = opened(&net);
    net_say(&net, &tcp, true, "GET / HTTP/1.1\r\nX: ");
    for (int i = 0; i < 40; i++)
        net_say(&net, &tcp, true, part);
    net_say(&net, &tcp, true, "\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_REQUEST), 0);
    net_close(&net);
}

/* Of a response's, what came is told once. */
static void a_head_of_a_response_too_long_is_told(void)
{
    static char line[101];
    memset(line, 'h', sizeof line - 1);
    memcpy(line, "X: ", 3);
    memcpy(line + sizeof line - 3, "\r\n", 2);
    struct net net;
    struct net_tcp tcp = opened(&net);
    net_say(&net, &tcp, true, "GET / HTTP/1.1\r\n\r\n");
    net_say(&net, &tcp, false, "HTTP/1.1 203 OK\r\nLocation: /there\r\n");
    for (int i = 0; i < HTTP_HEAD_MAX / 100 - 1; i++)
        net_say(&net, &tcp, false, line);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_RESPONSE), 0);
    for (int i = 0; i < 100; i++)
        net_say(&net, &tcp, false, line);
    net_say(&net, &tcp, false, "\r\nHTTP/1.1 204 OK\r\n\r\n");
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_HTTP_RESPONSE), 1);
    const struct http_response_event *told = &net_last(&net, EVENT_HTTP_RESPONSE)->http_response;
    CU_ASSERT_EQUAL(told->status, 203);
    CU_ASSERT_STRING_EQUAL(told->location, "/there");
    CU_ASSERT_STRING_EQUAL(told->framing, "long head");
    net_close(&net);
}

static void something_else_is_left_alone(void)
{
    struct net net;
    struct net_tcp tcp = opened(&net);
    net_say(&net, &tcp, true, "SSH-2.0-x\r\n");
    net_say(&net, &tcp, true, "GET / HTTP/1.1\r\n\r\n");
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_REQUEST), 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_CONNECT), 1);
    net_close(&net);
}

static void a_port_used_again_is_another_connection(void)
{
    struct net net;
    struct net_tcp tcp = opened(&net);
    net_say(&net, &tcp, true, "GET /1 HTTP/1.1\r\n");
    struct net_tcp again = {NET_PHONE, OTHER_SERVER, 90000, 0, 40000, 80};
    net_segment(&net, &again, true, again.client_next++, TCP_SYN, NULL, 0);
    net_accept(&net, &again);
    net_say(&net, &again, true, "GET /2 HTTP/1.1\r\n\r\n");
    CU_ASSERT_EQUAL(net_count(&net, EVENT_CONNECT), 2);
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_HTTP_REQUEST), 1);
    CU_ASSERT_STRING_EQUAL(net_last(&net, EVENT_HTTP_REQUEST)->http_request.target, "/2");
    net_close(&net);
}

static void a_reset_that_answers_no_syn_is_no_refusal(void)
{
    struct net net;
    net_open(&net);
    net_lease(&net);
    struct net_tcp tcp = net_syn(&net, NET_EDOS, 443, 40000);
    tcp.client_next += 5;
    net_rst(&net, &tcp, false);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_REFUSED), 0);
    tcp.client_next -= 5;
    net_rst(&net, &tcp, false);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_REFUSED), 1);
    net_close(&net);
}

/* --- the phone's own page --- */

static void page(struct net *net, uint32_t from, const char *request, const char *response)
{
    struct net_tcp tcp = {from, NET_PHONE, 5000, 0, 50000, 80};
    net_segment(net, &tcp, true, tcp.client_next++, TCP_SYN, NULL, 0);
    net_accept(net, &tcp);
    net_say(net, &tcp, true, request);
    net_say(net, &tcp, false, response);
    net_fin(net, &tcp, true);
    net_fin(net, &tcp, false);
}

static void the_harness_own_poll_stays_off(void)
{
    static const char challenge[] = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
    static const char fine[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    struct net net;
    net_open(&net);
    net_lease(&net);
    page(&net, NET_HARNESS, "GET /admin/status.xml HTTP/1.1\r\n\r\n", challenge);
    page(&net, NET_HARNESS, "GET /admin/status.xml?a=b HTTP/1.1\r\n\r\n", fine);
    page(&net, NET_HARNESS, "GET /admin/status.xml&xuser=a HTTP/1.1\r\n\r\n", fine);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_REQUEST), 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_RESPONSE), 0);
    page(&net, NET_HARNESS, "POST /admin/bcisco.csc HTTP/1.1\r\nContent-Length: 0\r\n\r\n", fine);
    page(&net, OTHER_SERVER, "GET /admin/status.xml HTTP/1.1\r\n\r\n", challenge);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_REQUEST), 2);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_HTTP_RESPONSE), 2);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_HTTP_REQUEST)->http_request.peer.server,
                    EVENT_SERVER_NONE);
    CU_ASSERT_EQUAL(net_last(&net, EVENT_HTTP_REQUEST)->phone, 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_CONNECT), 0);
    CU_ASSERT_EQUAL(net_count(&net, EVENT_ATTEMPT), 0);
    net_close(&net);
}

static void passwords_are_not_shown(void)
{
    struct net net;
    net_open(&net);
    net_lease(&net);
    page(&net, NET_HARNESS, "GET /admin/reboot&xuser=admin&xpassword=s3cret&x=1 HTTP/1.1\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CU_ASSERT_EQUAL_FATAL(net_count(&net, EVENT_HTTP_REQUEST), 1);
    CU_ASSERT_STRING_EQUAL(net_last(&net, EVENT_HTTP_REQUEST)->http_request.target,
                           "/admin/reboot&xuser=admin&xpassword=***&x=1");
    net_close(&net);
}

/* --- bounds --- */

static bool open_all(void *context, const struct frame *syn, struct flow_owner *ret_owner)
{
    (void)context;
    (void)syn;
    ret_owner->phone = 0;
    return true;
}

static bool count_signal(void *context, const struct flow_view *flow,
                         const struct flow_signal *signal)
{
    (void)flow;
    *(size_t *)context += signal->kind == FLOW_CONNECT;
    return false;
}

static void the_table_drops_the_least_recently_used(void)
{
    enum { MAX = 4, FLOWS = 20 };
    size_t connects = 0;
    struct flow_sink sink = {&connects, open_all, count_signal};
    struct flows *flows = NULL;
    struct error error;
    CU_ASSERT_EQUAL_FATAL(flows_new(MAX, &sink, &flows, &error), 0);
    struct frame syn = {.kind = FRAME_TCP, .source = 1, .destination = 2, .tcp_flags = TCP_SYN};
    for (uint16_t i = 0; i < FLOWS; i++) {
        syn.source_port = i;
        CU_ASSERT_EQUAL(flows_frame(flows, &syn, &error), 0);
    }
    CU_ASSERT_EQUAL(connects, FLOWS);
    syn.source_port = FLOWS - MAX; /* the oldest that is left; a retransmission */
    flows_frame(flows, &syn, &error);
    CU_ASSERT_EQUAL(connects, FLOWS);
    syn.source_port = FLOWS; /* pushes the now oldest out */
    flows_frame(flows, &syn, &error);
    syn.source_port = FLOWS - MAX;
    flows_frame(flows, &syn, &error);
    CU_ASSERT_EQUAL(connects, FLOWS + 1);
    syn.source_port = FLOWS - MAX + 1; /* there is no room for more than MAX */
    flows_frame(flows, &syn, &error);
    CU_ASSERT_EQUAL(connects, FLOWS + 2);
    flows_free(flows);
}

void tests_harness_observe_flows(void)
{
    TEST_SUITE("observe/flows", {"several requests", several_requests_of_a_connection},
               {"segments in any order", segments_in_any_order},
               {"overlapping segments", overlapping_segments},
               {"a gap", a_gap_gives_the_connection_up},
               {"a head too long", a_head_too_long_is_given_up},
               {"a response's head too long", a_head_of_a_response_too_long_is_told},
               {"something else", something_else_is_left_alone},
               {"a port used again", a_port_used_again_is_another_connection},
               {"a reset that answers no SYN", a_reset_that_answers_no_syn_is_no_refusal},
               {"the harness's own poll", the_harness_own_poll_stays_off},
               {"passwords are not shown", passwords_are_not_shown},
               {"the table is bounded", the_table_drops_the_least_recently_used});
}

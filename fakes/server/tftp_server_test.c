/* SPDX-License-Identifier: MIT */
#include "fakes/server/tftp_server.h"
#include "harness/base/duration.h"
#include "harness/base/testing.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void tests_fakes_server_tftp_server(void);

enum { LOOPBACK = 0x7f000001, STALL_REAL_US = 5000000, TRANSFERS_MAX = 3, DATAGRAM_MAX = 2048 };

struct bench {
    struct loop *loop;
    struct tftp_server *server;
    struct loop_timer stop_timer;
    /* what the handler is to do, and what it saw */
    struct tftp_answer answer;
    bool hold, for_ever;
    unsigned handled, sending, ended;
    uint64_t sent_bytes;
    char name[64];
};
struct client {
    int fd;
    struct sockaddr_in transfer; /* where the last packet came from */
    struct tftp_packet packet;   /* the last one */
    uint8_t bytes[DATAGRAM_MAX];
    struct sockaddr_in server;
};

static void handle(void *context, struct tftp_request *request)
{
    struct bench *bench = context;
    bench->handled++;
    request->context = bench;
    CU_ASSERT_EQUAL(request->client_address, LOOPBACK);
    CU_ASSERT_EQUAL(request->server_port, tftp_server_port(bench->server));
    snprintf(bench->name, sizeof bench->name, "%s", request->name);
    if (bench->hold)
        tftp_hold(request, bench->for_ever);
    else
        tftp_respond(request, &bench->answer);
}

static void sending(void *context, struct tftp_request *request)
{
    struct bench *bench = context;
    bench->sending++;
    bench->sent_bytes = request->sent_bytes;
}

static void ended(void *context, struct tftp_request *request)
{
    struct bench *bench = context;
    CU_ASSERT_PTR_EQUAL(request->context, bench);
    bench->ended++;
}

static void bench_init(struct bench *bench, const char *body)
{
    struct error error = {0};
    *bench = (struct bench){.answer = {.body = (const uint8_t *)body,
                                       .length = strlen(body),
                                       .cut_bytes = TFTP_NOT_CUT}};
    CU_ASSERT_EQUAL_FATAL(loop_new(LOOP_CLOCK_WARP, 1, &bench->loop, &error), 0);
    const struct tftp_server_config config = {.loop = bench->loop,
                                              .netns_fd = -1,
                                              .address = LOOPBACK,
                                              .transfers_max = TRANSFERS_MAX,
                                              .handle = handle,
                                              .sending = sending,
                                              .ended = ended,
                                              .context = bench};
    CU_ASSERT_EQUAL_FATAL(tftp_server_new(&config, &bench->server, &error), 0);
}

static void bench_done(struct bench *bench)
{
    tftp_server_free(bench->server);
    CU_ASSERT_EQUAL(bench->handled, bench->ended);
    loop_free(bench->loop);
}

static bool nothing_to_start(void *context)
{
    (void)context;
    return false;
}

static void stop(void *context)
{
    loop_stop(context);
}

static int pass(struct bench *bench, uint64_t us, struct error *error)
{
    loop_timer_set(bench->loop, &bench->stop_timer, loop_now_us(bench->loop) + us, stop,
                   bench->loop);
    return loop_run(bench->loop, nothing_to_start, NULL, STALL_REAL_US, error);
}

static void settle(struct bench *bench, uint64_t us)
{
    CU_ASSERT_EQUAL(pass(bench, us, NULL), 0);
}

static void client_init(struct client *client, const struct bench *bench)
{
    *client = (struct client){.server = {.sin_family = AF_INET,
                                         .sin_port = htons(tftp_server_port(bench->server)),
                                         .sin_addr.s_addr = htonl(LOOPBACK)}};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK)};
    client->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CU_ASSERT_FATAL(client->fd >= 0);
    CU_ASSERT_EQUAL(bind(client->fd, (struct sockaddr *)&address, sizeof address), 0);
}

static void send_bytes(struct client *client, const struct sockaddr_in *to, const void *bytes,
                       size_t length)
{
    CU_ASSERT_EQUAL(sendto(client->fd, bytes, length, 0, (const struct sockaddr *)to, sizeof *to),
                    (ssize_t)length);
}

static void ask(struct client *client, enum tftp_opcode opcode, const char *name, const char *mode)
{
    struct tftp_packet packet = {.opcode = opcode};
    struct buffer buffer;
    buffer_init(&buffer, DATAGRAM_MAX);
    snprintf(packet.name, sizeof packet.name, "%s", name);
    snprintf(packet.mode, sizeof packet.mode, "%s", mode);
    tftp_encode(&buffer, &packet);
    send_bytes(client, &client->server, buffer.data, buffer.length);
    buffer_done(&buffer);
}

static void acknowledge(struct client *client, const struct sockaddr_in *to, uint16_t block)
{
    const uint8_t ack[] = {0, TFTP_ACK, (uint8_t)(block >> 8), (uint8_t)block};
    send_bytes(client, to, ack, sizeof ack);
}

static bool receive(struct client *client)
{
    socklen_t from_length = sizeof client->transfer;
    ssize_t length = recvfrom(client->fd, client->bytes, sizeof client->bytes, 0,
                              (struct sockaddr *)&client->transfer, &from_length);
    return length >= 0 && tftp_decode(client->bytes, (size_t)length, &client->packet);
}

static void a_transfer_has_a_port_of_its_own(void)
{
    struct bench bench;
    struct client client;
    char body[601];
    memset(body, 'x', 600);
    body[600] = '\0';
    bench_init(&bench, body);
    client_init(&client, &bench);
    ask(&client, TFTP_RRQ, "dir/file", "OCTET");
    settle(&bench, DURATION_MS);
    CU_ASSERT_STRING_EQUAL(bench.name, "dir/file");
    CU_ASSERT_EQUAL(bench.sending, 0);
    CU_ASSERT_TRUE(receive(&client));
    CU_ASSERT_EQUAL(client.packet.block, 1);
    CU_ASSERT_EQUAL(client.packet.data_length, 512);
    CU_ASSERT_NOT_EQUAL(client.transfer.sin_port, client.server.sin_port);
    acknowledge(&client, &client.transfer, 1);
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.sending, 1);
    CU_ASSERT_EQUAL(bench.sent_bytes, 600);
    CU_ASSERT_EQUAL(bench.ended, 0);
    CU_ASSERT_TRUE(receive(&client));
    CU_ASSERT_EQUAL(client.packet.data_length, 88);
    acknowledge(&client, &client.transfer, 2);
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.ended, 1);
    CU_ASSERT_FALSE(receive(&client));
    close(client.fd);
    bench_done(&bench);
}

static void a_client_that_is_gone_is_given_up(void)
{
    struct bench bench;
    struct client client;
    bench_init(&bench, "hello");
    client_init(&client, &bench);
    ask(&client, TFTP_RRQ, "a", "octet");
    for (unsigned tries = 0; tries < TFTP_TRIES_MAX; tries++) {
        settle(&bench, tries == 0 ? DURATION_MS : DURATION_S);
        CU_ASSERT_TRUE(receive(&client));
        CU_ASSERT_EQUAL(client.packet.block, 1);
        CU_ASSERT_FALSE(receive(&client));
    }
    CU_ASSERT_EQUAL(bench.ended, 0);
    settle(&bench, DURATION_S);
    CU_ASSERT_EQUAL(bench.ended, 1);
    CU_ASSERT_EQUAL(bench.sending, 1);
    CU_ASSERT_FALSE(receive(&client));
    close(client.fd);
    bench_done(&bench);
}

static void strangers_are_told_off(void)
{
    struct bench bench;
    struct client client, stranger;
    bench_init(&bench, "hello");
    client_init(&client, &bench);
    client_init(&stranger, &bench);
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(receive(&client));
    acknowledge(&stranger, &client.transfer, 1);
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(receive(&stranger));
    CU_ASSERT_EQUAL(stranger.packet.opcode, TFTP_ERROR);
    CU_ASSERT_EQUAL(stranger.packet.error, TFTP_ERROR_UNKNOWN_ID);
    CU_ASSERT_EQUAL(bench.ended, 0);
    acknowledge(&client, &client.transfer, 1);
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.ended, 1);
    close(client.fd);
    close(stranger.fd);
    bench_done(&bench);
}

static void only_reading_is_served(void)
{
    struct bench bench;
    struct client client;
    bench_init(&bench, "hello");
    client_init(&client, &bench);
    ask(&client, TFTP_WRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(receive(&client));
    CU_ASSERT_EQUAL(client.packet.opcode, TFTP_ERROR);
    CU_ASSERT_EQUAL(client.packet.error, TFTP_ERROR_ACCESS);
    ask(&client, TFTP_RRQ, "a", "mail");
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(receive(&client));
    CU_ASSERT_EQUAL(client.packet.opcode, TFTP_ERROR);
    CU_ASSERT_EQUAL(client.packet.error, TFTP_ERROR_UNDEFINED);
    send_bytes(&client, &client.server, "\0\1no end", 8);
    acknowledge(&client, &client.server, 1);
    settle(&bench, DURATION_MS);
    CU_ASSERT_FALSE(receive(&client));
    CU_ASSERT_EQUAL(bench.handled, 0);
    close(client.fd);
    bench_done(&bench);
}

static void repeated_requests_are_one(void)
{
    struct bench bench;
    struct client client;
    bench_init(&bench, "hello");
    client_init(&client, &bench);
    ask(&client, TFTP_RRQ, "a", "octet");
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.handled, 1);
    ask(&client, TFTP_RRQ, "b", "octet"); /* the same port asks for something else */
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.handled, 2);
    CU_ASSERT_EQUAL(bench.ended, 1);
    close(client.fd);
    bench_done(&bench);
}

static void a_repeated_request_late_is_a_new_one(void)
{
    struct bench bench;
    struct client client;
    bench_init(&bench, "hello");
    bench.hold = bench.for_ever = true;
    client_init(&client, &bench);
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, TFTP_REPEAT_US - 1);
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, TFTP_REPEAT_US - 1); /* counted from the last repetition */
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, TFTP_REPEAT_US);
    CU_ASSERT_EQUAL(bench.handled, 1);
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.handled, 2);
    CU_ASSERT_EQUAL(bench.ended, 1);
    close(client.fd);
    bench_done(&bench);
}

static uint16_t port_of(const struct client *client)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    CU_ASSERT_EQUAL(getsockname(client->fd, (struct sockaddr *)&address, &length), 0);
    return ntohs(address.sin_port);
}

static void silence_is_held_until_it_is_given_up(void)
{
    struct bench bench;
    struct client client, again;
    bench_init(&bench, "hello");
    bench.hold = bench.for_ever = true;
    client_init(&client, &bench);
    client_init(&again, &bench);
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(loop_is_held(bench.loop, LOOP_UDP, LOOPBACK, port_of(&client)));
    ask(&again, TFTP_RRQ, "b", "octet"); /* another file: both are wanted */
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.ended, 0);
    ask(&again, TFTP_RRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.handled, 3);
    CU_ASSERT_EQUAL(bench.ended, 2); /* the first, and what this port had asked before */
    CU_ASSERT_FALSE(loop_is_held(bench.loop, LOOP_UDP, LOOPBACK, port_of(&client)));
    CU_ASSERT_TRUE(loop_is_held(bench.loop, LOOP_UDP, LOOPBACK, port_of(&again)));
    settle(&bench, TFTP_SILENCE_MAX_US);
    CU_ASSERT_EQUAL(bench.ended, 3);
    CU_ASSERT_FALSE(loop_is_held(bench.loop, LOOP_UDP, LOOPBACK, port_of(&again)));
    CU_ASSERT_EQUAL(bench.sending, 0);
    close(client.fd);
    close(again.fd);
    bench_done(&bench);
}

static void a_cut_transfer_is_held_once_silent(void)
{
    struct bench bench;
    struct client client;
    char body[1001];
    memset(body, 'x', 1000);
    body[1000] = '\0';
    bench_init(&bench, body);
    bench.answer.cut_bytes = 600;
    client_init(&client, &bench);
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(receive(&client));
    CU_ASSERT_EQUAL(bench.sending, 1);
    CU_ASSERT_EQUAL(bench.sent_bytes, 512);
    CU_ASSERT_FALSE(loop_is_held(bench.loop, LOOP_UDP, LOOPBACK, port_of(&client)));
    acknowledge(&client, &client.transfer, 1);
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(loop_is_held(bench.loop, LOOP_UDP, LOOPBACK, port_of(&client)));
    CU_ASSERT_FALSE(receive(&client));
    send_bytes(&client, &client.transfer, "\0\5\0\0bye", 8);
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.ended, 1);
    CU_ASSERT_FALSE(loop_is_held(bench.loop, LOOP_UDP, LOOPBACK, port_of(&client)));
    close(client.fd);
    bench_done(&bench);
}

static void an_error_of_the_client_ends_the_wait(void)
{
    struct bench bench;
    struct client client;
    bench_init(&bench, "hello");
    client_init(&client, &bench);
    ask(&client, TFTP_RRQ, "a", "octet");
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(receive(&client));
    send_bytes(&client, &client.transfer, "\0\5\0\0bye", 8);
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.ended, 1);
    settle(&bench, 10 * DURATION_S);
    CU_ASSERT_FALSE(receive(&client));
    close(client.fd);
    bench_done(&bench);
}

static void netascii_is_converted(void)
{
    struct bench bench;
    struct client client;
    bench_init(&bench, "a\nb\rc\r\n");
    client_init(&client, &bench);
    ask(&client, TFTP_RRQ, "a", "netascii");
    settle(&bench, DURATION_MS);
    CU_ASSERT_TRUE(receive(&client));
    CU_ASSERT_EQUAL_FATAL(client.packet.data_length, 11);
    CU_ASSERT_EQUAL(memcmp(client.packet.data, "a\r\nb\r\0c\r\0\r\n", 11), 0);
    close(client.fd);
    bench_done(&bench);
}

static void too_many_transfers_are_a_lab_error(void)
{
    struct bench bench;
    struct client clients[TRANSFERS_MAX + 1];
    struct error error = {0};
    bench_init(&bench, "hello");
    for (unsigned i = 0; i <= TRANSFERS_MAX; i++) {
        client_init(&clients[i], &bench);
        ask(&clients[i], TFTP_RRQ, "a", "octet");
    }
    CU_ASSERT_EQUAL(pass(&bench, DURATION_MS, &error), ERROR_LIMIT);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "more than 3 transfers"));
    for (unsigned i = 0; i <= TRANSFERS_MAX; i++)
        close(clients[i].fd);
    loop_timer_cancel(&bench.stop_timer);
    bench_done(&bench);
}

static void a_closed_port_is_unreachable(void)
{
    struct bench bench;
    struct client client;
    char byte;
    uint16_t port;
    bench_init(&bench, "hello");
    port = tftp_server_port(bench.server);
    client_init(&client, &bench);
    CU_ASSERT_EQUAL(tftp_server_listen(bench.server, false, NULL), 0);
    CU_ASSERT_EQUAL(connect(client.fd, (struct sockaddr *)&client.server, sizeof client.server), 0);
    CU_ASSERT_EQUAL(send(client.fd, "\0\1a\0octet", 10, 0), 10);
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(recv(client.fd, &byte, 1, 0), -1);
    CU_ASSERT_EQUAL(errno, ECONNREFUSED);
    CU_ASSERT_EQUAL(tftp_server_listen(bench.server, true, NULL), 0);
    CU_ASSERT_EQUAL(tftp_server_port(bench.server), port);
    CU_ASSERT_EQUAL(send(client.fd, "\0\1a\0octet", 10, 0), 10);
    settle(&bench, DURATION_MS);
    CU_ASSERT_EQUAL(bench.handled, 1);
    close(client.fd);
    bench_done(&bench);
}

void tests_fakes_server_tftp_server(void)
{
    TEST_SUITE("live/server/tftp_server",
               {"a transfer has a port of its own", a_transfer_has_a_port_of_its_own},
               {"a client that is gone is given up", a_client_that_is_gone_is_given_up},
               {"strangers are told off", strangers_are_told_off},
               {"only reading is served", only_reading_is_served},
               {"repeated requests are one", repeated_requests_are_one},
               {"a repeated request late is a new one", a_repeated_request_late_is_a_new_one},
               {"silence is held until it is given up", silence_is_held_until_it_is_given_up},
               {"a cut transfer is held once silent", a_cut_transfer_is_held_once_silent},
               {"an error of the client ends the wait", an_error_of_the_client_ends_the_wait},
               {"netascii is converted", netascii_is_converted},
               {"too many transfers are a lab error", too_many_transfers_are_a_lab_error},
               {"a closed port is unreachable", a_closed_port_is_unreachable});
}

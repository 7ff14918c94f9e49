/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/lab/dnsmasq.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PROC_BYTES_MAX = 1 << 20 };

#define HEADING                                                                                    \
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout " \
    "inode ref pointer drops             \n"
#define LINE(port, waiting, drops)                                                              \
    "  170: 00000000:" port " 00000000:0000 07 00000000:" waiting " 00:00000000 00000000     0" \
    "        0 12345 2 0000000000000000 " drops "         \n"

static void nothing_but_the_heading(void)
{
    static const uint16_t ports[] = {53};
    uint64_t waiting = 9, dropped = 9;
    CU_ASSERT_TRUE(udp_queues_parse(HEADING, ports, 1, &waiting, &dropped));
    CU_ASSERT_EQUAL(waiting, 0);
    CU_ASSERT_EQUAL(dropped, 0);
}

static void sums_over_the_ports_asked_for(void)
{
    static const char text[] = HEADING LINE("0043", "00000A00", "0") LINE("0035", "00000100", "3")
        LINE("0035", "00000010", "18446744073709551000") LINE("14B4", "00000001", "1")
            LINE("0044", "0000FFFF", "7");
    static const uint16_t ports[] = {67, 53, 5300};
    uint64_t waiting = 0, dropped = 0;
    CU_ASSERT_TRUE(udp_queues_parse(text, ports, 1, &waiting, &dropped));
    CU_ASSERT_EQUAL(waiting, 0xa00);
    CU_ASSERT_EQUAL(dropped, 0);
    CU_ASSERT_TRUE(udp_queues_parse(text, ports, 3, &waiting, &dropped));
    CU_ASSERT_EQUAL(waiting, 0xa00 + 0x100 + 0x10 + 1);
    CU_ASSERT_EQUAL(dropped, UINT64_C(18446744073709551000) + 4);
    CU_ASSERT_TRUE(udp_queues_parse(text, ports, 0, &waiting, &dropped));
    CU_ASSERT_EQUAL(waiting, 0);
}

static void texts_of_another_form(void)
{
    static const char *const texts[] = {
        "",
        "sl local_address",
        HEADING "  170: 00000000:0043 00000000:0000 07 00000000:00000A00",
        HEADING "  170: 00000000:0043 00000000:0000 07 00000000:00000A00\n",
        HEADING "\n",
        HEADING "nonsense\n",
        HEADING LINE("0043", "zz", "0"),
        HEADING LINE("0043", "00000000", "x"),
        HEADING LINE("0043", "00000000", "0") "cut",
    };
    static const uint16_t ports[] = {67};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint64_t waiting = 7, dropped = 8;
        CU_ASSERT_FALSE(udp_queues_parse(texts[i], ports, 1, &waiting, &dropped));
        CU_ASSERT_EQUAL(waiting, 7);
        CU_ASSERT_EQUAL(dropped, 8);
    }
}

/* --- what this kernel writes --- */

static void read_queues(uint16_t port, uint64_t *waiting, uint64_t *dropped)
{
    static char text[PROC_BYTES_MAX];
    FILE *file = fopen("/proc/thread-self/net/udp", "re");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = 0;
    CU_ASSERT_TRUE(udp_queues_parse(text, &port, 1, waiting, dropped));
}

static void the_queues_of_a_socket(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    static const char bytes[1000];
    int least = 1;
    uint64_t waiting = 1, dropped = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_FATAL(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CU_ASSERT_EQUAL(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    CU_ASSERT_EQUAL(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least), 0);
    uint16_t port = ntohs(address.sin_port);
    read_queues(port, &waiting, &dropped);
    CU_ASSERT_EQUAL(waiting, 0);
    CU_ASSERT_EQUAL(dropped, 0);
    for (int i = 0; i < 50; i++) /* more than it takes */
        (void)sendto(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&address, length);
    read_queues(port, &waiting, &dropped);
    CU_ASSERT(waiting > 0);
    CU_ASSERT(dropped > 0 && dropped < 50);
    close(fd);
}

void tests_harness_lab_dnsmasq_barrier(void);
void tests_harness_lab_dnsmasq_barrier(void)
{
    TEST_SUITE("lab/dnsmasq_barrier", {"nothing but the heading", nothing_but_the_heading},
               {"sums over the ports asked for", sums_over_the_ports_asked_for},
               {"texts of another form", texts_of_another_form});
    TEST_SUITE("live lab/dnsmasq_barrier", {"the queues of a socket", the_queues_of_a_socket});
}

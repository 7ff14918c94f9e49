/* SPDX-License-Identifier: MIT */
/* Lines of /proc/net/udp made of the bytes. */
#include "harness/base/testing.h"
#include "harness/lab/dnsmasq_barrier.h"
#include <stdlib.h>
#include <string.h>

int fuzz_harness_lab_dnsmasq_barrier(const uint8_t *data, size_t size);
int fuzz_harness_lab_dnsmasq_barrier(const uint8_t *data, size_t size)
{
    static const uint16_t ports[] = {67, 53};
    uint64_t waiting, dropped;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = 0;
    (void)udp_queues_parse(text, ports, 2, &waiting, &dropped);
    free(text);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* One direction of a TCP connection (RFC 9293) put in order: segments in any order and any number
 * of times in, bytes in order out, each once. */
#ifndef RCLAB_OBSERVE_REASSEMBLY_H
#define RCLAB_OBSERVE_REASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REASSEMBLY_EARLY_MAX = 64,           /* segments kept because one before them is missing */
    REASSEMBLY_EARLY_BYTES_MAX = 262144, /* and their bytes */
    REASSEMBLY_AHEAD_MAX = 16 << 20,     /* further ahead is no segment of this connection */
};

struct reassembly_segment;
struct reassembly {
    uint32_t next;                    /* sequence number of the next byte to hand out */
    bool started;                     /* next is known */
    bool lost;                        /* a bound was reached: nothing comes out any more */
    bool has_end;                     /* a FIN was seen */
    bool ended;                       /* and everything before it was handed out */
    uint32_t end;                     /* sequence number of the FIN */
    struct reassembly_segment *early; /* owned; by sequence number */
    size_t early_count, early_bytes;
};

typedef void reassembly_bytes_fn(void *context, const uint8_t *bytes, size_t length);

/* `first`: sequence number of the first byte (the SYN's plus one). */
void reassembly_start(struct reassembly *reassembly, uint32_t first);
void reassembly_done(struct reassembly *reassembly); /* safe on zeroed */
/* Hands out what is in order now. False once the direction is lost. */
bool reassembly_segment(struct reassembly *reassembly, uint32_t sequence, const uint8_t *bytes,
                        size_t length, bool fin, reassembly_bytes_fn *deliver, void *context);

#endif

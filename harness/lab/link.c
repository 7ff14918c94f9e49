/* SPDX-License-Identifier: MIT */
#include "harness/lab/link.h"
#include "harness/base/histogram.h"
#include "harness/base/random.h"
#include "harness/wire/frame.h"
#include "harness/wire/tftp.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_BYTES = 54, /* Ethernet, IPv4 and TCP without options: what a block costs besides */
    ANSWERS_MAX = 4,   /* expected on one connection at once */
    TLS_HANDSHAKE = 0x16,
    TLS_MAJOR = 3,
    HANDSHAKE_TURNS = 2, /* of each side, in which lengths of signatures differ */
    COPIES_MAX = 2,
    BLOCKS_MAX = 64, /* in one segment; the greatest that is not yet cut has 46 */
    /* The turn of what is no bytes, and its blocks. */
    TURN_OF_CONTROL = 0,
    BLOCK_OF_SYN = 0,
    BLOCK_OF_FIN = 1,
};
static const size_t not_waiting = SIZE_MAX;

/* The blocks of one segment: `count` of one turn, from the first on. */
struct span {
    unsigned turn, first, count;
    bool continues;    /* the first began in the segment before it */
    uint32_t from, to; /* bytes of the turn; both 0 for a SYN or FIN by itself */
    bool flight;       /* of a TLS handshake */
};
struct held { /* a frame under way */
    struct held *next;
    struct flow *flow;
    uint64_t serial; /* of the flow, which may be forgotten; 0 = of none */
    uint64_t order, offered_us, due_us;
    size_t at; /* in link->waiting, or not_waiting */
    enum network_direction direction;
    unsigned tries, tries_max; /* how often it was lost */
    uint64_t timeout_us;       /* of its first retransmission */
    bool lost;                 /* to be sent again at due_us */
    bool in_order;             /* a datagram: those behind may not overtake it */
    unsigned copies;
    bool is_copy; /* a datagram that has been handed on once */
    /* Of a segment: */
    struct span span;
    unsigned units; /* as it is counted */
    uint64_t lost_blocks, arrival_us;
    bool there; /* in its receiver's kernel, once what is before it has come */
    bool pushed, reset;
    bool farewell; /* says nothing but that this side has no more to say */
    struct relay_frame frame;
    uint8_t bytes[];
};
struct stream { /* one direction of a TCP connection */
    bool started, has_syn;
    bool dead; /* its sender has given up */
    uint32_t next_sequence, syn_sequence;
    uint64_t seed;
    unsigned turn;               /* how often it began to speak since the line was set */
    unsigned turns;              /* how often ever it did after the other side */
    uint32_t turn_bytes;         /* said in this turn */
    uint64_t offered_us;         /* the last of it, */
    bool pushed;                 /* behind which it had nothing more to say */
    uint64_t delay_us, extra_us; /* of the block that is being said */
    bool losing;                 /* of the burst model: in a burst */
    struct held *first, **last;
};
struct flow { /* a TCP connection, or a conversation over UDP */
    bool used, tcp, tls, hung_up;
    bool stuck; /* something is lost for good: only clocks of its ends move it on */
    struct {
        uint32_t address;
        uint16_t port;
    } ends[NETWORK_DIRECTIONS]; /* by who sends: the phone, its peer */
    uint64_t serial, touched;   /* order of opening, of last use */
    enum network_direction speaker;
    bool anything_said, spoken; /* ever; since the line was set */
    struct stream streams[NETWORK_DIRECTIONS];
    unsigned datagrams; /* under way */
    unsigned requests;  /* of these, lost ones that are to be sent again */
    void *answers[ANSWERS_MAX];
    unsigned answer_count;
};
struct path {
    struct network_path now;
    struct random_source random; /* for what is not TCP */
    bool losing;
    uint64_t free_us;    /* the rate: until then the line is sending */
    uint64_t free_part;  /* and so many (1 / rate) of a microsecond longer */
    uint64_t arrival_us; /* nothing overtakes but what is drawn for it */
    unsigned under_way;  /* datagrams that may not be overtaken */
    uint64_t *sending;   /* when what waits or is being sent has been sent: a ring, owned */
    size_t sending_first, sending_count, sending_capacity;
    struct link_counters counters;
    struct histogram delays;
};
struct link {
    struct link_config config;
    struct path paths[NETWORK_DIRECTIONS];
    enum network_outage outage;
    uint64_t outage_end_us;
    uint64_t settings; /* how often it was set */
    struct flow flows[LINK_FLOWS_MAX];
    uint64_t touches, serials, orders;
    uint64_t opened, joined; /* connections whose beginning was seen, or was not */
    /* All that waits for its time, a heap by due_us and then in order. Owned. */
    struct held **waiting;
    size_t waiting_count, waiting_capacity;
    size_t held_count, held_bytes; /* waiting or not; what they cost */
};

int link_new(const struct link_config *config, struct link **ret_link, struct error *error)
{
    static const char *const names[] = {"from the phone", "to the phone"};
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return error_set(error, ERROR_MEMORY, "out of memory");
    link->config = *config;
    for (size_t i = 0; i < NETWORK_DIRECTIONS; i++)
        random_seed_named(&link->paths[i].random, config->seed, names[i]);
    *ret_link = link;
    return 0;
}

/* --- what waits for its time --- */

static bool is_before(const struct held *a, const struct held *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

static void put_at(struct link *link, size_t at, struct held *held)
{
    link->waiting[at] = held;
    held->at = at;
}

static void move_up(struct link *link, size_t at)
{
    struct held *held = link->waiting[at];
    while (at > 0 && is_before(held, link->waiting[(at - 1) / 2])) {
        put_at(link, at, link->waiting[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put_at(link, at, held);
}

static void move_down(struct link *link, size_t at)
{
    struct held *held = link->waiting[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= link->waiting_count)
            break;
        if (child + 1 < link->waiting_count &&
            is_before(link->waiting[child + 1], link->waiting[child]))
            child++;
        if (!is_before(link->waiting[child], held))
            break;
        put_at(link, at, link->waiting[child]);
        at = child;
    }
    put_at(link, at, held);
}

/* There is room for each that is held. */
static void wait_until(struct link *link, struct held *held, uint64_t due_us)
{
    held->due_us = due_us;
    held->order = ++link->orders;
    put_at(link, link->waiting_count++, held);
    move_up(link, held->at);
}

static void wait_no_more(struct link *link, struct held *held)
{
    size_t at = held->at;
    if (at == not_waiting)
        return;
    held->at = not_waiting;
    struct held *last = link->waiting[--link->waiting_count];
    if (last == held)
        return;
    put_at(link, at, last);
    move_up(link, at);
    move_down(link, last->at);
}

static bool room_to_wait(struct link *link)
{
    if (link->held_count < link->waiting_capacity)
        return true;
    size_t capacity = link->waiting_capacity ? 2 * link->waiting_capacity : 64;
    struct held **waiting = realloc(link->waiting, capacity * sizeof *waiting);
    if (!waiting)
        return false;
    link->waiting = waiting;
    link->waiting_capacity = capacity;
    return true;
}

/* --- what is held --- */

static size_t cost_of(size_t frame_bytes)
{
    return sizeof(struct held) + sizeof(struct held *) + frame_bytes;
}

/* A copy that is under way; NULL: there is no room for it. */
static struct held *hold(struct link *link, enum network_direction direction, struct flow *flow,
                         const struct relay_frame *frame, uint64_t now_us)
{
    size_t cost = cost_of(frame->length);
    struct held *held = link->held_bytes + cost <= LINK_HELD_BYTES_MAX && room_to_wait(link)
                            ? malloc(sizeof *held + frame->length)
                            : NULL;
    if (!held)
        return NULL;
    *held = (struct held){.flow = flow,
                          .serial = flow ? flow->serial : 0,
                          .offered_us = now_us,
                          .at = not_waiting,
                          .direction = direction,
                          .copies = 1,
                          .frame = *frame};
    memcpy(held->bytes, frame->bytes, frame->length);
    held->frame.bytes = held->bytes;
    link->held_count++;
    link->held_bytes += cost;
    if (flow && !flow->tcp)
        flow->datagrams++;
    return held;
}

/* NULL: it had none, or it is forgotten. */
static struct flow *flow_of(const struct held *held)
{
    return held->serial != 0 && held->flow->serial == held->serial ? held->flow : NULL;
}

static void mark_lost_request(struct held *held, bool lost)
{
    struct flow *flow = flow_of(held);
    if (flow && held->lost != lost)
        flow->requests += lost ? 1u : -1u;
    held->lost = lost;
}

static void let_go(struct link *link, struct held *held)
{
    wait_no_more(link, held);
    link->held_count--;
    link->held_bytes -= cost_of(held->frame.length);
    free(held);
}

static void drop_datagram(struct link *link, struct held *held)
{
    struct flow *flow = flow_of(held);
    mark_lost_request(held, false);
    if (flow)
        flow->datagrams--;
    if (held->in_order)
        link->paths[held->direction].under_way--;
    let_go(link, held);
}

/* What of a stream will not arrive, all or only what is lost; how much that was. */
static unsigned drop_stream(struct link *link, struct flow *flow, enum network_direction direction,
                            bool only_lost)
{
    struct stream *stream = &flow->streams[direction];
    unsigned units = 0;
    stream->last = &stream->first;
    while (*stream->last) {
        struct held *held = *stream->last;
        if (only_lost && !held->lost) {
            stream->last = &held->next;
            continue;
        }
        units += held->units;
        *stream->last = held->next;
        let_go(link, held);
    }
    link->paths[direction].counters.gone += units;
    return units;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    link_forget_answers(link);
    for (size_t i = 0; i < link->waiting_count; i++)
        if (!flow_of(link->waiting[i]) || !link->waiting[i]->flow->tcp)
            free(link->waiting[i]);
    link->waiting_count = 0;
    for (size_t i = 0; i < LINK_FLOWS_MAX; i++) {
        for (size_t d = 0; d < NETWORK_DIRECTIONS; d++) {
            struct held *next;
            for (struct held *held = link->flows[i].streams[d].first; held; held = next) {
                next = held->next;
                free(held);
            }
        }
    }
    free(link->waiting);
    for (size_t d = 0; d < NETWORK_DIRECTIONS; d++) {
        free(link->paths[d].sending);
        histogram_done(&link->paths[d].delays);
    }
    free(link);
}

/* --- what it is like --- */

void link_set(struct link *link, const struct scenario_network *network, uint64_t now_us)
{
    link->settings++;
    /* How often each side began to speak may differ between equal runs on a plain line, where what
     * is said at one moment passes at once. */
    for (size_t i = 0; i < LINK_FLOWS_MAX; i++) {
        link->flows[i].spoken = false;
        for (size_t d = 0; d < NETWORK_DIRECTIONS; d++)
            link->flows[i].streams[d].turn = 0;
    }
    link->outage = network->outage;
    if (network->outage != NETWORK_CARRIES) {
        link->outage_end_us =
            network->outage_us < UINT64_MAX - now_us ? now_us + network->outage_us : UINT64_MAX;
        return; /* afterwards what held before holds again */
    }
    for (size_t i = 0; i < NETWORK_DIRECTIONS; i++) {
        link->paths[i].now = network->paths[i];
        link->paths[i].free_part = 0;
    }
}

static void end_outage(struct link *link, uint64_t now_us)
{
    if (link->outage != NETWORK_CARRIES && now_us >= link->outage_end_us)
        link->outage = NETWORK_CARRIES;
}

bool link_has_outage(const struct link *link, enum network_outage *ret_outage)
{
    if (ret_outage)
        *ret_outage = link->outage;
    return link->outage != NETWORK_CARRIES;
}

static bool path_is_plain(const struct network_path *path)
{
    return path->delay_us == 0 && path->jitter_us == 0 && path->loss == 0 && path->duplicate == 0 &&
           path->reorder == 0 && path->corrupt == 0 && path->rate == 0;
}

static bool does_nothing(const struct link *link)
{
    return link->outage == NETWORK_CARRIES && path_is_plain(&link->paths[NETWORK_FROM_PHONE].now) &&
           path_is_plain(&link->paths[NETWORK_TO_PHONE].now);
}

bool link_is_plain(const struct link *link)
{
    return link->held_count == 0 && does_nothing(link);
}

/* --- what is drawn --- */

static double drawn_share(struct random_source *random)
{
    return (double)(random_u64(random) >> 11) * 0x1p-53;
}

static bool happens(struct random_source *random, uint32_t share)
{
    return random_below(random, NETWORK_SHARE_ONE) < share;
}

/* With bursts, the model of Gilbert: while in one all is lost, it ends with each frame by 1/burst,
 * and another begins as often as makes `loss` of the whole. Where that is not often enough, because
 * a frame lies between two bursts, bursts are longer. */
static bool is_lost(const struct network_path *path, struct random_source *random, bool *losing)
{
    if (!losing || path->burst <= 1 || path->loss == 0 || path->loss >= NETWORK_SHARE_ONE) {
        if (losing)
            *losing = false;
        return happens(random, path->loss);
    }
    const double loss = (double)path->loss / (double)NETWORK_SHARE_ONE;
    double ends = 1.0 / path->burst, begins = ends * loss / (1 - loss);
    if (begins > 1) {
        begins = 1;
        ends = (1 - loss) / loss;
    }
    double drawn = drawn_share(random);
    *losing = *losing ? drawn >= ends : drawn < begins;
    return *losing;
}

struct fate {
    bool lost, corrupted, duplicated, reordered;
    uint64_t delay_us, extra_us;
    uint64_t bit; /* which is spoiled */
};

/* As many numbers are drawn whatever the line is like, so that one setting does not shift what
 * another draws. */
static struct fate draw(const struct network_path *path, struct random_source *random, bool *losing)
{
    struct fate fate = {.lost = is_lost(path, random, losing)};
    fate.corrupted = happens(random, path->corrupt);
    fate.duplicated = happens(random, path->duplicate);
    fate.reordered = happens(random, path->reorder);
    uint64_t delay_us = path->delay_us + random_below(random, 2 * path->jitter_us + 1);
    fate.bit = random_u64(random);
    fate.delay_us = delay_us > path->jitter_us ? delay_us - path->jitter_us : 0;
    if (!fate.reordered)
        return fate;
    fate.extra_us = path->delay_us + path->jitter_us;
    if (fate.extra_us < LINK_REORDER_LEAST_US)
        fate.extra_us = LINK_REORDER_LEAST_US;
    return fate;
}

/* --- how long it takes --- */

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void forget_sent(struct path *path, uint64_t now_us)
{
    while (path->sending_count > 0 && path->sending[path->sending_first] <= now_us) {
        path->sending_first = (path->sending_first + 1) % path->sending_capacity;
        path->sending_count--;
    }
}

static bool room_to_send(struct path *path)
{
    if (path->sending_count < path->sending_capacity)
        return true;
    size_t capacity = path->sending_capacity ? 2 * path->sending_capacity : 64;
    uint64_t *sending = malloc(capacity * sizeof *sending);
    if (!sending)
        return false;
    for (size_t i = 0; i < path->sending_count; i++)
        sending[i] = path->sending[(path->sending_first + i) % path->sending_capacity];
    free(path->sending);
    path->sending = sending;
    path->sending_first = 0;
    path->sending_capacity = capacity;
    return true;
}

/* When the last of its bytes has left. */
static uint64_t transmit(struct path *path, uint64_t bytes, uint64_t now_us)
{
    if (path->now.rate == 0)
        return now_us;
    if (path->free_us < now_us) {
        path->free_us = now_us;
        path->free_part = 0;
    }
    uint64_t parts = bytes * UINT64_C(8000000) + path->free_part;
    path->free_us += parts / path->now.rate;
    path->free_part = parts % path->now.rate;
    return path->free_us;
}

/* The same with a queue before it; false: that is full. (A segment waits at its sender, and takes
 * no place there.) */
static bool queue_and_transmit(struct path *path, uint64_t bytes, uint64_t now_us,
                               uint64_t *ret_end_us)
{
    const uint32_t queue = path->now.queue ? path->now.queue : NETWORK_QUEUE_DEFAULT;
    *ret_end_us = now_us;
    if (path->now.rate == 0)
        return true;
    forget_sent(path, now_us);
    /* The first of them is being sent and waits no more. */
    if (path->sending_count > queue || !room_to_send(path))
        return false;
    *ret_end_us = transmit(path, bytes, now_us);
    path->sending[(path->sending_first + path->sending_count++) % path->sending_capacity] =
        *ret_end_us;
    return true;
}

static uint64_t arrival(struct path *path, uint64_t least_us, uint64_t extra_us)
{
    uint64_t due_us = later(least_us, path->arrival_us);
    if (extra_us == 0)
        path->arrival_us = due_us;
    return due_us + extra_us;
}

static uint64_t timeout_us(const struct held *held)
{
    uint64_t timeout = held->timeout_us;
    for (unsigned i = 1; i < held->tries && timeout < LINK_TIMEOUT_MOST_US; i++)
        timeout *= 2;
    return timeout < LINK_TIMEOUT_MOST_US ? timeout : LINK_TIMEOUT_MOST_US;
}

/* --- out --- */

static void send_out(enum network_direction direction, const struct relay_frame *frame,
                     unsigned copies, const struct relay_out *out)
{
    for (unsigned i = 0; i < copies; i++)
        out->send(out->context, direction == NETWORK_FROM_PHONE ? RELAY_LAB : RELAY_PHONES, frame,
                  0);
}

static void hand_on_datagram(struct link *link, enum network_direction direction,
                             const struct relay_frame *frame, uint64_t waited_us,
                             const struct relay_out *out)
{
    struct path *path = &link->paths[direction];
    path->counters.passed++;
    histogram_add(&path->delays, waited_us);
    send_out(direction, frame, 1, out);
}

/* --- conversations --- */

static enum network_direction back_of(enum network_direction direction)
{
    return direction == NETWORK_FROM_PHONE ? NETWORK_TO_PHONE : NETWORK_FROM_PHONE;
}

static struct flow *find_flow(struct link *link, bool tcp, enum network_direction direction,
                              const struct frame *frame)
{
    enum network_direction back = back_of(direction);
    for (size_t i = 0; i < LINK_FLOWS_MAX; i++) {
        struct flow *flow = &link->flows[i];
        if (flow->used && flow->tcp == tcp && flow->ends[direction].port == frame->source_port &&
            flow->ends[back].port == frame->destination_port &&
            flow->ends[direction].address == frame->source &&
            flow->ends[back].address == frame->destination) {
            flow->touched = ++link->touches;
            return flow;
        }
    }
    return NULL;
}

static void answers_end(struct link *link, struct flow *flow, bool arrived)
{
    void *answers[ANSWERS_MAX];
    unsigned count = flow->answer_count;
    memcpy(answers, flow->answers, sizeof answers);
    flow->answer_count = 0;
    for (unsigned i = 0; i < count; i++)
        link->config.arrived(link->config.context, answers[i], arrived);
}

static void forget_flow(struct link *link, struct flow *flow)
{
    answers_end(link, flow, false);
    if (flow->tcp)
        for (enum network_direction d = 0; d < NETWORK_DIRECTIONS; d++)
            drop_stream(link, flow, d, false);
    memset(flow, 0, sizeof *flow);
}

static bool has_under_way(const struct flow *flow)
{
    return flow->datagrams > 0 || flow->streams[NETWORK_FROM_PHONE].first ||
           flow->streams[NETWORK_TO_PHONE].first;
}

/* Rather one that is not used, then one that nothing hangs on, then the one not used longest. */
static bool is_rather_forgotten(const struct flow *a, const struct flow *b)
{
    if (a->used != b->used)
        return !a->used;
    bool a_lives = has_under_way(a) || a->answer_count > 0;
    bool b_lives = has_under_way(b) || b->answer_count > 0;
    return a_lives != b_lives ? !a_lives : a->touched < b->touched;
}

static struct flow *open_flow(struct link *link, bool tcp, enum network_direction direction,
                              const struct frame *frame)
{
    static const char *const ways[] = {"from", "to"};
    struct flow *flow = &link->flows[0];
    for (size_t i = 1; i < LINK_FLOWS_MAX && flow->used; i++)
        if (is_rather_forgotten(&link->flows[i], flow))
            flow = &link->flows[i];
    forget_flow(link, flow);
    flow->used = true;
    flow->tcp = tcp;
    flow->touched = ++link->touches;
    flow->serial = ++link->serials;
    flow->ends[direction].address = frame->source;
    flow->ends[direction].port = frame->source_port;
    flow->ends[back_of(direction)].address = frame->destination;
    flow->ends[back_of(direction)].port = frame->destination_port;
    if (!tcp)
        return flow;
    /* What a kernel sends long after the end of a connection must not renumber the others. */
    bool begins = (frame->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    uint64_t number = begins ? ++link->opened : ++link->joined;
    for (size_t d = 0; d < NETWORK_DIRECTIONS; d++) {
        char name[64];
        struct random_source random;
        snprintf(name, sizeof name, "%s %llu %s", begins ? "connection" : "joined",
                 (unsigned long long)number, ways[d]);
        random_seed_named(&random, link->config.seed, name);
        flow->streams[d].seed = random_u64(&random);
        flow->streams[d].last = &flow->streams[d].first;
    }
    return flow;
}

/* --- datagrams, and all that is met frame by frame --- */

static void tell_lost(const struct link *link, enum network_direction direction,
                      const struct relay_frame *frame)
{
    if (link->config.lost)
        link->config.lost(link->config.context, direction, frame);
}

enum outcome { PASSES, LOST, TOO_MUCH };

/* A checksum still to be computed would make good of what is spoiled, and what has no payload has
 * no reader who could notice. */
static bool can_spoil(const struct relay_frame *frame, const struct frame *head)
{
    return head && head->payload_length > 0 && frame->offload.flags == 0;
}

static enum outcome meet_line(struct link *link, enum network_direction direction,
                              const struct relay_frame *frame, const struct frame *head,
                              uint64_t now_us, struct fate *ret_fate, uint64_t *ret_due_us)
{
    struct path *path = &link->paths[direction];
    uint64_t sent_us;
    *ret_fate = draw(&path->now, &path->random, &path->losing);
    if (link->outage != NETWORK_CARRIES || ret_fate->lost) {
        path->counters.lost++;
        return LOST;
    }
    path->counters.corrupted += ret_fate->corrupted;
    if (ret_fate->corrupted && !can_spoil(frame, head)) {
        path->counters.lost++;
        return LOST;
    }
    if (!queue_and_transmit(path, frame->length, now_us, &sent_us)) {
        path->counters.dropped++;
        return TOO_MUCH;
    }
    path->counters.reordered += ret_fate->reordered;
    *ret_due_us = arrival(path, sent_us + ret_fate->delay_us, ret_fate->extra_us);
    return PASSES;
}

static void get_stuck(struct flow *flow)
{
    if (flow)
        flow->stuck = true;
}

/* A read request that was lost, to be sent again. */
static void request_again(struct link *link, struct held *held, uint64_t now_us)
{
    struct link_counters *counters = &link->paths[held->direction].counters;
    if (++held->tries <= LINK_REQUEST_TRIES) {
        mark_lost_request(held, true);
        wait_until(link, held, now_us + timeout_us(held));
        return;
    }
    counters->given_up++;
    counters->gone++;
    get_stuck(flow_of(held));
    drop_datagram(link, held);
}

static void spoil(struct held *held, const struct frame *head, const uint8_t *original,
                  uint64_t drawn)
{
    uint64_t bit = drawn % (head->payload_length * 8);
    held->bytes[(size_t)(head->payload - original) + (size_t)(bit / 8)] ^=
        (uint8_t)(1u << (bit % 8));
}

static void datagram_passes(struct link *link, struct held *held, const struct fate *fate,
                            uint64_t due_us)
{
    mark_lost_request(held, false);
    held->copies = fate->duplicated ? COPIES_MAX : 1;
    held->in_order = fate->extra_us == 0;
    if (held->in_order)
        link->paths[held->direction].under_way++;
    wait_until(link, held, due_us);
}

/* What has been lost, and is no request that its sender repeats, is gone. */
static void lose_datagram(struct link *link, enum network_direction direction, struct flow *flow,
                          const struct relay_frame *frame, bool request, uint64_t now_us)
{
    struct held *held = request ? hold(link, direction, flow, frame, now_us) : NULL;
    if (held) {
        held->timeout_us = LINK_SYN_TIMEOUT_US;
        request_again(link, held, now_us);
        return;
    }
    link->paths[direction].counters.gone++;
    get_stuck(flow);
}

static void offer_datagram(struct link *link, enum network_direction direction, struct flow *flow,
                           const struct relay_frame *frame, const struct frame *head,
                           uint64_t now_us, const struct relay_out *out)
{
    struct path *path = &link->paths[direction];
    struct fate fate;
    uint64_t due_us;
    enum outcome outcome = meet_line(link, direction, frame, head, now_us, &fate, &due_us);
    if (outcome != PASSES)
        tell_lost(link, direction, frame);
    if (outcome == LOST) {
        bool request = !link->config.real_tcp && direction == NETWORK_FROM_PHONE && flow &&
                       head->destination_port == TFTP_PORT;
        lose_datagram(link, direction, flow, frame, request, now_us);
        return;
    }
    if (outcome == TOO_MUCH) {
        get_stuck(flow);
        return;
    }
    if (due_us <= now_us && path->under_way == 0 && !fate.corrupted && !fate.duplicated) {
        if (flow)
            flow->stuck = false;
        hand_on_datagram(link, direction, frame, 0, out);
        return;
    }
    struct held *held = hold(link, direction, flow, frame, now_us);
    if (!held) {
        path->counters.dropped++;
        get_stuck(flow);
        return;
    }
    if (fate.corrupted)
        spoil(held, head, frame->bytes, fate.bit);
    datagram_passes(link, held, &fate, due_us);
}

/* What is no conversation itself, such as ICMP's word that nobody listens there, is of the latest
 * one with its sender: whoever waits for that one waits for it. */
static struct flow *told_of(struct link *link, const struct frame *head)
{
    struct flow *latest = NULL;
    for (size_t i = 0; i < LINK_FLOWS_MAX; i++) {
        struct flow *flow = &link->flows[i];
        if (flow->used && !flow->tcp && flow->ends[NETWORK_TO_PHONE].address == head->source &&
            (!latest || flow->touched > latest->touched))
            latest = flow;
    }
    return latest;
}

static void datagram(struct link *link, enum network_direction direction,
                     const struct relay_frame *frame, const struct frame *head, uint64_t now_us,
                     const struct relay_out *out)
{
    struct flow *flow = NULL;
    if (!link->config.real_tcp && head && head->kind == FRAME_UDP) {
        flow = find_flow(link, false, direction, head);
        if (!flow)
            flow = open_flow(link, false, direction, head);
        /* What a library repeats meanwhile by the machine's clock is not offered. */
        if (direction == NETWORK_FROM_PHONE && flow->requests > 0)
            return;
    }
    if (!link->config.real_tcp && head && head->kind == FRAME_OTHER &&
        direction == NETWORK_TO_PHONE)
        flow = told_of(link, head);
    link->paths[direction].counters.offered++;
    offer_datagram(link, direction, flow, frame, head, now_us, out);
}

/* --- TCP on a jumping clock: what it says, in blocks --- */

static unsigned block_at(const struct span *span, uint32_t byte)
{
    if (!span->flight)
        return byte / LINK_BLOCK_BYTES;
    return byte < LINK_FLIGHT_BYTES ? 0 : 1 + (byte - LINK_FLIGHT_BYTES) / LINK_BLOCK_BYTES;
}

static uint32_t block_begin(const struct span *span, unsigned block)
{
    if (!span->flight)
        return block * LINK_BLOCK_BYTES;
    return block == 0 ? 0 : LINK_FLIGHT_BYTES + (block - 1) * LINK_BLOCK_BYTES;
}

/* It speaks after the other side, or anew after a pause; a sender that waited for its window goes
 * on with what it said. */
static void begin_to_speak(struct flow *flow, enum network_direction direction, bool paused)
{
    struct stream *stream = &flow->streams[direction];
    bool answers = !flow->spoken || flow->speaker != direction;
    if (!answers && !(paused && stream->pushed))
        return;
    flow->spoken = true;
    flow->speaker = direction;
    stream->turn++;
    stream->turns += answers;
    stream->turn_bytes = 0;
}

/* Which blocks what it says is of. `bytes`: of its payload, those that are new. */
static struct span measure(struct flow *flow, enum network_direction direction,
                           const struct frame *head, uint32_t bytes, uint64_t now_us)
{
    struct stream *stream = &flow->streams[direction];
    struct span span = {.turn = TURN_OF_CONTROL, .first = BLOCK_OF_SYN, .count = 1};
    bool paused = stream->offered_us != now_us;
    bool right_behind = stream->turn > 0 && !paused;
    stream->offered_us = now_us;
    if (bytes == 0 && (head->tcp_flags & TCP_SYN))
        return span;
    if (bytes == 0 && !right_behind) {
        span.first = BLOCK_OF_FIN;
        return span;
    }
    if (bytes > 0)
        begin_to_speak(flow, direction, paused);
    stream->pushed = head->tcp_flags & (TCP_PSH | TCP_FIN);
    if (!flow->anything_said && bytes > 0) {
        flow->anything_said = true;
        flow->tls = head->payload_length > 1 && head->payload[0] == TLS_HANDSHAKE &&
                    head->payload[1] == TLS_MAJOR;
    }
    span.flight = flow->tls && stream->turns <= HANDSHAKE_TURNS;
    span.turn = stream->turn;
    span.from = stream->turn_bytes;
    span.to = stream->turn_bytes += bytes;
    uint32_t last = span.to > 0 ? span.to - 1 : 0;
    span.first = block_at(&span, bytes > 0 ? span.from : last);
    span.count = block_at(&span, last) - span.first + 1;
    span.continues = bytes == 0 || span.from > block_begin(&span, span.first);
    return span;
}

static unsigned units_of(const struct span *span)
{
    return span->count - span->continues;
}

/* What the line is to send for one block of it: all of a handshake's flight with its beginning. */
static uint32_t charge_of(const struct span *span, unsigned block)
{
    bool begins = block > span->first || !span->continues;
    if (span->flight && block == 0)
        return begins ? LINK_BLOCK_BYTES + HEADER_BYTES : 0;
    uint32_t from = block_begin(span, block), to = block_begin(span, block + 1);
    if (from < span->from)
        from = span->from;
    if (to > span->to)
        to = span->to;
    return (to > from ? to - from : 0) + (begins ? HEADER_BYTES : 0);
}

/* --- and how these meet the line --- */

static uint64_t bit_of(unsigned index)
{
    return UINT64_C(1) << (index < BLOCKS_MAX ? index : BLOCKS_MAX - 1);
}

static struct fate draw_block(struct link *link, const struct held *held, unsigned block,
                              unsigned tries, bool *losing)
{
    struct path *path = &link->paths[held->direction];
    struct random_source random;
    uint64_t key = link->settings << 56 ^ (uint64_t)held->span.turn << 32 ^ block << 8 ^ tries;
    random_seed(&random, held->flow->streams[held->direction].seed ^ key);
    struct fate fate = draw(&path->now, &random, losing);
    bool cut = link->outage != NETWORK_CARRIES;
    path->counters.lost += cut || fate.lost;
    path->counters.corrupted += !cut && fate.corrupted;
    fate.lost |= cut || fate.corrupted; /* its receiver's checksum throws it away */
    path->counters.reordered += !fate.lost && fate.reordered;
    return fate;
}

static void block_arrives(struct link *link, struct held *held, uint64_t least_us,
                          uint64_t extra_us, bool counts)
{
    struct path *path = &link->paths[held->direction];
    uint64_t at_us = arrival(path, least_us, extra_us);
    held->arrival_us = later(held->arrival_us, at_us);
    if (counts)
        histogram_add(&path->delays, at_us - held->offered_us);
}

/* The burst model meets each block once: by the time that one is sent again, a burst is over. */
static void meet_first_time(struct link *link, struct held *held, unsigned index, uint64_t now_us)
{
    struct path *path = &link->paths[held->direction];
    struct stream *stream = &held->flow->streams[held->direction];
    bool begins = index > 0 || !held->span.continues;
    bool lost = link->outage != NETWORK_CARRIES;
    if (begins) {
        struct fate fate = draw_block(link, held, held->span.first + index, 0, &stream->losing);
        stream->delay_us = fate.delay_us;
        stream->extra_us = fate.extra_us;
        lost = fate.lost;
        if (fate.duplicated)
            held->copies = COPIES_MAX;
    }
    uint64_t sent_us = now_us;
    if (link->outage == NETWORK_CARRIES)
        sent_us = transmit(path, charge_of(&held->span, held->span.first + index), now_us);
    if (!lost) {
        block_arrives(link, held, sent_us + stream->delay_us, stream->extra_us, begins);
        return;
    }
    held->lost_blocks |= bit_of(index);
    held->arrival_us = later(held->arrival_us, sent_us + stream->delay_us);
}

static void meet_again(struct link *link, struct held *held, uint64_t now_us)
{
    for (unsigned i = 0; i < held->span.count && i < BLOCKS_MAX; i++) {
        if (!(held->lost_blocks & bit_of(i)))
            continue;
        struct fate fate = draw_block(link, held, held->span.first + i, held->tries, NULL);
        if (fate.lost)
            continue;
        held->lost_blocks &= ~bit_of(i);
        block_arrives(link, held, now_us + fate.delay_us, fate.extra_us,
                      i > 0 || !held->span.continues);
    }
}

/* After it has met the line, for the first time or again; false: its sender gives up. */
static bool go_on(struct link *link, struct held *held, uint64_t now_us)
{
    held->lost = held->lost_blocks != 0;
    if (held->lost)
        tell_lost(link, held->direction, &held->frame);
    if (!held->lost)
        wait_until(link, held, later(held->arrival_us, held->offered_us + 1));
    else if (++held->tries <= held->tries_max)
        wait_until(link, held, now_us + timeout_us(held));
    else
        return false;
    return true;
}

static uint64_t round_trip_us(const struct link *link)
{
    uint64_t sum_us = 0;
    for (size_t i = 0; i < NETWORK_DIRECTIONS; i++)
        sum_us += link->paths[i].now.delay_us + link->paths[i].now.jitter_us;
    return sum_us;
}

static void give_up(struct link *link, struct flow *flow, enum network_direction direction)
{
    link->paths[direction].counters.given_up += drop_stream(link, flow, direction, false);
    flow->streams[direction].dead = true;
    flow->stuck = true;
    answers_end(link, flow, false);
}

/* TCP's own, or a TLS alert behind the last word, which in TLS 1.3 is known by its length alone:
 * two bytes, encrypted (RFC 8446, sections 5.2 and 6.1). */
static bool is_farewell(const struct frame *head)
{
    enum { HEADER = 5, ALERT = 21, APPLICATION_DATA = 23, ENCRYPTED_ALERT_BYTES = 2 + 1 + 16 };
    const uint8_t *bytes = head->payload;
    if (head->payload_length == 0)
        return head->tcp_flags & TCP_FIN;
    if (head->payload_length <= HEADER || bytes[1] != 3)
        return false;
    size_t length = (size_t)(bytes[3] << 8 | bytes[4]);
    return HEADER + length == head->payload_length &&
           (bytes[0] == ALERT || (bytes[0] == APPLICATION_DATA && length == ENCRYPTED_ALERT_BYTES));
}

static void append(struct stream *stream, struct held *held)
{
    *stream->last = held;
    stream->last = &held->next;
}

static void queue_segment(struct link *link, struct flow *flow, enum network_direction direction,
                          const struct relay_frame *frame, const struct frame *head,
                          const struct span *span, uint64_t now_us)
{
    struct held *held = hold(link, direction, flow, frame, now_us);
    if (!held) { /* what is under way arrives, and nothing behind it */
        link->paths[direction].counters.dropped += units_of(span);
        flow->streams[direction].dead = true;
        flow->stuck = true;
        answers_end(link, flow, false);
        return;
    }
    bool syn = head->tcp_flags & TCP_SYN;
    held->span = *span;
    held->units = units_of(span);
    held->pushed = head->tcp_flags & (TCP_PSH | TCP_FIN);
    held->farewell = is_farewell(head);
    held->tries_max = syn ? LINK_TCP_SYN_TRIES : LINK_TCP_TRIES;
    held->timeout_us = syn ? LINK_SYN_TIMEOUT_US : LINK_TIMEOUT_LEAST_US + round_trip_us(link);
    append(&flow->streams[direction], held);
    for (unsigned i = 0; i < span->count; i++)
        meet_first_time(link, held, i, now_us);
    if (!go_on(link, held, now_us))
        give_up(link, flow, direction);
}

/* A phone that has all of an answer may hang up before it hears the farewell behind it. */
static bool only_farewells(const struct held *held)
{
    while (held && held->farewell)
        held = held->next;
    return !held;
}

/* Hands on what has come and waits for nothing before it. */
static void deliver(struct link *link, struct flow *flow, enum network_direction direction,
                    const struct relay_out *out)
{
    struct stream *stream = &flow->streams[direction];
    struct link_counters *counters = &link->paths[direction].counters;
    while (stream->first && stream->first->there) {
        struct held *held = stream->first;
        stream->first = held->next;
        if (!stream->first)
            stream->last = &stream->first;
        if (held->pushed && direction == NETWORK_TO_PHONE && only_farewells(stream->first))
            answers_end(link, flow, !flow->hung_up);
        if (held->reset)
            flow->stuck = false;
        counters->passed += held->units;
        counters->duplicated += held->copies - 1;
        send_out(direction, &held->frame, held->copies, out);
        let_go(link, held);
    }
}

/* --- segments --- */

static uint32_t sequence_end(const struct frame *head)
{
    return head->sequence + (uint32_t)head->payload_length + !!(head->tcp_flags & TCP_SYN) +
           !!(head->tcp_flags & TCP_FIN);
}

/* What a kernel sends again by its own clock. */
static bool is_old(const struct stream *stream, const struct frame *head)
{
    return stream->started && (int32_t)(sequence_end(head) - stream->next_sequence) <= 0;
}

/* Of its payload, what has not been said before; takes it for said. */
static uint32_t take_new(struct stream *stream, const struct frame *head)
{
    uint32_t end = head->sequence + !!(head->tcp_flags & TCP_SYN) + (uint32_t)head->payload_length;
    uint32_t bytes = (uint32_t)head->payload_length;
    if (stream->started && (int32_t)(end - stream->next_sequence) < (int32_t)bytes)
        bytes = (int32_t)(end - stream->next_sequence) > 0 ? end - stream->next_sequence : 0;
    stream->started = true;
    stream->next_sequence = sequence_end(head);
    if (head->tcp_flags & TCP_SYN) {
        stream->has_syn = true;
        stream->syn_sequence = head->sequence;
    }
    return bytes;
}

/* One side will neither send again what is lost nor read what comes. How many of these there are is
 * the kernels' affair, so they are not counted; one that is lost is repeated when the other side
 * says more. */
static void reset_segment(struct link *link, struct flow *flow, enum network_direction direction,
                          const struct relay_frame *frame, uint64_t now_us,
                          const struct relay_out *out)
{
    const struct network_path *path = &link->paths[direction].now;
    unsigned missing = drop_stream(link, flow, direction, true);
    if (direction == NETWORK_FROM_PHONE) {
        flow->hung_up = true;
        drop_stream(link, flow, NETWORK_TO_PHONE, false);
        answers_end(link, flow, false);
    } else if (missing > 0) {
        answers_end(link, flow, false);
    }
    deliver(link, flow, direction, out); /* what waited for the missing */
    if (link->outage != NETWORK_CARRIES || path->loss >= NETWORK_SHARE_ONE)
        return;
    if (does_nothing(link) && !flow->streams[direction].first) {
        send_out(direction, frame, 1, out);
        return;
    }
    struct held *held = hold(link, direction, flow, frame, now_us);
    if (!held)
        return;
    held->reset = true;
    append(&flow->streams[direction], held);
    wait_until(link, held, later(now_us + path->delay_us, now_us + 1));
}

/* The connection to which it belongs; NULL: it is of none, and needs none. */
static struct flow *connection_of(struct link *link, enum network_direction direction,
                                  const struct frame *head)
{
    const bool begins = (head->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    struct flow *flow = find_flow(link, true, direction, head);
    if (flow && begins) {
        const struct stream *stream = &flow->streams[direction];
        if (stream->has_syn && stream->syn_sequence == head->sequence)
            return flow;
        forget_flow(link, flow); /* the port is used again */
        flow = NULL;
    }
    bool says = head->payload_length > 0 || (head->tcp_flags & (TCP_SYN | TCP_FIN));
    return flow || !says ? flow : open_flow(link, true, direction, head);
}

static void offer_segment(struct link *link, struct flow *flow, enum network_direction direction,
                          const struct relay_frame *frame, const struct frame *head,
                          uint64_t now_us, const struct relay_out *out)
{
    struct path *path = &link->paths[direction];
    struct stream *stream = &flow->streams[direction];
    uint32_t bytes = take_new(stream, head);
    struct span span = measure(flow, direction, head, bytes, now_us);
    unsigned units = units_of(&span);
    path->counters.offered += units;
    if (stream->dead) {
        path->counters.gone += units;
        return;
    }
    if (does_nothing(link) && !has_under_way(flow)) {
        path->counters.passed += units;
        for (unsigned i = 0; i < units; i++)
            histogram_add(&path->delays, 0);
        send_out(direction, frame, 1, out);
        return;
    }
    queue_segment(link, flow, direction, frame, head, &span, now_us);
}

static void segment(struct link *link, enum network_direction direction,
                    const struct relay_frame *frame, const struct frame *head, uint64_t now_us,
                    const struct relay_out *out)
{
    const bool says = head->payload_length > 0 || (head->tcp_flags & (TCP_SYN | TCP_FIN));
    struct flow *flow = connection_of(link, direction, head);
    if (flow && (head->tcp_flags & TCP_RST)) {
        reset_segment(link, flow, direction, frame, now_us, out);
        return;
    }
    if (!flow || !says) { /* a bare acknowledgement, or a reset of what is forgotten */
        send_out(direction, frame, 1, out);
        return;
    }
    struct stream *stream = &flow->streams[direction];
    if (is_old(stream, head)) {
        if (!stream->first && !stream->dead && link->outage == NETWORK_CARRIES)
            send_out(direction, frame, 1, out);
        return;
    }
    if (direction == NETWORK_FROM_PHONE && (head->tcp_flags & TCP_FIN)) {
        flow->hung_up = true; /* what is still to come to it will find nobody */
        answers_end(link, flow, false);
    }
    offer_segment(link, flow, direction, frame, head, now_us, out);
}

/* --- in --- */

/* Kernels ask for addresses, and tell of their multicast groups, by the machine's clock. */
static bool is_a_kernels_own(const struct relay_frame *frame, const struct frame *head)
{
    bool multicast = frame->length > 0 && (frame->bytes[0] & 1) && frame->bytes[0] != 0xff;
    return multicast || (head && head->kind == FRAME_ARP);
}

/* What is no part of what is simulated is not counted. */
static void pass_by(struct link *link, enum network_direction direction,
                    const struct relay_frame *frame, const struct relay_out *out)
{
    if (link->outage == NETWORK_CARRIES)
        send_out(direction, frame, 1, out);
}

void link_frame(void *context, enum relay_side from, const struct relay_frame *frame,
                uint64_t now_us, const struct relay_out *out)
{
    struct link *link = context;
    enum network_direction direction = from == RELAY_PHONES ? NETWORK_FROM_PHONE : NETWORK_TO_PHONE;
    struct frame decoded;
    const struct frame *head =
        frame_decode(frame->bytes, frame->length, &decoded) ? &decoded : NULL;
    end_outage(link, now_us);
    const uint32_t own = link->config.unimpaired_address;
    bool own_look = own != 0 && head && (head->kind == FRAME_TCP || head->kind == FRAME_UDP) &&
                    (head->source == own || head->destination == own);
    if (own_look || (!link->config.real_tcp && is_a_kernels_own(frame, head)))
        pass_by(link, direction, frame, out);
    else if (!link->config.real_tcp && head && head->kind == FRAME_TCP)
        segment(link, direction, frame, head, now_us, out);
    else
        datagram(link, direction, frame, head, now_us, out);
}

/* --- when its time has come --- */

uint64_t link_next_us(void *context)
{
    const struct link *link = context;
    uint64_t next_us = link->waiting_count > 0 ? link->waiting[0]->due_us : UINT64_MAX;
    if (link->outage != NETWORK_CARRIES && link->outage_end_us < next_us)
        next_us = link->outage_end_us;
    return next_us;
}

static void due_datagram(struct link *link, struct held *held, uint64_t now_us,
                         const struct relay_out *out)
{
    struct fate fate;
    uint64_t due_us = now_us;
    wait_no_more(link, held);
    if (held->lost) {
        enum outcome outcome =
            meet_line(link, held->direction, &held->frame, NULL, now_us, &fate, &due_us);
        if (outcome != PASSES)
            tell_lost(link, held->direction, &held->frame);
        if (outcome == PASSES) {
            datagram_passes(link, held, &fate, due_us);
        } else if (outcome == LOST) {
            request_again(link, held, now_us);
        } else {
            get_stuck(flow_of(held));
            drop_datagram(link, held);
        }
        return;
    }
    if (flow_of(held))
        held->flow->stuck = false;
    if (held->is_copy) {
        link->paths[held->direction].counters.duplicated++;
        send_out(held->direction, &held->frame, 1, out);
    } else {
        hand_on_datagram(link, held->direction, &held->frame, now_us - held->offered_us, out);
    }
    if (held->is_copy || held->copies == 1) {
        drop_datagram(link, held);
        return;
    }
    /* What the first causes takes its turn before the second comes. */
    held->is_copy = true;
    wait_until(link, held, now_us + 1);
}

static void due_segment(struct link *link, struct held *held, uint64_t now_us)
{
    wait_no_more(link, held);
    if (!held->lost) {
        held->there = true;
        return;
    }
    meet_again(link, held, now_us);
    if (!go_on(link, held, now_us))
        give_up(link, held->flow, held->direction);
}

void link_due(void *context, uint64_t now_us, const struct relay_out *out)
{
    struct link *link = context;
    end_outage(link, now_us);
    if (link->waiting_count == 0 || link->waiting[0]->due_us > now_us)
        return;
    struct flow *flow = flow_of(link->waiting[0]);
    enum network_direction direction = link->waiting[0]->direction;
    if (!flow || !flow->tcp) {
        due_datagram(link, link->waiting[0], now_us, out);
        return;
    }
    while (link->waiting_count > 0 && link->waiting[0]->due_us <= now_us &&
           flow_of(link->waiting[0]) == flow && link->waiting[0]->direction == direction)
        due_segment(link, link->waiting[0], now_us);
    deliver(link, flow, direction, out);
}

/* --- what others ask --- */

bool link_keeps_waiting(const struct link *link, bool tcp, uint32_t address, uint16_t port)
{
    for (size_t i = 0; i < LINK_FLOWS_MAX; i++) {
        const struct flow *flow = &link->flows[i];
        if (!flow->used || flow->tcp != tcp || !(flow->stuck || has_under_way(flow)))
            continue;
        for (size_t end = 0; end < NETWORK_DIRECTIONS; end++)
            if (flow->ends[end].address == address && flow->ends[end].port == port)
                return true;
    }
    return false;
}

bool link_expect(struct link *link, uint32_t client_address, uint16_t client_port, void *answer)
{
    assert(link->config.arrived);
    struct flow *latest = NULL;
    for (size_t i = 0; i < LINK_FLOWS_MAX; i++) {
        struct flow *flow = &link->flows[i];
        if (flow->used && flow->tcp && flow->ends[NETWORK_FROM_PHONE].address == client_address &&
            flow->ends[NETWORK_FROM_PHONE].port == client_port &&
            (!latest || flow->touched > latest->touched))
            latest = flow;
    }
    /* Its last bytes are still to be handed over, and will be held if others would be. */
    if (!latest || latest->answer_count == ANSWERS_MAX ||
        (does_nothing(link) && !has_under_way(latest)))
        return false;
    latest->answers[latest->answer_count++] = answer;
    return true;
}

void link_forget_answers(struct link *link)
{
    for (size_t i = 0; i < LINK_FLOWS_MAX; i++)
        answers_end(link, &link->flows[i], false);
}

const struct link_counters *link_counters(const struct link *link, enum network_direction direction)
{
    return &link->paths[direction].counters;
}

struct link_delays link_delays(const struct link *link, enum network_direction direction)
{
    const struct histogram *delays = &link->paths[direction].delays;
    return (struct link_delays){.count = delays->count,
                                .least_us = delays->least,
                                .median_us = histogram_quantile(delays, 500),
                                .p95_us = histogram_quantile(delays, 950),
                                .greatest_us = delays->greatest};
}

/* SPDX-License-Identifier: MIT */
#include "harness/wire/dns.h"
#include "harness/base/cursor.h"
#include <ctype.h>
#include <string.h>

enum {
    FLAG_RESPONSE = 0x8000,
    FLAG_RECURSION_DESIRED = 0x0100,
    FLAG_RECURSION_AVAILABLE = 0x0080,
    RCODE_MASK = 0x000f,
    CLASS_IN = 1,
    LABEL_MAX = 63,
    LABEL_POINTER = 0xc0,
    NAME_TEXT_MAX = 253, /* 255 bytes on the wire: a length byte a label, and the root */
    CNAME_CHAIN_MAX = 16,
    HEADER_BYTES = 12,
};

/* Dots and what cannot be seen would make two different names look alike. */
static bool is_label_byte(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && byte != '.';
}

static bool append_label(char name[DNS_NAME_MAX], size_t *length, const uint8_t *label,
                         size_t label_length)
{
    size_t dot = *length > 0;
    if (*length + dot + label_length > NAME_TEXT_MAX)
        return false;
    if (dot)
        name[(*length)++] = '.';
    for (size_t i = 0; i < label_length; i++) {
        if (!is_label_byte(label[i]))
            return false;
        name[(*length)++] = (char)tolower(label[i]);
    }
    return true;
}

/* Reads a name (RFC 1035 4.1.4) and leaves `message` behind it. Pointers must lead to before the
 * piece that holds them, so they come to an end. A malformed name fails the cursor. */
static void read_name(struct cursor *message, char name[DNS_NAME_MAX])
{
    struct cursor piece = *message;
    size_t piece_start = piece.position;
    size_t length = 0;
    bool jumped = false;
    for (;;) {
        uint8_t first = cursor_u8(&piece);
        if (piece.failed || first == 0)
            break;
        if ((first & LABEL_POINTER) == LABEL_POINTER) {
            size_t target = (size_t)(first & ~LABEL_POINTER) << 8 | cursor_u8(&piece);
            if (piece.failed || target >= piece_start) {
                piece.failed = true;
                break;
            }
            if (!jumped)
                message->position = piece.position;
            jumped = true;
            piece.position = piece_start = target;
            continue;
        }
        const uint8_t *label = first <= LABEL_MAX ? cursor_take(&piece, first) : NULL;
        if (!label || !append_label(name, &length, label, first)) {
            piece.failed = true;
            break;
        }
    }
    if (!jumped)
        message->position = piece.position;
    message->failed = message->failed || piece.failed;
    name[piece.failed ? 0 : length] = '\0';
}

struct record {
    char owner[DNS_NAME_MAX];
    uint16_t type, class;
    size_t data_position, data_length;
};

static bool read_record(struct cursor *message, struct record *record)
{
    read_name(message, record->owner);
    record->type = cursor_be16(message);
    record->class = cursor_be16(message);
    cursor_skip(message, 4); /* TTL */
    record->data_length = cursor_be16(message);
    record->data_position = message->position;
    cursor_skip(message, record->data_length);
    return !message->failed;
}

/* If the answers hold a CNAME of `name`, replaces it by what it stands for. */
static bool follow_cname(struct cursor answers, size_t count, char name[DNS_NAME_MAX])
{
    struct record record;
    for (size_t i = 0; i < count && read_record(&answers, &record); i++) {
        if (record.class != CLASS_IN || record.type != DNS_CNAME || strcmp(record.owner, name) != 0)
            continue;
        struct cursor data = answers;
        char target[DNS_NAME_MAX];
        data.position = record.data_position;
        read_name(&data, target);
        if (data.failed)
            return false;
        memcpy(name, target, sizeof target);
        return true;
    }
    return false;
}

/* RFC 2782. What is no whole record fails. */
static bool read_service(struct cursor message, const struct record *record,
                         struct dns_message *ret_message)
{
    message.position = record->data_position;
    struct dns_service service = {.priority = cursor_be16(&message)};
    service.weight = cursor_be16(&message);
    service.port = cursor_be16(&message);
    read_name(&message, service.target);
    if (message.failed || message.position != record->data_position + record->data_length)
        return false;
    if (ret_message->service_count < DNS_SERVICES_MAX)
        ret_message->services[ret_message->service_count++] = service;
    return true;
}

static bool read_address(struct cursor message, const struct record *record,
                         struct dns_message *ret_message)
{
    message.position = record->data_position;
    if (record->data_length == 4 && ret_message->address_count < DNS_ADDRESSES_MAX)
        ret_message->addresses[ret_message->address_count++] = cursor_be32(&message);
    return true;
}

static bool read_answers(struct cursor *answers, size_t count, const char *name,
                         struct dns_message *message)
{
    struct record record;
    for (size_t i = 0; i < count; i++) {
        if (!read_record(answers, &record))
            return false;
        if (record.class != CLASS_IN || strcmp(record.owner, name) != 0)
            continue;
        if ((record.type == DNS_A && !read_address(*answers, &record, message)) ||
            (record.type == DNS_SRV && !read_service(*answers, &record, message)))
            return false;
    }
    return true;
}

static void read_questions(struct cursor *cursor, size_t count, struct dns_message *message)
{
    char name[DNS_NAME_MAX];
    for (size_t i = 0; i < count && !cursor->failed; i++) {
        read_name(cursor, i == 0 ? message->name : name);
        uint16_t type = cursor_be16(cursor);
        cursor_skip(cursor, 2); /* class */
        if (i == 0)
            message->type = type;
    }
}

bool dns_decode(const uint8_t *bytes, size_t length, struct dns_message *ret_message)
{
    if (length > DNS_MESSAGE_MAX)
        return false;
    struct cursor cursor;
    cursor_init(&cursor, bytes, length);
    struct dns_message message = {.id = cursor_be16(&cursor)};
    uint16_t flags = cursor_be16(&cursor);
    size_t questions = cursor_be16(&cursor);
    size_t answers = cursor_be16(&cursor);
    cursor_skip(&cursor, 4); /* authority and additional records are not looked at */
    message.response = flags & FLAG_RESPONSE;
    message.rcode = flags & RCODE_MASK;
    read_questions(&cursor, questions, &message);
    if (cursor.failed)
        return false;
    /* Servers need not list a chain in order, so each link is looked up from the start. */
    char name[DNS_NAME_MAX];
    memcpy(name, message.name, sizeof name);
    for (unsigned i = 0; i < CNAME_CHAIN_MAX && follow_cname(cursor, answers, name); i++)
        ;
    if (!read_answers(&cursor, answers, name, &message))
        return false;
    *ret_message = message;
    return true;
}

static bool is_host_byte(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_'; /* '_' as in SRV names */
}

static bool is_host_name(const char *name)
{
    size_t label = 0;
    size_t length = strnlen(name, DNS_NAME_MAX);
    if (length > NAME_TEXT_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '.' && label > 0) {
            label = 0;
            continue;
        }
        if (!is_host_byte(name[i]) || ++label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

static void append_name(struct buffer *buffer, const char *name)
{
    while (*name) {
        size_t label = strcspn(name, ".");
        buffer_u8(buffer, (uint8_t)label);
        buffer_append(buffer, name, label);
        name += label + (name[label] == '.');
    }
    buffer_u8(buffer, 0);
}

/* The head of a record that answers the question, up to the length of its data. */
static void append_record(struct buffer *buffer, uint16_t type)
{
    buffer_be16(buffer, LABEL_POINTER << 8 | HEADER_BYTES);
    buffer_be16(buffer, type);
    buffer_be16(buffer, CLASS_IN);
    buffer_be32(buffer, 0); /* TTL */
}

/* RFC 2782: the target is not compressed. */
static void append_service(struct buffer *buffer, const struct dns_service *service)
{
    append_record(buffer, DNS_SRV);
    buffer_be16(buffer, (uint16_t)(6 + strlen(service->target) + 2));
    buffer_be16(buffer, service->priority);
    buffer_be16(buffer, service->weight);
    buffer_be16(buffer, service->port);
    append_name(buffer, service->target);
}

static bool can_encode(const struct dns_message *message)
{
    bool good = is_host_name(message->name) && message->address_count <= DNS_ADDRESSES_MAX &&
                message->service_count <= DNS_SERVICES_MAX;
    for (size_t i = 0; good && i < message->service_count; i++)
        good = is_host_name(message->services[i].target);
    return good;
}

const struct dns_service *dns_first_service(const struct dns_message *message)
{
    const struct dns_service *first = NULL;
    for (size_t i = 0; i < message->service_count; i++)
        if (message->services[i].target[0] &&
            (!first || message->services[i].priority < first->priority))
            first = &message->services[i];
    return first;
}

bool dns_encode(struct buffer *buffer, const struct dns_message *message)
{
    if (!can_encode(message))
        return false;
    size_t addresses = message->response ? message->address_count : 0;
    size_t services = message->response ? message->service_count : 0;
    uint16_t flags = FLAG_RECURSION_DESIRED;
    if (message->response)
        flags |=
            (uint16_t)(FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE | (message->rcode & RCODE_MASK));
    buffer_be16(buffer, message->id);
    buffer_be16(buffer, flags);
    buffer_be16(buffer, 1);
    buffer_be16(buffer, (uint16_t)(addresses + services));
    buffer_be32(buffer, 0);
    append_name(buffer, message->name);
    buffer_be16(buffer, message->type);
    buffer_be16(buffer, CLASS_IN);
    for (size_t i = 0; i < addresses; i++) {
        append_record(buffer, DNS_A);
        buffer_be16(buffer, 4);
        buffer_be32(buffer, message->addresses[i]);
    }
    for (size_t i = 0; i < services; i++)
        append_service(buffer, &message->services[i]);
    return true;
}

const char *dns_rcode_name(uint8_t rcode)
{
    switch (rcode) {
    case DNS_NOERROR:
        return "noerror";
    case DNS_FORMERR:
        return "formerr";
    case DNS_SERVFAIL:
        return "servfail";
    case DNS_NXDOMAIN:
        return "nxdomain";
    case DNS_REFUSED:
        return "refused";
    default:
        return NULL;
    }
}

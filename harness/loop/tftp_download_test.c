/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/loop/tftp_download.h"
#include <stdio.h>
#include <string.h>

void tests_harness_loop_tftp_download(void);

enum {
    SERVER = 0x0a4d0003,
    STRANGER = 0x0a4d0009,
    ASKED_PORT = 69,
    PORT = 3000,
    OTHER_PORT = 3001
};
enum { FILE_BYTES_MAX = 2000, PACKET_BYTES_MAX = 1024, SMALL_BLOCK = 8 };

struct client {
    struct tftp_download download;
    struct buffer packet;
    struct tftp_packet last; /* what it said last, */
    uint32_t to_address;
    uint16_t to_port; /* and whereto */
    bool fresh;       /* the last packet of the server gave a piece of the file */
};

/* True: it has something to say. */
static bool hear(struct client *client)
{
    if (!tftp_download_output(&client->download, &client->packet, &client->to_address,
                              &client->to_port))
        return false;
    CU_ASSERT_TRUE(tftp_decode(client->packet.data, client->packet.length, &client->last));
    return true;
}

static void begin(struct client *client, const struct tftp_download_request *wanted)
{
    struct tftp_download_request request = *wanted;
    *client = (struct client){0};
    request.name = "dir/a.xml";
    request.address = SERVER;
    request.port = ASKED_PORT;
    if (request.bytes_max == 0)
        request.bytes_max = FILE_BYTES_MAX;
    buffer_init(&client->packet, PACKET_BYTES_MAX);
    CU_ASSERT_TRUE(tftp_download_start(&client->download, &request));
    CU_ASSERT_TRUE(hear(client));
    CU_ASSERT_EQUAL(client->last.opcode, TFTP_RRQ);
    CU_ASSERT_EQUAL(client->to_port, ASKED_PORT);
    CU_ASSERT_STRING_EQUAL(client->last.name, "dir/a.xml");
    CU_ASSERT_FALSE(hear(client));
}

static void done(struct client *client)
{
    tftp_download_done(&client->download);
    buffer_done(&client->packet);
}

static void say_from(struct client *client, uint32_t address, uint16_t port,
                     const struct tftp_packet *packet)
{
    struct buffer bytes;
    buffer_init(&bytes, PACKET_BYTES_MAX);
    tftp_encode(&bytes, packet);
    client->fresh = tftp_download_input(&client->download, address, port, bytes.data, bytes.length);
    buffer_done(&bytes);
}

static void say(struct client *client, const struct tftp_packet *packet)
{
    say_from(client, SERVER, PORT, packet);
}

static struct tftp_packet block(uint16_t number, const char *text)
{
    return (struct tftp_packet){.opcode = TFTP_DATA,
                                .block = number,
                                .data = (const uint8_t *)text,
                                .data_length = strlen(text)};
}

static void send_block(struct client *client, uint16_t number, const char *text)
{
    struct tftp_packet packet = block(number, text);
    say(client, &packet);
}

/* What it answers, in words: "ACK 2", "ERROR 5", "" for nothing. */
static const char *answer(struct client *client)
{
    static char words[32];
    words[0] = '\0';
    if (hear(client))
        snprintf(words, sizeof words, "%s %u", client->last.opcode == TFTP_ACK ? "ACK" : "ERROR",
                 client->last.opcode == TFTP_ACK ? client->last.block : client->last.error);
    CU_ASSERT_FALSE(hear(client));
    return words;
}

static void agree_on_small_blocks(struct client *client)
{
    say(client, &(const struct tftp_packet){
                    .opcode = TFTP_OACK, .has_block_bytes = true, .block_bytes = SMALL_BLOCK});
    CU_ASSERT_STRING_EQUAL(answer(client), "ACK 0");
}

static const char *file(const struct client *client)
{
    return buffer_string(&client->download.body);
}

static void a_whole_file(void)
{
    struct client client;
    begin(&client, &(const struct tftp_download_request){0});
    CU_ASSERT_EQUAL(client.last.block_bytes, 512);
    CU_ASSERT_TRUE(client.last.has_timeout && client.last.has_transfer_size);
    agree_on_small_blocks(&client);
    agree_on_small_blocks(&client); /* the acknowledgement was lost */
    send_block(&client, 1, "12345678");
    CU_ASSERT_TRUE(client.fresh);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    CU_ASSERT_EQUAL(client.to_port, PORT);
    send_block(&client, 1, "12345678"); /* comes twice, counts once */
    CU_ASSERT_FALSE(client.fresh);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    send_block(&client, 2, "9");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 2");
    CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_DONE);
    CU_ASSERT_STRING_EQUAL(file(&client), "123456789");
    send_block(&client, 3, "more");
    CU_ASSERT_STRING_EQUAL(answer(&client), "");
    done(&client);
}

/* RFC 1350, 6: a last block without anything in it. */
static void a_file_of_whole_blocks(void)
{
    struct client client;
    begin(&client, &(const struct tftp_download_request){0});
    agree_on_small_blocks(&client);
    send_block(&client, 1, "12345678");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    send_block(&client, 2, "");
    CU_ASSERT_FALSE(client.fresh);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 2");
    CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_DONE);
    CU_ASSERT_STRING_EQUAL(file(&client), "12345678");
    done(&client);
}

static void what_is_asked(void)
{
    struct client client;
    begin(&client, &(const struct tftp_download_request){.plain = true, .block_bytes = 1428});
    CU_ASSERT_FALSE(client.last.has_block_bytes || client.last.has_timeout ||
                    client.last.has_transfer_size);
    tftp_download_repeat(&client.download);
    CU_ASSERT_TRUE(hear(&client));
    CU_ASSERT_EQUAL(client.last.opcode, TFTP_RRQ);
    done(&client);
    begin(&client, &(const struct tftp_download_request){.block_bytes = 1428});
    CU_ASSERT_EQUAL(client.last.block_bytes, 1428);
    agree_on_small_blocks(&client);
    tftp_download_repeat(&client.download);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 0");
    send_block(&client, 1, "12345678");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    tftp_download_repeat(&client.download);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    done(&client);
    char name[TFTP_NAME_MAX + 1];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct tftp_download download;
    CU_ASSERT_FALSE(
        tftp_download_start(&download, &(const struct tftp_download_request){.name = name}));
    tftp_download_done(&download);
}

/* A block that the next one has overtaken: before its turn the next one is nobody's. */
static void blocks_out_of_order(void)
{
    struct client client;
    begin(&client, &(const struct tftp_download_request){0});
    agree_on_small_blocks(&client);
    send_block(&client, 2, "abcdefgh");
    CU_ASSERT_FALSE(client.fresh);
    CU_ASSERT_STRING_EQUAL(answer(&client), "");
    send_block(&client, 1, "12345678");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    send_block(&client, 2, "abcdefgh");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 2");
    send_block(&client, 1, "12345678"); /* long ago */
    CU_ASSERT_STRING_EQUAL(answer(&client), "");
    send_block(&client, 3, "z");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 3");
    CU_ASSERT_STRING_EQUAL(file(&client), "12345678abcdefghz");
    done(&client);

    begin(&client, &(const struct tftp_download_request){.flaws = TFTP_TAKES_BLOCKS_AHEAD});
    agree_on_small_blocks(&client);
    send_block(&client, 2, "abcdefgh");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 2");
    send_block(&client, 1, "12345678");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    send_block(&client, 2, "abcdefgh");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 2");
    send_block(&client, 3, "z");
    CU_ASSERT_STRING_EQUAL(file(&client), "abcdefghz");
    done(&client);
}

static void numbers_wrap(void)
{
    struct client client;
    begin(&client, &(const struct tftp_download_request){.bytes_max = 1 << 20});
    agree_on_small_blocks(&client);
    for (unsigned i = 1; i <= 65540; i++) {
        send_block(&client, (uint16_t)i, "12345678");
        CU_ASSERT_TRUE(client.fresh);
        CU_ASSERT_TRUE(hear(&client));
    }
    CU_ASSERT_EQUAL(client.last.block, 4);
    CU_ASSERT_EQUAL(client.download.body.length, 65540 * 8);
    done(&client);
}

/* RFC 1350, 4. */
static void packets_from_elsewhere(void)
{
    static const struct {
        uint32_t address;
        uint16_t port;
    } strangers[] = {{SERVER, OTHER_PORT}, {STRANGER, PORT}, {STRANGER, OTHER_PORT}};
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        struct client client;
        struct tftp_packet wrong = block(1, "xxxxxxxx"),
                           error = {.opcode = TFTP_ERROR, .error = 1, .message = "no"};
        begin(&client, &(const struct tftp_download_request){0});
        agree_on_small_blocks(&client);
        say_from(&client, strangers[i].address, strangers[i].port, &wrong);
        CU_ASSERT_FALSE(client.fresh);
        CU_ASSERT_STRING_EQUAL(answer(&client), "ERROR 5");
        CU_ASSERT_EQUAL(client.to_address, strangers[i].address);
        CU_ASSERT_EQUAL(client.to_port, strangers[i].port);
        say_from(&client, strangers[i].address, strangers[i].port, &error);
        CU_ASSERT_STRING_EQUAL(answer(&client), ""); /* an error is not answered by another */
        send_block(&client, 1, "1");
        CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
        CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_DONE);
        CU_ASSERT_STRING_EQUAL(file(&client), "1");
        done(&client);
    }
    struct client client;
    struct tftp_packet wrong = block(1, "xxxxxxxx");
    begin(&client, &(const struct tftp_download_request){.flaws = TFTP_TAKES_ANY_PORT});
    agree_on_small_blocks(&client);
    say_from(&client, SERVER, OTHER_PORT, &wrong);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    CU_ASSERT_EQUAL(client.to_port, PORT);
    CU_ASSERT_STRING_EQUAL(file(&client), "xxxxxxxx");
    done(&client);
    begin(&client, &(const struct tftp_download_request){.flaws = TFTP_ANY_PORT_ENDS});
    agree_on_small_blocks(&client);
    say_from(&client, SERVER, OTHER_PORT, &wrong);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ERROR 5");
    CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_FAILED);
    done(&client);
}

/* RFC 2347: a server that knows no options answers as if there were none. */
static void options_passed_over(void)
{
    static const struct {
        unsigned flaws;
        const char *answer;
        enum tftp_download_state state;
    } cases[] = {
        {0, "ACK 1", TFTP_DOWNLOAD_RECEIVING},
        {TFTP_INSISTS_ON_OPTIONS, "ERROR 8", TFTP_DOWNLOAD_FAILED},
        {TFTP_BLOCKS_AS_ASKED, "ACK 1", TFTP_DOWNLOAD_DONE},
    };
    char whole_block[513];
    memset(whole_block, 'a', 512);
    whole_block[512] = '\0';
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client;
        begin(&client,
              &(const struct tftp_download_request){.block_bytes = 1428, .flaws = cases[i].flaws});
        send_block(&client, 1, whole_block);
        CU_ASSERT_STRING_EQUAL(answer(&client), cases[i].answer);
        CU_ASSERT_EQUAL(client.download.state, cases[i].state);
        done(&client);
        /* Who asked for none has nothing to mind. */
        begin(&client,
              &(const struct tftp_download_request){.plain = true, .flaws = cases[i].flaws});
        send_block(&client, 1, whole_block);
        CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
        CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_RECEIVING);
        done(&client);
    }
}

static void servers_that_break_the_rules(void)
{
    struct client client;
    const struct tftp_packet large = {
        .opcode = TFTP_OACK, .has_block_bytes = true, .block_bytes = 1024};
    begin(&client, &(const struct tftp_download_request){0});
    say(&client, &large);
    CU_ASSERT_STRING_EQUAL(answer(&client), "ERROR 8");
    CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_FAILED);
    done(&client);
    begin(&client, &(const struct tftp_download_request){.plain = true});
    say(&client, &(const struct tftp_packet){.opcode = TFTP_OACK});
    CU_ASSERT_STRING_EQUAL(answer(&client), "ERROR 8");
    done(&client);
    begin(&client, &(const struct tftp_download_request){0});
    agree_on_small_blocks(&client);
    send_block(&client, 1, "123456789");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ERROR 4");
    CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_FAILED);
    done(&client);
    begin(&client, &(const struct tftp_download_request){.bytes_max = 12});
    agree_on_small_blocks(&client);
    send_block(&client, 1, "12345678");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ACK 1");
    send_block(&client, 2, "12345");
    CU_ASSERT_STRING_EQUAL(answer(&client), "ERROR 3");
    CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_TOO_LARGE);
    done(&client);
}

static void a_refusal(void)
{
    struct client client;
    begin(&client, &(const struct tftp_download_request){0});
    say(&client,
        &(const struct tftp_packet){.opcode = TFTP_ERROR, .error = 1, .message = "no such file"});
    CU_ASSERT_STRING_EQUAL(answer(&client), "");
    CU_ASSERT_EQUAL(client.download.state, TFTP_DOWNLOAD_REFUSED);
    CU_ASSERT_EQUAL(client.download.error, 1);
    CU_ASSERT_STRING_EQUAL(client.download.text, "no such file");
    tftp_download_repeat(&client.download);
    CU_ASSERT_STRING_EQUAL(answer(&client), "");
    done(&client);
}

void tests_harness_loop_tftp_download(void)
{
    TEST_SUITE("loop/tftp_download", {"a whole file", a_whole_file},
               {"a file of whole blocks", a_file_of_whole_blocks}, {"what is asked", what_is_asked},
               {"blocks out of order", blocks_out_of_order}, {"numbers wrap", numbers_wrap},
               {"packets from elsewhere", packets_from_elsewhere},
               {"options passed over", options_passed_over},
               {"servers that break the rules", servers_that_break_the_rules},
               {"a refusal", a_refusal});
}

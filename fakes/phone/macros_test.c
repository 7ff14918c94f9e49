/* SPDX-License-Identifier: MIT */
#include "fakes/phone/macros.h"
#include "harness/base/testing.h"
#include <stdio.h>
#include <string.h>

void tests_fakes_phone_macros(void);

static const struct {
    const char *text, *expanded;
} cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"$MA", "001122aabbcc"},
    {"$MAU:$SN:$PN", "001122AABBCC:FCH0000N001:CP-8841-3PCC"},
    {"$MAC", "00:11:22:AA:BB:CC"},
    {"/$PSN.xml", "/8841-3PCC.xml"},
    {"$(PSN)X", "8841-3PCCX"},
    {"$MAconfig", "001122aabbccconfig"},
    {"$IP", "10.0.0.9"},
    {"$SWVER $HWVER", "sip88xx.11-3-1MPP-398 V14"},
    {"$PRVST $ISCUST $ERR", "2 1 HTTP status 404"},
    {"$SCHEME://$SERVIP:$PORT$PATH", "http://h.test:8080/x"},
    {"$A-$(B)-$P", "first--"},
    {"$$MA", "$MA"},
    {"$$$MA", "$001122aabbcc"},
    {"$", "$"},
    {"$$", "$"},
    {"$FOO $(FOO) $ma $(MA $()", "$FOO $(FOO) $ma $(MA $()"},
    {"$Q $(ABCDEFGHIJ) $PNX", "$Q $(ABCDEFGHIJ) $PNX"},
    {"${provision.http}", "${provision.http}"},
};

static void every_macro(void)
{
    struct parameters parameters = {0};
    struct phone_url last = {.scheme = "http", .host = "h.test", .port = 8080, .path = "/x"};
    CU_ASSERT_EQUAL(parameters_set(&parameters, "GPP_A", "first"), 0);
    const struct macro_values values = {.mac = {{0, 0x11, 0x22, 0xaa, 0xbb, 0xcc}},
                                        .model = phone_model_find("8841"),
                                        .serial = "FCH0000N001",
                                        .address = 0x0a000009,
                                        .provisioning_state = 2,
                                        .last = &last,
                                        .failure = "HTTP status 404",
                                        .customized = true,
                                        .parameters = &parameters};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer buffer;
        buffer_init(&buffer, 256);
        macros_expand(cases[i].text, &values, &buffer);
        CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), cases[i].expanded);
        if (strcmp(buffer_string(&buffer), cases[i].expanded) != 0)
            fprintf(stderr, "%s: %s\n", cases[i].text, buffer_string(&buffer));
        buffer_done(&buffer);
    }
    parameters_done(&parameters);
}

static void nothing_known_yet(void)
{
    const struct macro_values values = {.model = phone_model_find("6841"), .serial = ""};
    struct buffer buffer;
    buffer_init(&buffer, 64);
    macros_expand("$IP|$SCHEME|$PORT|$PATH|$ERR|$ISCUST|$A|$PRVST", &values, &buffer);
    CU_ASSERT_STRING_EQUAL(buffer_string(&buffer), "0.0.0.0|||||0||0");
    buffer_clear(&buffer);
    for (unsigned i = 0; i < 20; i++)
        macros_expand("$MA", &values, &buffer);
    CU_ASSERT_TRUE(buffer.failed); /* the caller's bound holds */
    buffer_done(&buffer);
}

void tests_fakes_phone_macros(void)
{
    TEST_SUITE("phone/macros", {"every macro", every_macro},
               {"nothing known yet, and the bound", nothing_known_yet});
}

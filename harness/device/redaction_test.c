/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/device/redaction.h"
#include <string.h>

static void gives(const struct redaction *redaction, const char *text, size_t length, bool cut,
                  const char *expected)
{
    struct buffer result;
    buffer_init(&result, 4096);
    redaction_apply(redaction, text, length, cut, &result);
    CU_ASSERT_FALSE(result.failed);
    CU_ASSERT_STRING_EQUAL(buffer_string(&result), expected);
    buffer_done(&result);
}

static void whole(const struct redaction *redaction, const char *text, const char *expected)
{
    gives(redaction, text, strlen(text), false, expected);
}

static void cut(const struct redaction *redaction, const char *text, const char *expected)
{
    gives(redaction, text, strlen(text), true, expected);
}

static void all_of_them_wherever_they_stand(void)
{
    const struct lab_phone phone = {.web = {.password = {.value = "pa ss"}},
                                    .snmp = {.community = {.value = "comm"},
                                             .authentication_password = {.value = "authentic"},
                                             .privacy_password = {.value = "commute"}}};
    struct redaction redaction;
    CU_ASSERT_EQUAL_FATAL(redaction_init(&redaction, &phone, NULL), 0);
    whole(&redaction, "nothing to hide", "nothing to hide");
    whole(&redaction, "pa ss", "***");
    whole(&redaction, "a=pa%20ss&b=authentic, commXX", "a=***&b=***, ***XX");
    whole(&redaction, "a commute", "a ***"); /* not "***ute" */
    whole(&redaction, "authenticcommute", "***");
    whole(&redaction, "pa s", "pa s");
    gives(&redaction, "x\0comm\0\n\x1b[2J\x7f", 13, false, "x?***?\n?[2J?");
    gives(&redaction, "", 0, true, "");
    redaction_done(&redaction);
}

static void overlapping_ones(void)
{
    struct redaction redaction = {0};
    CU_ASSERT_EQUAL(redaction_add(&redaction, "abc", NULL), 0);
    CU_ASSERT_EQUAL(redaction_add(&redaction, "cde", NULL), 0);
    CU_ASSERT_EQUAL(redaction_add(&redaction, "xx", NULL), 0);
    whole(&redaction, "-abcde-", "-***-");
    whole(&redaction, "-xxx-", "-***-");
    redaction_done(&redaction);
}

/* A command's output is kept to a length: what is left of a secret must not show. */
static void parts_at_a_cut(void)
{
    struct redaction redaction = {0};
    CU_ASSERT_EQUAL(redaction_add(&redaction, "secret", NULL), 0);
    cut(&redaction, "ret was the start", "*** was the start");
    cut(&redaction, "its end: sec", "its end: ***");
    cut(&redaction, "ecre", "***");
    cut(&redaction, "et s", "*** ***");
    whole(&redaction, "the end is sec", "the end is sec");
    redaction_done(&redaction);
}

static void no_secrets(void)
{
    const struct lab_phone phone = {.web = {.password = {.value = ""}}};
    struct redaction redaction;
    CU_ASSERT_EQUAL(redaction_init(&redaction, &phone, NULL), 0);
    CU_ASSERT_EQUAL(redaction.count, 0);
    cut(&redaction, "as it is", "as it is");
    redaction_done(&redaction);
}

static void in_an_error(void)
{
    struct redaction redaction = {0};
    struct error error;
    char long_text[2 * ERROR_TEXT_MAX];
    CU_ASSERT_EQUAL(redaction_add(&redaction, "0123456789abcdef", NULL), 0);
    error_set(&error, ERROR_FAILED, "'http://h/?xpassword=0123456789abcdef' is not a URL");
    redaction_apply_error(&redaction, &error);
    CU_ASSERT_STRING_EQUAL(error.text, "'http://h/?xpassword=***' is not a URL");
    /* Cut by the size of an error's text, in the middle of the secret. */
    memset(long_text, '-', sizeof long_text);
    memcpy(long_text + ERROR_TEXT_MAX - 9, "0123456789abcdef", 17);
    error_set(&error, ERROR_FAILED, "%s", long_text);
    CU_ASSERT_STRING_EQUAL(error.text + ERROR_TEXT_MAX - 9, "01234567");
    redaction_apply_error(&redaction, &error);
    CU_ASSERT_STRING_EQUAL(error.text + ERROR_TEXT_MAX - 10, "-***");
    /* Short secrets make it longer than an error's text can be. */
    CU_ASSERT_EQUAL(redaction_add(&redaction, "-", NULL), 0);
    for (size_t i = 0; i < sizeof long_text; i++)
        long_text[i] = i % 2 ? '-' : '+';
    long_text[ERROR_TEXT_MAX - 3] = '\0';
    error_set(&error, ERROR_FAILED, "%s", long_text);
    redaction_apply_error(&redaction, &error);
    CU_ASSERT_EQUAL(strlen(error.text), ERROR_TEXT_MAX - 1);
    CU_ASSERT_PTR_NULL(strchr(error.text, '-'));
    redaction_done(&redaction);
}

void tests_harness_device_redaction(void);
void tests_harness_device_redaction(void)
{
    TEST_SUITE("device/redaction",
               {"all of them, wherever they stand", all_of_them_wherever_they_stand},
               {"overlapping ones", overlapping_ones}, {"parts at a cut", parts_at_a_cut},
               {"no secrets", no_secrets}, {"in an error", in_an_error});
}

/* SPDX-License-Identifier: MIT */
/* Runs every unit test of the list that the Makefile made; CUnit prints the summary.
 *   rclab-test [--pure] [SUITE-PREFIX]
 * --pure leaves out the tests that need namespaces, children or sockets (their suites' names start
 * with "live"). What was skipped on this machine is told last, and with RCLAB_SKIPS=FILE appended
 * to that file, a line each: "unit: SUITE: TEST: REASON". Exit code 0 only if at least one test ran
 * and none failed; with RCLAB_NO_SKIPS=1 only if none was skipped either. */
#include "harness/base/random.h"
#include "harness/base/testing.h"
#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEST(symbol) void symbol(void);
#define FUZZ(symbol) int symbol(const uint8_t *data, size_t size);
#include TEST_LIST
#undef TEST
#undef FUZZ

enum { FUZZ_INPUTS = 3000, FUZZ_BYTES_MAX = 1500 };

#define TEST(symbol)
#define FUZZ(symbol)                                                     \
    static void symbol##_smoke(void)                                     \
    {                                                                    \
        struct random_source random;                                     \
        static uint8_t bytes[FUZZ_BYTES_MAX];                            \
        random_seed_named(&random, 1, #symbol);                          \
        for (unsigned i = 0; i < FUZZ_INPUTS; i++) {                     \
            size_t size = (size_t)random_below(&random, FUZZ_BYTES_MAX); \
            for (size_t k = 0; k < size; k++)                            \
                bytes[k] = (uint8_t)random_u32(&random);                 \
            CU_ASSERT_EQUAL(symbol(bytes, size), 0);                     \
        }                                                                \
    }
#include TEST_LIST
#undef TEST
#undef FUZZ

/* How many tests were skipped; false if the file that they go to cannot be written. */
static bool tell_skips(size_t *ret_count)
{
    const char *path = getenv("RCLAB_SKIPS");
    *ret_count = testing_list_skips(stdout, "skipped: ");
    if (!path || !*path || *ret_count == 0)
        return true;
    FILE *file = fopen(path, "ae");
    if (file)
        testing_list_skips(file, "unit: ");
    if (file && fclose(file) == 0)
        return true;
    fprintf(stderr, "rclab-test: cannot write %s\n", path);
    return false;
}

int main(int argument_count, char **arguments)
{
    bool pure = false;
    const char *prefix = "";
    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], "--pure") == 0)
            pure = true;
        else
            prefix = arguments[i];
    }
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
#define TEST(symbol) symbol();
#define FUZZ(symbol) \
    testing_add_suite(#symbol, &(const struct test_case){"random bytes", symbol##_smoke}, 1);
#include TEST_LIST
    CU_pTestRegistry registry = CU_get_registry();
    for (CU_pSuite suite = registry->pSuite; suite; suite = suite->pNext) {
        bool live = strncmp(suite->pName, "live", 4) == 0;
        if ((pure && live) || strncmp(suite->pName, prefix, strlen(prefix)) != 0)
            CU_set_suite_active(suite, CU_FALSE);
    }
    CU_set_fail_on_inactive(CU_FALSE);
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned run = CU_get_number_of_tests_run();
    unsigned failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
    size_t skipped = 0;
    bool good = tell_skips(&skipped) && run > 0 && failed == 0;
    const char *no_skips = getenv("RCLAB_NO_SKIPS");
    if (skipped > 0 && no_skips && strcmp(no_skips, "1") == 0)
        good = false;
    CU_cleanup_registry();
    return good ? 0 : 1;
}

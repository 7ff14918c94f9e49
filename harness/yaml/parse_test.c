/* SPDX-License-Identifier: MIT */
#include "harness/base/testing.h"
#include "harness/yaml/diagnostics_testing.h"
#include "harness/yaml/parse.h"

/* A file about a kettle. */
struct kettle {
    const char *name;
    uint64_t cups, boils_us;
    bool lid;
    size_t colour;
    uint32_t address;
};

static void read_name(struct parse *parse, const struct node *value, void *target)
{
    value_text(parse, value, "a name", &((struct kettle *)target)->name);
}

static void read_cups(struct parse *parse, const struct node *value, void *target)
{
    value_number(parse, value, "a count of cups", 1, 12, &((struct kettle *)target)->cups);
}

static void read_boils(struct parse *parse, const struct node *value, void *target)
{
    value_duration(parse, value, 1, &((struct kettle *)target)->boils_us);
}

static void read_lid(struct parse *parse, const struct node *value, void *target)
{
    value_boolean(parse, value, &((struct kettle *)target)->lid);
}

static void read_colour(struct parse *parse, const struct node *value, void *target)
{
    static const char *const words[] = {"red", "green"};
    value_word(parse, value, "a colour", words, 2, &((struct kettle *)target)->colour);
}

static void read_address(struct parse *parse, const struct node *value, void *target)
{
    value_address(parse, value, &((struct kettle *)target)->address);
}

static bool discreet;

/* Reads it `times` times into `diagnostics`, as a file with cases is; whether it is good. */
static bool read_kettle(const char *text, unsigned times, struct arena *arena,
                        struct kettle *kettle, struct diagnostics *diagnostics)
{
    static const struct field fields[] = {
        {.key = "name", .required = true, .read = read_name},
        {.key = "cups", .required = true, .read = read_cups},
        {.key = "boils", .read = read_boils},
        {.key = "lid", .read = read_lid},
        {.key = "colour", .read = read_colour},
        {.key = "address", .read = read_address},
    };
    size_t problems = 0;
    for (unsigned i = 0; i < times; i++) {
        struct parse parse = {.path = "kettle.yaml",
                              .noun = "kettle",
                              .arena = arena,
                              .diagnostics = diagnostics,
                              .discreet = discreet,
                              .again = i > 0};
        arena_init(&parse.scratch, PARSE_SCRATCH_BYTES_MAX);
        const struct node *root = node_parse(&parse, text, strlen(text));
        if (root)
            fields_read(&parse, root, "a kettle", fields, sizeof fields / sizeof fields[0], kettle);
        problems += parse.problems;
        arena_done(&parse.scratch);
    }
    return problems == 0;
}

static void a_good_file(void)
{
    struct arena arena;
    struct kettle kettle = {0};
    struct diagnostics diagnostics;
    arena_init(&arena, PARSE_KEPT_BYTES_MAX);
    diagnostics_init(&diagnostics);
    CU_ASSERT_TRUE_FATAL(read_kettle("name: 'it''s'\ncups: 12\nboils: 1m30s\nlid: true\n"
                                     "colour: green\naddress: 192.0.2.1\n",
                                     1, &arena, &kettle, &diagnostics));
    CU_ASSERT_EQUAL(diagnostics.count, 0);
    CU_ASSERT_STRING_EQUAL(kettle.name, "it's");
    CU_ASSERT_EQUAL(kettle.cups, 12);
    CU_ASSERT_EQUAL(kettle.boils_us, 90000000);
    CU_ASSERT_TRUE(kettle.lid);
    CU_ASSERT_EQUAL(kettle.colour, 1);
    CU_ASSERT_EQUAL(kettle.address, 0xc0000201);
    diagnostics_done(&diagnostics);
    arena_done(&arena);
}

static const struct error_case cases[] = {
    {"", {"1:1: expected a kettle, found an empty file"}},
    {"{name: a, cups: 1}\n---\nb\n",
     {"2:1: expected one kettle in a file, found a second document"}},
    {"[a]",
     {"1:1: expected a map with the keys of a kettle (name, cups, boils, lid, colour, "
      "address), found a list"}},
    {"cups: 13\nnmae: a\nteas: 1\n",
     {"1:7: expected a count of cups, a whole number from 1 to 12, found `13`",
      "2:1: expected a key of a kettle (name, cups, boils, lid, colour, address), found `nmae`; "
      "did you mean `name`?",
      "3:1: expected a key of a kettle"}},
    {"name: \"\"\ncups: 012\n",
     {"1:7: expected a name, found an empty text", "2:7: from 1 to 12, found `012`"}},
    {"name: a\n", {"1:1: expected `cups:` in a kettle, found no such key"}},
    {"name: a\ncups: 1\nboils: 90\nlid: yes\ncolour: gren\naddress: 192.0.2\n",
     {"3:8: expected a duration such as 500ms, 90s or 1h30m, found `90`; did you mean `90s`?",
      "4:6: expected true or false, found `yes`; did you mean `true`?",
      "5:9: expected a colour (red, green), found `gren`; did you mean `green`?",
      "6:10: expected an IPv4 address such as 192.0.2.1, found `192.0.2`"}},
};

static void errors(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned times = 1; times <= 2; times++) { /* the second time tells nothing again */
            struct arena arena;
            struct kettle kettle;
            struct diagnostics diagnostics;
            arena_init(&arena, PARSE_KEPT_BYTES_MAX);
            diagnostics_init(&diagnostics);
            CU_ASSERT_FALSE(read_kettle(cases[i].text, times, &arena, &kettle, &diagnostics));
            testing_check_problems(&cases[i], &diagnostics);
            diagnostics_done(&diagnostics);
            arena_done(&arena);
        }
}

/* What a slip of the pen makes of a secret. */
static const struct error_case discreet_cases[] = {
    {"{name: &hunter a, cups: *hunter}",
     {"1:8: found the anchor `&…`;", "1:25: found the alias `*…`;"}},
    {"{name: !hunter a, cups: 1}", {"1:8: found the tag `…`;"}},
    {"{name: a,hunter, cups: 1}", {"1:10: with a value, found a word alone"}},
    {"name:hunter", {"1:1: found a text"}},
};

static void no_secret_is_quoted(void)
{
    for (size_t i = 0; i < sizeof discreet_cases / sizeof discreet_cases[0]; i++) {
        struct arena arena;
        struct kettle kettle;
        struct diagnostics diagnostics;
        arena_init(&arena, PARSE_KEPT_BYTES_MAX);
        diagnostics_init(&diagnostics);
        discreet = true;
        read_kettle(discreet_cases[i].text, 1, &arena, &kettle, &diagnostics);
        discreet = false;
        size_t wanted = discreet_cases[i].problems[1] ? 2 : 1;
        CU_ASSERT_FATAL(diagnostics.count >= wanted);
        for (size_t k = 0; k < wanted; k++)
            CU_ASSERT_TRUE(
                testing_error_matches(&diagnostics.items[k], discreet_cases[i].problems[k]));
        for (size_t k = 0; k < diagnostics.count; k++)
            CU_ASSERT_PTR_NULL(strstr(diagnostics.items[k].text, "hunter"));
        diagnostics_done(&diagnostics);
        arena_done(&arena);
    }
}

static void memory_that_is_full(void)
{
    struct arena arena;
    struct kettle kettle;
    struct diagnostics diagnostics;
    arena_init(&arena, 1);
    diagnostics_init(&diagnostics);
    CU_ASSERT_FALSE(
        read_kettle("name: a kettle that whistles\ncups: 1\n", 1, &arena, &kettle, &diagnostics));
    CU_ASSERT_EQUAL_FATAL(diagnostics.count, 1);
    CU_ASSERT_TRUE(testing_error_matches(&diagnostics.items[0],
                                         "1:1: expected a kettle that fits into 64 MiB of memory"));
    diagnostics_done(&diagnostics);
    arena_done(&arena);
}

void tests_harness_yaml_parse(void);
void tests_harness_yaml_parse(void)
{
    TEST_SUITE("yaml/parse", {"a good file", a_good_file}, {"errors", errors},
               {"no secret is quoted", no_secret_is_quoted},
               {"memory that is full", memory_that_is_full});
}

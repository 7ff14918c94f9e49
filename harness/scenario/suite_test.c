/* SPDX-License-Identifier: MIT */
#include "harness/scenario/load_testing.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 600, ARGUMENTS_MAX = 6 };
static const char good[] = "scenario: t\nsteps:\n  - reboot:\n";

static const char *path_in(const char *folder, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    return path;
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[PATH_BYTES];
    path_in(folder, name, path);
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        CU_ASSERT_FATAL(mkdir(path, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(path, "we");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

struct loaded {
    struct suite suite;
    struct diagnostics diagnostics;
    int result;
};

/* Loads folder/name for each of the names; "" is the folder itself. */
static struct loaded load(const char *folder, const char *const names[ARGUMENTS_MAX])
{
    struct loaded loaded = {0};
    char paths[ARGUMENTS_MAX][PATH_BYTES];
    const char *arguments[ARGUMENTS_MAX];
    size_t count = 0;
    for (; count < ARGUMENTS_MAX && names[count]; count++)
        arguments[count] = *names[count] ? path_in(folder, names[count], paths[count]) : folder;
    diagnostics_init(&loaded.diagnostics);
    loaded.result = suite_load(arguments, count, &loaded.suite, &loaded.diagnostics);
    return loaded;
}

static void unload(struct loaded *loaded)
{
    suite_free(&loaded->suite);
    diagnostics_done(&loaded->diagnostics);
}

#define LOAD(folder, ...) load(folder, (const char *const[ARGUMENTS_MAX]){__VA_ARGS__})

static void check_ids(const struct loaded *loaded, const char *const *ids, size_t count)
{
    CU_ASSERT_EQUAL(loaded->result, 0);
    CU_ASSERT_EQUAL(loaded->diagnostics.count, 0);
    CU_ASSERT_EQUAL_FATAL(loaded->suite.count, count);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_STRING_EQUAL(loaded->suite.scenarios[i]->id, ids[i]);
}

#define CHECK_IDS(loaded, ...)                                 \
    do {                                                       \
        static const char *const ids_[] = {__VA_ARGS__};       \
        check_ids(loaded, ids_, sizeof ids_ / sizeof ids_[0]); \
    } while (0)

static void a_folder_in_order(void)
{
    const char *folder = testing_folder();
    static const char *const names[] = {"pending/backoff.yaml", "a.yml",       "open/b.yaml",
                                        "open/B.yaml",          "x/y/z.yaml",  "open-1.yaml",
                                        ".hidden.yaml",         ".git/c.yaml", "README.md",
                                        "open/body.xml",        "w o/r d.yaml"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put(folder, names[i], good);
    struct loaded loaded = LOAD(folder, "");
    CHECK_IDS(&loaded, "a", "open-1", "open-B", "open-b", "pending-backoff", "w-o-r-d", "x-y-z");
    unload(&loaded);
}

static void a_slash_behind_the_folder_changes_nothing(void)
{
    const char *folder = testing_folder();
    put(folder, "s/pending/backoff.yaml", good);
    struct loaded loaded = LOAD(folder, "s///");
    CHECK_IDS(&loaded, "pending-backoff");
    char path[PATH_BYTES];
    CU_ASSERT_STRING_EQUAL(loaded.suite.scenarios[0]->path,
                           path_in(folder, "s///pending/backoff.yaml", path));
    unload(&loaded);
}

static void files_by_name(void)
{
    const char *folder = testing_folder();
    put(folder, "pending/backoff.yaml", good);
    put(folder, "pending/.shy.yaml", good);
    put(folder, "pending/plain", good);
    struct loaded loaded =
        LOAD(folder, "pending/plain", "pending/backoff.yaml", "pending/.shy.yaml");
    CHECK_IDS(&loaded, "pending-plain", "pending-backoff", "pending-.shy");
    unload(&loaded);
}

static void a_file_in_the_working_folder_has_its_own_name(void)
{
    const char *folder = testing_folder();
    char before[PATH_BYTES];
    put(folder, "one.yaml", good);
    put(folder, "in/two.yaml", good);
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(before, sizeof before));
    CU_ASSERT_EQUAL_FATAL(chdir(folder), 0);
    struct loaded loaded = {0};
    diagnostics_init(&loaded.diagnostics);
    static const char *const paths[] = {"one.yaml", "./in/two.yaml"};
    loaded.result = suite_load(paths, 2, &loaded.suite, &loaded.diagnostics);
    CHECK_IDS(&loaded, "one", "in-two");
    unload(&loaded);
    CU_ASSERT_EQUAL_FATAL(chdir("in"), 0);
    static const char *const above[] = {"../one.yaml", "./two.yaml"};
    diagnostics_init(&loaded.diagnostics);
    loaded.result = suite_load(above, 2, &loaded.suite, &loaded.diagnostics);
    CHECK_IDS(&loaded, "one", "two");
    unload(&loaded);
    CU_ASSERT_EQUAL_FATAL(chdir(before), 0);
}

static void ids_are_unique(void)
{
    const char *folder = testing_folder();
    static const char *const names[] = {"1/s/a.yaml", "2/s/a.yaml", "3/s/a.yml", "4/s-a-2.yaml"};
    for (size_t i = 0; i < 4; i++)
        put(folder, names[i], good);
    struct loaded loaded = LOAD(folder, "1", "2", "3", "4");
    CHECK_IDS(&loaded, "s-a", "s-a-2", "s-a-3", "s-a-2-2");
    unload(&loaded);
}

static void cases_are_scenarios(void)
{
    const char *folder = testing_folder();
    put(folder, "open/a.yaml", "scenario: t\ncases: [{name: z}, {name: b}]\nsteps: [{reboot: }]\n");
    put(folder, "open/a-z.yaml", good);
    put(folder, "open/c.yaml", good);
    struct loaded loaded = LOAD(folder, "");
    CHECK_IDS(&loaded, "open-a-z", "open-a-z-2", "open-a-b", "open-c");
    unload(&loaded);
    put(folder, "open/a.yaml", "scenario: t\ncases: [{name: z}, {name: z}]\nsteps: [{dance: }]\n");
    loaded = LOAD(folder, "");
    CU_ASSERT_EQUAL(loaded.result, ERROR_INVALID);
    CU_ASSERT_EQUAL(loaded.diagnostics.count, 2);
    unload(&loaded);
}

static void ids_do_not_depend_on_the_way(void)
{
    const char *folder = testing_folder();
    static const char *const ways[] = {"scenarios",
                                       "scenarios/open",
                                       "scenarios/open/a.yaml",
                                       "",
                                       "elsewhere",
                                       "scenarios/../scenarios/open",
                                       "elsewhere/open",
                                       "scenarios//open//./",
                                       "scenarios/../elsewhere/open/a.yaml",
                                       "scenarios/open/../..",
                                       "other/../scenarios",
                                       "elsewhere/open/a.yaml"};
    char target[PATH_BYTES], link[PATH_BYTES], before[PATH_BYTES];
    put(folder, "scenarios/open/a.yaml", good);
    CU_ASSERT_EQUAL_FATAL(mkdir(path_in(folder, "other", link), 0700), 0);
    CU_ASSERT_EQUAL_FATAL(
        symlink(path_in(folder, "scenarios", target), path_in(folder, "elsewhere", link)), 0);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct loaded loaded = LOAD(folder, ways[i]);
        CHECK_IDS(&loaded, "open-a");
        unload(&loaded);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(getcwd(before, sizeof before));
    CU_ASSERT_EQUAL_FATAL(chdir(path_in(folder, "scenarios/open", target)), 0);
    static const char *const near[] = {"a.yaml", ".", "..", "../open", "./a.yaml"};
    for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
        struct loaded loaded = {0};
        diagnostics_init(&loaded.diagnostics);
        loaded.result = suite_load(&near[i], 1, &loaded.suite, &loaded.diagnostics);
        CHECK_IDS(&loaded, "open-a");
        unload(&loaded);
    }
    CU_ASSERT_EQUAL_FATAL(chdir(before), 0);
}

static void ids_begin_behind_the_last_scenarios(void)
{
    const char *folder = testing_folder();
    char target[PATH_BYTES], link[PATH_BYTES];
    put(folder, "scenarios/x/scenarios/y/b.yaml", good);
    put(folder, "scenarios/x/my-scenarios/c.yaml", good);
    put(folder, "scenarios/x/scenarios.yaml", good);
    put(folder, "scenarios-old/d.yaml", good);
    struct loaded loaded = LOAD(folder, "scenarios/x", "scenarios-old", "scenarios-old/d.yaml");
    CHECK_IDS(&loaded, "x-my-scenarios-c", "x-scenarios", "y-b", "d");
    unload(&loaded);
    /* Lying somewhere else under another name, linked to as the suite. */
    folder = testing_folder();
    put(folder, "suite/open/a.yaml", good);
    CU_ASSERT_EQUAL_FATAL(
        symlink(path_in(folder, "suite", target), path_in(folder, "scenarios", link)), 0);
    loaded = LOAD(folder, "scenarios/open");
    CHECK_IDS(&loaded, "open-a");
    unload(&loaded);
    loaded = LOAD(folder, "scenarios/../suite/open");
    CHECK_IDS(&loaded, "a");
    unload(&loaded);
}

static void what_is_given_twice_counts_once(void)
{
    const char *folder = testing_folder();
    char target[PATH_BYTES], link[PATH_BYTES];
    put(folder, "s/a.yaml", good);
    CU_ASSERT_EQUAL(symlink(path_in(folder, "s/a.yaml", target), path_in(folder, "s/b.yaml", link)),
                    0);
    CU_ASSERT_EQUAL(symlink(folder, path_in(folder, "s/loop", link)), 0);
    struct loaded loaded = LOAD(folder, "s/a.yaml", "s", "", "./s/../s/a.yaml");
    CHECK_IDS(&loaded, "s-a");
    unload(&loaded);
}

static void every_problem_of_every_file(void)
{
    const char *folder = testing_folder();
    put(folder, "a.yaml", "scenario: t\nsteps:\n  - rebot:\n  - wait: 5\n");
    put(folder, "b.yaml", good);
    put(folder, "c.yaml", "scenario: t\ntags: x\nsteps:\n  - reboot:\n");
    struct loaded loaded = LOAD(folder, "", "nowhere.yaml");
    char path[PATH_BYTES];
    CU_ASSERT_EQUAL(loaded.result, ERROR_INVALID);
    CU_ASSERT_EQUAL(loaded.suite.count, 0);
    CU_ASSERT_EQUAL_FATAL(loaded.diagnostics.count, 4);
    const struct error *items = loaded.diagnostics.items;
    CU_ASSERT_STRING_EQUAL(items[0].file, path_in(folder, "nowhere.yaml", path));
    CU_ASSERT_EQUAL(items[0].line, 0);
    CU_ASSERT_STRING_EQUAL(items[1].file, path_in(folder, "a.yaml", path));
    CU_ASSERT_TRUE(testing_error_matches(&items[1], "3:5: did you mean `reboot`?"));
    CU_ASSERT_TRUE(testing_error_matches(&items[2], "4:11: did you mean `5s`?"));
    CU_ASSERT_STRING_EQUAL(items[3].file, path_in(folder, "c.yaml", path));
    CU_ASSERT_TRUE(testing_error_matches(&items[3], "2:7: expected a list of words"));
    unload(&loaded);
}

static void paths_that_are_no_suite(void)
{
    const char *folder = testing_folder();
    char pipe_path[PATH_BYTES];
    put(folder, "empty/README.md", "");
    CU_ASSERT_EQUAL_FATAL(mkfifo(path_in(folder, "pipe", pipe_path), 0600), 0);
    struct loaded loaded = LOAD(folder, "empty", "pipe", "none");
    CU_ASSERT_EQUAL(loaded.result, ERROR_INVALID);
    CU_ASSERT_EQUAL_FATAL(loaded.diagnostics.count, 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(loaded.diagnostics.items[0].text, "found none"));
    CU_ASSERT_PTR_NOT_NULL(strstr(loaded.diagnostics.items[1].text, "No such file"));
    CU_ASSERT_PTR_NOT_NULL(strstr(loaded.diagnostics.items[2].text, "cannot be read"));
    unload(&loaded);
    put(folder, "deep/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/a.yaml", good);
    loaded = LOAD(folder, "deep");
    CU_ASSERT_EQUAL_FATAL(loaded.diagnostics.count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(loaded.diagnostics.items[0].text, "at most 16 folders"));
    unload(&loaded);
}

static void bodies_lie_beside_the_scenario(void)
{
    const char *folder = testing_folder();
    put(folder, "s/a.yaml", GIVEN("edos: [{file: ../body.xml}, {file: none.xml, status: 404}]"));
    put(folder, "s/none.xml", "");
    put(folder, "body.xml", "<flat-profile/>");
    struct loaded loaded = LOAD(folder, "s");
    CHECK_IDS(&loaded, "a");
    const struct behaviour *items = loaded.suite.scenarios[0]->edos.items;
    CU_ASSERT_EQUAL_FATAL(items[0].body_length, 15);
    CU_ASSERT_EQUAL(memcmp(items[0].body, "<flat-profile/>", 15), 0);
    CU_ASSERT_FALSE(items[0].body_has_names);
    CU_ASSERT_EQUAL(items[0].status, 200);
    CU_ASSERT_EQUAL(items[1].body_length, 0);
    CU_ASSERT_EQUAL(items[1].status, 404);
    unload(&loaded);
}

static void as_large_a_body_as_there_may_be(void)
{
    const char *folder = testing_folder();
    char path[PATH_BYTES];
    put(folder, "a.yaml", GIVEN("edos: {file: body.xml}"));
    put(folder, "body.xml", "");
    CU_ASSERT_EQUAL_FATAL(truncate(path_in(folder, "body.xml", path), 4 << 20), 0);
    struct loaded loaded = LOAD(folder, "");
    CHECK_IDS(&loaded, "a");
    CU_ASSERT_EQUAL(loaded.suite.scenarios[0]->edos.items[0].body_length, 4 << 20);
    unload(&loaded);
}

/* An id names a folder: at most 159 bytes, cut between characters, and odd letters made harmless.
 */
static void ids_that_a_folder_can_have(void)
{
    const char *folder = testing_folder();
    put(folder, "AZaz09-_.y+ö!.yaml", good);
    struct loaded loaded = LOAD(folder, "");
    CHECK_IDS(&loaded, "AZaz09-_.y-ö-");
    unload(&loaded);
    char name[PATH_BYTES];
    size_t used = 0;
    for (unsigned i = 0; i < 100; i++)
        used += (size_t)snprintf(name + used, sizeof name - used, "ö");
    snprintf(name + used, sizeof name - used, ".yml");
    folder = testing_folder();
    put(folder, name, good);
    loaded = LOAD(folder, "");
    CU_ASSERT_EQUAL_FATAL(loaded.suite.count, 1);
    CU_ASSERT_EQUAL(strlen(loaded.suite.scenarios[0]->id), 158);
    CU_ASSERT_EQUAL(strncmp(loaded.suite.scenarios[0]->id, name, 158), 0);
    unload(&loaded);
}

static void bodies_that_cannot_be_had(void)
{
    const char *folder = testing_folder();
    char path[PATH_BYTES];
    put(folder, "s/a.yaml",
        GIVEN("edos: [{file: none.xml}, {file: ../s}, {file: large.xml}, "
              "{file: pipe}]"));
    put(folder, "s/large.xml", "");
    CU_ASSERT_EQUAL_FATAL(truncate(path_in(folder, "s/large.xml", path), (4 << 20) + 1), 0);
    CU_ASSERT_EQUAL_FATAL(mkfifo(path_in(folder, "s/pipe", path), 0600), 0);
    struct loaded loaded = LOAD(folder, "s");
    static const char *const problems[] = {"2:23: found `none.xml`: No such file",
                                           "2:41: found `../s`: it is no regular file",
                                           "2:55: found `large.xml`: it is larger than 4 MiB",
                                           "2:74: found `pipe`: it is no regular file"};
    CU_ASSERT_EQUAL_FATAL(loaded.diagnostics.count, 4);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_TRUE(testing_error_matches(&loaded.diagnostics.items[i], problems[i]));
    unload(&loaded);
}

static void no_paths_no_scenarios(void)
{
    struct loaded loaded = {0};
    diagnostics_init(&loaded.diagnostics);
    CU_ASSERT_EQUAL(suite_load(NULL, 0, &loaded.suite, &loaded.diagnostics), 0);
    CU_ASSERT_EQUAL(loaded.suite.count, 0);
    unload(&loaded);
}

void tests_harness_scenario_suite(void);
void tests_harness_scenario_suite(void)
{
    TEST_SUITE(
        "scenario/suite", {"a folder in order", a_folder_in_order},
        {"a slash behind the folder changes nothing", a_slash_behind_the_folder_changes_nothing},
        {"files by name", files_by_name},
        {"a file in the working folder has its own name",
         a_file_in_the_working_folder_has_its_own_name},
        {"ids are unique", ids_are_unique}, {"cases are scenarios", cases_are_scenarios},
        {"ids don't depend on the way", ids_do_not_depend_on_the_way},
        {"ids begin behind the last scenarios", ids_begin_behind_the_last_scenarios},
        {"what is given twice counts once", what_is_given_twice_counts_once},
        {"every problem of every file", every_problem_of_every_file},
        {"paths that are no suite", paths_that_are_no_suite},
        {"bodies lie beside the scenario", bodies_lie_beside_the_scenario},
        {"as large a body as there may be", as_large_a_body_as_there_may_be},
        {"ids that a folder can have", ids_that_a_folder_can_have},
        {"bodies that cannot be had", bodies_that_cannot_be_had},
        {"no paths, no scenarios", no_paths_no_scenarios});
}

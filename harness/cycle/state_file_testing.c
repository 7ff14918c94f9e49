/* SPDX-License-Identifier: MIT */
#include "harness/cycle/state_file_testing.h"

void tested_lab_fill(struct tested_lab *tested)
{
    static const uint8_t source[] = "scenario: t\n";
    *tested = (struct tested_lab){.numbers = {0, 1}};
    tested->phones[0] =
        (struct lab_phone){.name = "desk-1", .mac = {{2, 0, 0, 0, 1, 1}}, .model = "8841"};
    tested->phones[1] =
        (struct lab_phone){.name = "desk-2", .mac = {{2, 0, 0, 0, 1, 2}}, .model = "6841"};
    tested->lab = (struct lab_file){.name = "rack",
                                    .interface = "eth1",
                                    .time_scale = 1.5,
                                    .phones = tested->phones,
                                    .phone_count = TESTED_PHONES};
    for (size_t i = 0; i < TESTED_PHONES; i++)
        tested->names[i] = (struct scenario_phone){tested->phones[i].name, tested->phones[i].model};
    for (size_t i = 0; i < 2; i++)
        tested->scenarios[i] = (struct scenario){
            .id = i ? "b" : "a", .source = source, .source_bytes = sizeof source - 1};
    static const char *const ids[TESTED_COURSES] = {"a.desk-1", "a.desk-2", "b"};
    for (size_t i = 0; i < TESTED_COURSES; i++) {
        struct rack_course *course = &tested->courses[i];
        course->scenario = &tested->scenarios[i == 2];
        course->bound = *course->scenario;
        course->bound.id = ids[i];
        course->bound.phones = i == 2 ? tested->names : &tested->names[i];
        course->bound.phone_count = i == 2 ? TESTED_PHONES : 1;
        course->phones = i == 2 ? tested->numbers : &tested->numbers[i];
    }
    tested->plan = (struct rack_plan){
        .courses = tested->courses, .count = TESTED_COURSES, .run_count = TESTED_COURSES};
}

json_t *tested_identity(const struct tested_lab *tested)
{
    struct state_identity identity = {.lab = &tested->lab, .plan = &tested->plan, .seed = 7};
    return state_identity_make(&identity);
}

/* SPDX-License-Identifier: MIT */
#include "harness/run/course_state.h"

uint32_t course_phone_address(const struct course *course, size_t phone)
{
    return site_phone_address(course->site, course->phones[phone].site_index);
}

void course_phone_changed(struct course *course, size_t phone)
{
    const struct course_phone *slot = &course->phones[phone];
    bitset_put(&course->to_read, phone, slot->online && slot->unread);
}

/* Where it may not know of its address, or not use it yet, although it was lent. */
static bool must_be_heard(const struct course *course, const struct course_phone *slot)
{
    return course->site->plan->lab.links || (course->scenario->has_conflict && slot->emulated);
}

bool course_phone_reachable(const struct course *course, size_t phone)
{
    const struct course_phone *slot = &course->phones[phone];
    return slot->online && (slot->heard || !must_be_heard(course, slot)) &&
           loop_now_us(course->site->loop) < slot->lease_until_us &&
           course_phone_address(course, phone) != 0 &&
           !site_has_outage(course->site, slot->site_index);
}

void course_fail(struct course *course, int code, const struct error *error)
{
    if (course->broken)
        return;
    course->broken = true;
    course->result = code;
    course->error = *error;
}

void course_fail_device(struct course *course, size_t phone, int code, const struct error *error)
{
    if (!course->broken)
        course->broken_phone = (int)phone;
    course_fail(course, code, error);
}

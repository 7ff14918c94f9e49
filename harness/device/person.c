/* SPDX-License-Identifier: MIT */
#include "harness/device/person.h"
#include <assert.h>
#include <stdio.h>

static const char *const requests[DEVICE_ACTIONS] = {
    [DEVICE_FACTORY_RESET] =
        "reset it to factory settings: take its power away, hold the key # down while you give it "
        "power again, let go after a few seconds, then type 123456789*0#",
    [DEVICE_REBOOT] =
        "restart it: take its power away (a phone fed by its network cable: unplug that), wait 5 "
        "seconds, then give it back",
    [DEVICE_POWER_OFF] =
        "take its power away (a phone fed by its network cable: unplug that) and leave it so",
    [DEVICE_POWER_ON] = "give it power again (a phone fed by its network cable: plug that in)",
};

const char *person_text(const struct lab_phone *phone, enum device_action action,
                        char text[PERSON_TEXT_MAX])
{
    char mac[MAC_TEXT_MAX];
    assert(requests[action]);
    snprintf(text, PERSON_TEXT_MAX, "%s (%s, %s): please %s", phone->name,
             phone->model ? phone->model : "a phone", mac_format(&phone->mac, mac),
             requests[action]);
    return text;
}

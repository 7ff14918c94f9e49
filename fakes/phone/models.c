/* SPDX-License-Identifier: MIT */
#include "fakes/phone/models.h"
#include <string.h>

#define MODEL(number, series, version, hardware) \
    {number, series, "CP-" number "-3PCC", number "-3PCC", version, hardware}

const struct phone_model phone_model_data[] = {
    MODEL("6821", "6800", "sip6821.11-3-1MPP-398", "V01"),
    MODEL("6825", "6800", "sip6825.11-3-1MPP-398", "V01"),
    MODEL("6841", "6800", "sip68xx.11-3-1MPP-398", "V01"),
    MODEL("6851", "6800", "sip68xx.11-3-1MPP-398", "V01"),
    MODEL("6861", "6800", "sip68xx.11-3-1MPP-398", "V01"),
    MODEL("6871", "6800", "sip6871.11-3-1MPP-398", "V01"),
    MODEL("7811", "7800", "sip78xx.11-3-1MPP-398", "V05"),
    MODEL("7821", "7800", "sip78xx.11-3-1MPP-398", "V05"),
    MODEL("7832", "7800", "sip7832.11-3-1MPP-398", "V01"),
    MODEL("7841", "7800", "sip78xx.11-3-1MPP-398", "V05"),
    MODEL("7861", "7800", "sip78xx.11-3-1MPP-398", "V05"),
    MODEL("8811", "8800", "sip88xx.11-3-1MPP-398", "V14"),
    MODEL("8832", "8800", "sip8832.11-3-1MPP-398", "V01"),
    MODEL("8841", "8800", "sip88xx.11-3-1MPP-398", "V14"),
    MODEL("8845", "8800", "sip8845_65.11-3-1MPP-398", "V05"),
    MODEL("8851", "8800", "sip88xx.11-3-1MPP-398", "V14"),
    MODEL("8861", "8800", "sip88xx.11-3-1MPP-398", "V14"),
    MODEL("8865", "8800", "sip8845_65.11-3-1MPP-398", "V05"),
};
const size_t phone_model_data_count = sizeof phone_model_data / sizeof phone_model_data[0];

const struct phone_model *phone_model_find(const char *name)
{
    for (size_t i = 0; i < phone_model_data_count; i++)
        if (strcmp(phone_model_data[i].name, name) == 0)
            return &phone_model_data[i];
    return NULL;
}

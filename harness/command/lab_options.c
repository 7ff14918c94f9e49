/* SPDX-License-Identifier: MIT */
#include "harness/command/lab_options.h"
#include <stdlib.h>

int lab_options_init(struct lab_options *options, int argument_count)
{
    struct error error;
    *options = (struct lab_options){0};
    options->phones = calloc((size_t)argument_count + 1, sizeof *options->phones);
    if (options->phones)
        return 0;
    error_set(&error, ERROR_MEMORY, "out of memory");
    return 1 + command_lab_error(&error);
}

bool lab_options_take(struct lab_options *options, int option)
{
    switch (option) {
    case OPTION_LAB_FILE:
        options->file = optarg;
        return true;
    case OPTION_LAB_PHONE:
        options->phones[options->phone_count++] = optarg;
        return true;
    case OPTION_LAB_NO_PROMPT:
        options->no_prompt = true;
        return true;
    case OPTION_LAB_OWN_NETWORK:
        options->owns_network = true;
        return true;
    default:
        return false;
    }
}

void lab_options_done(struct lab_options *options)
{
    free(options->phones);
    options->phones = NULL;
}

/* SPDX-License-Identifier: MIT */
#include "harness/report/terminal.h"
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

unsigned terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

unsigned terminal_rows(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row >= 3)
        return size.ws_row;
    return 24;
}

bool terminal_colours(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    return isatty(fileno(stream)) && !(no_colour && *no_colour);
}

/* SPDX-License-Identifier: MIT */
/* Slow endings side by side. Closing a packet socket waits until no processor looks at it any more
 * (a grace period of the kernel, some 10 ms); five of them one after the other are most of what a
 * short run costs. A task given here runs in a thread of its own, so it must touch nothing that
 * anybody else still uses. */
#ifndef RCLAB_BASE_BACKGROUND_H
#define RCLAB_BASE_BACKGROUND_H

enum { BACKGROUND_TASKS_MAX = 32 };

/* Runs task(argument) at once in the background; in the foreground if no thread is to be had. To be
 * called from one thread only. */
void background_run(void (*task)(void *argument), void *argument);
/* Closes a descriptor in the background. */
void background_close(int fd);
/* Until all of them are done. */
void background_wait(void);

#endif

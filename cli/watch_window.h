/* The window of vultus watch --display: what its keys ask for is done here. */
#ifndef CLI_WATCH_WINDOW_H
#define CLI_WATCH_WINDOW_H

#include "cli_session.h"

struct watch_window { /* all but `tell` zero: there is none */
    vultus_display *display;
    struct session *session;
    uint64_t enrolled; /* faces */
    void (*tell)(void *context, const char *line); /* what is also written to the terminal */
    void *context;
};

/* True when the options ask for one. */
bool watch_window_wanted(const struct options *options);
/* After engine and gallery. Faces can be enrolled where `enrolls` is set. Returns an exit code. */
int watch_window_open(struct watch_window *window, struct session *session, bool enrolls,
                      bool (*stop)(void *context), void *context);
/* From within the frame callback: shows it, and does what was asked for. */
void watch_window_frame(struct watch_window *window, const vultus_watched_frame *frame);
/* Returns an exit code: that of a window that failed. */
int watch_window_close(struct watch_window *window);

#endif

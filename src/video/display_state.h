/* What a display is: shared by its callers (display.c) and its thread (display_thread.c), behind one lock. */
#ifndef VIDEO_DISPLAY_STATE_H
#define VIDEO_DISPLAY_STATE_H

#include "video/display_slot.h"

#include <pthread.h>

#define DISPLAY_CAPTION 256
#define DISPLAY_LINE 256

struct vultus_display {
    const struct display_screen *screen;
    void *self; /* of the screen */
    vultus_display_options options;
    char (*captions)[DISPLAY_CAPTION];
    struct display_slot *slots; /* options.count, with captions and tiles */
    struct display_tile *tiles; /* the thread's */
    struct draw_font *font;     /* the thread's */
    vultus_image *canvas;       /* the thread's */
    struct display_desk desk;   /* changed by the thread under the lock */
    struct display_best named;  /* the thread's: the face of the form */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool opened, ended, end; /* the thread has tried to open the screen; is over; should be */
    vultus_error error;      /* what ended it; OK: somebody closed the window */
    bool wishes;
    vultus_wish wish;
    char message[DISPLAY_LINE];
    uint64_t message_end; /* clock_ns(); 0: none */
    double latency;       /* seconds, of live frames, smoothed; the thread's */
};

/* The thread: opens the screen, draws and takes keys until it is to end. */
void *display_thread(void *display);

#endif

/*
 * The cameras of a server: those of its configuration, and those that were added where --camera-source allows it. Each
 * that runs has a thread of its own, which follows faces as `vultus watch` does, at a lower priority than requests. What
 * was added, and which of them run, is kept in a file beside the gallery.
 */
#ifndef SERVER_CAMERAS_H
#define SERVER_CAMERAS_H

#include "camera_settings.h"
#include "preview.h"

#include "base/file.h"

#include <pthread.h>

#include <vultus/vultus.h>

#define CAMERAS_MAX 32
#define CAMERA_PEOPLE_MAX 32 /* that are told of one frame */
#define CAMERA_TIMES 32      /* frames whose rate is told */

struct server;
struct server_options;

enum camera_state {
    CAMERA_STOPPED,
    CAMERA_STARTING,
    CAMERA_RUNNING,
    CAMERA_RECONNECTING,
    CAMERA_FAILED /* it is tried again now and then */
};

struct camera_person {
    vultus_visitor visitor; /* its texts are these: */
    char name[VULTUS_NAME_MAX + 1], second[VULTUS_NAME_MAX + 1];
};

struct camera_now { /* what a camera shows */
    struct camera_person people[CAMERA_PEOPLE_MAX];
    size_t count;
    uint32_t width, height;
    uint64_t times[CAMERA_TIMES]; /* clock_ns of the latest frames, a ring */
    size_t frames;                /* since it was started */
    double latency;               /* seconds from the decoder to the answer; NaN: not known */
    char last[32];                /* when the last frame was looked at, UTC; "": none was */
};

struct camera {
    struct camera *next;
    struct cameras *all;
    int64_t number;
    bool configured; /* its name, source and gallery are the server's options */
    bool wanted;     /* it runs, also after a restart */
    bool allowed;    /* what it is may be opened */
    struct camera_settings settings;
    struct preview *preview;
    enum camera_state state;
    char reason[sizeof((vultus_error){0}.message)]; /* "": none */
    uint64_t noticed;                               /* clock_ns of the last notice of its source */
    struct camera_now now;
    uint64_t frames, events, reconnects; /* since the server was started */
    pthread_t thread;
    bool threaded; /* the thread is to be joined */
    bool running;  /* it has not ended */
    atomic_bool stop;
};

struct cameras {
    struct server *server;
    char file[FILE_PATH_MAX];
    struct camera_patterns patterns;
    pthread_mutex_t
        changes; /* of the list and of what runs, one at a time; threads of cameras never take it */
    pthread_mutex_t saving; /* before `lock` */
    pthread_mutex_t lock;   /* of all below, and of the cameras */
    pthread_cond_t ended;   /* a thread is about to end, or is asked to */
    struct camera *first;
    int64_t last; /* the highest number that was given */
    atomic_uint previews;
    bool open;
};

/* Reads the file and starts those that ran. ARGUMENT: an option is wrong. */
vultus_status cameras_open(struct cameras *cameras, struct server *server,
                           vultus_error *error) VULTUS_MUST_USE;
/* What can be found wrong with the options. */
vultus_status cameras_check(const struct server_options *options,
                            vultus_error *error) VULTUS_MUST_USE;
/* Ends all of them. What runs is remembered as running. */
void cameras_stop(struct cameras *cameras);
void cameras_clear(struct cameras *cameras);
/* Now and then. */
void cameras_beat(struct cameras *cameras);

/* Under the lock. NULL: there is none. */
struct camera *cameras_find(struct cameras *cameras, int64_t number);
/* The number of a camera of this gallery; 0: none. */
int64_t cameras_of(struct cameras *cameras, const char *gallery);
const char *camera_state_name(enum camera_state state);
/* For Prometheus. */
vultus_status cameras_measure(struct cameras *cameras, struct buffer *out,
                              vultus_error *error) VULTUS_MUST_USE;
/* `all`: also where it is. */
json_t *json_camera(const struct camera *camera, bool all);
/* Under the lock: why it is as it is, in one line, from which its address is left out. */
void camera_reason(struct camera *camera, const char *line);

/* Changes; all but the first take the number of a camera. NOT_FOUND. EXISTS: the name is taken. LIMIT: CAMERAS_MAX.
 * MISMATCH: the configuration or the allow-list does not let that be. BUSY: a thread has not ended at the deadline. */
vultus_status cameras_add(struct cameras *cameras, const struct camera_settings *settings,
                          bool start, int64_t *number, vultus_error *error) VULTUS_MUST_USE;
vultus_status cameras_change(struct cameras *cameras, int64_t number,
                             const struct camera_settings *settings, uint64_t deadline,
                             vultus_error *error) VULTUS_MUST_USE;
vultus_status cameras_run(struct cameras *cameras, int64_t number, bool run, uint64_t deadline,
                          vultus_error *error) VULTUS_MUST_USE;
vultus_status cameras_remove(struct cameras *cameras, int64_t number, uint64_t deadline,
                             vultus_error *error) VULTUS_MUST_USE;

/* camera_file.c. Writes which cameras there are; what goes wrong is also said in the journal. */
vultus_status cameras_save(struct cameras *cameras, vultus_error *error);
vultus_status cameras_load(struct cameras *cameras, vultus_error *error) VULTUS_MUST_USE;
struct camera *camera_new(struct cameras *cameras, const struct camera_settings *settings);
void camera_free(struct camera *camera);

/* camera_run.c: the thread of a camera. */
void *camera_run(void *camera);
/* camera_frames.c: what a frame shows, and its preview. */
void camera_frame(struct camera *camera, const vultus_watched_frame *frame);

#endif

/*
 * What a kind of source is: reading and making a picture of it are two steps, because most frames of a busy
 * camera are never looked at, and because the second step may be on another thread than the first.
 */
#ifndef VIDEO_SOURCE_KIND_H
#define VIDEO_SOURCE_KIND_H

#include "video/patience.h"
#include "video/source.h"

struct source_shot { /* a frame as its kind has it */
    void *data;      /* NULL: the end */
    int64_t time;    /* microseconds, see video_frame */
    uint64_t arrived;
    bool key;
};

struct source_terms { /* what a kind is opened with */
    const char *name; /* for messages: without credentials */
    unsigned threads; /* never 0 */
    struct patience patience;
};

struct source_kind {
    const char *name;
    bool (*takes)(const char *address);
    /* Fills in what it knows of the facts; whether the source is live is known afterwards. */
    vultus_status (*open)(const char *address, const struct source_terms *terms, void **out,
                          struct source_facts *facts, vultus_error *error);
    vultus_status (*read)(void *self, struct source_shot *out, vultus_error *error);
    /* The reader is this many microseconds behind a live source: what nobody needs may be left
     * undecoded. NULL: nothing can be left out. */
    void (*hurry)(void *self, int64_t behind);
    void (*close)(void *self);
    /* Makes the picture, and takes the shot in any case. `room` begins as NULL and belongs to who
     * develops; forget() gives it back (NULL where there is none). */
    vultus_status (*develop)(void **room, struct source_shot *shot, vultus_image **out,
                             vultus_error *error);
    void (*forget)(void *room);
    void (*drop)(struct source_shot *shot);
};

extern const struct source_kind source_folder, source_raw, source_camera, source_ffmpeg;

/*
 * A live source: one slot with the newest shot, filled by a thread of its own, which connects again when the
 * source is lost (source_live.c). Takes `self`, which the kind has opened, or NULL where it could not: it
 * is tried again then.
 */
struct live;
struct live_terms {
    const struct source_kind *kind;
    const char *address;
    struct source_terms terms;
    const struct source_options *options;
};
vultus_status live_open(const struct live_terms *terms, void *self, const vultus_error *why,
                        struct live **out, vultus_error *error) VULTUS_MUST_USE;
/* Waits for a shot that is newer than the last one, and, with a rate, due. Tells what happened meanwhile. */
vultus_status live_take(struct live *live, struct source_shot *out, uint64_t *number, bool *fresh,
                        vultus_error *error) VULTUS_MUST_USE;
void live_describe(struct live *live, struct source_facts *facts);
/* What the patience of its terms asks has to say "stop" by now. */
void live_close(struct live *live);

#endif

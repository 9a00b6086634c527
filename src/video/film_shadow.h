/*
 * Which places of a film's frames are redacted: wherever a face is, was a moment ago, or will be in a moment. Frames
 * wait here until it is known what the next ones show; faces are told apart by a tracker.
 */
#ifndef VIDEO_FILM_SHADOW_H
#define VIDEO_FILM_SHADOW_H

#include "image/image.h"

#define SHADOW_FRAMES 12 /* that wait at most: half a second at 25 a second */

struct shadow;

struct shadow_face { /* a face in one frame, found there or thought to be there */
    uint64_t serial; /* of its track, from 1; 0: it has none */
    vultus_box box;
    bool found, born;  /* found here; for the first time */
    bool kept;         /* surely of somebody who is shown */
    size_t index;      /* found: which of the detector's faces */
    vultus_box before; /* not found: where it was found last, and when */
    int64_t time_before;
};

vultus_status shadow_open(struct shadow **out, vultus_error *error) VULTUS_MUST_USE;
void shadow_close(struct shadow *shadow);

/*
 * Takes the next frame, also when it fails, with what was found in it. Its faces, which live until the frame is taken,
 * are those of shadow_newest; the caller says shadow_keep of those found ones that stay.
 */
vultus_status shadow_add(struct shadow *shadow, vultus_image *image, int64_t time,
                         const vultus_faces *found, vultus_error *error) VULTUS_MUST_USE;
const struct shadow_face *shadow_newest(const struct shadow *shadow, size_t *count);
/* In the newest frame this face stays as it is, if it was found there. */
void shadow_keep(struct shadow *shadow, uint64_t serial);

struct shadow_frame {
    vultus_image *image; /* the caller's; NULL: there is none */
    int64_t time;
    const vultus_box *boxes; /* to redact; they live until the next call */
    size_t count;
};
/* The oldest frame, when enough are waiting or `all` is set. */
vultus_status shadow_take(struct shadow *shadow, bool all, struct shadow_frame *out,
                          vultus_error *error) VULTUS_MUST_USE;
/* Tracks so far, and those of them that were redacted all the time. */
void shadow_counts(const struct shadow *shadow, uint64_t *tracks, uint64_t *redacted);

#endif

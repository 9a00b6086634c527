/* The film of --output: frames with boxes and names. */
#ifndef VIDEO_WATCH_FILM_H
#define VIDEO_WATCH_FILM_H

#include "video/film_veil.h"
#include "video/sink.h"

#include <vultus/video.h>

struct watch_shot;

struct watch_film { /* all zero: none */
    struct sink *sink;
    struct veil *veil; /* of a watch that redacts, instead */
};

/* Draws who is visible into the frame's picture and writes it; the first frame opens the film. A watch that redacts
 * draws those who are shown, and its film takes the shot's own picture. */
vultus_status watch_film_write(struct watch_film *film, const vultus_watch_options *options,
                               struct watch_shot *shot, const vultus_watched_frame *frame,
                               vultus_error *error) VULTUS_MUST_USE;
/* Puts the film in its place; nothing where there was no frame. */
vultus_status watch_film_commit(struct watch_film *film, vultus_error *error) VULTUS_MUST_USE;

#endif

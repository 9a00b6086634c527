/* The film of --output: frames with boxes and names. */
#ifndef VIDEO_WATCH_FILM_H
#define VIDEO_WATCH_FILM_H

#include "video/sink.h"

#include <vultus/video.h>

struct watch_film { /* all zero: none */
    struct sink *sink;
};

/* Draws who is visible into the frame's picture and writes it; the first frame opens the film. */
vultus_status watch_film_write(struct watch_film *film, const char *path,
                               const vultus_watched_frame *frame,
                               vultus_error *error) VULTUS_MUST_USE;
/* Puts the film in its place; nothing where there was no frame. */
vultus_status watch_film_commit(struct watch_film *film, vultus_error *error) VULTUS_MUST_USE;

#endif

/*
 * Where moving pictures go: one file of video, with the times that its frames come with. It is written beside its
 * place and put there at the end, whole; a film that is ended early by commit is a shorter film.
 */
#ifndef VIDEO_SINK_H
#define VIDEO_SINK_H

#include "image/image.h"

struct sink;

struct sink_options {
    uint32_t width, height; /* of the film: the last row and column of odd sizes are left out */
    double rate;            /* frames a second, about: the encoder plans with it; 0: 25 */
    unsigned threads;       /* of the encoder; 0: two */
};

/* FFmpeg's name of what a file of this name would be, for .mp4, .mov and .mkv; NULL: no film. */
const char *sink_format(const char *path);
/* ARGUMENT: another ending, or a size that is none. NOT_FOUND: FFmpeg is needed and not here. IO. */
vultus_status sink_open(const char *path, const struct sink_options *options, struct sink **out,
                        vultus_error *error) VULTUS_MUST_USE;
/* `time` in microseconds: a frame that is not later than the one before is shown right behind it. A picture of
 * another size is scaled. */
vultus_status sink_write(struct sink *sink, const vultus_image *image, int64_t time,
                         vultus_error *error) VULTUS_MUST_USE;
/* Both end the sink. Without any frame there is no film: ARGUMENT, and nothing is left. */
vultus_status sink_commit(struct sink *sink, vultus_error *error) VULTUS_MUST_USE;
void sink_abort(struct sink *sink);
/* "libx264", "mpeg4": what encodes. */
const char *sink_encoder(const struct sink *sink);

#endif

/* Decoded frames of FFmpeg as upright pictures with square pixels. */
#ifndef VIDEO_FFMPEG_PICTURE_H
#define VIDEO_FFMPEG_PICTURE_H

#include "video/ffmpeg_library.h"
#include "video/source_kind.h"

struct ffmpeg_shape {  /* how a stream wants to be shown */
    int orientation;   /* as EXIF counts, 1..8 */
    AVRational aspect; /* width of a pixel to its height; 0: square */
};

/* The orientation that a display matrix of nine numbers means: the nearest of the eight. */
int ffmpeg_orientation(const int32_t matrix[9]);
/* The size of the upright picture of a frame of this size. */
void ffmpeg_upright(const struct ffmpeg_shape *shape, int *width, int *height);

/* A shot's data: takes what is in the frame. */
void *ffmpeg_shot(const struct ffmpeg *av, AVFrame *frame, const struct ffmpeg_shape *shape,
                  vultus_error *error);
vultus_status ffmpeg_develop(void **room, struct source_shot *shot, vultus_image **out,
                             vultus_error *error);
void ffmpeg_forget(void *room);
void ffmpeg_drop(struct source_shot *shot);

#endif

/* Decoded frames of FFmpeg as upright pictures with square pixels. */
#ifndef VIDEO_FFMPEG_PICTURE_H
#define VIDEO_FFMPEG_PICTURE_H

#include "video/ffmpeg_library.h"
#include "video/source_kind.h"
#include "video/upright.h"

/* A shot's data: takes what is in the frame. */
void *ffmpeg_shot(const struct ffmpeg *av, AVFrame *frame, const struct upright *shape,
                  vultus_error *error);
vultus_status ffmpeg_develop(void **room, struct source_shot *shot, vultus_image **out,
                             vultus_error *error);
void ffmpeg_forget(void *room);
void ffmpeg_drop(struct source_shot *shot);

#endif

/*
 * Small moving pictures, written byte by byte: right ones, and such as no camera and no encoder would write. For tests
 * of the reader that FFmpeg serves; nothing of FFmpeg is needed to make them.
 */
#ifndef STREAMS_MADE_UP_H
#define STREAMS_MADE_UP_H

#include "base/buffer.h"

#define STREAM_BYTES_MAX ((size_t)4 << 20)
#define STREAM_SIDE 48 /* of the pictures, where nothing else is said */
#define STREAM_H264_WIDTH 128
#define STREAM_H264_HEIGHT 96

struct stream_size {
    uint32_t width, height;
};

/* Each begins with an empty buffer of STREAM_BYTES_MAX at most, and fails the test where something is wrong with it. */

/* JPEGs one after the other, each of its own size. */
void stream_jpegs(struct buffer *out, const struct stream_size *sizes, size_t count);

struct stream_avi {
    unsigned frames;
    unsigned empty;            /* packets of no bytes before each frame */
    struct stream_size claims; /* what the head says; 0: what is so */
    bool bare;                 /* says that it holds bare pixels */
};
/* Motion JPEG in AVI. */
void stream_avi(struct buffer *out, const struct stream_avi *options);

/* Motion JPEG in Matroska: a frame at each of these times, in milliseconds. */
void stream_mkv(struct buffer *out, const int16_t *times, size_t count);

/* H.264 of grey blocks that are not compressed, bare, and in an MPEG transport stream. */
void stream_h264(struct buffer *out, unsigned frames);
void stream_ts(struct buffer *out, unsigned frames);

#endif

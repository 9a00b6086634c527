/* Bytes for FFmpeg's demuxers, and what they may do: formats, protocols, probing, deadlines. */
#ifndef VIDEO_FFMPEG_INPUT_H
#define VIDEO_FFMPEG_INPUT_H

#include "video/ffmpeg_library.h"
#include "video/source_kind.h"

struct ffmpeg_input {
    const struct ffmpeg *av;
    AVFormatContext *context;
    AVIOContext *io; /* of a local file; NULL: FFmpeg connects */
    int fd;
    bool own;           /* fd is to be closed */
    bool remote, paced; /* the sender keeps the time: who reads late gets old frames */
    bool regular;       /* a file, of which any place can be read */
    bool silent;        /* nothing came in time: that is no end */
    struct patience patience;
    char name[SOURCE_NAME_SIZE];
};

/* Codecs that are decoded, as FFmpeg lists names. */
extern const char *const ffmpeg_codecs;

/* Opens and finds the streams. Close after a success only. The input must stay where it is. */
vultus_status ffmpeg_input_open(struct ffmpeg_input *input, const char *address,
                                const struct source_terms *terms, vultus_error *error);
void ffmpeg_input_close(struct ffmpeg_input *input);
/* The failure of a call that reads: what it was, or that the patience was over. */
vultus_status ffmpeg_input_fail(struct ffmpeg_input *input, int code, const char *what,
                                vultus_error *error);

#endif

/* Whether FFmpeg can be had, for tests of what it reads. */
#ifndef TEST_FFMPEG_H
#define TEST_FFMPEG_H

#include "support.h"
#include "video/source.h"

static inline bool no_ffmpeg(void)
{
    struct source *source = NULL;
    vultus_error error = {0};
    return source_open("/dev/null", NULL, &source, &error) == VULTUS_ERR_NOT_FOUND;
}

#define SKIP_WITHOUT_FFMPEG()                                                                      \
    do {                                                                                           \
        if (no_ffmpeg())                                                                           \
            support_skip("no FFmpeg");                                                             \
    } while (0)

#endif

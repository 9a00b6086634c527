/* Which films can be written; the rest is sink_ffmpeg.c. */
#include "video/sink.h"
#include "base/file.h"

static const struct {
    const char *ending, *format;
} endings[] = {{".mp4", "mp4"}, {".mov", "mov"}, {".mkv", "matroska"}};

const char *sink_format(const char *path)
{
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (file_has_ending(file_name(path), endings[i].ending))
            return endings[i].format;
    return NULL;
}

/* See ffmpeg_library.h. Libraries are loaded once and stay: their codecs have threads and tables of their own. */
#define _GNU_SOURCE
#include "video/ffmpeg_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define FILE_OF(name, major) "lib" name ".so." TEXT(major)

struct slot {
    const char *name;
    void **place;
};

#define SLOT(function) {#function, (void **)&loaded.function},

static struct ffmpeg loaded;
static bool all_there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct slot util[] = {FFMPEG_UTIL(SLOT){NULL, NULL}};
static const struct slot codec[] = {FFMPEG_CODEC(SLOT){NULL, NULL}};
static const struct slot format[] = {FFMPEG_FORMAT(SLOT){NULL, NULL}};
static const struct slot scale[] = {FFMPEG_SCALE(SLOT){NULL, NULL}};

static const struct {
    const char *file;
    const struct slot *slots;
} libraries[] = {{FILE_OF("avutil", LIBAVUTIL_VERSION_MAJOR), util},
                 {FILE_OF("swscale", LIBSWSCALE_VERSION_MAJOR), scale},
                 {FILE_OF("avcodec", LIBAVCODEC_VERSION_MAJOR), codec},
                 {FILE_OF("avformat", LIBAVFORMAT_VERSION_MAJOR), format}};

static void load(void)
{
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        void *library = dlopen(libraries[i].file, RTLD_NOW | RTLD_LOCAL);
        if (!library)
            return;
        for (const struct slot *slot = libraries[i].slots; slot->name; slot++) {
            *slot->place = dlsym(library, slot->name);
            if (!*slot->place)
                return;
        }
    }
    loaded.av_log_set_level(AV_LOG_QUIET); /* the library does not speak */
    all_there = true;
}

const struct ffmpeg *ffmpeg_load(vultus_error *error)
{
    pthread_once(&once, load);
    if (all_there)
        return &loaded;
    (void)status_set(error, VULTUS_ERR_NOT_FOUND,
                     "videos need FFmpeg's libraries; install the packages that have %s and %s "
                     "(Debian: apt-get install libavformat%d libswscale%d)",
                     libraries[3].file, libraries[1].file, LIBAVFORMAT_VERSION_MAJOR,
                     LIBSWSCALE_VERSION_MAJOR);
    return NULL;
}

vultus_status ffmpeg_fail(int code, const char *name, const char *what, vultus_error *error)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    if (code == AVERROR(ENOMEM))
        return status_memory(error, what);
    if (loaded.av_strerror(code, text, sizeof text) < 0)
        (void)snprintf(text, sizeof text, "error %d", code);
    bool broken = code == AVERROR_EOF || code == AVERROR_INVALIDDATA ||
                  code == AVERROR_PATCHWELCOME || code == AVERROR_DECODER_NOT_FOUND ||
                  code == AVERROR_DEMUXER_NOT_FOUND || code == AVERROR_PROTOCOL_NOT_FOUND ||
                  code == AVERROR_STREAM_NOT_FOUND || code == AVERROR(EINVAL);
    return status_set(error, broken ? VULTUS_ERR_FORMAT : VULTUS_ERR_IO, "%s: %s: %s", name, what,
                      text);
}

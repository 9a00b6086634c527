/* Any bytes as a recording: demuxed and decoded within the limits, or refused with one line; nothing hangs or is left. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"
#include "pictures.h"
#include "streams_made_up.h"
#include "video/sink.h"
#include "video/source.h"
#include "base/file.h"
#include "base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES_MAX 20
#define SIDE 32

static void check(bool good)
{
    if (!good)
        abort();
}

static void use(const char *path)
{
    const struct source_options options = {.timeout = 2, .threads = 1};
    struct source *source = NULL;
    struct source_facts facts;
    vultus_error error = {0};
    vultus_status status = source_open(path, &options, &source, &error);
    check(!status || status == VULTUS_ERR_NOT_FOUND ||
          (error.message[0] && !strchr(error.message, '\n')));
    for (int i = 0; !status && i < FRAMES_MAX; i++) {
        struct video_frame frame = {0};
        status = source_next(source, &frame, &error);
        if (status || !frame.image)
            break;
        check(frame.image->width && frame.image->height && frame.time >= 0);
        vultus_image_free(frame.image);
    }
    if (source)
        source_describe(source, &facts);
    source_close(source);
    check(!status || status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_LIMIT ||
          status == VULTUS_ERR_IO || status == VULTUS_ERR_NOT_FOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    long before = mem_live();
    int file = memfd_create("fuzz", 0); /* a file that is nowhere */
    check(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    use(path);
    close(file);
    check(mem_live() == before);
    return 0;
}

/* A film of each container that we write; 0 without FFmpeg. */
static size_t film_seed(const char *container, uint8_t *out, size_t capacity)
{
    char path[64];
    struct sink_options options = {.width = SIDE, .height = SIDE, .threads = 1};
    struct sink *sink = NULL;
    struct buffer bytes;
    vultus_error error = {0};
    snprintf(path, sizeof path, "/tmp/vultus-fuzz-%d.%s", (int)getpid(), container);
    if (sink_open(path, &options, &sink, &error))
        return 0;
    for (int i = 0; i < 3; i++) {
        vultus_image *image = picture_pattern(SIDE, SIDE);
        check(!sink_write(sink, image, i * 40000, &error));
        vultus_image_free(image);
    }
    check(!sink_commit(sink, &error) && !file_read(path, capacity, &bytes, &error));
    unlink(path);
    memcpy(out, bytes.data, bytes.size);
    size_t size = bytes.size;
    buffer_clear(&bytes);
    return size;
}

/* What others write. */
static size_t stream_seed(unsigned index, uint8_t *out)
{
    static const struct stream_size sizes[] = {{SIDE, SIDE}, {2 * SIDE, SIDE}, {SIDE, SIDE}};
    static const struct stream_avi avi = {.frames = 3, .empty = 1};
    static const int16_t times[] = {-40, 0, 40};
    struct buffer bytes;
    switch (index) {
    case 0: stream_jpegs(&bytes, sizes, 3); break;
    case 1: stream_avi(&bytes, &avi); break;
    case 2: stream_mkv(&bytes, times, 3); break;
    case 3: stream_h264(&bytes, 1); break;
    case 4: stream_ts(&bytes, 2); break;
    default: return 0;
    }
    memcpy(out, bytes.data, bytes.size);
    size_t size = bytes.size;
    buffer_clear(&bytes);
    return size;
}

size_t fuzz_seed(unsigned index, uint8_t *out, size_t capacity)
{
    static const char *const containers[] = {"mp4", "mkv", "mov"};
    const unsigned films = sizeof containers / sizeof *containers;
    return index < films ? film_seed(containers[index], out, capacity)
                         : stream_seed(index - films, out);
}

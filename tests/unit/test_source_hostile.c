/*
 * Streams that stop, end in the middle, change their size, claim too much, run backwards or have nothing in their
 * packets: each ends by itself, with a line where something is wrong, and leaves nothing behind.
 */
#include "ffmpeg.h"
#include "film_made_up.h"
#include "streams_made_up.h"
#include "base/clock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAMES_MOST 64
#define WAIT 0.3 /* seconds that a pipe may be silent */

struct read { /* what came of a stream */
    vultus_status status;
    vultus_error error;
    size_t frames;
    struct stream_size sizes[FRAMES_MOST];
    int64_t times[FRAMES_MOST];
};

static struct read read_source(const char *path, double wait)
{
    const struct source_options options = {.timeout = wait, .threads = 1};
    struct read read = {0};
    struct source *source = NULL;
    read.status = source_open(path, &options, &source, &read.error);
    while (!read.status && read.frames < FRAMES_MOST) {
        struct video_frame frame = {0};
        read.status = source_next(source, &frame, &read.error);
        if (read.status || !frame.image)
            break;
        read.sizes[read.frames] = (struct stream_size){frame.image->width, frame.image->height};
        read.times[read.frames++] = frame.time;
        vultus_image_free(frame.image);
    }
    source_close(source);
    if (read.status) { /* one line */
        assert_non_null(strstr(read.error.message, "stream"));
        assert_null(strchr(read.error.message, '\n'));
    }
    return read;
}

/* Writes and reads the first bytes of a stream. */
static struct read read_bytes(const struct buffer *stream, size_t size)
{
    const char *path = support_join(support_folder(), "stream");
    vultus_error error = {0};
    long before = mem_live();
    assert_ok(file_write(path, stream->data, size, &error), &error);
    struct read read = read_source(path, 0);
    assert_int_equal(mem_live(), before);
    return read;
}

static struct read read_all(struct buffer *stream)
{
    struct read read = read_bytes(stream, stream->size);
    buffer_clear(stream);
    return read;
}

static void made_up_streams_are_right(void **state)
{
    static const struct stream_size two[] = {{STREAM_SIDE, STREAM_SIDE},
                                             {STREAM_SIDE, STREAM_SIDE}};
    static const int16_t times[] = {0, 40};
    const struct stream_avi plain = {.frames = 2};
    struct buffer streams[5];
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    stream_jpegs(&streams[0], two, 2);
    stream_avi(&streams[1], &plain);
    stream_mkv(&streams[2], times, 2);
    stream_h264(&streams[3], 2);
    stream_ts(&streams[4], 2);
    for (size_t i = 0; i < 5; i++) {
        struct read read = read_all(&streams[i]);
        assert_ok(read.status, &read.error);
        assert_int_equal(read.frames, 2);
        assert_int_equal(read.sizes[1].width, i < 3 ? STREAM_SIDE : STREAM_H264_WIDTH);
        assert_int_equal(read.sizes[1].height, i < 3 ? STREAM_SIDE : STREAM_H264_HEIGHT);
        assert_int_equal(read.times[1], 40000);
    }
}

static void streams_that_end_in_the_middle(void **state)
{
    static const int16_t times[] = {0, 40, 80};
    const struct stream_avi plain = {.frames = 3};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    for (int kind = 0; kind < 4; kind++) {
        struct buffer stream;
        if (kind == 0)
            stream_avi(&stream, &plain);
        else if (kind == 1)
            stream_mkv(&stream, times, 3);
        else if (kind == 2)
            stream_h264(&stream, 3);
        else
            stream_ts(&stream, 3);
        for (size_t part = 1; part < 8; part++) {
            struct read read = read_bytes(&stream, stream.size * part / 8);
            assert_true(read.frames <= 3);
            assert_true(!read.status || read.status == VULTUS_ERR_FORMAT);
            assert_true(read.frames || read.status); /* nothing is no film */
        }
        buffer_clear(&stream);
    }
}

/* Half of a stream comes, and then nothing, from somebody who does not hang up. */
static void streams_that_stop(void **state)
{
    const char *path = support_join(support_folder(), "stream-pipe");
    struct buffer stream;
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    stream_ts(&stream, 3);
    for (size_t part = 0; part < 3; part++) {
        (void)unlink(path);
        assert_int_equal(mkfifo(path, 0600), 0);
        int end = open(path, O_RDWR | O_CLOEXEC);
        size_t size = stream.size * part / 3; /* less than a pipe holds */
        assert_true(end >= 0 && write(end, stream.data, size) == (ssize_t)size);
        uint64_t begin = clock_ns();
        struct read read = read_source(path, WAIT);
        double seconds = (double)(clock_ns() - begin) / 1e9;
        assert_int_equal(read.status, VULTUS_ERR_IO);
        assert_non_null(strstr(read.error.message, "nothing came for"));
        assert_true(seconds < 20); /* on a busy machine */
        close(end);
    }
    buffer_clear(&stream);
    unlink(path);
}

static const struct stream_size changing[] = {{48, 48}, {48, 48},        {96, 32},
                                              {16, 80}, {WIDTH, HEIGHT}, {48, 48}};
#define CHANGES (sizeof changing / sizeof *changing)

static void sizes_may_change(void **state)
{
    struct buffer stream;
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    stream_jpegs(&stream, changing, CHANGES);
    struct read read = read_all(&stream);
    assert_ok(read.status, &read.error);
    assert_int_equal(read.frames, CHANGES);
    for (size_t i = 0; i < CHANGES; i++) {
        assert_int_equal(read.sizes[i].width, changing[i].width);
        assert_int_equal(read.sizes[i].height, changing[i].height);
    }
}

static void watching_goes_on_when_they_do(void **state)
{
    const char *path = support_join(support_folder(), "stream");
    struct eyes seen = {0};
    const struct watch_eyes eyes = {.find = find,
                                    .embed = embed,
                                    .name = name,
                                    .margin = margin,
                                    .dimension = DIMENSION,
                                    .picture = vultus_image_thumbnail,
                                    .context = &seen};
    const vultus_watch_options options = {.threads = 2};
    pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
    struct watch watch = {
        .eyes = &eyes, .options = &options, .address = path, .threads = 2, .turn = &turn};
    struct buffer stream;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    stream_jpegs(&stream, changing, CHANGES);
    assert_ok(file_write(path, stream.data, stream.size, &error), &error);
    assert_ok(watch_run(&watch, &error), &error);
    assert_int_equal(watch.report.frames, CHANGES);
    buffer_clear(&stream);
}

static void what_claims_to_be_huge_is_refused(void **state)
{
    static const struct stream_size huge[] = {{100000, 100000}, {65535, 65535}, {0x7FFFFFFF, 1}};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        const struct stream_avi bare = {.frames = 2, .claims = huge[i], .bare = true};
        const struct stream_avi coded = {.frames = 2, .claims = huge[i]};
        struct buffer stream;
        stream_avi(&stream, &bare);
        struct read read = read_all(&stream);
        assert_int_equal(read.frames, 0);
        assert_int_equal(read.status, VULTUS_ERR_FORMAT);
        stream_avi(&stream, &coded); /* the pictures themselves are small */
        read = read_all(&stream);
        assert_true(read.status == VULTUS_ERR_FORMAT ||
                    (read.frames == 2 && read.sizes[0].width == STREAM_SIDE));
    }
    struct buffer jpegs;
    stream_jpegs(&jpegs, changing, 2);
    for (size_t at = 0; at + 9 < jpegs.size; at++)
        if (jpegs.data[at] == 0xFF && jpegs.data[at + 1] == 0xC0)
            memset(jpegs.data + at + 5, 0xFF, 4);
    struct read read = read_all(&jpegs);
    assert_int_equal(read.frames, 0);
    assert_int_equal(read.status, VULTUS_ERR_FORMAT);
}

static void times_never_run_backwards(void **state)
{
    static const int16_t times[] = {-32768, -80, 0, 40, 40, 10, 32767, -5, 100};
    struct buffer stream;
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    stream_mkv(&stream, times, sizeof times / sizeof *times);
    struct read read = read_all(&stream);
    assert_ok(read.status, &read.error);
    assert_int_equal(read.frames, sizeof times / sizeof *times);
    assert_int_equal(read.times[0], 0);
    for (size_t i = 1; i < read.frames; i++)
        assert_true(read.times[i] > read.times[i - 1]);
}

/* A camera that sees nothing new writes packets of no bytes; a thousand of them are no damage. */
static void empty_packets_are_passed_over(void **state)
{
    const struct stream_avi some = {.frames = 3, .empty = 1}, many = {.frames = 3, .empty = 2000};
    const struct stream_avi *each[] = {&some, &many};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    for (int i = 0; i < 2; i++) {
        struct buffer stream;
        stream_avi(&stream, each[i]);
        struct read read = read_all(&stream);
        assert_ok(read.status, &read.error);
        assert_int_equal(read.frames, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_up_streams_are_right),
        cmocka_unit_test(streams_that_end_in_the_middle),
        cmocka_unit_test(streams_that_stop),
        cmocka_unit_test(sizes_may_change),
        cmocka_unit_test(watching_goes_on_when_they_do),
        cmocka_unit_test(what_claims_to_be_huge_is_refused),
        cmocka_unit_test(times_never_run_backwards),
        cmocka_unit_test(empty_packets_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

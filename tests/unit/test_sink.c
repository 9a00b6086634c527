/* Films that are written and read again: frames, times, sizes, turned pictures; what is damaged in every way. */
#define _GNU_SOURCE /* memmem */
#include "support.h"
#include "video/sink.h"
#include "video/source.h"
#include "video/upright.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "pictures.h"

#include <dirent.h>
#include <unistd.h>

#define WIDTH 96
#define HEIGHT 64
#define FRAMES 40

static const char *film_path(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", support_folder(), name);
    return path;
}

/* Frame i has the grey i * 5 in its left half; its time is not regular. */
static int64_t time_of(int i)
{
    return (int64_t)i * 40000 + (i % 3) * 7000;
}

static vultus_image *picture_of(int i)
{
    vultus_image *image = picture_pattern(WIDTH, HEIGHT);
    for (size_t y = 0; y < HEIGHT; y++)
        memset(image->pixels + y * image->stride, i * 5, (size_t)3 * WIDTH / 2);
    return image;
}

static vultus_status make_film(const char *path, int frames, vultus_error *error)
{
    struct sink_options options = {.width = WIDTH, .height = HEIGHT, .rate = 25};
    struct sink *sink = NULL;
    vultus_status status = sink_open(path, &options, &sink, error);
    for (int i = 0; !status && i < frames; i++) {
        vultus_image *image = picture_of(i);
        status = sink_write(sink, image, time_of(i), error);
        vultus_image_free(image);
    }
    if (!status)
        return sink_commit(sink, error);
    sink_abort(sink);
    return status;
}

#define SKIP_WITHOUT_FFMPEG()                                                                      \
    do {                                                                                           \
        vultus_error why_ = {0};                                                                   \
        if (make_film(film_path("try.mp4"), 1, &why_) == VULTUS_ERR_NOT_FOUND)                     \
            support_skip(why_.message);                                                            \
    } while (0)

static int files_in_folder(void)
{
    DIR *folder = opendir(support_folder());
    int count = -2; /* . and .. */
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void a_film_comes_back(void **state)
{
    static const char *const names[] = {"a.mp4", "a.mov", "a.mkv"};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    for (size_t n = 0; n < 3; n++) {
        struct source *source = NULL;
        struct source_facts facts;
        struct video_frame frame;
        vultus_error error = {0};
        long before = mem_live();
        assert_ok(make_film(film_path(names[n]), FRAMES, &error), &error);
        assert_ok(source_open(film_path(names[n]), NULL, &source, &error), &error);
        source_describe(source, &facts);
        assert_int_equal(facts.width, WIDTH);
        assert_int_equal(facts.height, HEIGHT);
        for (int i = 0; i < FRAMES; i++) {
            assert_ok(source_next(source, &frame, &error), &error);
            assert_non_null(frame.image);
            vultus_image *made = picture_of(i);
            assert_true(picture_difference(made, frame.image) < 8);
            assert_int_equal(
                frame.image->pixels[0] - i * 5 > 6 || i * 5 - frame.image->pixels[0] > 6, 0);
            assert_in_range(frame.time - time_of(i) + 1100, 0,
                            2200); /* Matroska has milliseconds */
            vultus_image_free(made);
            vultus_image_free(frame.image);
        }
        assert_ok(source_next(source, &frame, &error), &error);
        assert_null(frame.image);
        source_close(source);
        assert_int_equal(mem_live(), before);
    }
}

static void the_index_comes_first(void **state)
{
    struct buffer bytes;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    assert_ok(make_film(film_path("b.mp4"), 3, &error), &error);
    assert_ok(file_read(film_path("b.mp4"), 1 << 20, &bytes, &error), &error);
    const uint8_t *index = memmem(bytes.data, bytes.size, "moov", 4);
    const uint8_t *data = memmem(bytes.data, bytes.size, "mdat", 4);
    assert_true(index && data && index < data);
    buffer_clear(&bytes);
}

static void nothing_is_left_of_what_failed(void **state)
{
    struct sink_options options = {.width = WIDTH, .height = HEIGHT};
    struct sink *sink = NULL;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    int before = files_in_folder();
    assert_ok(sink_open(film_path("c.mp4"), &options, &sink, &error), &error);
    sink_abort(sink);
    sink_abort(NULL);
    assert_ok(sink_open(film_path("c.mp4"), &options, &sink, &error), &error);
    assert_error(VULTUS_ERR_ARGUMENT, sink_commit(sink, &error), &error, "without a frame");
    assert_error(VULTUS_ERR_ARGUMENT, sink_open(film_path("c.avi"), &options, &sink, &error),
                 &error, "films end in .mp4");
    assert_error(VULTUS_ERR_ARGUMENT, sink_open("/dev/null", &options, &sink, &error), &error,
                 "films end in");
    assert_error(VULTUS_ERR_IO, sink_open("/none/c.mp4", &options, &sink, &error), &error,
                 "No such file");
    options.width = 1;
    assert_error(VULTUS_ERR_ARGUMENT, sink_open(film_path("c.mp4"), &options, &sink, &error),
                 &error, "1 x 64");
    assert_int_equal(files_in_folder(), before);
}

static void odd_sizes_and_other_sizes_fit(void **state)
{
    struct sink_options options = {.width = 33, .height = 21};
    struct sink *sink = NULL;
    struct source *source = NULL;
    struct video_frame frame;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    assert_ok(sink_open(film_path("d.mp4"), &options, &sink, &error), &error);
    assert_true(strlen(sink_encoder(sink)) > 3);
    for (int i = 0; i < 4; i++) {
        vultus_image *image = picture_pattern(33 + 31 * ((uint32_t)i & 1), 21);
        assert_ok(sink_write(sink, image, 5, &error), &error); /* times that stand still */
        vultus_image_free(image);
    }
    assert_ok(sink_commit(sink, &error), &error);
    assert_ok(source_open(film_path("d.mp4"), NULL, &source, &error), &error);
    int64_t last = -1;
    for (int i = 0; i < 4; i++, last = frame.time) {
        assert_ok(source_next(source, &frame, &error), &error);
        assert_int_equal(frame.image->width, 32);
        assert_int_equal(frame.image->height, 20);
        assert_true(frame.time > last);
        vultus_image_free(frame.image);
    }
    source_close(source);
}

/* Damage ends a film, or is passed over; never is there a frame of another size, a leak, or a hang. */
static void damaged_films_end(void **state)
{
    struct buffer bytes;
    struct random random;
    vultus_error error = {0};
    size_t good = 0;
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    assert_ok(make_film(film_path("e.mp4"), FRAMES, &error), &error);
    assert_ok(file_read(film_path("e.mp4"), 1 << 20, &bytes, &error), &error);
    random_seed(&random, 1);
    long before = mem_live();
    for (int trial = 0; trial < 50; trial++) {
        uint8_t *copy = mem_copy(bytes.data, bytes.size);
        size_t size = trial % 3 ? bytes.size : (size_t)random_below(&random, bytes.size);
        for (int i = 0; trial % 3 && i < 1 + trial / 10; i++)
            copy[random_below(&random, bytes.size)] ^= (uint8_t)(1u << random_below(&random, 8));
        assert_ok(file_write(film_path("damaged.mp4"), copy, size, &error), &error);
        mem_free(copy);
        struct source_options options = {.timeout = 5};
        struct source *source = NULL;
        struct video_frame frame = {0};
        vultus_status status = source_open(film_path("damaged.mp4"), &options, &source, &error);
        for (size_t i = 0; !status && i < 10 * FRAMES; i++) {
            status = source_next(source, &frame, &error);
            if (status || !frame.image)
                break;
            good++;
            vultus_image_free(frame.image);
            frame.image = NULL;
        }
        source_close(source);
        if (status && status != VULTUS_ERR_FORMAT && status != VULTUS_ERR_LIMIT)
            fail_msg("%d: %s", status, error.message);
    }
    assert_true(good > 25);
    assert_int_equal(mem_live(), before);
    buffer_clear(&bytes);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    int before_files = files_in_folder();
    for (long n = 1;; n++) {
        struct source *source = NULL;
        struct video_frame frame = {0};
        vultus_error error = {0};
        long before = mem_live();
        vultus_image *image = picture_of(0);
        struct sink_options options = {.width = WIDTH, .height = HEIGHT};
        struct sink *sink = NULL;
        mem_fail_after(n, false);
        vultus_status status = sink_open(film_path("try.mp4"), &options, &sink, &error);
        if (!status)
            status = sink_write(sink, image, 0, &error);
        if (!status)
            status = sink_commit(sink, &error);
        else
            sink_abort(sink);
        if (!status)
            status = source_open(film_path("try.mp4"), NULL, &source, &error);
        if (!status)
            status = source_next(source, &frame, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        vultus_image_free(frame.image);
        vultus_image_free(image);
        source_close(source);
        assert_int_equal(mem_live(), before);
        if (!failed)
            break;
        assert_int_equal(status, VULTUS_ERR_MEMORY);
    }
    assert_int_equal(files_in_folder(), before_files);
}

#define ONE 65536

static void display_matrices_are_orientations(void **state)
{
    static const int32_t turns[8][4] = {{ONE, 0, 0, ONE},   {-ONE, 0, 0, ONE}, {-ONE, 0, 0, -ONE},
                                        {ONE, 0, 0, -ONE},  {0, ONE, ONE, 0},  {0, ONE, -ONE, 0},
                                        {0, -ONE, -ONE, 0}, {0, -ONE, ONE, 0}};
    (void)state;
    for (int i = 0; i < 8; i++) {
        const int32_t matrix[9] = {turns[i][0], turns[i][1], 0, turns[i][2], turns[i][3],
                                   0,           0,           0, 1 << 30};
        int width = 30, height = 20;
        struct upright shape = {.orientation = upright_orientation(matrix)};
        assert_int_equal(shape.orientation, i + 1);
        upright_size(&shape, &width, &height);
        assert_int_equal(width, i < 4 ? 30 : 20);
    }
    int width = 720, height = 576;
    struct upright wide = {1, 16, 11}, odd = {1, 1000, 1};
    upright_size(&wide, &width, &height);
    assert_int_equal(width, 1047);
    upright_size(&odd, &width, &height);
    assert_int_equal(width, 1047); /* as it was */
}

/* The matrix of a film that is there: a telephone held upright. */
static void turned_films_are_upright(void **state)
{
    struct buffer bytes;
    struct source *source = NULL;
    struct video_frame frame;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    assert_ok(make_film(film_path("f.mp4"), 2, &error), &error);
    assert_ok(file_read(film_path("f.mp4"), 1 << 20, &bytes, &error), &error);
    uint8_t *track = memmem(bytes.data, bytes.size, "tkhd", 4);
    assert_non_null(track);
    static const uint8_t quarter[36] = {
        0,    0,    0, 0, 0, 1, 0, 0, 0, 0, 0, 0, /* 90 degrees */
        0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0};
    memcpy(track + 4 + 40, quarter,
           sizeof quarter); /* version 0: the matrix is 40 bytes behind the flags */
    assert_ok(file_write(film_path("g.mp4"), bytes.data, bytes.size, &error), &error);
    buffer_clear(&bytes);
    assert_ok(source_open(film_path("g.mp4"), NULL, &source, &error), &error);
    assert_ok(source_next(source, &frame, &error), &error);
    assert_int_equal(frame.image->width, HEIGHT);
    assert_int_equal(frame.image->height, WIDTH);
    vultus_image *made = picture_of(0);
    assert_ok(image_orient(made, 6, &error), &error);
    assert_true(picture_difference(made, frame.image) < 8);
    vultus_image_free(made);
    vultus_image_free(frame.image);
    source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_comes_back),
        cmocka_unit_test(the_index_comes_first),
        cmocka_unit_test(nothing_is_left_of_what_failed),
        cmocka_unit_test(odd_sizes_and_other_sizes_fit),
        cmocka_unit_test(damaged_films_end),
        cmocka_unit_test(memory_may_run_out_anywhere),
        cmocka_unit_test(display_matrices_are_orientations),
        cmocka_unit_test(turned_films_are_upright),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

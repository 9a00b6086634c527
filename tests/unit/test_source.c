/* Sources: folders of pictures, bare pixels, which frames are wanted, addresses. */
#include "support.h"
#include "video/source_address.h"
#include "video/source.h"
#include "base/file.h"
#include "base/memory.h"
#include "pictures.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH 8
#define HEIGHT 6
#define PICTURES 10

static const char *make_folder(void)
{
    static char folder[4096];
    vultus_error error = {0};
    snprintf(folder, sizeof folder, "%s/frames", support_folder());
    if (file_is_folder(folder))
        return folder;
    assert_ok(file_make_folders(folder, &error), &error);
    for (int i = 0; i < PICTURES; i++) {
        char name[32];
        vultus_image *image = picture_pattern(WIDTH + (uint32_t)i, HEIGHT);
        snprintf(name, sizeof name, "%03d.png", i);
        assert_ok(vultus_image_write(image, support_join(folder, name), &error), &error);
        vultus_image_free(image);
    }
    assert_ok(file_write(support_join(folder, "005-notes.txt"), "no picture", 10, &error), &error);
    return folder;
}

/* Widths and times of all frames. */
static size_t read_all(const char *address, const struct source_options *options, uint32_t *widths,
                       int64_t *times)
{
    struct source *source = NULL;
    struct video_frame frame = {0};
    vultus_error error = {0};
    size_t count = 0;
    assert_ok(source_open(address, options, &source, &error), &error);
    for (;; count++) {
        assert_ok(source_next(source, &frame, &error), &error);
        if (!frame.image)
            break;
        assert_true(count < 100);
        assert_int_equal(frame.fresh, !count);
        widths[count] = frame.image->width;
        times[count] = frame.time;
        vultus_image_free(frame.image);
    }
    assert_ok(source_next(source, &frame, &error), &error); /* the end stays the end */
    assert_null(frame.image);
    source_close(source);
    return count;
}

static void a_folder_gives_its_pictures_in_order(void **state)
{
    uint32_t widths[100];
    int64_t times[100];
    (void)state;
    long before = mem_live();
    assert_int_equal(read_all(make_folder(), NULL, widths, times), PICTURES);
    for (int i = 0; i < PICTURES; i++) {
        assert_int_equal(widths[i], WIDTH + i);
        assert_int_equal(times[i], i * 40000);
    }
    assert_int_equal(mem_live(), before);
}

static void every_and_rate_choose_frames(void **state)
{
    uint32_t widths[100];
    int64_t times[100];
    (void)state;
    struct source_options third = {.every = 3}, tens = {.rate = 10}, more = {.rate = 60};
    assert_int_equal(read_all(make_folder(), &third, widths, times), 4);
    assert_int_equal(widths[3], WIDTH + 9);
    assert_int_equal(read_all(make_folder(), &tens, widths, times), 4);
    const int64_t expected[] = {0, 120000, 200000, 320000}; /* the first that are due */
    for (int i = 0; i < 4; i++)
        assert_int_equal(times[i], expected[i]);
    assert_int_equal(read_all(make_folder(), &more, widths, times), PICTURES);
}

static void facts_of_a_folder(void **state)
{
    struct source *source = NULL;
    struct source_facts facts;
    vultus_error error = {0};
    (void)state;
    assert_ok(source_open(make_folder(), NULL, &source, &error), &error);
    source_describe(source, &facts);
    assert_string_equal(facts.kind, "folder");
    assert_false(facts.live);
    assert_true(facts.rate == SOURCE_FOLDER_RATE);
    assert_in_range(facts.frames, PICTURES, PICTURES + 1);
    source_close(source);
    source_close(NULL);
}

static void folders_without_pictures_are_refused(void **state)
{
    const char *folder = support_join(support_folder(), "empty");
    struct source *source = NULL;
    vultus_error error = {0};
    (void)state;
    assert_ok(file_make_folders(folder, &error), &error);
    assert_error(VULTUS_ERR_FORMAT, source_open(folder, NULL, &source, &error), &error,
                 "no pictures in this folder");
    assert_ok(file_write(support_join(folder, "a.jpg"), "\xFF\xD8\xFF\xE0 no more", 12, &error),
              &error);
    assert_ok(source_open(folder, NULL, &source, &error), &error);
    struct video_frame frame = {0};
    assert_error(VULTUS_ERR_FORMAT, source_next(source, &frame, &error), &error, "a.jpg");
    assert_null(frame.image);
    source_close(source);
}

static const char *write_raw(size_t frames, size_t more)
{
    const char *path = support_join(support_folder(), "pixels.rgb");
    size_t size = frames * 3 * WIDTH * HEIGHT + more;
    uint8_t *bytes = mem_zalloc(size, 1);
    vultus_error error = {0};
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)i;
    assert_ok(file_write(path, bytes, size, &error), &error);
    mem_free(bytes);
    static char address[4200];
    snprintf(address, sizeof address, "rgb24:%dx%d@50:%s", WIDTH, HEIGHT, path);
    return address;
}

static void bare_pixels_are_frames(void **state)
{
    uint32_t widths[100];
    int64_t times[100];
    (void)state;
    assert_int_equal(read_all(write_raw(4, 0), NULL, widths, times), 4);
    assert_int_equal(times[3], 60000);
    assert_int_equal(widths[0], WIDTH);
}

static void bare_pixels_that_end_early_are_said(void **state)
{
    struct source *source = NULL;
    struct video_frame frame = {0};
    vultus_error error = {0};
    (void)state;
    assert_ok(source_open(write_raw(1, 5), NULL, &source, &error), &error);
    assert_ok(source_next(source, &frame, &error), &error);
    assert_int_equal(frame.image->pixels[7], 7);
    vultus_image_free(frame.image);
    assert_error(VULTUS_ERR_FORMAT, source_next(source, &frame, &error), &error, "5 bytes of 144");
    source_close(source);
}

static void addresses_of_pixels_are_checked(void **state)
{
    static const char *const wrong[] = {"rgb24:",        "rgb24:8x6",        "rgb24:8x6@",
                                        "rgb24:0x6@25",  "rgb24:8x6@0",      "rgb24:8x6@-1",
                                        "rgb24:8x6@inf", "rgb24:99999x6@25", "rgb24:-8x6@5",
                                        "rgb24:8x6@25x", "rgb24:8x6@100000", "rgb24:8x+6@25"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct source *source = NULL;
        vultus_error error = {0};
        assert_error(VULTUS_ERR_ARGUMENT, source_open(wrong[i], NULL, &source, &error), &error,
                     "rgb24:WIDTHxHEIGHT@FPS");
    }
    struct source *source = NULL;
    vultus_error error = {0};
    assert_error(VULTUS_ERR_LIMIT, source_open("rgb24:60000x60000@25", NULL, &source, &error),
                 &error, "60000 x 60000");
}

static bool stop_at_once(void *context)
{
    ++*(int *)context;
    return true;
}

/* A pipe that nobody writes to. */
static void waits_end(void **state)
{
    const char *path = support_join(support_folder(), "pipe");
    char address[4200];
    struct source *source = NULL;
    struct video_frame frame = {0};
    vultus_error error = {0};
    int asked = 0;
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    int writer = open(path, O_RDWR | O_CLOEXEC);
    snprintf(address, sizeof address, "rgb24:%dx%d@50:%s", WIDTH, HEIGHT, path);
    struct source_options options = {.timeout = 0.2};
    assert_ok(source_open(address, &options, &source, &error), &error);
    assert_error(VULTUS_ERR_IO, source_next(source, &frame, &error), &error, "nothing came");
    source_close(source);
    options = (struct source_options){.stop = stop_at_once, .context = &asked};
    assert_ok(source_open(address, &options, &source, &error), &error);
    assert_error(VULTUS_ERR_CANCELLED, source_next(source, &frame, &error), &error, "stopped");
    assert_true(asked > 0);
    source_close(source);
    close(writer);
}

static void options_are_checked(void **state)
{
    const struct source_options wrong[] = {
        {.rate = -1}, {.timeout = -1}, {.timeout = 1e9}, {.give_up = -2}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct source *source = NULL;
        vultus_error error = {0};
        assert_int_equal(source_open(make_folder(), &wrong[i], &source, &error),
                         VULTUS_ERR_ARGUMENT);
    }
}

static void credentials_are_not_shown(void **state)
{
    static const char *const pairs[][2] = {
        {"rtsp://ada:secret@door.example:554/stream1", "rtsp://door.example:554/stream1"},
        {"http://cam/video?token=secret", "http://cam/video?..."},
        {"http://a:secret@b@cam/x@y", "http://cam/x@y"},
        {"http://ada:secret@cam", "http://cam"},
        {"http://cam#secret", "http://cam?..."},
        {"party.mp4", "party.mp4"},
        {"a\nb.mp4", "a?b.mp4"},
        {"-", "-"}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char shown[SOURCE_NAME_SIZE];
        address_show(pairs[i][0], shown, sizeof shown);
        assert_string_equal(shown, pairs[i][1]);
    }
    char shown[16];
    address_show("a very long name of a video.mp4", shown, sizeof shown);
    assert_string_equal(shown, "... a video.mp4");
    address_show("http://a-very-long-name/of/a/video", shown, sizeof shown);
    assert_string_equal(shown, "http://a-very-l");
}

static void memory_may_run_out_anywhere(void **state)
{
    const char *const addresses[] = {make_folder(), write_raw(2, 0)};
    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (long n = 1;; n++) {
            struct source *source = NULL;
            struct video_frame frame = {0};
            vultus_error error = {0};
            long before = mem_live();
            mem_fail_after(n, false);
            vultus_status status = source_open(addresses[i], NULL, &source, &error);
            if (!status)
                status = source_next(source, &frame, &error);
            bool failed = mem_failed();
            mem_fail_after(0, false);
            vultus_image_free(frame.image);
            source_close(source);
            assert_int_equal(mem_live(), before);
            if (!failed)
                break;
            assert_int_equal(status, VULTUS_ERR_MEMORY);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_gives_its_pictures_in_order),
        cmocka_unit_test(every_and_rate_choose_frames),
        cmocka_unit_test(facts_of_a_folder),
        cmocka_unit_test(folders_without_pictures_are_refused),
        cmocka_unit_test(bare_pixels_are_frames),
        cmocka_unit_test(bare_pixels_that_end_early_are_said),
        cmocka_unit_test(addresses_of_pixels_are_checked),
        cmocka_unit_test(waits_end),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(credentials_are_not_shown),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

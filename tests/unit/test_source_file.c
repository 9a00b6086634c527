/* Recordings that FFmpeg reads: real clips, and what is broken or no video at all. */
#include "ffmpeg.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <unistd.h>

struct clip {
    const char *name;
    uint32_t width, height;
    double rate;
    size_t frames; /* that a few of are read; 0: all are counted */
};

static void real_clips(void **state)
{
    static const struct clip clips[] = {{"video/one-by-one-person-detection.mp4", 0, 0, 0, 40},
                                        {"video/walkers_1080p_h264.mp4", 1920, 1080, 0, 10},
                                        {"video/MOT20-08-raw_shorter.h264", 0, 0, 0, 20}};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    for (size_t i = 0; i < sizeof clips / sizeof *clips; i++) {
        const char *path = support_data(clips[i].name);
        struct source *source = NULL;
        struct source_facts facts;
        vultus_error error = {0};
        int64_t last = -1;
        if (!path)
            support_skip("no clips");
        assert_ok(source_open(path, NULL, &source, &error), &error);
        source_describe(source, &facts);
        assert_string_equal(facts.kind, "file");
        assert_false(facts.live);
        for (size_t n = 0; n < clips[i].frames; n++) {
            struct video_frame frame;
            assert_ok(source_next(source, &frame, &error), &error);
            assert_non_null(frame.image);
            assert_int_equal(frame.number, n);
            assert_true(frame.time > last && (n || !frame.time) && (n || frame.key));
            assert_int_equal(frame.image->width, facts.width);
            assert_int_equal(frame.image->height, facts.height);
            last = frame.time;
            vultus_image_free(frame.image);
        }
        if (clips[i].width)
            assert_int_equal(facts.width, clips[i].width);
        source_close(source);
    }
}

static void what_is_no_video_is_refused(void **state)
{
    static const struct {
        const char *content;
        size_t size;
        const char *message;
    } files[] = {{"", 0, "is empty"},
                 {"no video at all\n", 16, "no video that can be read"},
                 {"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n", 56, "no video"},
                 {"ffconcat version 1.0\nfile /etc/passwd\n", 38, "no video"},
                 {"\x89PNG\r\n\x1A\n", 8, "no video"}};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *path = support_join(support_folder(), "video.mp4");
        struct source *source = NULL;
        vultus_error error = {0};
        long before = mem_live();
        assert_ok(file_write(path, files[i].content, files[i].size, &error), &error);
        assert_error(VULTUS_ERR_FORMAT, source_open(path, NULL, &source, &error), &error,
                     files[i].message);
        assert_int_equal(mem_live(), before);
    }
}

static void what_is_not_there_is_said(void **state)
{
    struct source *source = NULL;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    assert_error(VULTUS_ERR_IO, source_open("/none/party.mp4", NULL, &source, &error), &error,
                 "/none/party.mp4: No such file");
    static const char *const refused[] = {"file:///etc/passwd", "concat://a|b", "udp://0.0.0.0:1",
                                          "rtmp://cam/x"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_error(VULTUS_ERR_ARGUMENT, source_open(refused[i], NULL, &source, &error), &error,
                     "sources in the network are rtsp://");
    assert_error(VULTUS_ERR_IO, source_open("concat:a|b", NULL, &source, &error), &error,
                 "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_clips),
        cmocka_unit_test(what_is_no_video_is_refused),
        cmocka_unit_test(what_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Live sources: the newest frame, sources that go away and come back, servers that mean no good. */
#include "ffmpeg.h"
#include "loopback.h"
#include "pictures.h"
#include "video/sink.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <unistd.h>

#define SIDE 64
#define HEAD                                                                                       \
    "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; "                                 \
    "boundary=frame\r\n\r\n--frame\r\n"

static const char *address_of(const struct loopback *server, const char *path)
{
    static char address[256];
    snprintf(address, sizeof address, "http://ada:secret@127.0.0.1:%d%s", loopback_port(server),
             path);
    return address;
}

/* A picture whose grey tells its number. */
static bool send_picture(int connection, unsigned number)
{
    vultus_image *image = picture_pattern(SIDE, SIDE);
    struct buffer bytes;
    char head[128];
    memset(image->pixels, (int)(number % 50) * 5, image->stride * SIDE);
    picture_jpeg(image, (struct picture_jpeg){.quality = 95}, &bytes);
    int length = snprintf(head, sizeof head,
                          "Content-Type: image/jpeg\r\nContent-Length: %zu\r\n\r\n", bytes.size);
    bool good = loopback_send(connection, head, (size_t)length) &&
                loopback_send(connection, bytes.data, bytes.size) &&
                loopback_send(connection, "\r\n--frame\r\n", 11);
    buffer_clear(&bytes);
    vultus_image_free(image);
    return good;
}

/* 100 pictures a second, without end. */
static void answer_camera(void *context, int connection, unsigned number, const char *request)
{
    (void)context, (void)number, (void)request;
    if (loopback_send(connection, HEAD, strlen(HEAD)))
        for (unsigned i = 0; send_picture(connection, i) && loopback_pause(10); i++)
            ;
}

static void only_the_newest_frame_is_given(void **state)
{
    struct source *source = NULL;
    struct source_facts facts;
    struct video_frame frame;
    vultus_error error = {0};
    uint64_t last = 0;
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    struct loopback *server = loopback_open(0, answer_camera, NULL);
    assert_ok(source_open(address_of(server, "/cam"), NULL, &source, &error), &error);
    for (int i = 0; i < 5; i++) {
        assert_ok(source_next(source, &frame, &error), &error);
        assert_non_null(frame.image);
        assert_int_equal(frame.fresh, !i);
        assert_true(clock_ns() - frame.arrived < UINT64_C(400000000));
        assert_true(!i || frame.number >= last + 3); /* those between were dropped */
        last = frame.number;
        vultus_image_free(frame.image);
        usleep(100000);
    }
    source_describe(source, &facts);
    assert_true(facts.live);
    assert_string_equal(facts.kind, "stream");
    assert_int_equal(facts.width, SIDE);
    assert_true(facts.dropped >= 8);
    assert_int_equal(facts.connections, 1);
    assert_null(strstr(facts.name, "secret"));
    source_close(source);
    loopback_close(server);
}

static void a_rate_holds_frames_back(void **state)
{
    struct source *source = NULL;
    struct source_options options = {.rate = 20};
    struct video_frame frame;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    struct loopback *server = loopback_open(0, answer_camera, NULL);
    assert_ok(source_open(address_of(server, "/cam"), &options, &source, &error), &error);
    uint64_t begun = clock_ns();
    for (int i = 0; i < 6; i++) {
        assert_ok(source_next(source, &frame, &error), &error);
        vultus_image_free(frame.image);
    }
    assert_true(clock_ns() - begun >= UINT64_C(250000000));
    source_close(source);
    loopback_close(server);
}

static void answer_three(void *context, int connection, unsigned number, const char *request)
{
    (void)context, (void)number, (void)request;
    if (loopback_send(connection, HEAD, strlen(HEAD)))
        for (unsigned i = 0; i < 40 && send_picture(connection, i) && loopback_pause(5); i++)
            ;
}

struct story {
    char text[2048];
    atomic_bool stop;
};

static void note(void *context, enum source_state state, const char *message)
{
    struct story *story = context;
    size_t used = strlen(story->text);
    snprintf(story->text + used, sizeof story->text - used, "%d %s\n", (int)state, message);
}

static bool stop(void *context)
{
    return atomic_load(&((struct story *)context)->stop);
}

static void a_lost_source_comes_back(void **state)
{
    struct story story = {.text = ""};
    struct source_options options = {.notice = note, .stop = stop, .context = &story};
    struct source *source = NULL;
    struct source_facts facts;
    struct video_frame frame;
    vultus_error error = {0};
    int fresh = 0;
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    struct loopback *server = loopback_open(0, answer_three, NULL);
    assert_ok(source_open(address_of(server, "/cam"), &options, &source, &error), &error);
    while (fresh < 2) {
        assert_ok(source_next(source, &frame, &error), &error);
        fresh += frame.fresh;
        vultus_image_free(frame.image);
    }
    source_describe(source, &facts);
    assert_int_equal(facts.connections, 2);
    const char *first = strstr(story.text, "0 http");
    const char *lost = strstr(story.text, "1 http");
    const char *back = strstr(story.text, "2 http");
    assert_true(first && lost && back && first < lost && lost < back);
    assert_null(strstr(story.text, "secret"));
    atomic_store(&story.stop, true);
    assert_error(VULTUS_ERR_CANCELLED, source_next(source, &frame, &error), &error, "stopped");
    source_close(source);
    loopback_close(server);
}

static void who_is_not_there_is_waited_for(void **state)
{
    struct story story = {.text = ""};
    struct source_options options = {
        .patient = true, .notice = note, .context = &story, .give_up = 0.5};
    struct source *source = NULL;
    struct video_frame frame;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    struct loopback *server = loopback_open(0, answer_camera, NULL);
    int port = loopback_port(server);
    char address[64];
    snprintf(address, sizeof address, "http://127.0.0.1:%d/cam", port);
    loopback_close(server);
    assert_error(VULTUS_ERR_IO, source_open(address, NULL, &source, &error), &error, "refused");
    /* Away for too long. */
    assert_ok(source_open(address, &options, &source, &error), &error);
    assert_error(VULTUS_ERR_IO, source_next(source, &frame, &error), &error, "refused");
    assert_non_null(strstr(story.text, "1 "));
    source_close(source);
    /* There at last. */
    options.give_up = 0;
    assert_ok(source_open(address, &options, &source, &error), &error);
    server = loopback_open(port, answer_camera, NULL);
    assert_ok(source_next(source, &frame, &error), &error);
    assert_non_null(frame.image);
    vultus_image_free(frame.image);
    source_close(source);
    loopback_close(server);
}

static void answer_nothing(void *context, int connection, unsigned number, const char *request)
{
    (void)context, (void)connection, (void)number, (void)request;
    loopback_pause(20000);
}

/* A byte now and then: no single read takes long. */
static void answer_trickle(void *context, int connection, unsigned number, const char *request)
{
    (void)context, (void)number, (void)request;
    if (loopback_send(connection, HEAD, strlen(HEAD)))
        while (loopback_send(connection, "x", 1) && loopback_pause(20))
            ;
}

/* Heads without end. */
static void answer_heads(void *context, int connection, unsigned number, const char *request)
{
    (void)context, (void)number, (void)request;
    if (loopback_send(connection, "HTTP/1.0 200 OK\r\n", 17))
        while (loopback_send(connection, "X-A: b\r\n", 8) && loopback_pause(2))
            ;
}

static void servers_that_send_nothing_are_left(void **state)
{
    static loopback_answer *const answers[] = {answer_nothing, answer_trickle, answer_heads};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    for (size_t i = 0; i < 3; i++) {
        struct loopback *server = loopback_open(0, answers[i], NULL);
        struct source_options options = {.timeout = 0.5};
        struct source *source = NULL;
        vultus_error error = {0};
        uint64_t begun = clock_ns();
        assert_error(VULTUS_ERR_IO, source_open(address_of(server, "/"), &options, &source, &error),
                     &error, "nothing came for");
        assert_true(clock_ns() - begun < UINT64_C(3000000000));
        assert_null(strstr(error.message, "secret"));
        loopback_close(server);
    }
}

static void closing_does_not_wait(void **state)
{
    struct source_options options = {.patient = true};
    struct source *source = NULL;
    vultus_error error = {0};
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    struct loopback *server = loopback_open(0, answer_three, NULL);
    assert_ok(source_open(address_of(server, "/"), &options, &source, &error), &error);
    usleep(300000); /* it waits to connect again now */
    uint64_t begun = clock_ns();
    source_close(source);
    assert_true(clock_ns() - begun < UINT64_C(500000000));
    loopback_close(server);
}

static const char *film(void)
{
    static char path[4096];
    struct sink_options options = {.width = SIDE, .height = SIDE};
    struct sink *sink = NULL;
    vultus_error error = {0};
    vultus_image *image = picture_pattern(SIDE, SIDE);
    snprintf(path, sizeof path, "%s/film.mp4", support_folder());
    assert_ok(sink_open(path, &options, &sink, &error), &error);
    for (int i = 0; i < 30; i++)
        assert_ok(sink_write(sink, image, i * 40000, &error), &error);
    assert_ok(sink_commit(sink, &error), &error);
    vultus_image_free(image);
    return path;
}

struct playlist {
    const char *segment; /* what it leads to */
    atomic_uint segments_asked;
};

static void answer_playlist(void *context, int connection, unsigned number, const char *request)
{
    struct playlist *playlist = context;
    char text[1024];
    (void)number;
    if (strstr(request, ".m3u8")) {
        char list[512];
        snprintf(list, sizeof list,
                 "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\n%s\n"
                 "#EXT-X-ENDLIST\n",
                 playlist->segment);
        snprintf(text, sizeof text,
                 "HTTP/1.0 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 strlen(list), list);
        loopback_send(connection, text, strlen(text));
        return;
    }
    struct buffer bytes;
    vultus_error error = {0};
    atomic_fetch_add(&playlist->segments_asked, 1);
    if (file_read(film(), 1 << 20, &bytes, &error))
        return;
    snprintf(text, sizeof text,
             "HTTP/1.0 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %zu\r\n\r\n",
             bytes.size);
    loopback_send(connection, text, strlen(text));
    loopback_send(connection, bytes.data, bytes.size);
    buffer_clear(&bytes);
}

static void playlists_lead_to_no_file(void **state)
{
    char local[4200], plain[4200];
    (void)state;
    SKIP_WITHOUT_FFMPEG();
    snprintf(local, sizeof local, "file://%s", film());
    snprintf(plain, sizeof plain, "%s", film());
    const char *const segments[] = {"segment.mp4", local, "concat:file:///etc/passwd",
                                    "data:video/mp4;base64,AAAA", "udp://127.0.0.1:9"};
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
        struct playlist playlist = {.segment = segments[i]};
        struct loopback *server = loopback_open(0, answer_playlist, &playlist);
        struct source_options options = {.timeout = 5};
        struct source *source = NULL;
        vultus_error error = {0};
        vultus_status status =
            source_open(address_of(server, "/live.m3u8"), &options, &source, &error);
        if (!i) { /* the same film by an address that is allowed */
            struct video_frame frame = {0};
            assert_ok(status, &error);
            assert_ok(source_next(source, &frame, &error), &error);
            assert_non_null(frame.image);
            vultus_image_free(frame.image);
            assert_true(atomic_load(&playlist.segments_asked) > 0);
        } else {
            assert_true(status == VULTUS_ERR_FORMAT || status == VULTUS_ERR_IO);
        }
        source_close(source);
        loopback_close(server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_newest_frame_is_given),
        cmocka_unit_test(a_rate_holds_frames_back),
        cmocka_unit_test(a_lost_source_comes_back),
        cmocka_unit_test(who_is_not_there_is_waited_for),
        cmocka_unit_test(servers_that_send_nothing_are_left),
        cmocka_unit_test(closing_does_not_wait),
        cmocka_unit_test(playlists_lead_to_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

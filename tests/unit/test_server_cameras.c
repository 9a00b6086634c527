/* Cameras without a server: which sources may be added, their settings, and previews on their way. */
#include "support.h"

#include "base/clock.h"
#include "base/memory.h"
#include "server/camera_settings.h"
#include "server/preview.h"

static bool allows(const char *pattern, const char *source)
{
    const char *const items[] = {"/nothing/else", pattern};
    const struct camera_patterns patterns = {items, 2};
    vultus_error error = {0};
    assert_ok(camera_pattern_check(pattern, &error), &error);
    return camera_source_allowed(&patterns, source);
}

static void sources_that_fit(void **state)
{
    static const char *const pairs[][2] = {
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7/stream1"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7"},
        {"rtsp://192.168.1.*", "rtsp://user:p@ss@192.168.1.7"},
        {"rtsp://192.168.1.*:*", "rtsp://192.168.1.7:8554/a/b?c=d"},
        {"rtsp://*.cameras.lan", "rtsp://Door.CAMERAS.lan/x"},
        {"http://a.example/*/live", "http://u:p@a.example/1/live"},
        {"http://a.example/**", "http://a.example/1/live.m3u8?token=1"},
        {"http://[::1]:80", "http://[::1]:80/x"},
        {"/srv/films/*.mp4", "/srv/films/a b.mp4"},
        {"/srv/**", "/srv/films/deep/a.mp4"},
        {"camera:0", "camera:0"},
        {"/dev/video*", "/dev/video1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!allows(pairs[i][0], pairs[i][1]))
            fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
    }
}

static void sources_that_do_not_fit(void **state)
{
    static const char *const pairs[][2] = {
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7.evil.example/"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.evil.example/"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7@evil.example/"},
        {"rtsp://192.168.1.*", "rtsp://evil.example/@192.168.1.7"},
        {"rtsp://192.168.1.*", "rtsp://evil.example?@192.168.1.7"},
        {"rtsp://192.168.1.*", "rtsp://evil.example#@192.168.1.7"},
        {"rtsp://192.168.1.*", "rtsp://evil.example\\@192.168.1.7"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7:22/"},
        {"rtsp://192.168.1.*", "http://192.168.1.7/"},
        {"rtsp://192.168.1.*", "RTSP://192.168.1.7/"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.%37/"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7 /"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7/\n"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.*/"},
        {"rtsp://192.168.1.*", "rtsp://"},
        {"rtsp://192.168.1.*", "rtsp://:80/"},
        {"rtsp://192.168.1.*", "rtsp://[192.168.1.7/"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7:/"},
        {"rtsp://192.168.1.*", "rtsp://192.168.1.7:1:2/"},
        {"rtsp://192.168.1.*", "rtsp:192.168.1.7/"},
        {"rtsp://192.168.1.*", "192.168.1.7"},
        {"http://a.example/live/*", "http://a.example/live/a/b"},
        {"http://a.example/live/*", "http://a.example/live/../x"},
        {"http://a.example/live/**", "http://a.example/live/../x"},
        {"http://[::1]", "http://[::2]/"},
        {"/srv/films/*", "/srv/films/../../etc/passwd"},
        {"/srv/films/*", "/srv/films/deep/a.mp4"},
        {"/srv/films/*", "srv/films/a.mp4"},
        {"/srv/films/*", "file:///srv/films/a.mp4"},
        {"camera:0", "camera:1"},
        {"/**", "concat:/etc/passwd"},
        {"/**", "rgb24:2x2@1:/etc/passwd"},
        {"/**", "-"},
        {"/**", ""},
        {"/**", "/a\\b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (allows(pairs[i][0], pairs[i][1]))
            fail_msg("%s lets %s through", pairs[i][0], pairs[i][1]);
}

static void wrong_patterns(void **state)
{
    static const char *const bad[] = {
        "", "*", "films/*", "rtsp:", "rtsp://", "RTSP://a", "/a/../b"};
    vultus_error error = {0};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_error(VULTUS_ERR_ARGUMENT, camera_pattern_check(bad[i], &error), &error,
                     "camera-source");
}

/* ------------------------------------------------------------------ settings */

static bool reads(const char *text, struct camera_settings *out, char message[CAMERA_MESSAGE_SIZE])
{
    static const char *const own[] = {"start", NULL};
    json_t *object = json_loads(text, 0, NULL);
    assert_non_null(object);
    camera_settings_default(out);
    bool good = camera_settings_read(object, own, out, message);
    json_decref(object);
    return good;
}

static void settings_are_read(void **state)
{
    struct camera_settings settings;
    char message[CAMERA_MESSAGE_SIZE] = "";
    (void)state;
    assert_true(reads("{\"name\": \"door\", \"source\": \"rtsp://u:secret@cam/x?t=1\", \"fps\": 5, "
                      "\"confirm\": 3, \"record\": false, \"absence\": null, \"start\": true}",
                      &settings, message));
    assert_string_equal(settings.gallery, "default");
    assert_true(settings.fps == 5 && settings.confirm == 3 && settings.absence == 1.5);
    assert_false(settings.record);
    for (int secret = 0; secret < 2; secret++) {
        json_t *json = json_camera_settings(&settings, secret);
        char *text = json_dumps(json, JSON_COMPACT);
        assert_int_equal(strstr(text, "secret") != NULL, secret);
        assert_int_equal(strstr(text, "t=1") != NULL, secret);
        free(text);
        json_decref(json);
    }
}

static void settings_that_are_wrong(void **state)
{
    static const char *const bad[][2] = {
        {"{}", "name"},
        {"{\"name\": \"a\", \"fps\": 0}", "fps"},
        {"{\"name\": \"a\", \"fps\": \"5\"}", "fps"},
        {"{\"name\": \"a\", \"confirm\": 1.5}", "confirm has to be a whole number from 1 to 1000"},
        {"{\"name\": \"a\", \"preview\": 100000}", "preview"},
        {"{\"name\": \"a\", \"record\": 1}", "record is neither true nor false"},
        {"{\"name\": \"a\\nb\"}", "name"},
        {"{\"name\": \"\"}", "name"},
        {"{\"name\": \"a\", \"gallery\": \"../x\"}", "gallery"},
        {"{\"name\": \"a\", \"frob\": 1}", "there is no field frob here"},
    };
    struct camera_settings settings;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[CAMERA_MESSAGE_SIZE] = "";
        assert_false(reads(bad[i][0], &settings, message));
        if (!strstr(message, bad[i][1]))
            fail_msg("%s: \"%s\"", bad[i][0], message);
    }
}

/* ------------------------------------------------------------------ previews */

struct client {
    struct stream *stream;
    unsigned slept, woken;
    char text[4096];
    size_t size;
};

static void sleep_client(void *context)
{
    ((struct client *)context)->slept++;
}

static void wake_client(void *context)
{
    ((struct client *)context)->woken++;
}

static void come(struct client *client, struct preview *preview)
{
    vultus_error error = {0};
    *client = (struct client){0};
    assert_ok(preview_stream(preview, &client->stream, &error), &error);
    client->stream->sleep = sleep_client;
    client->stream->wake = wake_client;
    client->stream->connection = client;
}

/* Until there is nothing more; false: that was the end. */
static bool take(struct client *client, size_t step)
{
    long count;
    while ((count = client->stream->read(client->stream, client->text + client->size, step)) > 0)
        client->size += (size_t)count;
    client->text[client->size] = '\0';
    return !count;
}

static void put(struct preview *preview, const char *picture)
{
    vultus_error error = {0};
    assert_ok(preview_put(preview, (const uint8_t *)picture, strlen(picture), &error), &error);
}

static void everybody_gets_the_newest(void **state)
{
    static const char first[] = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n"
                                "one\r\n--frame\r\n";
    static const char third[] =
        "Content-Type: image/jpeg\r\nContent-Length: 5\r\n\r\nthree\r\n--frame\r\n";
    struct preview *preview = NULL;
    struct client quick, slow, late;
    struct buffer copy;
    atomic_uint open = 0;
    vultus_error error = {0};
    (void)state;
    assert_ok(preview_new(&open, &preview, &error), &error);
    assert_error(VULTUS_ERR_NOT_FOUND, preview_copy(preview, &copy, &error), &error, "no picture");
    preview_begin(preview);
    come(&quick, preview);
    come(&slow, preview);
    assert_true(take(&quick, 7));
    assert_int_equal(quick.slept, 1);
    assert_true(preview_wants(preview, clock_ns()));
    put(preview, "one");
    assert_false(preview_wants(preview, clock_ns()));
    assert_int_equal(quick.woken, 1);
    assert_int_equal(slow.woken, 0); /* it has not slept */
    assert_true(take(&quick, 7));
    assert_string_equal(quick.text, first);
    long begun = slow.stream->read(slow.stream, slow.text, 70);
    put(preview, "two");
    put(preview, "three");
    slow.size = (size_t)begun;
    assert_true(take(&slow, sizeof slow.text));
    assert_memory_equal(slow.text, first, sizeof first - 1);
    assert_string_equal(slow.text + sizeof first - 1, third);
    come(&late, preview);
    assert_int_equal(open, 3);
    preview_beat(preview, clock_ns() + (uint64_t)60000000000u, 15);
    assert_ok(preview_copy(preview, &copy, &error), &error);
    assert_string_equal((const char *)copy.data, "three");
    buffer_clear(&copy);
    preview_end(preview);
    assert_false(take(&quick, 100));
    assert_false(take(&late, 100));
    preview_leave(preview);
    assert_false(take(&slow, 100));
    quick.stream->close(quick.stream);
    slow.stream->close(slow.stream);
    late.stream->close(late.stream);
    assert_int_equal(open, 0);
}

static void not_too_many_look(void **state)
{
    struct preview *preview = NULL;
    struct client clients[PREVIEW_STREAMS_MAX];
    struct stream *more = NULL;
    atomic_uint open = 0;
    vultus_error error = {0};
    (void)state;
    assert_ok(preview_new(&open, &preview, &error), &error);
    for (size_t i = 0; i < PREVIEW_STREAMS_MAX; i++)
        come(&clients[i], preview);
    assert_error(VULTUS_ERR_BUSY, preview_stream(preview, &more, &error), &error, "open already");
    clients[0].stream->close(clients[0].stream);
    come(&clients[0], preview);
    preview_leave(preview);
    for (size_t i = 0; i < PREVIEW_STREAMS_MAX; i++)
        clients[i].stream->close(clients[i].stream);
}

static void previews_without_memory(void **state)
{
    struct preview *preview = NULL;
    struct stream *stream = NULL;
    struct buffer copy;
    atomic_uint open = 0;
    vultus_error error = {0};
    long live = mem_live();
    (void)state;
    mem_fail_after(1, false);
    assert_int_equal(preview_new(&open, &preview, &error), VULTUS_ERR_MEMORY);
    assert_ok(preview_new(&open, &preview, &error), &error);
    mem_fail_after(1, false);
    assert_int_equal(preview_stream(preview, &stream, &error), VULTUS_ERR_MEMORY);
    mem_fail_after(1, false);
    assert_int_equal(preview_put(preview, (const uint8_t *)"x", 1, &error), VULTUS_ERR_MEMORY);
    put(preview, "x");
    mem_fail_after(1, false);
    assert_int_equal(preview_copy(preview, &copy, &error), VULTUS_ERR_MEMORY);
    mem_fail_after(0, false);
    preview_leave(preview);
    assert_int_equal(mem_live(), live);
    assert_int_equal(open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_that_fit),        cmocka_unit_test(sources_that_do_not_fit),
        cmocka_unit_test(wrong_patterns),          cmocka_unit_test(settings_are_read),
        cmocka_unit_test(settings_that_are_wrong), cmocka_unit_test(everybody_gets_the_newest),
        cmocka_unit_test(not_too_many_look),       cmocka_unit_test(previews_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

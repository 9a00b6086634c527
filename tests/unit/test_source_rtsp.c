/* A camera that speaks RTSP over TCP: a server of 100 lines that sends JPEG by RTP (RFC 2326, RFC 2435). */
#include "support.h"
#include "loopback.h"
#include "pictures.h"
#include "video/source.h"
#include "base/clock.h"

#define SIDE 64
#define PAYLOAD_MAX 1200
#define QUALITY 50 /* whose tables both sides know */

static bool answer(int connection, unsigned sequence, const char *head, const char *body)
{
    char text[1024];
    int length = snprintf(text, sizeof text,
                          "RTSP/1.0 200 OK\r\nCSeq: %u\r\n%sContent-Length: %zu\r\n\r\n%s",
                          sequence, head, strlen(body), body);
    return loopback_send(connection, text, (size_t)length);
}

static void put(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

/* One packet of a picture, in the frame that RTSP has for it. */
static bool send_part(int connection, unsigned number, unsigned packet, const uint8_t *scan,
                      size_t offset, size_t size, bool last)
{
    uint8_t bytes[4 + 12 + 8 + PAYLOAD_MAX] = {'$', 0};
    put(bytes + 2, 12 + 8 + size, 2);
    bytes[4] = 0x80; /* RTP: version 2 */
    bytes[5] = (uint8_t)(26 | (last ? 0x80 : 0));
    put(bytes + 6, packet, 2);
    put(bytes + 8, number * 1800, 4); /* 50 a second of 90,000 ticks */
    put(bytes + 12, 1, 4);
    put(bytes + 17, offset, 3);
    bytes[20] = 1; /* JPEG with half the colours */
    bytes[21] = QUALITY;
    bytes[22] = bytes[23] = SIDE / 8;
    memcpy(bytes + 24, scan + offset, size);
    return loopback_send(connection, bytes, 24 + size);
}

static bool send_picture(int connection, unsigned number, unsigned *packet)
{
    struct buffer bytes;
    vultus_image *image = picture_pattern(SIDE, SIDE);
    bool good = true;
    memset(image->pixels, (int)(number % 50) * 5, image->stride * SIDE);
    picture_jpeg(image, (struct picture_jpeg){.quality = QUALITY}, &bytes);
    size_t begin = 2;
    while (bytes.data[begin + 1] != 0xDA) /* segments before the scan */
        begin += 2 + ((size_t)bytes.data[begin + 2] << 8 | bytes.data[begin + 3]);
    begin += 2 + ((size_t)bytes.data[begin + 2] << 8 | bytes.data[begin + 3]);
    size_t size = bytes.size - 2 - begin; /* without the end marker */
    for (size_t at = 0; good && at < size; at += PAYLOAD_MAX) {
        size_t part = size - at < PAYLOAD_MAX ? size - at : PAYLOAD_MAX;
        good = send_part(connection, number, ++*packet, bytes.data + begin, at, part,
                         at + part == size);
    }
    buffer_clear(&bytes);
    vultus_image_free(image);
    return good;
}

static void serve(void *context, int connection, unsigned number, const char *request)
{
    const unsigned *pictures = context;
    char next[4096];
    unsigned sequence = 1, packet = 0;
    (void)number;
    snprintf(next, sizeof next, "%s", request);
    for (; *next && strncmp(next, "PLAY", 4) != 0; sequence++) {
        if (!strncmp(next, "DESCRIBE", 8))
            answer(connection, sequence, "Content-Type: application/sdp\r\n",
                   "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=door\r\nt=0 0\r\n"
                   "a=range:npt=0-20\r\n" /* an end does not make it a recording */
                   "m=video 0 RTP/AVP 26\r\na=control:track\r\n");
        else if (!strncmp(next, "SETUP", 5))
            answer(connection, sequence,
                   "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", "");
        else
            answer(connection, sequence, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
                   "");
        loopback_request(connection, next, sizeof next);
    }
    if (*next && answer(connection, sequence, "Session: 1\r\n", ""))
        for (unsigned i = 0;
             i < *pictures && send_picture(connection, i, &packet) && loopback_pause(20); i++)
            ;
    loopback_pause(*pictures < 1000 ? 3000 : 0); /* a camera that hangs */
}

static vultus_status open_camera(struct loopback *server, double timeout, struct source **out,
                                 vultus_error *error)
{
    struct source_options options = {.timeout = timeout};
    char address[128];
    snprintf(address, sizeof address, "rtsp://ada:secret@127.0.0.1:%d/door", loopback_port(server));
    return source_open(address, &options, out, error);
}

static void frames_come_by_rtsp(void **state)
{
    unsigned pictures = 1000000;
    struct source *source = NULL;
    struct source_facts facts;
    struct video_frame frame;
    vultus_error error = {0};
    (void)state;
    struct loopback *server = loopback_open(0, serve, &pictures);
    vultus_status status = open_camera(server, 5, &source, &error);
    if (status == VULTUS_ERR_NOT_FOUND) {
        loopback_close(server);
        support_skip(error.message);
    }
    assert_ok(status, &error);
    int last = -1;
    for (int i = 0; i < 10; i++) {
        assert_ok(source_next(source, &frame, &error), &error);
        assert_int_equal(frame.image->width, SIDE);
        assert_int_equal(frame.image->height, SIDE);
        assert_true(frame.image->pixels[0] / 4 != last); /* every time another one */
        assert_true(clock_ns() - frame.arrived < UINT64_C(400000000));
        last = frame.image->pixels[0] / 4;
        vultus_image_free(frame.image);
    }
    source_describe(source, &facts);
    assert_true(facts.live);
    assert_string_equal(facts.kind, "stream");
    assert_null(strstr(facts.name, "secret"));
    source_close(source);
    loopback_close(server);
}

static void cameras_that_hang_are_lost(void **state)
{
    unsigned pictures = 100;
    struct source_options options = {.timeout = 0.4, .give_up = 0.01};
    struct source *source = NULL;
    struct video_frame frame = {0};
    vultus_error error = {0};
    char address[64];
    (void)state;
    struct loopback *server = loopback_open(0, serve, &pictures);
    snprintf(address, sizeof address, "rtsp://127.0.0.1:%d/door", loopback_port(server));
    vultus_status status = source_open(address, &options, &source, &error);
    while (!status) {
        status = source_next(source, &frame, &error);
        if (!status)
            vultus_image_free(frame.image);
    }
    if (status != VULTUS_ERR_NOT_FOUND) {
        assert_int_equal(status, VULTUS_ERR_IO);
        assert_true(strlen(error.message) > 10);
    }
    source_close(source);
    loopback_close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_by_rtsp),
        cmocka_unit_test(cameras_that_hang_are_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Cameras, with a driver that is made up: formats, the newest frame, frames that are cut, cameras that go away. */
#include "pictures.h"
#include "support.h"
#include "video/camera.h"
#include "base/memory.h"

#include <errno.h>
#include <linux/videodev2.h>

#define WIDTH 32
#define HEIGHT 16
#define ROOM (WIDTH * HEIGHT * 4)

static struct {
    uint32_t able, format; /* what it can do, and the one format that it has */
    bool is_open, streaming, unplugged, full;
    bool endless; /* whoever waits gets a frame */
    bool queued[8];
    uint8_t buffers[8][ROOM];
    unsigned mapped, frames; /* frames that wait */
    uint8_t grey;            /* of the next frame */
    uint32_t cut;            /* bytes that are missing */
} driver;

static int fake_open(const char *path)
{
    if (strcmp(path, "/dev/video3") != 0) {
        errno = ENOENT;
        return -1;
    }
    driver.is_open = true;
    return 42;
}

static void fake_close(int fd)
{
    assert_int_equal(fd, 42);
    driver.is_open = false;
}

static void fill(uint8_t *block, uint32_t *used)
{
    if (driver.format == V4L2_PIX_FMT_MJPEG) {
        struct buffer bytes;
        vultus_image *image = picture_pattern(WIDTH, HEIGHT);
        memset(image->pixels, driver.grey, image->stride * HEIGHT);
        picture_jpeg(image, (struct picture_jpeg){.quality = 95}, &bytes);
        assert_true(bytes.size <= ROOM);
        memcpy(block, bytes.data, bytes.size);
        *used = (uint32_t)bytes.size;
        buffer_clear(&bytes);
        vultus_image_free(image);
    } else {
        for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
            block[2 * i] = driver.grey;
            block[2 * i + 1] = 128;
        }
        *used = WIDTH * HEIGHT * 2;
    }
    *used -= driver.cut;
    driver.grey = (uint8_t)(driver.grey + 20);
}

static int give(struct v4l2_buffer *buffer)
{
    if (driver.unplugged) {
        errno = ENODEV;
        return -1;
    }
    for (uint32_t i = 0; driver.frames && i < 8; i++)
        if (driver.queued[i]) {
            driver.queued[i] = false;
            driver.frames--;
            buffer->index = i;
            buffer->flags = 0;
            fill(driver.buffers[i], &buffer->bytesused);
            return 0;
        }
    errno = EAGAIN;
    return -1;
}

static int set_format(struct v4l2_pix_format *format)
{
    if (driver.full) {
        errno = EBUSY;
        return -1;
    }
    format->pixelformat = driver.format; /* drivers change what they do not have */
    format->width = WIDTH;
    format->height = HEIGHT;
    format->bytesperline = WIDTH * 2;
    return 0;
}

static int fake_control(int fd, unsigned long request, void *argument)
{
    struct v4l2_buffer *buffer = argument;
    assert_int_equal(fd, 42);
    switch (request) {
    case VIDIOC_QUERYCAP:
        ((struct v4l2_capability *)argument)->capabilities = driver.able;
        return 0;
    case VIDIOC_S_FMT: return set_format(&((struct v4l2_format *)argument)->fmt.pix);
    case VIDIOC_REQBUFS: return 0;
    case VIDIOC_QUERYBUF:
        buffer->length = ROOM;
        buffer->m.offset = buffer->index;
        return 0;
    case VIDIOC_QBUF: driver.queued[buffer->index] = true; return 0;
    case VIDIOC_DQBUF: return give(buffer);
    case VIDIOC_STREAMON: driver.streaming = true; return 0;
    case VIDIOC_STREAMOFF: driver.streaming = false; return 0;
    default: errno = EINVAL; return -1;
    }
}

static void *fake_map(int fd, size_t size, int64_t offset)
{
    (void)fd;
    assert_int_equal(size, ROOM);
    driver.mapped++;
    return driver.buffers[offset];
}

static void fake_unmap(void *block, size_t size)
{
    (void)block, (void)size;
    driver.mapped--;
}

static int fake_ready(int fd)
{
    (void)fd;
    driver.frames += driver.endless && !driver.frames;
    return driver.unplugged || driver.frames > 0;
}

static const struct camera_system fake = {fake_open, fake_close, fake_control,
                                          fake_map,  fake_unmap, fake_ready};

static int plug_in(uint32_t format)
{
    memset(&driver, 0, sizeof driver);
    driver.able = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    driver.format = format;
    driver.grey = 40;
    return 0;
}

static vultus_status open_fake(void **camera, struct source_facts *facts, vultus_error *error)
{
    const struct source_terms terms = {
        .name = "camera:3", .threads = 1, .patience = {.limit = 20000000}};
    return camera_open(&fake, "camera:3", &terms, camera, facts, error);
}

/* The grey of the next frame. */
static int read_grey(void *camera)
{
    struct source_shot shot;
    vultus_image *image = NULL;
    vultus_error error = {0};
    assert_ok(source_camera.read(camera, &shot, &error), &error);
    assert_ok(source_camera.develop(NULL, &shot, &image, &error), &error);
    assert_int_equal(image->width, WIDTH);
    assert_int_equal(image->height, HEIGHT);
    int grey = image->pixels[3 * WIDTH + 5];
    vultus_image_free(image);
    return grey;
}

static void both_formats_are_pictures(void **state)
{
    static const uint32_t formats[] = {V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_YUYV};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct source_facts facts = {0};
        void *camera = NULL;
        vultus_error error = {0};
        long before = mem_live();
        plug_in(formats[i]);
        assert_ok(open_fake(&camera, &facts, &error), &error);
        assert_true(facts.live && driver.streaming);
        assert_int_equal(facts.width, WIDTH);
        for (int n = 0; n < 6; n++) { /* more than there are buffers */
            int grey = 40 + 20 * n, expected = i ? (grey - 16) * 255 / 219 : grey;
            driver.frames = 1;
            assert_in_range(read_grey(camera) - expected + 2, 0, 4);
        }
        source_camera.close(camera);
        assert_false(driver.is_open || driver.streaming || driver.mapped);
        assert_int_equal(mem_live(), before);
    }
}

static void the_newest_frame_is_taken(void **state)
{
    struct source_facts facts = {0};
    struct source_shot shot;
    void *camera = NULL;
    vultus_error error = {0};
    (void)state;
    plug_in(V4L2_PIX_FMT_YUYV);
    assert_ok(open_fake(&camera, &facts, &error), &error);
    driver.frames = 3;
    assert_in_range(read_grey(camera), 74, 76); /* 80 of 40, 60, 80 */
    assert_error(VULTUS_ERR_IO, source_camera.read(camera, &shot, &error), &error, "nothing came");
    source_camera.close(camera);
}

static void frames_that_are_cut_are_passed_over(void **state)
{
    struct source_facts facts = {0};
    struct source_shot shot;
    void *camera = NULL;
    vultus_error error = {0};
    (void)state;
    plug_in(V4L2_PIX_FMT_YUYV);
    assert_ok(open_fake(&camera, &facts, &error), &error);
    driver.cut = 8;
    driver.frames = 1;
    assert_error(VULTUS_ERR_IO, source_camera.read(camera, &shot, &error), &error, "nothing came");
    driver.endless = true;
    assert_error(VULTUS_ERR_IO, source_camera.read(camera, &shot, &error), &error, "were cut");
    source_camera.close(camera);
}

static void what_is_no_camera_is_refused(void **state)
{
    struct source_facts facts = {0};
    void *camera = NULL;
    vultus_error error = {0};
    (void)state;
    plug_in(V4L2_PIX_FMT_YUYV);
    driver.able = V4L2_CAP_STREAMING;
    assert_error(VULTUS_ERR_FORMAT, open_fake(&camera, &facts, &error), &error, "gives no video");
    plug_in(V4L2_PIX_FMT_NV12);
    assert_error(VULTUS_ERR_FORMAT, open_fake(&camera, &facts, &error), &error, "neither MJPEG");
    plug_in(V4L2_PIX_FMT_YUYV);
    driver.full = true;
    assert_error(VULTUS_ERR_IO, open_fake(&camera, &facts, &error), &error, "another program");
    assert_false(driver.is_open);
    struct source *source = NULL;
    assert_error(VULTUS_ERR_IO, source_open("camera:999", NULL, &source, &error), &error,
                 "/dev/video999: No such file");
    static const char *const wrong[] = {"camera:", "camera:x", "camera:1x", "camera:-1",
                                        "camera:1234"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_error(VULTUS_ERR_ARGUMENT, source_open(wrong[i], NULL, &source, &error), &error,
                     "cameras are camera:0");
}

static void who_is_unplugged_is_said(void **state)
{
    struct source_facts facts = {0};
    struct source_shot shot;
    void *camera = NULL;
    vultus_error error = {0};
    (void)state;
    plug_in(V4L2_PIX_FMT_YUYV);
    assert_ok(open_fake(&camera, &facts, &error), &error);
    driver.unplugged = true;
    assert_error(VULTUS_ERR_IO, source_camera.read(camera, &shot, &error), &error,
                 "No such device");
    source_camera.close(camera);
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    for (long n = 1;; n++) {
        struct source_facts facts = {0};
        struct source_shot shot = {0};
        void *camera = NULL;
        vultus_image *image = NULL;
        vultus_error error = {0};
        plug_in(V4L2_PIX_FMT_YUYV);
        driver.frames = 1;
        long before = mem_live();
        mem_fail_after(n, false);
        vultus_status status = open_fake(&camera, &facts, &error);
        if (!status)
            status = source_camera.read(camera, &shot, &error);
        if (!status)
            status = source_camera.develop(NULL, &shot, &image, &error);
        bool failed = mem_failed();
        mem_fail_after(0, false);
        vultus_image_free(image);
        if (camera)
            source_camera.close(camera);
        assert_int_equal(mem_live(), before);
        assert_false(driver.is_open);
        if (!failed)
            break;
        assert_int_equal(status, VULTUS_ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_formats_are_pictures),
        cmocka_unit_test(the_newest_frame_is_taken),
        cmocka_unit_test(frames_that_are_cut_are_passed_over),
        cmocka_unit_test(what_is_no_camera_is_refused),
        cmocka_unit_test(who_is_unplugged_is_said),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * A camera at "camera:N" or /dev/videoN: MJPEG where it has it, else YUYV, in buffers that are shared with the
 * driver. A frame is copied out at once and the buffer given back; of several that wait the newest is taken. The
 * decoder is the one for pictures, so no FFmpeg is needed.
 */
#define _GNU_SOURCE
#include "video/camera.h"
#include "video/source_address.h"
#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFERS 4     /* one is filled, one waits, and two for a reader that is late */
#define SHORT_MAX 100 /* frames in a row that are cut: the camera is broken */
#define RATE 30
#define PATH_SIZE 64

static const struct wish {
    uint32_t format, width, height;
} wishes[] = {{V4L2_PIX_FMT_MJPEG, 1280, 720}, {V4L2_PIX_FMT_YUYV, 640, 480}};

struct camera {
    const struct camera_system *system;
    struct patience patience;
    char name[SOURCE_NAME_SIZE];
    int fd;
    struct v4l2_pix_format format;
    struct {
        void *block;
        size_t size;
    } buffers[BUFFERS];
    uint32_t count;
    uint64_t first; /* clock_ns() of the first frame; 0: none yet */
    unsigned cut;
};

struct shot {
    struct v4l2_pix_format format;
    size_t size;
    uint8_t bytes[];
};

/* ------------------------------------------------------------------ the system */

static int open_device(const char *path)
{
    return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static void close_device(int fd)
{
    close(fd);
}

static int control_device(int fd, unsigned long request, void *argument)
{
    int result;
    do
        result = ioctl(fd, request, argument);
    while (result < 0 && errno == EINTR);
    return result;
}

static void *map_device(int fd, size_t size, int64_t offset)
{
    void *block = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)offset);
    return block == MAP_FAILED ? NULL : block;
}

static void unmap_device(void *block, size_t size)
{
    munmap(block, size);
}

static int device_ready(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int count = poll(&ready, 1, PATIENCE_SLICE_MS);
    if (count < 0)
        return errno == EINTR ? 0 : -1;
    if (count && ready.revents & (POLLERR | POLLHUP | POLLNVAL)) {
        errno = ENODEV;
        return -1;
    }
    return count > 0;
}

static const struct camera_system linux_system = {open_device, close_device, control_device,
                                                  map_device,  unmap_device, device_ready};

/* ------------------------------------------------------------------ opening */

static vultus_status trouble(const struct camera *camera, const char *what, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_IO, "%s: %s: %s%s", camera->name, what, strerror(errno),
                      errno == EACCES  ? " (is this user in the group video?)"
                      : errno == EBUSY ? " (another program has it)"
                                       : "");
}

static int control(const struct camera *camera, unsigned long request, void *argument)
{
    return camera->system->control(camera->fd, request, argument);
}

static bool device_path(const char *address, char out[PATH_SIZE])
{
    if (!address_has_scheme(address, "camera"))
        return snprintf(out, PATH_SIZE, "%s", address) < PATH_SIZE;
    const char *number = strchr(address, ':') + 1;
    size_t digits = strspn(number, "0123456789");
    if (!digits || digits > 3 || number[digits])
        return false;
    return snprintf(out, PATH_SIZE, "/dev/video%s", number) < PATH_SIZE;
}

static vultus_status open_path(struct camera *camera, const char *address, vultus_error *error)
{
    char path[PATH_SIZE];
    struct v4l2_capability able = {0};
    if (!device_path(address, path))
        return status_set(error, VULTUS_ERR_ARGUMENT, "%s: cameras are camera:0, camera:1, ...",
                          camera->name);
    camera->fd = camera->system->open(path);
    if (camera->fd < 0)
        return trouble(camera, path, error);
    if (control(camera, VIDIOC_QUERYCAP, &able) < 0)
        return status_set(error, VULTUS_ERR_FORMAT, "%s: is no camera", camera->name);
    uint32_t has = able.capabilities & V4L2_CAP_DEVICE_CAPS ? able.device_caps : able.capabilities;
    if (!(has & V4L2_CAP_VIDEO_CAPTURE) || !(has & V4L2_CAP_STREAMING))
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: gives no video; another number may be the camera's", camera->name);
    return VULTUS_OK;
}

static vultus_status choose_format(struct camera *camera, vultus_error *error)
{
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
        format.fmt.pix.pixelformat = wishes[i].format;
        format.fmt.pix.width = wishes[i].width;
        format.fmt.pix.height = wishes[i].height;
        format.fmt.pix.field = V4L2_FIELD_ANY;
        if (control(camera, VIDIOC_S_FMT, &format) < 0) {
            if (errno != EINVAL)
                return trouble(camera, "setting its format", error);
            continue;
        }
        camera->format = format.fmt.pix;
        if (camera->format.pixelformat == wishes[i].format)
            return image_check_size(camera->format.width, camera->format.height, VULTUS_PIXELS_MAX,
                                    camera->name, error);
    }
    return status_set(error, VULTUS_ERR_FORMAT, "%s: has neither MJPEG nor YUYV", camera->name);
}

static int give_back(struct camera *camera, uint32_t index)
{
    struct v4l2_buffer buffer = {
        .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = index};
    return control(camera, VIDIOC_QBUF, &buffer);
}

static vultus_status begin(struct camera *camera, vultus_error *error)
{
    struct v4l2_requestbuffers request = {
        .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (control(camera, VIDIOC_REQBUFS, &request) < 0)
        return trouble(camera, "asking for buffers", error);
    camera->count = request.count < BUFFERS ? request.count : BUFFERS;
    for (uint32_t i = 0; i < camera->count; i++) {
        struct v4l2_buffer buffer = {
            .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP, .index = i};
        if (control(camera, VIDIOC_QUERYBUF, &buffer) < 0)
            return trouble(camera, "asking for buffers", error);
        camera->buffers[i].block = camera->system->map(camera->fd, buffer.length, buffer.m.offset);
        if (!camera->buffers[i].block)
            return trouble(camera, "sharing its buffers", error);
        camera->buffers[i].size = buffer.length;
        if (give_back(camera, i) < 0)
            return trouble(camera, "giving it buffers", error);
    }
    return !camera->count || control(camera, VIDIOC_STREAMON, &type) < 0
               ? trouble(camera, "starting it", error)
               : VULTUS_OK;
}

static void close_camera(void *self)
{
    struct camera *camera = self;
    int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
    if (camera->fd >= 0) {
        (void)control(camera, VIDIOC_STREAMOFF, &type);
        for (uint32_t i = 0; i < camera->count; i++)
            if (camera->buffers[i].block)
                camera->system->unmap(camera->buffers[i].block, camera->buffers[i].size);
        camera->system->close(camera->fd);
    }
    mem_free(camera);
}

vultus_status camera_open(const struct camera_system *system, const char *address,
                          const struct source_terms *terms, void **out, struct source_facts *facts,
                          vultus_error *error)
{
    struct v4l2_streamparm rate = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
    struct camera *camera = mem_zalloc(1, sizeof *camera);
    if (!camera)
        return status_memory(error, "a camera");
    camera->system = system;
    camera->patience = terms->patience;
    camera->fd = -1;
    (void)snprintf(camera->name, sizeof camera->name, "%s", terms->name);
    vultus_status status = open_path(camera, address, error);
    if (!status)
        status = choose_format(camera, error);
    rate.parm.capture.timeperframe = (struct v4l2_fract){1, RATE};
    if (!status) /* many cannot, and have a rate of their own */
        (void)control(camera, VIDIOC_S_PARM, &rate);
    if (!status)
        status = begin(camera, error);
    if (status) {
        close_camera(camera);
        return status;
    }
    facts->live = true;
    facts->width = camera->format.width;
    facts->height = camera->format.height;
    *out = camera;
    return VULTUS_OK;
}

static vultus_status open_linux(const char *address, const struct source_terms *terms, void **out,
                                struct source_facts *facts, vultus_error *error)
{
    return camera_open(&linux_system, address, terms, out, facts, error);
}

/* ------------------------------------------------------------------ frames */

/* The newest that waits; those before it are given back. False: none, or *status. */
static bool take_newest(struct camera *camera, struct v4l2_buffer *out, vultus_status *status,
                        vultus_error *error)
{
    bool have = false;
    for (;;) {
        struct v4l2_buffer next = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
        if (control(camera, VIDIOC_DQBUF, &next) < 0) {
            if (errno != EAGAIN)
                *status = trouble(camera, "reading it", error);
            return have && !*status;
        }
        if (have && give_back(camera, out->index) < 0)
            *status = trouble(camera, "reading it", error);
        *out = next;
        have = true;
    }
}

static bool is_whole(const struct camera *camera, const struct v4l2_buffer *buffer)
{
    const struct v4l2_pix_format *format = &camera->format;
    if (buffer->flags & V4L2_BUF_FLAG_ERROR || buffer->index >= camera->count ||
        buffer->bytesused > camera->buffers[buffer->index].size)
        return false;
    if (format->pixelformat == V4L2_PIX_FMT_MJPEG)
        return buffer->bytesused > 0;
    return format->bytesperline >= (uint64_t)2 * format->width &&
           buffer->bytesused >= (uint64_t)format->bytesperline * format->height;
}

/* *out stays NULL where the frame is cut. */
static vultus_status copy_out(struct camera *camera, const struct v4l2_buffer *buffer,
                              struct shot **out, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    if (is_whole(camera, buffer)) {
        struct shot *shot = mem_alloc(sizeof *shot + buffer->bytesused);
        if (shot) {
            shot->format = camera->format;
            shot->size = buffer->bytesused;
            memcpy(shot->bytes, camera->buffers[buffer->index].block, shot->size);
            camera->cut = 0;
        } else {
            status = status_memory(error, "a frame of a camera");
        }
        *out = shot;
    } else if (++camera->cut >= SHORT_MAX) {
        status = status_set(error, VULTUS_ERR_IO, "%s: its last %d frames were cut", camera->name,
                            SHORT_MAX);
    }
    if (give_back(camera, buffer->index) < 0 && !status)
        status = trouble(camera, "reading it", error);
    return status;
}

static vultus_status read_camera(void *self, struct source_shot *out, vultus_error *error)
{
    struct camera *camera = self;
    struct shot *shot = NULL;
    vultus_status status = VULTUS_OK;
    *out = (struct source_shot){.key = true};
    patience_begin(&camera->patience);
    while (!status && !shot) {
        struct v4l2_buffer buffer = {0};
        int ready = camera->system->ready(camera->fd);
        if (ready < 0)
            status = trouble(camera, "waiting for it", error);
        else if (ready && take_newest(camera, &buffer, &status, error))
            status = copy_out(camera, &buffer, &shot, error);
        else if (!status && patience_over(&camera->patience))
            status = patience_why(&camera->patience, camera->name, error);
    }
    if (status) {
        mem_free(shot);
        return status;
    }
    out->arrived = clock_ns();
    camera->first = camera->first ? camera->first : out->arrived;
    out->time = (int64_t)((out->arrived - camera->first) / 1000);
    out->data = shot;
    return VULTUS_OK;
}

static void drop_bytes(struct source_shot *shot)
{
    mem_free(shot->data);
    shot->data = NULL;
}

static uint8_t to_byte(int value)
{
    return value < 0 ? 0 : value > 255 << 8 ? 255 : (uint8_t)(value >> 8);
}

/* BT.601, 16..235, in 256 parts. */
static void yuv_pixel(int y, int u, int v, uint8_t *out)
{
    int luma = 298 * (y - 16) + 128;
    out[0] = to_byte(luma + 409 * (v - 128));
    out[1] = to_byte(luma - 100 * (u - 128) - 208 * (v - 128));
    out[2] = to_byte(luma + 516 * (u - 128));
}

static vultus_status from_yuyv(const struct shot *shot, vultus_image **out, vultus_error *error)
{
    vultus_image *image = NULL;
    vultus_status status = image_new(shot->format.width, shot->format.height, &image, error);
    if (status)
        return status;
    for (size_t y = 0; y < image->height; y++) {
        const uint8_t *from = shot->bytes + y * shot->format.bytesperline;
        uint8_t *to = image->pixels + y * image->stride;
        for (size_t x = 0; x < image->width; x++, to += 3) {
            const uint8_t *pair = from + x / 2 * 4;
            yuv_pixel(from[2 * x], pair[1], pair[3], to);
        }
    }
    *out = image;
    return VULTUS_OK;
}

static vultus_status develop_bytes(void **room, struct source_shot *shot, vultus_image **out,
                                   vultus_error *error)
{
    const struct shot *mine = shot->data;
    (void)room;
    vultus_status status =
        mine->format.pixelformat == V4L2_PIX_FMT_MJPEG
            ? vultus_image_decode(mine->bytes, mine->size, "a camera's frame", NULL, out, error)
            : from_yuyv(mine, out, error);
    drop_bytes(shot);
    return status;
}

const struct source_kind source_camera = {.name = "camera",
                                          .takes = address_is_camera,
                                          .open = open_linux,
                                          .read = read_camera,
                                          .close = close_camera,
                                          .develop = develop_bytes,
                                          .drop = drop_bytes};

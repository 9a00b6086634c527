/*
 * Bare pixels, as another program writes them: "rgb24:WIDTHxHEIGHT@FPS" on standard input, or ":PATH" behind it
 * for a file or a named pipe. The pixels carry no time: it is counted. Bytes that are left at the end and
 * make no whole frame are said, because they mean that the size is wrong. Needs no FFmpeg.
 */
#define _GNU_SOURCE
#include "video/source_kind.h"
#include "video/source_address.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RATE_MAX 1000.0

struct raw {
    struct source_terms terms;
    char name[SOURCE_NAME_SIZE];
    int fd;
    bool own;
    uint32_t width, height;
    double rate;
    uint64_t given;
};

static bool takes_raw(const char *address)
{
    return address_has_scheme(address, "rgb24");
}

/* A whole number up to VULTUS_SIDE_MAX before the character `end`. */
static bool read_side(const char **text, char end, uint32_t *out)
{
    char *behind;
    if (**text < '0' || **text > '9')
        return false;
    unsigned long value = strtoul(*text, &behind, 10);
    if (!value || value > VULTUS_SIDE_MAX || *behind != end)
        return false;
    *out = (uint32_t)value;
    *text = behind + 1;
    return true;
}

/* Sets *path to what stands behind the rate, or NULL. */
static vultus_status read_address(struct raw *raw, const char *address, const char **path,
                                  vultus_error *error)
{
    const char *at = strchr(address, ':') + 1;
    char *behind = NULL;
    bool good = read_side(&at, 'x', &raw->width) && read_side(&at, '@', &raw->height) &&
                *at >= '0' && *at <= '9';
    if (good)
        raw->rate = strtod(at, &behind);
    if (!good || !isfinite(raw->rate) || raw->rate <= 0 || raw->rate > RATE_MAX ||
        (*behind && *behind != ':'))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "%s: bare pixels are rgb24:WIDTHxHEIGHT@FPS, for instance "
                          "rgb24:640x480@25, with :PATH behind it for a file",
                          raw->name);
    *path = *behind ? behind + 1 : NULL;
    return image_check_size(raw->width, raw->height, VULTUS_PIXELS_MAX, raw->name, error);
}

static vultus_status open_path(struct raw *raw, const char *path, vultus_error *error)
{
    struct stat info;
    if (!path)
        return VULTUS_OK; /* standard input */
    /* A pipe would be waited for until somebody writes to it. */
    raw->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (raw->fd < 0 || fstat(raw->fd, &info))
        return status_set(error, VULTUS_ERR_IO, "%s: %s", raw->name, strerror(errno));
    raw->own = true;
    if (S_ISDIR(info.st_mode))
        return status_set(error, VULTUS_ERR_IO, "%s: is a folder", raw->name);
    return VULTUS_OK;
}

static void close_raw(void *self)
{
    struct raw *raw = self;
    if (raw->own)
        close(raw->fd);
    mem_free(raw);
}

static vultus_status open_raw(const char *address, const struct source_terms *terms, void **out,
                              struct source_facts *facts, vultus_error *error)
{
    const char *path = NULL;
    struct raw *raw = mem_zalloc(1, sizeof *raw);
    if (!raw)
        return status_memory(error, "a source of pixels");
    raw->terms = *terms;
    raw->fd = STDIN_FILENO;
    memcpy(raw->name, facts->name, sizeof raw->name);
    vultus_status status = read_address(raw, address, &path, error);
    if (!status)
        status = open_path(raw, path, error);
    if (status) {
        close_raw(raw);
        return status;
    }
    facts->width = raw->width;
    facts->height = raw->height;
    facts->rate = raw->rate;
    *out = raw;
    return VULTUS_OK;
}

/* Fills the picture; *got is less than its size where the stream ends. */
static vultus_status fill(struct raw *raw, vultus_image *image, size_t *got, vultus_error *error)
{
    size_t size = image->stride * image->height;
    struct patience *patience = &raw->terms.patience;
    patience_begin(patience);
    while (*got < size) {
        long more = patience_read(patience, raw->fd, image->pixels + *got, size - *got);
        if (more == -1)
            return patience_why(patience, raw->name, error);
        if (more < 0)
            return status_set(error, VULTUS_ERR_IO, "%s: %s", raw->name, strerror(errno));
        if (!more)
            break;
        *got += (size_t)more;
    }
    if (*got && *got < size)
        return status_set(error, VULTUS_ERR_FORMAT,
                          "%s: ends in the middle of a frame: %zu bytes of %zu; is the size right?",
                          raw->name, *got, size);
    return VULTUS_OK;
}

static vultus_status read_raw(void *self, struct source_shot *out, vultus_error *error)
{
    struct raw *raw = self;
    vultus_image *image = NULL;
    size_t got = 0;
    *out = (struct source_shot){.key = true};
    vultus_status status = image_new(raw->width, raw->height, &image, error);
    if (!status)
        status = fill(raw, image, &got, error);
    if (status || !got) {
        vultus_image_free(image);
        return status;
    }
    out->data = image;
    out->arrived = clock_ns();
    out->time = (int64_t)((double)raw->given++ * 1e6 / raw->rate);
    return VULTUS_OK;
}

static void drop_picture(struct source_shot *shot)
{
    vultus_image_free(shot->data);
    shot->data = NULL;
}

static vultus_status take_picture(void **room, struct source_shot *shot, vultus_image **out,
                                  vultus_error *error)
{
    (void)room, (void)error;
    *out = shot->data;
    shot->data = NULL;
    return VULTUS_OK;
}

const struct source_kind source_raw = {.name = "raw",
                                       .takes = takes_raw,
                                       .open = open_raw,
                                       .read = read_raw,
                                       .close = close_raw,
                                       .develop = take_picture,
                                       .drop = drop_picture};

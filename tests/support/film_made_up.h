/*
 * Films of coloured squares that stand for faces, as folders of pictures, and eyes that see them: for tests of
 * watching, without networks.
 */
#ifndef FILM_MADE_UP_H
#define FILM_MADE_UP_H

#include "base/file.h"
#include "base/memory.h"
#include "support.h"
#include "video/watch_line.h"

#include <stdatomic.h>

#define WIDTH 240
#define HEIGHT 160
#define SIDE 32 /* of a square, which is a face */
#define FRAMES 75
#define FILMS 32 /* of one program */
#define DIMENSION 4

enum who { ADA, EVE, STRANGER, TWIN, WHO }; /* the twin looks a little like Ada */

static const char *const names[WHO] = {"Ada", "Eve", "", "Ada"};

struct part { /* somebody in the film */
    enum who who;
    int from, to; /* frames: [from, to) */
    int x, y, step;
};

/* ------------------------------------------------------------------ the film */

static const uint8_t colours[WHO][2] = {{250, 0}, {0, 250}, {250, 250}, {250, 120}};

/* Red and blue say who it is; green is a pattern, as the features of a face are. */
static inline void paint_pixel(uint8_t *pixel, enum who who, int x, int y)
{
    const bool light[WHO] = {x < SIDE / 2,
                             y<SIDE / 2, (x < SIDE / 2) != (y < SIDE / 2), x> SIDE / 2};
    pixel[0] = colours[who][0];
    pixel[1] = light[who] ? 60 : 0;
    pixel[2] = colours[who][1];
}

static inline bool is_of(const uint8_t *pixel, enum who who)
{
    return pixel[0] == colours[who][0] && pixel[2] == colours[who][1];
}

static inline void paint(uint8_t *pixels, const struct part *part, int frame)
{
    int left = part->x + part->step * (frame - part->from);
    for (int y = part->y; y < part->y + SIDE; y++)
        for (int x = left; x < left + SIDE; x++)
            if (x >= 0 && x < WIDTH && y >= 0 && y < HEIGHT)
                paint_pixel(pixels + 3 * ((size_t)y * WIDTH + (size_t)x), part->who, x - left,
                            y - part->y);
}

/* The ground is another one from frame `cut` on. */
static inline const char *film(const struct part *parts, size_t count, int cut)
{
    static int films;
    static uint8_t pixels[3 * WIDTH * HEIGHT];
    char name[32], frame_name[32];
    vultus_error error = {0};
    static char folders[FILMS][512];
    assert_in_range(films, 0, FILMS - 1);
    char *folder = folders[films];
    snprintf(name, sizeof name, "film%d", films++);
    snprintf(folder, sizeof folders[0], "%s", support_join(support_folder(), name));
    assert_ok(file_make_folders(folder, &error), &error);
    for (int frame = 0; frame < FRAMES; frame++) {
        vultus_image *image = NULL;
        for (int i = 0; i < WIDTH * HEIGHT; i++) {
            int x = i % WIDTH, y = i / WIDTH;
            int grey = frame < cut ? 60 + 100 * (x > WIDTH / 3) : 60 + 100 * (y > HEIGHT / 2);
            memset(pixels + 3 * i, grey, 3);
        }
        for (size_t i = 0; i < count; i++)
            if (frame >= parts[i].from && frame < parts[i].to)
                paint(pixels, &parts[i], frame);
        const vultus_pixels all = {pixels, WIDTH, HEIGHT, 0, VULTUS_PIXELS_RGB};
        snprintf(frame_name, sizeof frame_name, "%04d.png", frame);
        assert_ok(vultus_image_wrap(&all, &image, &error), &error);
        assert_ok(vultus_image_write(image, support_join(folder, frame_name), &error), &error);
        vultus_image_free(image);
    }
    return folder;
}

/* ------------------------------------------------------------------ the eyes */

struct eyes {
    atomic_int searches;
    atomic_int looks;
    _Atomic uint64_t pixels; /* that were searched */
    int fail_at;             /* the search that fails; 0: none */
};

static inline vultus_status find(void *context, const vultus_image *part, float min_face,
                                 vultus_faces *out, vultus_error *error)
{
    struct eyes *eyes = context;
    vultus_pixels pixels = vultus_image_pixels(part);
    vultus_faces faces = {0};
    (void)min_face;
    if (atomic_fetch_add(&eyes->searches, 1) + 1 == eyes->fail_at)
        return status_set(error, VULTUS_ERR_MODEL, "the eyes are closed");
    atomic_fetch_add(&eyes->pixels, (uint64_t)pixels.width * pixels.height);
    faces.items = mem_zalloc(WHO, sizeof *faces.items);
    if (!faces.items)
        return status_memory(error, "faces");
    for (enum who who = 0; who < WHO; who++) {
        uint32_t left = UINT32_MAX, top = UINT32_MAX, right = 0, bottom = 0;
        for (uint32_t y = 0; y < pixels.height; y++)
            for (uint32_t x = 0; x < pixels.width; x++)
                if (is_of(pixels.data + y * pixels.stride + 3 * (size_t)x, who)) {
                    left = x < left ? x : left;
                    right = x + 1 > right ? x + 1 : right;
                    top = y < top ? y : top;
                    bottom = y + 1 > bottom ? y + 1 : bottom;
                }
        if (right < left + SIDE / 2 || left == UINT32_MAX)
            continue;
        faces.items[faces.count++] = (vultus_face){
            .box = {(float)left, (float)top, (float)(right - left), (float)(bottom - top)},
            .score = 0.99f,
            .quality = {.score = 0.8f}};
    }
    *out = faces;
    return VULTUS_OK;
}

static inline vultus_status embed(void *context, const vultus_image *frame, const vultus_face *face,
                                  float *out, vultus_error *error)
{
    struct eyes *eyes = context;
    vultus_pixels pixels = vultus_image_pixels(frame);
    size_t x = (size_t)(face->box.x + face->box.width / 2);
    size_t y = (size_t)(face->box.y + face->box.height / 2);
    (void)error;
    atomic_fetch_add(&eyes->looks, 1);
    memset(out, 0, DIMENSION * sizeof *out);
    for (enum who who = 0; who < WHO; who++)
        out[who] = is_of(pixels.data + y * pixels.stride + 3 * x, who);
    return VULTUS_OK;
}

static inline vultus_status name(void *context, const float *mean, float quality, struct look *out,
                                 vultus_error *error)
{
    enum who who = ADA;
    while (who + 1 < WHO && !(mean[who] > 0.5f))
        who++;
    (void)context;
    (void)error;
    *out = (struct look){.name = names[who],
                         .match = who != STRANGER,
                         .quality = quality,
                         .similarity = 0.9f,
                         .far = who == STRANGER ? 0.5f
                                : who == TWIN   ? 5e-3f
                                                : 1e-4f};
    return VULTUS_OK;
}

static inline float margin(void *context, const float *a, const float *b)
{
    float sum = 0;
    (void)context;
    for (size_t i = 0; i < DIMENSION; i++)
        sum += a[i] * b[i];
    return sum - 0.5f;
}

#endif

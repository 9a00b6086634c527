/*
 * How the model of liveness does on pictures that are as they are and on the same ones photographed anew:
 *
 *     bench_liveness_attacks PICTURE... [--write FOLDER]
 *
 * The largest face of each picture is judged as it is, and then as a camera would see it that has 200 pixels for
 * it: the picture itself ("again": the camera alone, a control), printed, and on a screen, each roughly and finely. Paper has a halftone
 * of four turned grids of dots, a narrow range and a border; a screen has stripes of red, green and blue with
 * gaps between its pixels, which beat with the camera's, a glow and a frame. THESE ARE SIMULATIONS: real paper and
 * screens have more, light on them, bends, the camera's own sharpening, and real attackers choose what works.
 * A line for each picture; then the shares that pass at some thresholds.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "image/image.h"

#include <vultus/vultus.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FACE 200.0f /* pixels of the camera across the face */
#define VIEW 440    /* of the camera's picture */
#define SCREEN 1.6f /* of the face, from its middle: where paper and screen end */
#define SAMPLES 4   /* a pixel of the camera sees so many times so many points */
#define NOISE 2.0   /* of its sensor, in steps of 255 */
#define TURN 0.03f  /* radians that what is held is turned */
/* Of the face's size: between dots of newsprint, and of a photo printer; and between pixels of a telephone from some
 * years ago that shows the face in 7 cm, and of one whose pixels nobody sees. */
#define DOT 0.011f
#define FINE_DOT 0.0042f
#define PIXEL 0.0045f
#define FINE_PIXEL 0.0021f

enum medium { AS_IS, AGAIN, PRINT, FINE_PRINT, SCREEN_SHOT, FINE_SCREEN, MEDIA };
static const char *const media[MEDIA] = {"as it is",   "again",  "print",
                                         "fine print", "screen", "fine screen"};

struct colour {
    float c[3];
};

struct scene {
    vultus_pixels pixels;
    float x, y, side; /* the middle of the face, and its size, in the picture */
};

static void need(vultus_status status, const vultus_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "liveness_attacks: %s\n", error->message);
    exit(1);
}

/* ------------------------------------------------------------------ what a point of the medium shows */

/* The picture at a place in faces from the middle of the face; bilinear, 0..1. */
static struct colour picture_at(const struct scene *scene, float u, float v)
{
    const vultus_pixels *from = &scene->pixels;
    float x = fminf(fmaxf(scene->x + u * scene->side - 0.5f, 0), (float)from->width - 1.001f);
    float y = fminf(fmaxf(scene->y + v * scene->side - 0.5f, 0), (float)from->height - 1.001f);
    size_t left = (size_t)x, top = (size_t)y;
    float right = x - (float)left, below = y - (float)top;
    struct colour out;
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *a = from->data + top * from->stride + 3 * left + i, *b = a + from->stride;
        out.c[i] = ((1 - below) * ((1 - right) * a[0] + right * a[3]) +
                    below * ((1 - right) * b[0] + right * b[3])) /
                   255;
    }
    return out;
}

/* How much of a colour gets through a grid of dots that is turned: nearly all or nearly nothing. */
static float halftone(float value, float u, float v, float angle, float dot)
{
    float x = (u * cosf(angle) - v * sinf(angle)) / dot;
    float y = (u * sinf(angle) + v * cosf(angle)) / dot;
    float level = 0.5f + 0.25f * (cosf(6.2831853f * x) + cosf(6.2831853f * y));
    return fminf(fmaxf(0.5f + 4 * (value - level), 0), 1);
}

static struct colour print_at(const struct scene *scene, float u, float v, float dot)
{
    static const float angles[3] = {0.26f, 1.31f, 0.79f};
    struct colour from = {{0}}, out;
    for (int i = 0; i < 4; i++) { /* ink runs a little */
        struct colour near =
            picture_at(scene, u + (i & 1 ? 0.4f : -0.4f) * dot, v + (i & 2 ? 0.4f : -0.4f) * dot);
        for (size_t k = 0; k < 3; k++)
            from.c[k] += near.c[k] / 4;
    }
    for (size_t i = 0; i < 3; i++)
        out.c[i] = 0.13f + 0.77f * halftone(from.c[i], u, v, angles[i], dot);
    return out;
}

static struct colour screen_at(const struct scene *scene, float u, float v, float pixel)
{
    static const float glow[3] = {0.97f, 1, 1.06f};
    float column = floorf(u / pixel), row = floorf(v / pixel);
    float across = u / pixel - column, down = v / pixel - row;
    struct colour from = picture_at(scene, (column + 0.5f) * pixel, (row + 0.5f) * pixel), out;
    for (size_t i = 0; i < 3; i++) {
        bool lit = across >= (float)i / 3 && across < (float)i / 3 + 0.29f && down < 0.86f;
        /* a third of the width with three times the light, less the gaps */
        out.c[i] = 0.03f + (lit ? 3.2f * glow[i] * powf(from.c[i], 1.15f) : 0);
    }
    return out;
}

static struct colour medium_at(const struct scene *scene, enum medium medium, float u, float v)
{
    static const struct colour paper = {{0.9f, 0.9f, 0.88f}}, frame = {{0.05f, 0.05f, 0.05f}};
    bool beyond = fabsf(u) > SCREEN / 2 || fabsf(v) > SCREEN / 2;
    switch (medium) {
    case PRINT: return beyond ? paper : print_at(scene, u, v, DOT);
    case FINE_PRINT: return beyond ? paper : print_at(scene, u, v, FINE_DOT);
    case SCREEN_SHOT: return beyond ? frame : screen_at(scene, u, v, PIXEL);
    case FINE_SCREEN: return beyond ? frame : screen_at(scene, u, v, FINE_PIXEL);
    default: return picture_at(scene, u, v);
    }
}

/* ------------------------------------------------------------------ the camera */

static vultus_image *photograph(const struct scene *scene, enum medium medium,
                                struct random *random)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    need(image_new(VIEW, VIEW, &image, &error), &error);
    for (size_t y = 0; y < VIEW; y++)
        for (size_t x = 0; x < VIEW; x++) {
            float sum[3] = {0};
            for (size_t i = 0; i < SAMPLES * SAMPLES; i++) {
                float a = ((float)x + ((float)(i % SAMPLES) + 0.5f) / SAMPLES - VIEW / 2.0f) / FACE;
                float b = ((float)y + ((float)(i / SAMPLES) + 0.5f) / SAMPLES - VIEW / 2.0f) / FACE;
                struct colour point = medium_at(scene, medium, a - TURN * b, b + TURN * a);
                for (size_t k = 0; k < 3; k++)
                    sum[k] += point.c[k];
            }
            for (size_t k = 0; k < 3; k++) {
                double value =
                    255 * (double)sum[k] / (SAMPLES * SAMPLES) + NOISE * random_normal(random);
                image->pixels[y * image->stride + 3 * x + k] =
                    (uint8_t)lround(fmin(fmax(value, 0), 255));
            }
        }
    return image;
}

/* ------------------------------------------------------------------ the figures */

struct figures {
    float *scores[MEDIA];
    size_t counts[MEDIA], missed[MEDIA];
    uint64_t nanoseconds;
    size_t runs;
};

/* NaN: no face is found in it. */
static float judge(vultus_engine *engine, const vultus_image *image, struct figures *figures,
                   vultus_face *face)
{
    vultus_faces faces = {0};
    vultus_error error = {0};
    float score = NAN;
    need(vultus_detect(engine, image, NULL, &faces, &error), &error);
    if (faces.count) {
        uint64_t begin = clock_ns();
        need(vultus_live_scores(engine, image, faces.items, 1, &score, &error), &error);
        figures->nanoseconds += clock_ns() - begin;
        figures->runs++;
        *face = faces.items[0];
    }
    vultus_faces_clear(&faces);
    return score;
}

static void add(struct figures *figures, enum medium medium, float score)
{
    if (isnan(score))
        figures->missed[medium]++;
    else
        figures->scores[medium][figures->counts[medium]++] = score;
}

static void keep(const vultus_image *image, const char *folder, const char *name,
                 enum medium medium)
{
    char path[4096];
    vultus_error error = {0};
    const char *last = strrchr(name, '/');
    (void)snprintf(path, sizeof path, "%s/%s-%s.png", folder, last ? last + 1 : name,
                   media[medium]);
    need(vultus_image_write(image, path, &error), &error);
}

static void try_picture(vultus_engine *engine, const char *path, const char *folder,
                        struct figures *figures, struct random *random)
{
    vultus_image *image = NULL;
    vultus_error error = {0};
    vultus_face face = {0}, again;
    if (vultus_image_read(path, NULL, &image, &error)) {
        fprintf(stderr, "liveness_attacks: %s\n", error.message);
        return;
    }
    float scores[MEDIA] = {judge(engine, image, figures, &face)};
    add(figures, AS_IS, scores[AS_IS]);
    const struct scene scene = {vultus_image_pixels(image), face.box.x + face.box.width / 2,
                                face.box.y + face.box.height / 2,
                                fmaxf(face.box.width, face.box.height)};
    for (enum medium medium = AGAIN; !isnan(scores[AS_IS]) && medium < MEDIA; medium++) {
        vultus_image *seen = photograph(&scene, medium, random);
        scores[medium] = judge(engine, seen, figures, &again);
        add(figures, medium, scores[medium]);
        if (folder)
            keep(seen, folder, path, medium);
        vultus_image_free(seen);
    }
    if (!isnan(scores[AS_IS])) {
        printf("%s %.0f px", path, (double)scene.side);
        for (enum medium medium = AS_IS; medium < MEDIA; medium++)
            printf(", %s %.3f", media[medium], (double)scores[medium]);
        putchar('\n');
    }
    vultus_image_free(image);
}

static void tell(const struct figures *figures)
{
    static const float thresholds[] = {0.2f, 0.5f, 0.8f, 0.9f, 0.95f};
    printf("\n%-11s %6s %6s", "passes at", "faces", "missed");
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++)
        printf(" %7.2f", (double)thresholds[i]);
    for (enum medium medium = AS_IS; medium < MEDIA; medium++) {
        printf("\n%-11s %6zu %6zu", media[medium], figures->counts[medium],
               figures->missed[medium]);
        for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
            size_t passed = 0;
            for (size_t k = 0; k < figures->counts[medium]; k++)
                passed += figures->scores[medium][k] >= thresholds[i];
            printf(" %5.1f %%",
                   100.0 * (double)passed /
                       (double)(figures->counts[medium] ? figures->counts[medium] : 1));
        }
    }
    printf("\n%.0f ms a face\n",
           (double)figures->nanoseconds / 1e6 / (double)(figures->runs ? figures->runs : 1));
}

int main(int count, char **arguments)
{
    const vultus_engine_options options = {.detect_only = true, .liveness = VULTUS_LIVENESS};
    vultus_engine *engine = NULL;
    vultus_error error = {0};
    const char *folder = NULL;
    struct figures figures = {0};
    struct random random;
    if (count > 3 && !strcmp(arguments[count - 2], "--write")) {
        folder = arguments[count - 1];
        count -= 2;
    }
    if (count < 2) {
        fprintf(stderr, "usage: liveness_attacks PICTURE... [--write FOLDER]\n");
        return 2;
    }
    need(vultus_engine_open(&options, &engine, &error), &error);
    random_seed(&random, 1);
    for (enum medium medium = AS_IS; medium < MEDIA; medium++) {
        figures.scores[medium] = mem_zalloc((size_t)count, sizeof *figures.scores[medium]);
        if (!figures.scores[medium])
            return 1;
    }
    for (int i = 1; i < count; i++)
        try_picture(engine, arguments[i], folder, &figures, &random);
    tell(&figures);
    for (enum medium medium = AS_IS; medium < MEDIA; medium++)
        mem_free(figures.scores[medium]);
    vultus_engine_close(engine);
    return 0;
}

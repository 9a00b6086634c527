/*
 * Sharpness is the energy of the Laplacian of the aligned chip (Pech-Pacheco et al. 2000, "variance
 * of Laplacian") relative to the chip's own contrast, so that a dark picture is not called blurred.
 * It is measured on the chip because that is what the embedder sees: a small face that has to be
 * magnified is blurred there whatever the camera did. Pose is what five points in a plane can tell:
 * where the nose stands between eyes and mouth.
 */
#include "face/quality.h"
#include "face/align.h"

#include <math.h>

#define CHIP 112
/* Measured from the eyes to the mouth, without background and hair. */
#define LEFT (CHIP / 5)
#define TOP (CHIP / 4)
#define WIDTH (CHIP * 3 / 5)
#define HEIGHT (CHIP * 5 / 8)
/* Ratio of Laplacian to contrast that counts as half sharp: the median of LFW has twice as much. */
#define HALF_SHARP 0.05f
/* What rounding to whole grey levels, in the picture and in the chip, adds to the Laplacian:
 * (4^2 + 4) / 12 each. */
#define ROUNDING 3.3
/* Where the nose stands between the eyes (0) and the mouth (1): LFW's median. A third of the way up or
 * down is called 1; 98 % of LFW are within 0.75. */
#define NOSE_LEVEL 0.54f
#define NOSE_TURN 3.0f

/* The template of 112 x 112 pixels with which ArcFace's embedders, and most since, were trained. */
static const struct contract_model usual = {.width = 112,
                                            .height = 112,
                                            .points = {{38.2946f, 51.6963f},
                                                       {73.5318f, 51.5014f},
                                                       {56.0252f, 71.7366f},
                                                       {41.5493f, 92.3655f},
                                                       {70.7299f, 92.2041f}}};

/* Sharpness and light, of the part of the chip with the face. `part` has a pixel more on each side, for
 * the edges. */
static void measure_part(const uint8_t *part, size_t across, vultus_quality *out)
{
    double sum = 0, squares = 0, edges = 0;
    const size_t count = (size_t)WIDTH * HEIGHT;
    for (size_t y = 1; y <= HEIGHT; y++)
        for (size_t x = 1; x <= WIDTH; x++) {
            const uint8_t *p = part + y * across + x;
            int edge = 4 * p[0] - p[-1] - p[1] - p[-(ptrdiff_t)across] - p[across];
            sum += p[0];
            squares += (double)p[0] * p[0];
            edges += (double)edge * edge;
        }
    double mean = sum / (double)count, contrast = squares / (double)count - mean * mean;
    edges = fmax(0, edges / (double)count - ROUNDING);
    float ratio = (float)(edges / (contrast + 25)); /* 25: the noise of a flat grey is no edge */
    out->sharpness = ratio / (ratio + HALF_SHARP);
    out->brightness = (float)(mean / 255);
    out->contrast = (float)fmin(1, sqrt(fmax(0, contrast)) / 127.5);
}

static bool template_points(const struct contract_model *embedder, const vultus_face *face,
                            struct similarity *to_picture)
{
    vultus_point points[VULTUS_LANDMARKS];
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        points[i] = (vultus_point){embedder->points[i].x * CHIP / (float)embedder->width,
                                   embedder->points[i].y * CHIP / (float)embedder->height};
    return align_chip(face->landmarks, points, to_picture);
}

/* The part of the chip from (x, y) on, a pixel for every `step` of the chip's. */
static struct affine part_of(struct similarity chip, float x, float y, float step)
{
    struct similarity part = {chip.a * step, chip.b * step, chip.a * x - chip.b * y + chip.tx,
                              chip.b * x + chip.a * y + chip.ty};
    return affine_of(part);
}

bool quality_look(const struct contract_model *embedder, const struct mips *mips,
                  const vultus_face *face, float features[QUALITY_FEATURES])
{
    static const float step = (float)CHIP / QUALITY_COARSE;
    uint8_t coarse[QUALITY_COARSE * QUALITY_COARSE];
    struct similarity chip;
    if (!template_points(embedder ? embedder : &usual, face, &chip))
        return false;
    /* Pixels' centres: the first of the coarse ones lies between those of the chip that it stands for. */
    resample_warp_grey(mips, part_of(chip, (step - 1) / 2, (step - 1) / 2, step), QUALITY_COARSE,
                       QUALITY_COARSE, coarse);
    quality_features(coarse, features);
    return true;
}

static void measure_chip(const struct contract_model *embedder, const struct mips *mips,
                         const vultus_face *face, vultus_quality *out)
{
    enum { across = WIDTH + 2, down = HEIGHT + 2 };
    uint8_t part[across * down];
    float features[QUALITY_FEATURES];
    struct similarity chip;
    if (!template_points(embedder, face, &chip) || !quality_look(embedder, mips, face, features))
        return;
    resample_warp_grey(mips, part_of(chip, LEFT - 1, TOP - 1, 1), across, down, part);
    measure_part(part, across, out);
    out->occlusion = quality_occlusion(features);
}

static float within_one(float value)
{
    return fmaxf(-1, fminf(1, value));
}

void quality_pose(const vultus_point landmarks[VULTUS_LANDMARKS], vultus_quality *out)
{
    const vultus_point *p = landmarks;
    if (!isfinite(p[VULTUS_LEFT_EYE].x)) {
        out->roll = out->yaw = out->pitch = NAN;
        return;
    }
    float ex = p[VULTUS_RIGHT_EYE].x - p[VULTUS_LEFT_EYE].x;
    float ey = p[VULTUS_RIGHT_EYE].y - p[VULTUS_LEFT_EYE].y;
    float nx = p[VULTUS_NOSE].x - (p[VULTUS_LEFT_EYE].x + p[VULTUS_RIGHT_EYE].x) / 2;
    float ny = p[VULTUS_NOSE].y - (p[VULTUS_LEFT_EYE].y + p[VULTUS_RIGHT_EYE].y) / 2;
    float dx = (p[VULTUS_LEFT_MOUTH].x + p[VULTUS_RIGHT_MOUTH].x - p[VULTUS_LEFT_EYE].x -
                p[VULTUS_RIGHT_EYE].x) /
               2;
    float dy = (p[VULTUS_LEFT_MOUTH].y + p[VULTUS_RIGHT_MOUTH].y - p[VULTUS_LEFT_EYE].y -
                p[VULTUS_RIGHT_EYE].y) /
               2;
    float eyes = ex * ex + ey * ey, length = dx * dx + dy * dy;
    out->roll = atan2f(ey, ex) * 57.29578f;
    if (eyes > 0) /* where the nose stands between the eyes, along their line */
        out->yaw = within_one(2 * (nx * ex + ny * ey) / eyes);
    if (length > 0) /* and between eyes and mouth */
        out->pitch = within_one((NOSE_LEVEL - (nx * dx + ny * dy) / length) * NOSE_TURN);
}

vultus_quality quality_measure(const struct contract_model *embedder, const struct mips *mips,
                               const vultus_face *face)
{
    vultus_quality quality = {.size = fminf(face->box.width, face->box.height)};
    quality_pose(face->landmarks, &quality);
    if (isfinite(quality.roll))
        measure_chip(embedder ? embedder : &usual, mips, face, &quality);
    else
        quality.sharpness = quality.brightness = quality.contrast = quality.occlusion = NAN;
    quality.score = quality_score(&quality, face->score);
    return quality;
}

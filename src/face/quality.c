/*
 * Sharpness is the energy of the Laplacian of the aligned chip (Pech-Pacheco et al. 2000, "variance
 * of Laplacian") relative to the chip's own contrast, so that a dark picture is not called blurred.
 * It is measured on the chip because that is what the embedder sees: a small face that has to be
 * magnified is blurred there whatever the camera did.
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

/* The template of 112 x 112 pixels with which ArcFace's embedders, and most since, were trained. */
static const struct contract_model usual = {.width = 112,
                                            .height = 112,
                                            .points = {{38.2946f, 51.6963f},
                                                       {73.5318f, 51.5014f},
                                                       {56.0252f, 71.7366f},
                                                       {41.5493f, 92.3655f},
                                                       {70.7299f, 92.2041f}}};

static void measure_chip(const struct contract_model *embedder, const struct mips *mips,
                         const vultus_face *face, vultus_quality *out)
{
    enum { across = WIDTH + 2, down = HEIGHT + 2 }; /* a pixel more on each side, for the edges */
    uint8_t part[across * down];
    vultus_point points[VULTUS_LANDMARKS];
    struct similarity map;
    for (size_t i = 0; i < VULTUS_LANDMARKS; i++)
        points[i] =
            (vultus_point){embedder->points[i].x * CHIP / (float)embedder->width - (LEFT - 1),
                           embedder->points[i].y * CHIP / (float)embedder->height - (TOP - 1)};
    if (!align_chip(face->landmarks, points, &map))
        return;
    resample_warp_grey(mips, affine_of(map), across, down, part);
    double sum = 0, squares = 0, edges = 0;
    const size_t count = (size_t)WIDTH * HEIGHT;
    for (size_t y = 1; y <= HEIGHT; y++)
        for (size_t x = 1; x <= WIDTH; x++) {
            const uint8_t *p = part + y * across + x;
            int edge = 4 * p[0] - p[-1] - p[1] - p[-across] - p[across];
            sum += p[0];
            squares += (double)p[0] * p[0];
            edges += (double)edge * edge;
        }
    double mean = sum / (double)count, contrast = squares / (double)count - mean * mean;
    edges = fmax(0, edges / (double)count - ROUNDING);
    float ratio = (float)(edges / (contrast + 25)); /* 25: the noise of a flat grey is no edge */
    out->sharpness = ratio / (ratio + HALF_SHARP);
    out->brightness = (float)(mean / 255);
}

vultus_quality quality_measure(const struct contract_model *embedder, const struct mips *mips,
                               const vultus_face *face)
{
    const vultus_point *p = face->landmarks;
    vultus_quality quality = {.size = fminf(face->box.width, face->box.height)};
    if (!isfinite(p[VULTUS_LEFT_EYE].x)) {
        quality.sharpness = quality.brightness = quality.roll = quality.yaw = NAN;
        return quality;
    }
    float ex = p[VULTUS_RIGHT_EYE].x - p[VULTUS_LEFT_EYE].x;
    float ey = p[VULTUS_RIGHT_EYE].y - p[VULTUS_LEFT_EYE].y;
    float eyes = ex * ex + ey * ey;
    quality.roll = atan2f(ey, ex) * 57.29578f;
    if (eyes > 0) { /* where the nose stands between the eyes, along their line */
        float nx = p[VULTUS_NOSE].x - (p[VULTUS_LEFT_EYE].x + p[VULTUS_RIGHT_EYE].x) / 2;
        float ny = p[VULTUS_NOSE].y - (p[VULTUS_LEFT_EYE].y + p[VULTUS_RIGHT_EYE].y) / 2;
        quality.yaw = fmaxf(-1, fminf(1, 2 * (nx * ex + ny * ey) / eyes));
    }
    measure_chip(embedder ? embedder : &usual, mips, face, &quality);
    return quality;
}

/*
 * Sampling a turned and scaled part of a picture, bilinear, black outside, as cv2.warpAffine does:
 * coordinates mean the centres of pixels. For large faces it reads a smaller level of the mip chain,
 * so that the chip is averaged instead of aliased.
 */
#include "image/resample.h"

#include <math.h>

static const struct mip *level_of(const struct mips *mips, struct similarity *map)
{
    float scale = sqrtf(map->a * map->a + map->b * map->b);
    size_t level = 0;
    while (scale >= 2 && level + 1 < mips->count) {
        scale /= 2;
        level++;
        map->a /= 2;
        map->b /= 2;
        map->tx = (map->tx + 0.5f) / 2 - 0.5f;
        map->ty = (map->ty + 0.5f) / 2 - 0.5f;
    }
    return &mips->levels[level];
}

struct sample { /* four neighbours and their weights; what lies outside has weight 0 */
    const uint8_t *at[4];
    float weight[4];
};

static inline void sample_at(const struct mip *source, float x, float y, struct sample *out)
{
    float fx = floorf(x), fy = floorf(y);
    float wx = x - fx, wy = y - fy;
    int32_t ix = (int32_t)fx, iy = (int32_t)fy;
    int32_t right = (int32_t)source->width - 1, bottom = (int32_t)source->height - 1;
    float weights[4] = {(1 - wx) * (1 - wy), wx * (1 - wy), (1 - wx) * wy, wx * wy};
    for (int k = 0; k < 4; k++) {
        int32_t px = ix + (k & 1), py = iy + (k >> 1);
        bool inside = px >= 0 && py >= 0 && px <= right && py <= bottom;
        out->weight[k] = inside ? weights[k] : 0;
        out->at[k] = source->pixels + (inside ? (size_t)py * source->stride + 3 * (size_t)px : 0);
    }
}

/* Keeps positions where conversion to an integer is defined; so far out all is black anyway. */
static inline float bounded(float v)
{
    return fminf(fmaxf(v, -1e6f), 1e6f);
}

void resample_warp(const struct mips *mips, struct similarity map, const struct planes *planes)
{
    const struct mip *source = level_of(mips, &map);
    size_t plane = (size_t)planes->width * planes->height;
    float *out[3] = {planes->data + (planes->bgr ? 2 * plane : 0), planes->data + plane,
                     planes->data + (planes->bgr ? 0 : 2 * plane)};
    const int order[3] = {planes->bgr ? 2 : 0, 1, planes->bgr ? 0 : 2};
    size_t i = 0;
    for (uint32_t y = 0; y < planes->height; y++)
        for (uint32_t x = 0; x < planes->width; x++, i++) {
            struct sample s;
            sample_at(source, bounded(map.a * (float)x - map.b * (float)y + map.tx),
                      bounded(map.b * (float)x + map.a * (float)y + map.ty), &s);
            for (int c = 0; c < 3; c++) {
                float value = s.weight[0] * (float)s.at[0][c] + s.weight[1] * (float)s.at[1][c] +
                              s.weight[2] * (float)s.at[2][c] + s.weight[3] * (float)s.at[3][c];
                out[c][i] = value * planes->scale[order[c]] + planes->shift[order[c]];
            }
        }
}

void resample_warp_grey(const struct mips *mips, struct similarity map, uint32_t width,
                        uint32_t height, uint8_t *out)
{
    const struct mip *source = level_of(mips, &map);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            struct sample s;
            sample_at(source, bounded(map.a * (float)x - map.b * (float)y + map.tx),
                      bounded(map.b * (float)x + map.a * (float)y + map.ty), &s);
            float value = s.weight[0] * (float)s.at[0][1] + s.weight[1] * (float)s.at[1][1] +
                          s.weight[2] * (float)s.at[2][1] + s.weight[3] * (float)s.at[3][1];
            out[(size_t)y * width + x] = (uint8_t)(value + 0.5f);
        }
}

/* The picture that MMOD's network sees: all levels of the pyramid beside one another, as dlib lays
 * them out. Internal to detect_mmod.c and mmod_pyramid.c. */
#ifndef FACE_MMOD_H
#define FACE_MMOD_H

#include "base/pool.h"
#include "image/resample.h"

#define MMOD_LEVELS_MAX 80

struct mmod_level {
    uint32_t width, height;
    uint32_t left, top;   /* in the tiled picture */
    const uint8_t *bytes; /* RGB pixels of the picture itself, or NULL */
    size_t stride;        /* bytes between its rows */
    uint16_t *pixels;     /* RGB, 256 times the value, of a level that was made */
};

struct mmod_layout { /* pixels between levels and around all of them */
    uint32_t padding, outer;
};

struct mmod_pyramid {
    struct mmod_level levels[MMOD_LEVELS_MAX];
    size_t count;
    uint32_t width, height; /* of the tiled picture */
    uint16_t *blocks[2];    /* of the doubled picture, of all other levels that are made */
    size_t sizes[2];
};

/* Doubles the picture `doublings` times and makes all levels below. LIMIT: it would be too large. */
vultus_status mmod_pyramid_init(struct mmod_pyramid *out, const struct mip *picture,
                                unsigned doublings, const struct mmod_layout *layout,
                                struct pool *pool, vultus_error *error) VULTUS_MUST_USE;
void mmod_pyramid_clear(struct mmod_pyramid *pyramid);

/* Normalises rows row .. row + planes->height - 1 of the tiled picture; planes are as wide as it. What
 * lies between levels is 0 after normalising. `scratch` has 3 floats for each column and 1 more. */
void mmod_pyramid_rows(const struct mmod_pyramid *pyramid, uint32_t row, float *scratch,
                       const struct planes *planes);

/* The level that is nearest to a point of the tiled picture. */
size_t mmod_pyramid_level(const struct mmod_pyramid *pyramid, double x, double y);

#endif

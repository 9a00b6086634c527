/* The picture that MMOD's network sees: all levels of the pyramid beside one another, as dlib lays
 * them out. Internal to detect_mmod.c, mmod_pyramid.c and mmod_rows.c. */
#ifndef FACE_MMOD_H
#define FACE_MMOD_H

#include "base/pool.h"
#include "image/resample.h"

#define MMOD_LEVELS_MAX 80

struct mmod_column {      /* where a column of a level lies in the one before */
    uint32_t left, right; /* index of the first number of both neighbours */
    float part;
};

struct mmod_level {
    uint32_t width, height;
    uint32_t left, top;          /* in the tiled picture */
    const uint8_t *bytes;        /* RGB pixels of the picture itself, or NULL */
    size_t stride;               /* bytes between its rows */
    uint16_t *pixels;            /* RGB, 256 times the value, of a level that was made */
    struct mmod_column *columns; /* of a level whose rows are made each time that they are read */
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

/* Makes the pixels of a level from the one before. */
vultus_status mmod_make_level(struct mmod_pyramid *pyramid, size_t index, struct pool *pool,
                              vultus_error *error) VULTUS_MUST_USE;
/* Only prepares for making its rows. */
vultus_status mmod_plan_level(struct mmod_pyramid *pyramid, size_t index,
                              vultus_error *error) VULTUS_MUST_USE;

/* Reads rows of a pyramid, for one thread; remembers the last of those that it made. */
struct mmod_reader;
vultus_status mmod_reader_open(const struct mmod_pyramid *pyramid, struct mmod_reader **out,
                               vultus_error *error) VULTUS_MUST_USE;
void mmod_reader_close(struct mmod_reader *reader);

/* Normalises rows row .. row + planes->height - 1 of the tiled picture; planes are as wide as it. What
 * lies between levels is 0 after normalising. */
void mmod_pyramid_rows(struct mmod_reader *reader, uint32_t row, const struct planes *planes);

/* The level that is nearest to a point of the tiled picture. */
size_t mmod_pyramid_level(const struct mmod_pyramid *pyramid, double x, double y);

#endif

/* What dlib's detectors share: where pixels of its pyramids lie, and how sure a score is. */
#ifndef FACE_DLIB_GEOMETRY_H
#define FACE_DLIB_GEOMETRY_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define DLIB_STEEPNESS 4.0f

/* A coordinate of a level of the pyramid with steps of 5/6, one level up. */
static inline double dlib_level_up(double at)
{
    return at * (6 / 5.0) + 0.3;
}

/* A coordinate of a picture that was doubled so many times, in the picture itself. */
static inline double dlib_undouble(double at, bool vertical, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        at = at / 2 - (vertical ? 0.75 : 1.25);
    return at;
}

/* 0..1 of the distance to the threshold of 0: a half where dlib starts to say face, over 0.98 at 1. */
static inline float dlib_confidence(float score)
{
    return 1 / (1 + expf(-DLIB_STEEPNESS * score));
}

#endif

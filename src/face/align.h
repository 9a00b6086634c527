/* Alignment: the similarity transform between landmarks and a template. */
#ifndef FACE_ALIGN_H
#define FACE_ALIGN_H

#include "image/resample.h"

/*
 * The similarity that takes `from` to `to` with the least sum of squared distances (Umeyama 1991,
 * without reflection). False when the points of `from` coincide or are not finite.
 */
bool align_fit(const vultus_point *from, const vultus_point *to, size_t count,
               struct similarity *out);

#endif

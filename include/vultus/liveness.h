/*
 * vultus, chapter liveness: is this a face, or a picture of one? Included by vultus.h, whose contract holds here
 * too.
 *
 * EXPERIMENTAL. A network looks at one picture of a face and says how much it looks like a live one: it may tell
 * a photo that somebody holds before the camera, on paper or on a screen. It does not know masks, nor a film
 * that is fed to vultus instead of the camera's, nor what it was not trained with, and it takes some live faces
 * for pictures; docs/liveness.md has what was measured. It makes some attacks harder and none impossible: do not
 * let it open a door alone.
 */
#ifndef VULTUS_LIVENESS_H
#define VULTUS_LIVENESS_H

#include <vultus/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The model that `vultus models install liveness` installs; a name for vultus_engine_options.liveness. */
#define VULTUS_LIVENESS "liveness"

/*
 * How live each face looks to an engine that was opened with `liveness`: count numbers from 0, surely a picture of
 * a face, to 1. Takes about 0.17 s a face on one core. Give them to vultus_decision.live with min_live, and a face
 * that is not live gets no name. ARGUMENT: the engine was opened without, or a face's box has no place.
 */
VULTUS_API VULTUS_MUST_USE vultus_status vultus_live_scores(vultus_engine *engine,
                                                            const vultus_image *image,
                                                            const vultus_face *faces, size_t count,
                                                            float *out, vultus_error *error);

/* The score from which on the model's authors count a face as live; NaN: the engine was opened without. */
VULTUS_API float vultus_engine_live_threshold(const vultus_engine *engine);

/* True when there is such a model in the folder (NULL: the default folder), whole or not. */
VULTUS_API bool vultus_liveness_installed(const char *folder);

#ifdef __cplusplus
}
#endif
#endif

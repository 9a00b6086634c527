/* Pictures through the engine, with the time of each stage. */
#ifndef SERVER_LOOK_H
#define SERVER_LOOK_H

#include "request.h"

#include <jansson.h>

/* Finds the faces; false: the reply says what is wrong. Clear `out` in every case. */
bool look_detect(struct request *request, const vultus_image *image, size_t most,
                 vultus_faces *out);
/* count x dimension floats, or NULL: the reply says what is wrong. vultus_embeddings_free. */
float *look_embed(struct request *request, const vultus_image *image, const vultus_faces *faces,
                  size_t count);
/* False: the server has no model of liveness, and the reply says so. */
bool look_can_live(struct request *request);
/* How live faces look, where that was asked for: `out` has count numbers of mem_alloc, else NULL. False: the reply says
 * what is wrong. */
bool look_live(struct request *request, const vultus_image *image, const vultus_face *faces,
               size_t count, float **out);
/* {"score":..., "threshold":..., "passed":...} of such a number. */
json_t *look_live_json(const struct request *request, float score);
/* What a face needs to be named; 0: that was not asked for. */
float look_min_live(const struct request *request);

struct look_probe {
    const float *embedding;
    const vultus_face *face;     /* may be NULL, as may be: */
    const vultus_image *picture; /* where it is from */
    float live;                  /* how live it looks; NaN: not known */
};
/* Who an embedding is, as JSON, with the candidates where they were asked for. False: the reply says what is wrong. */
bool look_up(struct request *request, struct worker *worker, const struct look_probe *probe,
             json_t **out);
/* Says so, and returns false, where a rate was asked for and nothing tells what scores mean. */
bool look_rate(struct request *request);

#endif

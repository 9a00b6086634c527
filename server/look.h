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
/* Who an embedding is, as JSON, with the candidates where they were asked for. `face` and `picture` may be NULL. False:
 * the reply says what is wrong. */
bool look_up(struct request *request, struct worker *worker, const float *probe,
             const vultus_face *face, const vultus_image *picture, json_t **out);
/* Says so, and returns false, where a rate was asked for and nothing tells what scores mean. */
bool look_rate(struct request *request);

#endif

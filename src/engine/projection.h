/* What the public header calls vultus_projection. */
#ifndef ENGINE_PROJECTION_H
#define ENGINE_PROJECTION_H

#include "engine/engine.h"

#define PROJECTION_EMBEDDER_MAX 95 /* bytes of an embedder's id, as in files of embeddings */

struct vultus_projection {
    struct projection map;
    vultus_metric_report report;
    vultus_metric_loss loss;
    char embedder[PROJECTION_EMBEDDER_MAX + 1]; /* the id; "": not known */
};

#endif

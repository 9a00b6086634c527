/* vultus_live_scores: faces of a picture through the engine's model of liveness. */
#include "engine/engine.h"
#include "engine/pipeline.h"

#include <vultus/liveness.h>

#include <math.h>

vultus_status vultus_live_scores(vultus_engine *engine, const vultus_image *image,
                                 const vultus_face *faces, size_t count, float *out,
                                 vultus_error *error)
{
    const struct mips *mips = NULL;
    if (!engine || !image || (count && (!faces || !out)))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "an engine, a picture, faces and a place for answers are needed");
    if (!engine->liveness.method)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "the engine was opened without a model of liveness");
    for (size_t i = 0; i < count; i++)
        if (!engine_has_place(&faces[i]))
            return status_set(error, VULTUS_ERR_ARGUMENT, "face %zu has no place", i);
    vultus_status status = engine_check_model(&engine->liveness_model, error);
    if (!status)
        status = mips_of(image, engine->kernels, &mips, error);
    for (size_t i = 0; !status && i < count; i++)
        status = engine->liveness.method->score(engine->liveness.state, mips, faces[i].box, &out[i],
                                                error);
    return status;
}

float vultus_engine_live_threshold(const vultus_engine *engine)
{
    return engine && engine->liveness.method ? engine->liveness.threshold : NAN;
}

bool vultus_liveness_installed(const char *folder)
{
    return pipeline_installed(folder, VULTUS_LIVENESS);
}

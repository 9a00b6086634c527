/* One rule and one message for everything that was trained on embeddings: those of different models are
 * never mixed. */
#include "engine/trained_fits.h"

#include <string.h>

vultus_status trained_fits(const vultus_engine *engine, const char *embedder, size_t dimension,
                           const char *what, vultus_error *error)
{
    if (!engine)
        return VULTUS_OK;
    const char *own = vultus_engine_embedder(engine);
    if (vultus_engine_dimension(engine) == dimension && (!*embedder || !strcmp(own, embedder)))
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_MISMATCH,
                      "%s was trained on embeddings by %s, and these are by %s; train it again",
                      what, *embedder ? embedder : "another model", own);
}

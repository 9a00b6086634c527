/* Whether what was trained is about the embeddings that an engine makes. */
#ifndef ENGINE_TRAINED_FITS_H
#define ENGINE_TRAINED_FITS_H

#include "base/status.h"

/* MISMATCH: the engine's embedder is another one than `embedder` ("": not known). A NULL engine fits. `what`, such as
 * "the classifier", stands in the message. */
vultus_status trained_fits(const vultus_engine *engine, const char *embedder, size_t dimension,
                           const char *what, vultus_error *error) VULTUS_MUST_USE;

#endif

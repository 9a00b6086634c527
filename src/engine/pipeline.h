/* Names of pipelines and of models: which parts belong together, and where a name leads. */
#ifndef ENGINE_PIPELINE_H
#define ENGINE_PIPELINE_H

#include "model/pack.h"

struct pipeline { /* names as engine_load takes them; landmarks may be NULL */
    const char *detector, *landmarks, *embedder;
};

/* The parts of a pipeline; a name that is none is taken for a pack with all parts. NULL: the default. */
struct pipeline pipeline_of(const char *name);

/* True when the pack of a name "PACK/MODEL" is there, whole or not. */
bool pipeline_installed(const char *folder, const char *name);

/* True for a pack that a pipeline needs and that users bring themselves. */
bool pipeline_brings(const char *pack);

/* True for a name that vultus_pipeline lists. */
bool pipeline_known(const char *name);
/* The names of the installed models of a kind, for a message; "none" without any. */
void pipeline_models(const char *folder, enum contract_kind kind, char out[PACK_NAMES_SIZE]);

/*
 * Where "PACK", "PACK/MODEL" or "MODEL" leads: `id` is "" for a pack's first model of the kind. A name
 * that is no installed pack is looked for among the models of all installed packs; if it is none
 * either, it is taken for a pack, so that the message speaks of one. ARGUMENT: too long.
 */
vultus_status pipeline_resolve(const char *folder, const char *name, enum contract_kind kind,
                               char pack[CONTRACT_NAME_MAX + 1], char id[CONTRACT_NAME_MAX + 1],
                               vultus_error *error) VULTUS_MUST_USE;

#endif

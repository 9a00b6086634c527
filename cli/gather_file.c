/*
 * Rows of a file by `vultus embed`, and what --embedder makes of them: embeddings by that embedder are taken
 * as they are, those by its base are projected, others are refused.
 */
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "gather.h"

#include <string.h>

int gather_project(const vultus_engine *engine, const vultus_labelled *file, const char *name,
                   vultus_labelled *out)
{
    const char *by = file->embedder ? file->embedder : "an unknown model";
    const char *wanted = vultus_engine_embedder(engine), *base = vultus_engine_base(engine);
    vultus_error error = {0};
    if (!strcmp(by, wanted))
        return EXIT_DONE;
    if (!base || strcmp(by, base) != 0) {
        complain("%s: its embeddings are by %s, not by %s", name, by, wanted);
        return EXIT_INPUTS;
    }
    vultus_labelled projected = *file;
    projected.dimension = vultus_engine_dimension(engine);
    projected.metric = vultus_engine_metric(engine);
    projected.raw = vultus_engine_raw(engine);
    projected.embedder = wanted;
    size_t floats = file->count * projected.dimension;
    float *rows = mem_array(floats, sizeof *rows);
    if (!rows) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    if (vultus_engine_project(engine, file->embeddings, file->count, file->dimension, rows,
                              &error)) {
        mem_free(rows);
        return fail(&error);
    }
    projected.embeddings = rows;
    *out = projected;
    return EXIT_DONE;
}

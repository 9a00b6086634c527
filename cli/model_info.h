/* The packs that are installed and those that could be, as vultus models shows them. */
#ifndef CLI_MODEL_INFO_H
#define CLI_MODEL_INFO_H

#include "json_answer.h"
#include "options.h"

struct all_models {
    vultus_models installed;
    vultus_models *available; /* one for each manifest in share/vultus */
    size_t available_count;
    const vultus_model **items; /* all, each pack once, by pack */
    size_t count;
};

/* Returns an exit code: 4 also when some pack is damaged, which was said; `out` is whole then.
 * Clear in every case. */
int all_models_read(const struct options *options, struct all_models *out);
void all_models_clear(struct all_models *all);

bool all_models_have(const struct all_models *all, const char *pack);

/* Prints one of the packs with what its manifest says about sources and hashes. Returns an exit code. */
int model_info(const struct options *options, const struct all_models *all, const char *pack);

#endif

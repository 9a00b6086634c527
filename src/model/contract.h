/*
 * Contracts: what a pack of models says of itself in its pack.json. Code never guesses the input
 * size, the colours, the alignment or the threshold of a network; it reads them here. Text of a
 * contract is untrusted: it has limits, and a field that is missing or odd is named.
 */
#ifndef MODEL_CONTRACT_H
#define MODEL_CONTRACT_H

#include "base/buffer.h"
#include "base/hash.h"
#include "model/session.h"

#define CONTRACT_BYTES_MAX ((size_t)1 << 20)
#define CONTRACT_MODELS_MAX 32
#define CONTRACT_NETWORKS_MAX 8
#define CONTRACT_NAME_MAX 63   /* of packs, models, roles, files: letters, digits, ". _ -" */
#define CONTRACT_TEXT_MAX 4000 /* of descriptions */
#define CONTRACT_DIMENSION_MAX 4096
#define CONTRACT_SIDE_MAX 1024 /* of an embedder's input */

enum contract_kind { CONTRACT_DETECTOR, CONTRACT_EMBEDDER };

struct contract_network {
    char role[CONTRACT_NAME_MAX + 1];
    char file[CONTRACT_NAME_MAX + 1];
    char input[CONTRACT_NAME_MAX + 1];
    char outputs[SESSION_OUTPUTS_MAX][CONTRACT_NAME_MAX + 1];
    size_t output_count;
    uint8_t hash[HASH_SIZE];
    bool has_hash; /* false only in a contract that is still to become a pack */
    uint64_t bytes;
    /* Of the published weights that the file was made from, else the same as hash: embeddings stay
     * comparable when only the conversion changes, so ids are made of this. */
    uint8_t origin[HASH_SIZE];
};

struct contract_model {
    enum contract_kind kind;
    char id[CONTRACT_NAME_MAX + 1];
    char method[CONTRACT_NAME_MAX + 1];
    char *licence, *provenance;
    struct contract_network networks[CONTRACT_NETWORKS_MAX];
    size_t network_count;
    /* input: planes of (value - mean) * scale, in RGB or BGR order; 0 sizes are free */
    uint32_t width, height;
    bool bgr;
    float mean[3], scale[3];
    /* detectors */
    float thresholds[3];
    float factor;
    /* embedders */
    size_t dimension;
    vultus_point points[VULTUS_LANDMARKS]; /* where the landmarks lie in the aligned chip */
    vultus_metric metric;
    float threshold; /* 1:1, in the unit of the metric */
    /* 1:N: the nearest of many people is nearer by chance than one; without it the same as 1:1 */
    float identify_threshold;
    bool has_identify_threshold;
};

struct contract_pack {
    char name[CONTRACT_NAME_MAX + 1];
    char *summary;
    struct contract_model *models;
    size_t model_count;
};

/* `name` stands in messages. FORMAT names the field. Clear with contract_clear. */
vultus_status contract_parse(const void *text, size_t size, const char *name,
                             struct contract_pack *out, vultus_error *error) VULTUS_MUST_USE;
void contract_clear(struct contract_pack *pack);

const char *contract_kind_name(enum contract_kind kind);
/* A network of a model by its role, or NULL. */
const struct contract_network *contract_network_of(const struct contract_model *model,
                                                   const char *role);
/* True for a name that is safe as a file's name. */
bool contract_name_valid(const char *name);

#endif

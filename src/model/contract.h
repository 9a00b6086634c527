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
#define CONTRACT_SIDE_MAX 4096  /* of a network's input */
#define CONTRACT_OPTIONS_MAX 24 /* numbers that a method reads by name */
#define CONTRACT_OPTION_VALUES 16
#define CONTRACT_SHAPES_MAX 2
#define CONTRACT_ID_SIZE (CONTRACT_NAME_MAX + 16) /* of an embedding: a model's name "@" digits */
#define CONTRACT_CALIBRATION_MAX                                                                   \
    ((size_t)64 << 10) /* bytes of its JSON: ten times what is written */

enum contract_kind {
    CONTRACT_DETECTOR,
    CONTRACT_LANDMARKS, /* finds a shape: more points than the five, or the five for boxes alone */
    CONTRACT_EMBEDDER,
    CONTRACT_ATTRIBUTES, /* age, gender, expression */
    CONTRACT_LIVENESS,   /* is it a face, or a picture of one? */
    CONTRACT_KINDS
};

enum contract_part {                   /* what a file of a model is, told by the end of its name */
                     CONTRACT_NETWORK, /* .onnx, or any other */
                     CONTRACT_WEIGHTS  /* .safetensors: numbers of a classical method */
};

struct contract_option { /* "name": number or [numbers] */
    char name[CONTRACT_NAME_MAX + 1];
    float values[CONTRACT_OPTION_VALUES];
    size_t count;
};

enum contract_alignment {
    CONTRACT_ALIGN_SIMILARITY, /* all points of the template, in the sense of least squares */
    CONTRACT_ALIGN_AFFINE,     /* exactly three points of a shape */
    CONTRACT_ALIGN_BOX         /* the detector's box with a margin, upright */
};

/* A template in a finer shape than the five landmarks: where point `use[i]` of a shape of `of`
 * points lies in the chip. */
struct contract_shape {
    size_t of, count;
    uint8_t use[VULTUS_SHAPE_MAX];
    vultus_point points[VULTUS_SHAPE_MAX];
};

struct contract_network {
    char role[CONTRACT_NAME_MAX + 1];
    char file[CONTRACT_NAME_MAX + 1];
    enum contract_part part;
    char input[CONTRACT_NAME_MAX + 1]; /* "" for weights, like the outputs */
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
    bool nhwc;        /* pixels instead of planes: [N,height,width,3] */
    bool standardise; /* every chip to mean 0 and deviation 1 instead of mean and scale */
    float mean[3], scale[3];
    struct contract_option options[CONTRACT_OPTIONS_MAX];
    size_t option_count;
    /* detectors that give boxes only: which finder of landmarks goes with it ("PACK/MODEL", "" for
     * the default) */
    char landmarks[2 * CONTRACT_NAME_MAX + 2];
    /* of detectors of boxes only: how a box becomes the square that dlib's HOG detector would give; of finders of
     * shapes: how that becomes the one they look at. The centre moves by (x, y) parts of the longer
     * side, the side is that times the third number */
    float landmark_box[3];
    /* embedders. One with a base projects the embeddings of another: it has one file of weights, and
     * says nothing of input and alignment, which are its base's */
    char base[2 * CONTRACT_NAME_MAX + 2]; /* "PACK/MODEL"; "": it has none */
    char base_id[CONTRACT_ID_SIZE];       /* the id that the base's embeddings must have */
    size_t dimension;
    bool raw; /* embeddings keep their length; else they are made unit length */
    enum contract_alignment alignment;
    float margin;                          /* CONTRACT_ALIGN_BOX: part of the box's longer side */
    vultus_point points[VULTUS_LANDMARKS]; /* where the landmarks lie in the aligned chip */
    struct contract_shape shapes[CONTRACT_SHAPES_MAX];
    size_t shape_count;
    vultus_metric metric;
    float threshold; /* 1:1, in the unit of the metric */
    /* 1:N: the nearest of many people is nearer by chance than one; without it the same as 1:1 */
    float identify_threshold;
    bool has_identify_threshold;
    char *calibration; /* JSON, an object or a list of them; NULL: none */
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
/* The number of an option, or `fallback` where the contract has none. FORMAT names the option when
 * it is not one number from `low` to `high`. */
vultus_status contract_number(const struct contract_model *model, const char *option, float low,
                              float high, float fallback, float *out,
                              vultus_error *error) VULTUS_MUST_USE;
/* The same for `count` numbers; `fallback` NULL: the option must be there. */
vultus_status contract_numbers(const struct contract_model *model, const char *option, float low,
                               float high, const float *fallback, float *out, size_t count,
                               vultus_error *error) VULTUS_MUST_USE;
/* How many numbers the contract gives an option; 0: it has none. */
size_t contract_count(const struct contract_model *model, const char *option);
/* A network of a model by its role, or NULL. */
const struct contract_network *contract_network_of(const struct contract_model *model,
                                                   const char *role);
/* True for a name that is safe as a file's name. */
bool contract_name_valid(const char *name);

#endif

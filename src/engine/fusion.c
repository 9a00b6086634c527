/*
 * Several embedders as one: "A+B", or "A:0.7+B:0.3". Each part's embedding is made unit length, multiplied
 * by the root of its weight, and they are put one after the other. The result is of unit length, and the
 * cosine of two of them is the weighted mean of the parts' cosines (score fusion by the weighted sum rule,
 * Kittler et al. 1998), so that galleries, search and decisions need to know nothing of it.
 */
#include "engine/fusion.h"
#include "base/hash.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the thresholds that MobileFaceNet (6.0e-3) and dlib's network (5.5e-3) have of their own. */
#define OWN_FAR 6e-3

static vultus_status bad(const char *name, const char *fault, vultus_error *error)
{
    return status_set(error, VULTUS_ERR_ARGUMENT,
                      "--embedder %.100s: %s; a fusion is written A+B, or A:0.7+B:0.3", name,
                      fault);
}

/* One "NAME" or "NAME:WEIGHT" of the list. */
static vultus_status read_part(const char *whole, const char *text, size_t length,
                               struct fusion_name *out, vultus_error *error)
{
    char copy[FUSION_NAME_SIZE + 32];
    if (!length || length >= sizeof copy)
        return bad(whole, length ? "a name is too long" : "a name is missing", error);
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *colon = strchr(copy, ':');
    out->weight = 0;
    if (colon) {
        char *end = NULL;
        *colon = '\0';
        out->weight = strtof(colon + 1, &end);
        if (end == colon + 1 || *end || !(out->weight > 0) || !(out->weight <= 1000))
            return bad(whole, "a weight is not a number over 0", error);
    }
    if (!copy[0] || strlen(copy) >= sizeof out->name)
        return bad(whole, copy[0] ? "a name is too long" : "a name is missing", error);
    memcpy(out->name, copy, strlen(copy) + 1);
    return VULTUS_OK;
}

vultus_status fusion_read(const char *name, struct fusion_name out[ENGINE_PARTS_MAX], size_t *count,
                          vultus_error *error)
{
    size_t weighted = 0, parts = 0;
    float sum = 0;
    for (const char *text = name;; text++) {
        size_t length = strcspn(text, "+");
        if (parts == ENGINE_PARTS_MAX)
            return bad(name, "too many parts", error);
        vultus_status status = read_part(name, text, length, &out[parts], error);
        if (status)
            return status;
        weighted += out[parts].weight > 0;
        for (size_t i = 0; i < parts; i++)
            if (!strcmp(out[i].name, out[parts].name))
                return bad(name, "a part is there twice", error);
        parts++;
        text += length;
        if (!*text)
            break;
    }
    if (weighted && weighted != parts)
        return bad(name, "some parts have a weight and some have none", error);
    for (size_t i = 0; i < parts; i++) {
        out[i].weight = weighted ? out[i].weight : 1;
        sum += out[i].weight;
    }
    for (size_t i = 0; i < parts; i++)
        out[i].weight /= sum;
    *count = parts;
    return VULTUS_OK;
}

/* The parts' names, and a hash of their ids and weights: other weights give other embeddings. */
static vultus_status make_id(struct engine_embedder *embedder, vultus_error *error)
{
    char names[ENGINE_PARTS_MAX * (CONTRACT_NAME_MAX + 1)] = "";
    char fed[ENGINE_PARTS_MAX * (CONTRACT_ID_SIZE + 32)] = "", hex[HASH_HEX_SIZE];
    uint8_t hash[HASH_SIZE];
    size_t named = 0, length = 0;
    for (size_t i = 0; i < embedder->part_count; i++) {
        const struct engine_part *part = &embedder->parts[i];
        const struct engine_model *last = engine_part_model(part);
        named += (size_t)snprintf(names + named, sizeof names - named, "%s%s", i ? "+" : "",
                                  last->contract->id);
        length += (size_t)snprintf(fed + length, sizeof fed - length, "%s %a\n", last->id,
                                   (double)part->weight);
    }
    vultus_status status = hash_bytes(fed, length, hash, error);
    if (status)
        return status;
    hash_hex(hash, hex);
    if (named + 10 > sizeof embedder->id) /* "@", eight digits and the end */
        memcpy(names, "fusion", sizeof "fusion");
    (void)snprintf(embedder->id, sizeof embedder->id, "%.*s@%.8s", CONTRACT_ID_SIZE - 10, names,
                   hex);
    return VULTUS_OK;
}

/* The cosine threshold of a part as vultus_engine_threshold would say it; NaN where it has none. */
static float cosine_of(const struct contract_model *contract, float threshold)
{
    if (contract->metric == VULTUS_METRIC_COSINE)
        return threshold;
    return contract->raw ? NAN : 1 - threshold * threshold / 2;
}

/* What the fused embeddings are, as a contract: chips and the first part's template are for faces that are
 * whole pictures. The weighted mean of the thresholds is on the safe side: strangers' cosines average
 * to less, so that fewer of them reach it. */
static void describe(struct engine_embedder *embedder)
{
    struct contract_model *made = embedder->made;
    const struct contract_model *first = engine_part_model(&embedder->parts[0])->contract;
    (void)snprintf(made->id, sizeof made->id, "%s", first->id);
    made->kind = CONTRACT_EMBEDDER;
    made->width = first->width;
    made->height = first->height;
    memcpy(made->points, first->points, sizeof made->points);
    made->metric = VULTUS_METRIC_COSINE;
    made->has_identify_threshold = true;
    for (size_t i = 0; i < embedder->part_count; i++) {
        const struct contract_model *c = engine_part_model(&embedder->parts[i])->contract;
        float weight = embedder->parts[i].weight;
        float identify = c->has_identify_threshold ? c->identify_threshold : c->threshold;
        made->dimension += c->dimension;
        made->threshold += weight * cosine_of(c, c->threshold);
        made->identify_threshold += weight * cosine_of(c, identify);
    }
    embedder->contract = made;
}

vultus_status fusion_finish(struct engine_embedder *embedder, vultus_error *error)
{
    embedder->made = mem_zalloc(1, sizeof *embedder->made);
    if (!embedder->made)
        return status_memory(error, "a fusion");
    describe(embedder);
    return make_id(embedder, error);
}

void fusion_calibrate(struct engine_embedder *embedder, const struct calibration *calibration)
{
    struct contract_model *made = embedder->made;
    if (made && isnan(made->threshold))
        made->threshold = made->identify_threshold =
            (float)calibration_threshold(calibration, OWN_FAR);
}

void fusion_put(const float *from, size_t dimension, float weight, float *out)
{
    double squared = 0;
    for (size_t i = 0; i < dimension; i++)
        squared += (double)from[i] * (double)from[i];
    double by = sqrt((double)weight / squared);
    for (size_t i = 0; i < dimension; i++)
        out[i] = (float)((double)from[i] * by);
}

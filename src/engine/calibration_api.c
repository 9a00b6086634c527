/*
 * Calibrations in the public interface: fitting, asking, and which one an engine takes. The numbers are
 * decide/calibration.h's, where a score is always larger for what is more alike; here it has the unit of the
 * embedder, so that a distance is a distance.
 */
#include "engine/calibrated.h"
#include "engine/engine.h"
#include "base/file.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double internal(const vultus_calibration *calibration, double score)
{
    return calibration->by_distance ? -score : score;
}

/* ------------------------------------------------------------------ fitting */

static vultus_status check_text(const char *text, size_t most, const char *what,
                                vultus_error *error)
{
    if (strlen(text) <= most)
        return VULTUS_OK;
    return status_set(error, VULTUS_ERR_ARGUMENT, "%s is longer than %zu bytes", what, most);
}

/* What one face of each person cannot say. */
static void take_over(struct vultus_calibration *fit, const vultus_calibration *base)
{
    if (fit->numbers.has_same || !base || !base->numbers.has_same ||
        strcmp(base->embedder, fit->embedder) != 0)
        return;
    fit->numbers.has_same = true;
    fit->numbers.platt = base->numbers.platt;
    memcpy(fit->numbers.same, base->numbers.same, sizeof fit->numbers.same);
}

static vultus_status make(const char *embedder, const vultus_calibration_options *options,
                          struct vultus_calibration **out, vultus_error *error)
{
    const char *data = options && options->data ? options->data : "";
    if (!embedder || !*embedder)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a calibration belongs to an embedder, and its id is not known");
    vultus_status status =
        check_text(embedder, CALIBRATED_EMBEDDER_MAX, "the embedder's id", error);
    if (!status)
        status = check_text(data, VULTUS_CALIBRATION_DATA_MAX, "the name of the data", error);
    if (status)
        return status;
    struct vultus_calibration *made = mem_zalloc(1, sizeof *made);
    if (!made)
        return status_memory(error, "a calibration");
    memcpy(made->embedder, embedder, strlen(embedder) + 1);
    memcpy(made->data, data, strlen(data) + 1);
    made->numbers.crowd = crowd_usual;
    *out = made;
    return VULTUS_OK;
}

/* Takes what was made, with the status of its fit. */
static vultus_status finish(struct vultus_calibration *made, vultus_status status,
                            const vultus_calibration_options *options, vultus_calibration **out)
{
    if (status) {
        mem_free(made);
        return status;
    }
    take_over(made, options ? options->base : NULL);
    *out = made;
    return VULTUS_OK;
}

vultus_status vultus_calibration_fit(const vultus_labelled *set,
                                     const vultus_calibration_options *options,
                                     vultus_calibration **out, vultus_error *error)
{
    struct vultus_calibration *made = NULL;
    if (!set || !out || (set->count && (!set->embeddings || !set->person)))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "embeddings, persons and a place for the calibration are needed");
    vultus_status status = make(set->embedder, options, &made, error);
    if (status)
        return status;
    made->by_distance = calibration_by_distance(set->metric, set->raw);
    return finish(made, calibration_fit(set, &made->numbers, error), options, out);
}

static vultus_status sort_out(const vultus_calibration_scores *from, struct calibration_scores *out,
                              vultus_error *error)
{
    for (size_t i = 0; i < from->count; i++) {
        float score = from->by_distance ? -from->score[i] : from->score[i];
        if (!isfinite(score))
            return status_set(error, VULTUS_ERR_ARGUMENT, "the score of pair %zu is not a number",
                              i);
        if (from->same[i])
            out->same[out->same_count++] = score;
        else
            out->different[out->different_count++] = score;
    }
    out->pairs = out->different_count;
    return VULTUS_OK;
}

vultus_status vultus_calibration_fit_scores(const vultus_calibration_scores *scores,
                                            const vultus_calibration_options *options,
                                            vultus_calibration **out, vultus_error *error)
{
    struct vultus_calibration *made = NULL;
    if (!scores || !out || (scores->count && (!scores->score || !scores->same)))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "scores and a place for the calibration are needed");
    vultus_status status = make(scores->embedder, options, &made, error);
    if (status)
        return status;
    struct calibration_scores sides = {.same = mem_array(scores->count, sizeof(float)),
                                       .different = mem_array(scores->count, sizeof(float))};
    made->by_distance = scores->by_distance;
    if (!sides.same || !sides.different)
        status = status_memory(error, "a calibration");
    if (!status)
        status = sort_out(scores, &sides, error);
    if (!status)
        status = calibration_fit_scores(&sides, &made->numbers, error);
    mem_free(sides.same);
    mem_free(sides.different);
    return finish(made, status, options, out);
}

void vultus_calibration_free(vultus_calibration *calibration)
{
    mem_free(calibration);
}

/* ------------------------------------------------------------------ asking */

vultus_calibration_facts vultus_calibration_about(const vultus_calibration *calibration)
{
    if (!calibration)
        return (vultus_calibration_facts){.embedder = "", .data = "", .finest_far = 1};
    const struct calibration *numbers = &calibration->numbers;
    return (vultus_calibration_facts){.embedder = calibration->embedder,
                                      .data = calibration->data,
                                      .by_distance = calibration->by_distance,
                                      .has_similarity = numbers->has_same,
                                      .people = numbers->people,
                                      .faces = numbers->faces,
                                      .same_pairs = numbers->same_pairs,
                                      .different_pairs = numbers->different_pairs,
                                      .finest_far = numbers->finest};
}

double vultus_calibration_similarity(const vultus_calibration *calibration, double score)
{
    return calibration ? calibration_similarity(&calibration->numbers, internal(calibration, score))
                       : (double)NAN;
}

double vultus_calibration_tar(const vultus_calibration *calibration, double threshold)
{
    return calibration ? calibration_tar(&calibration->numbers, internal(calibration, threshold))
                       : (double)NAN;
}

double vultus_calibration_far(const vultus_calibration *calibration, double score, size_t people,
                              size_t faces)
{
    if (!calibration || isnan(score))
        return NAN;
    score = internal(calibration, score);
    return people ? calibration_gallery_far(&calibration->numbers, score, people, faces)
                  : calibration_far(&calibration->numbers, score);
}

double vultus_calibration_threshold(const vultus_calibration *calibration, double far,
                                    size_t people, size_t faces)
{
    if (!calibration || !(far > 0 && far < 1))
        return NAN;
    return internal(calibration, people ? calibration_gallery_threshold(&calibration->numbers, far,
                                                                        people, faces)
                                        : calibration_threshold(&calibration->numbers, far));
}

bool vultus_calibration_extrapolates(const vultus_calibration *calibration, double threshold)
{
    return calibration && calibration_far(&calibration->numbers, internal(calibration, threshold)) <
                              calibration->numbers.finest;
}

/* ------------------------------------------------------------------ which one */

vultus_status vultus_calibration_path(const char *embedder, char *path, size_t size,
                                      vultus_error *error)
{
    char name[CALIBRATED_EMBEDDER_MAX + 32];
    if (!embedder || !*embedder || strchr(embedder, '/') ||
        strlen(embedder) > CALIBRATED_EMBEDDER_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "\"%.100s\" cannot be the name of a file",
                          embedder ? embedder : "");
    (void)snprintf(name, sizeof name, "calibrations/%s.json", embedder);
    return file_data_path(name, path, size, error);
}

static bool is_of(const struct vultus_calibration *calibration,
                  const struct calibrated_choice *choice)
{
    return !strcmp(calibration->embedder, choice->embedder) &&
           calibration->by_distance == choice->by_distance;
}

/* A pack's is for its own weights: who gives them a projection, or brings others, has none. */
static vultus_status take_contracts(const struct calibrated_choice *choice,
                                    struct vultus_calibration **out, vultus_error *error)
{
    vultus_status status = VULTUS_OK;
    struct vultus_calibration *found = NULL;
    for (size_t i = 0; !status && !found && i < choice->contract_count; i++)
        if (choice->contracts[i])
            status = calibrated_find(choice->contracts[i], choice, &found, error);
    if (!status && found)
        *out = found;
    return status;
}

vultus_status calibrated_choose(const struct calibrated_choice *choice,
                                struct vultus_calibration **out, vultus_error *error)
{
    char path[FILE_PATH_MAX];
    struct vultus_calibration *found = NULL;
    const char *name = choice->wanted;
    if (name && !strcmp(name, "none"))
        return VULTUS_OK;
    if (!name && !vultus_calibration_path(choice->embedder, path, sizeof path, NULL) &&
        file_exists(path))
        name = path;
    if (!name)
        return take_contracts(choice, out, error);
    vultus_status status = vultus_calibration_read(name, &found, error);
    if (!status && !is_of(found, choice))
        status =
            status_set(error, VULTUS_ERR_MISMATCH,
                       "%.70s: calibrates %.50s, the embedder is %.50s; calibrate again with it",
                       file_shown(name), found->embedder, choice->embedder);
    if (status)
        vultus_calibration_free(found);
    else
        *out = found;
    return status;
}

const vultus_calibration *vultus_engine_calibration(const vultus_engine *engine)
{
    return engine ? engine->calibration : NULL;
}

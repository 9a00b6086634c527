/*
 * Clustering as a whole: rows are made comparable, what is known becomes parts, a method joins parts, parts
 * become labels. The threshold follows from a false accept rate and the number of faces: each face is
 * compared with all others, so what is right for two faces links strangers among thousands. Which score has
 * that rate is what a calibration says; a normal distribution stands in where there is none.
 */
#include "decide/cluster_problem.h"
#include "base/memory.h"
#include "base/statistics.h"
#include "decide/decision.h"
#include "kernel/kernel.h"

#include <math.h>
#include <string.h>

/* Shares: on LFW's people, ORL, five celebrities and mixtures of them; see docs/decisions.md. */
const struct cluster_method cluster_methods[] = {
    {"linkage", "joins the nearest clusters first, by their means and scatter", 0.05,
     cluster_linkage},
    {"whispers", "Chinese whispers: each face takes the label of most of its neighbours", 0.04,
     cluster_whispers},
    {"density", "DBSCAN: chains of faces that have enough neighbours", 0.015, cluster_density},
    {NULL, NULL, 0, NULL},
};

/* Of strangers' scores. The contract's threshold for two faces lies this many deviations from their mean:
 * 2.50 for MobileFaceNet (cosine 0.032 +- 0.137, threshold 0.375) and 2.51 for dlib's network (distance 0.824
 * +- 0.089, threshold 0.6) on LFW's people. */
#define OWN_DEVIATIONS 2.5
/* Where the mean is: strangers' unit vectors are at right angles; raw ones as far apart as dlib's. */
#define RAW_MEAN 1.37

float cluster_calibrated_threshold(const struct calibration *calibration, vultus_metric metric,
                                   bool raw, double far)
{
    const double score = calibration_threshold(calibration, far);
    if (calibration_by_distance(metric, raw))
        return (float)fmax(-score, 0);
    const float cosine = (float)fmin(score, 1);
    return metric == VULTUS_METRIC_COSINE ? cosine : decision_euclidean(cosine);
}

float cluster_assumed_threshold(vultus_metric metric, bool raw, float own, double far)
{
    const double part = statistics_deviate(far) / OWN_DEVIATIONS;
    if (metric == VULTUS_METRIC_COSINE)
        return (float)fmin(own * part, 1);
    if (!raw) {
        double cosine = (1 - (double)own * own / 2) * part;
        return decision_euclidean((float)fmin(cosine, 1));
    }
    return (float)fmax(own * (RAW_MEAN - (RAW_MEAN - 1) * part), 0);
}

static vultus_status need(const vultus_labelled *faces, const vultus_cluster_options *options,
                          const uint32_t *labels, vultus_error *error)
{
    if (!faces || !faces->embeddings || !faces->count || !faces->dimension || !labels)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "faces to group and a place for their labels are needed");
    if (faces->metric != VULTUS_METRIC_COSINE && faces->metric != VULTUS_METRIC_EUCLIDEAN)
        return status_set(error, VULTUS_ERR_ARGUMENT, "faces to group: the metric is none");
    if (faces->count > VULTUS_CLUSTER_FACES_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%zu faces; at most %zu are grouped",
                          faces->count, VULTUS_CLUSTER_FACES_MAX);
    if (options->link_count && !options->links)
        return status_set(error, VULTUS_ERR_ARGUMENT, "links between faces are missing");
    if (!(options->far >= 0 && options->far <= 0.5))
        return status_set(error, VULTUS_ERR_ARGUMENT, "a false accept rate is from 0 to 0.5");
    for (size_t i = 0; i < faces->count; i++) {
        vultus_status status = decision_check(faces->embeddings + i * faces->dimension,
                                              faces->dimension, faces->raw, "an embedding", error);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

static vultus_status find_method(const char *name, const struct cluster_method **out,
                                 vultus_error *error)
{
    const struct cluster_method *method = cluster_methods;
    while (name && method->name && strcmp(method->name, name) != 0)
        method++;
    if (!method->name)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "no method of grouping is called \"%.60s\"; there are linkage, whispers, "
                          "density",
                          name);
    *out = method;
    return VULTUS_OK;
}

/* Threshold and rate, in `out`. */
static vultus_status choose_threshold(const vultus_labelled *faces,
                                      const vultus_cluster_options *options,
                                      const struct calibration *calibration,
                                      const struct cluster_method *method, vultus_clustering *out,
                                      vultus_error *error)
{
    out->basis = VULTUS_CLUSTER_GIVEN;
    out->threshold = options->threshold;
    out->far = NAN;
    if (options->has_threshold && isfinite(options->threshold))
        return VULTUS_OK;
    if (options->has_threshold || !(calibration || options->own_threshold > 0))
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "grouping needs a threshold, or a calibration to derive one from; vultus "
                          "calibrate makes one");
    out->far = options->far > 0 ? options->far : method->share / (double)faces->count;
    out->far = fmin(out->far, 0.5);
    out->basis = calibration ? VULTUS_CLUSTER_CALIBRATED : VULTUS_CLUSTER_ASSUMED;
    out->threshold =
        calibration ? cluster_calibrated_threshold(calibration, faces->metric, faces->raw, out->far)
                    : cluster_assumed_threshold(faces->metric, faces->raw, options->own_threshold,
                                                out->far);
    return VULTUS_OK;
}

static float row_length(const vultus_labelled *faces)
{
    double sum = 0;
    if (!faces->raw || faces->metric == VULTUS_METRIC_COSINE)
        return 1;
    for (size_t i = 0; i < faces->count; i++) {
        const float *row = faces->embeddings + i * faces->dimension;
        sum += (double)kernel_best()->dot(row, row, faces->dimension);
    }
    return (float)sqrt(sum / (double)faces->count);
}

/* Cosines are compared of unit vectors, and their lengths are made exact. Raw vectors are all made as long as
 * they are on average, in the square: how long one is tells more of the picture than of the person, and
 * distances keep their unit. */
static vultus_status take_rows(const vultus_labelled *faces, struct cluster_points *points,
                               vultus_error *error)
{
    vultus_status status = cluster_points_make(faces->count, faces->dimension, points, error);
    const float length = row_length(faces);
    for (size_t i = 0; !status && i < faces->count; i++) {
        const float *from = faces->embeddings + i * faces->dimension;
        float *row = (float *)(uintptr_t)points->rows + i * points->stride;
        float *half = (float *)(uintptr_t)points->half;
        float scale = length / sqrtf(kernel_best()->dot(from, from, faces->dimension));
        for (size_t k = 0; k < faces->dimension; k++)
            row[k] = from[k] * scale;
        half[i] = kernel_best()->dot(row, row, faces->dimension) / 2;
    }
    return status;
}

static float limit_of(vultus_metric metric, float threshold)
{
    if (metric == VULTUS_METRIC_COSINE)
        return 2 - 2 * threshold;
    return threshold < 0 ? -1 : threshold * threshold;
}

static vultus_status solve(const vultus_labelled *faces, const vultus_cluster_options *options,
                           const struct cluster_method *method, struct cluster_problem *problem,
                           vultus_error *error)
{
    const struct cluster_known known = {.picture = faces->picture,
                                        .start = options->start,
                                        .person = options->person,
                                        .links = options->links,
                                        .link_count = options->link_count};
    vultus_status status = cluster_parts_open(faces->count, &known, &problem->parts, error);
    if (!status)
        status = take_rows(faces, &problem->points, error);
    if (!status && options->threads > 1)
        status = pool_open(options->threads, &problem->work.pool, error);
    return status ? status : method->run(problem, error);
}

vultus_status cluster_run(const vultus_labelled *faces, const vultus_cluster_options *options,
                          const struct calibration *calibration, uint32_t *labels,
                          vultus_clustering *out, vultus_error *error)
{
    static const vultus_cluster_options defaults;
    const struct cluster_method *method = NULL;
    vultus_clustering made = {0};
    if (!options)
        options = &defaults;
    vultus_status status = need(faces, options, labels, error);
    if (!status)
        status = find_method(options->method, &method, error);
    if (!status)
        status = choose_threshold(faces, options, calibration, method, &made, error);
    if (status)
        return status;
    struct cluster_problem problem = {
        .work = {.progress = options->progress, .context = options->progress_context},
        .limit = limit_of(faces->metric, made.threshold),
        .min_points = options->min_points ? options->min_points : 2,
        .settled = options->settled ? options->start : NULL,
        .seed = options->seed};
    status = solve(faces, options, method, &problem, error);
    if (!status) {
        made.method = method->name;
        made.clusters = cluster_number(&problem.parts, labels);
        if (out)
            *out = made;
    }
    cluster_parts_close(&problem.parts);
    cluster_points_clear(&problem.points);
    pool_close(problem.work.pool);
    return status;
}

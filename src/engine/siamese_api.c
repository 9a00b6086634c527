/*
 * Learnt comparisons for users of the library. The report comes from a first training that has not seen the
 * held-out people; then everybody is learnt from. Given pairs are held out with their people: a pair
 * of one who is held out and one who is not belongs to neither side.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/decision.h"
#include "decide/logistic.h"
#include "decide/metrics.h"
#include "decide/siamese.h"
#include "engine/siamese_file.h"
#include "engine/trained_fits.h"
#include "gallery/search.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FOR_PERSON 20    /* same pairs of one person: who has many pictures does not decide alone */
#define HELD_PAIRS 20000 /* of each kind that are measured */
#define FOLDS 10         /* for the accuracy, as LFW has it */

struct training {
    const vultus_labelled *labelled;
    vultus_siamese_options options; /* with the defaults filled in */
    struct siamese_rows rows;
    uint8_t *held;
    vultus_siamese *out;
    size_t done;
    vultus_error *error;
};

static vultus_status bad(vultus_error *error, const char *why)
{
    return status_set(error, VULTUS_ERR_ARGUMENT, "%s", why);
}

static vultus_status check(const struct training *training)
{
    const vultus_labelled *labelled = training->labelled;
    const vultus_siamese_options *options = &training->options;
    const vultus_pair_list *pairs = options->pairs;
    if (!labelled || !labelled->embeddings || !labelled->person || !labelled->dimension ||
        labelled->dimension > SEARCH_DIMENSION_MAX || labelled->count > VULTUS_LABELLED_MAX)
        return bad(training->error, "embeddings with people are needed");
    if (!(options->c >= 1e-9 && options->c <= 1e9))
        return bad(training->error, "C is not a number from 1e-09 to 1e+09");
    if (!(options->hard <= 1 && options->held < 1 && options->tolerance >= 1e-12 &&
          options->tolerance <= 0.5))
        return bad(training->error,
                   "a share of pairs or people, or the tolerance, is out of range");
    for (size_t i = 0; i < labelled->count; i++) {
        vultus_status status =
            decision_check(labelled->embeddings + i * labelled->dimension, labelled->dimension,
                           labelled->raw, "an embedding", training->error);
        if (status)
            return status;
        if (labelled->person[i] != VULTUS_NOBODY && labelled->person[i] >= labelled->people)
            return bad(training->error, "a person's number is not below their count");
    }
    for (size_t i = 0; pairs && i < pairs->count; i++)
        if (pairs->a[i] >= labelled->count || pairs->b[i] >= labelled->count)
            return bad(training->error, "a pair has a row that there is not");
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ who is held out */

/* Marks the rows of a random share of the people who have rows; counts both kinds of people. */
static vultus_status hold_out(struct training *training, vultus_siamese_report *report)
{
    const vultus_labelled *labelled = training->labelled;
    struct random random;
    uint32_t *order = mem_array(labelled->people, sizeof *order);
    uint8_t *state = mem_zalloc(labelled->people, 1); /* 1: has rows, 2: held */
    training->held = mem_zalloc(labelled->count, 1);
    size_t count = 0, held = 0;
    if (!order || !state || !training->held) {
        mem_free(order);
        mem_free(state);
        return status_memory(training->error, "training");
    }
    for (size_t i = 0; i < labelled->count; i++)
        if (labelled->person[i] != VULTUS_NOBODY)
            state[labelled->person[i]] = 1;
    for (uint32_t p = 0; p < labelled->people; p++)
        if (state[p])
            order[count++] = p;
    random_seed(&random, training->options.seed);
    random_shuffle(&random, order, count);
    if (training->options.held > 0)
        held = (size_t)(training->options.held * (double)count + 0.5);
    for (size_t k = 0; k < held; k++)
        state[order[k]] = 2;
    for (size_t i = 0; i < labelled->count; i++)
        training->held[i] = labelled->person[i] != VULTUS_NOBODY && state[labelled->person[i]] == 2;
    report->people = count;
    report->held_people = held;
    mem_free(order);
    mem_free(state);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ pairs */

enum side { LEARNT, HELD, ALL };

static bool on_side(const struct training *training, enum side side, uint32_t row)
{
    return side == ALL || (training->held[row] != 0) == (side == HELD);
}

static vultus_status given_pairs(const struct training *training, enum side side,
                                 struct siamese_pairs *out)
{
    const vultus_pair_list *given = training->options.pairs;
    size_t same = 0;
    *out = (struct siamese_pairs){.a = mem_array(given->count, sizeof *out->a),
                                  .b = mem_array(given->count, sizeof *out->b),
                                  .same = mem_array(given->count, 1)};
    if (!out->a || !out->b || !out->same)
        return status_memory(training->error, "pairs");
    for (size_t i = 0; i < given->count; i++) {
        if (!on_side(training, side, given->a[i]) || !on_side(training, side, given->b[i]))
            continue;
        out->a[out->count] = given->a[i];
        out->b[out->count] = given->b[i];
        out->same[out->count++] = given->same[i];
        same += given->same[i];
    }
    if (!same || same == out->count)
        return bad(training->error, "the pairs need both, same and different people");
    return VULTUS_OK;
}

static vultus_status make_pairs(const struct training *training, enum side side,
                                struct siamese_pairs *out)
{
    struct siamese_rows rows = training->rows;
    rows.held = side == ALL ? NULL : training->held;
    const struct siamese_sampling sampling = {
        .held = side == HELD,
        .most = side == HELD ? HELD_PAIRS : SIAMESE_PAIRS_MAX,
        .for_person = FOR_PERSON,
        .hard = side == HELD || training->options.hard < 0 ? 0 : training->options.hard,
        .seed = training->options.seed};
    return training->options.pairs ? given_pairs(training, side, out)
                                   : siamese_sample(&rows, &sampling, out, training->error);
}

static void step(struct training *training)
{
    const vultus_training *watch = &training->options.training;
    if (watch->progress)
        watch->progress(watch->context, ++training->done, training->options.held > 0 ? 2 : 1);
}

static vultus_status learn(struct training *training, enum side side, size_t *count)
{
    struct siamese_pairs pairs = {0};
    vultus_status status = make_pairs(training, side, &pairs);
    const struct siamese_fit fit = {.rows = &training->rows,
                                    .pairs = &pairs,
                                    .c = training->options.c,
                                    .tolerance = training->options.tolerance,
                                    .iterations = training->options.iterations,
                                    .stop = training->options.training.stop,
                                    .context = training->options.training.context};
    if (!status)
        status = siamese_train(&fit, training->out->weights, training->error);
    *count = pairs.count;
    siamese_pairs_clear(&pairs);
    if (!status)
        step(training);
    return status;
}

/* ------------------------------------------------------------------ the report */

static float plain_score(const vultus_labelled *labelled, const float *a, const float *b)
{
    const size_t d = labelled->dimension;
    return labelled->raw ? -sqrtf(kernel_best()->sqdist(a, b, d)) : kernel_best()->dot(a, b, d);
}

static vultus_status measure_pairs(const struct training *training,
                                   const struct siamese_pairs *pairs, vultus_siamese_report *report)
{
    const vultus_labelled *labelled = training->labelled;
    const size_t d = labelled->dimension;
    float *score = mem_array(pairs->count, sizeof *score);
    bool *same = mem_array(pairs->count, sizeof *same);
    vultus_status status = score && same ? VULTUS_OK : status_memory(training->error, "a report");
    for (int learnt = 0; !status && learnt < 2; learnt++) {
        for (size_t i = 0; i < pairs->count; i++) {
            const float *a = labelled->embeddings + pairs->a[i] * d;
            const float *b = labelled->embeddings + pairs->b[i] * d;
            same[i] = pairs->same[i];
            score[i] = learnt ? (float)siamese_value(training->out->weights, a, b, d)
                              : plain_score(labelled, a, b);
        }
        const vultus_scores scores = {
            .similarity = score, .same = same, .count = pairs->count, .folds = FOLDS};
        status =
            metrics_evaluate(&scores, learnt ? &report->siamese : &report->plain, training->error);
    }
    mem_free(score);
    mem_free(same);
    return status;
}

/* Where too few can be held out there is no report, and that is no failure. */
static vultus_status measure(struct training *training, vultus_siamese_report *report)
{
    struct siamese_pairs pairs = {0};
    size_t learnt = 0, same = 0;
    vultus_status status = learn(training, LEARNT, &learnt);
    if (!status)
        status = make_pairs(training, HELD, &pairs);
    for (size_t i = 0; i < pairs.count; i++)
        same += pairs.same[i];
    if (!status && same >= FOLDS && pairs.count - same >= FOLDS) {
        status = measure_pairs(training, &pairs, report);
        report->held_pairs = pairs.count;
    }
    siamese_pairs_clear(&pairs);
    if (status != VULTUS_ERR_ARGUMENT)
        return status;
    if (training->error)
        *training->error = (vultus_error){0};
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ training */

static vultus_status train(struct training *training, vultus_siamese_report *report)
{
    const vultus_labelled *labelled = training->labelled;
    training->out->dimension = labelled->dimension;
    training->out->raw = labelled->raw;
    snprintf(training->out->embedder, sizeof training->out->embedder, "%s",
             labelled->embedder ? labelled->embedder : "");
    training->out->weights = mem_zalloc(labelled->dimension + 1, sizeof(float));
    if (!training->out->weights)
        return status_memory(training->error, "a comparison");
    training->rows = (struct siamese_rows){.rows = labelled->embeddings,
                                           .person = labelled->person,
                                           .count = labelled->count,
                                           .dimension = labelled->dimension};
    vultus_status status = hold_out(training, report);
    if (!status && report->held_people)
        status = measure(training, report);
    return status ? status : learn(training, ALL, &report->pairs);
}

static void fill_in(vultus_siamese_options *options)
{
    if (options->c == 0)
        options->c = 0.3;
    if (options->hard == 0)
        options->hard = 0.5;
    if (options->held == 0)
        options->held = 0.3;
    if (options->tolerance == 0)
        options->tolerance = 1e-3;
    if (!options->iterations)
        options->iterations = 1000;
}

vultus_status vultus_siamese_train(const vultus_labelled *labelled,
                                   const vultus_siamese_options *options, vultus_siamese **out,
                                   vultus_siamese_report *report, vultus_error *error)
{
    vultus_siamese_report made = {0};
    struct training training = {.labelled = labelled, .error = error};
    if (!out)
        return bad(error, "a place for the comparison is needed");
    if (options)
        training.options = *options;
    fill_in(&training.options);
    vultus_status status = check(&training);
    if (status)
        return status;
    training.out = mem_zalloc(1, sizeof *training.out);
    status = training.out ? train(&training, &made) : status_memory(error, "a comparison");
    mem_free(training.held);
    if (status) {
        vultus_siamese_free(training.out);
        return status;
    }
    *out = training.out;
    if (report)
        *report = made;
    return VULTUS_OK;
}

void vultus_siamese_free(vultus_siamese *siamese)
{
    if (!siamese)
        return;
    mem_free(siamese->weights);
    mem_free(siamese);
}

const char *vultus_siamese_embedder(const vultus_siamese *siamese)
{
    return siamese ? siamese->embedder : "";
}

vultus_status vultus_siamese_compare(const vultus_siamese *siamese, const vultus_engine *engine,
                                     const float *a, const float *b, float *probability,
                                     vultus_error *error)
{
    if (!siamese || !probability)
        return bad(error, "a comparison and a place for the answer are needed");
    vultus_status status =
        trained_fits(engine, siamese->embedder, siamese->dimension, "the comparison", error);
    if (!status)
        status = decision_check(a, siamese->dimension, siamese->raw, "the first embedding", error);
    if (!status)
        status = decision_check(b, siamese->dimension, siamese->raw, "the second embedding", error);
    if (!status)
        *probability =
            (float)logistic_sigmoid(siamese_value(siamese->weights, a, b, siamese->dimension));
    return status;
}

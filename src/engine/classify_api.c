/*
 * Training classifiers for users of the library. People without a row and rows without a person are left out
 * before the training sees them.
 */
#include "base/memory.h"
#include "decide/classifier_train.h"
#include "decide/decision.h"
#include "engine/classifier_file.h"
#include "gallery/names.h"
#include "gallery/search.h"

#include <stdio.h>
#include <string.h>

static const char *const default_method = "softmax";

static vultus_status bad(vultus_error *error, const char *why)
{
    return status_set(error, VULTUS_ERR_ARGUMENT, "%s", why);
}

/* ------------------------------------------------------------------ what is learnt from */

struct people { /* those who have rows, and their rows */
    float *rows;
    uint32_t *person;
    const char **names;
    size_t count, people;
};

static void people_clear(struct people *people, size_t dimension)
{
    mem_free_wiped(people->rows, people->count * dimension * sizeof *people->rows);
    mem_free(people->person);
    mem_free(people->names);
}

static vultus_status check_labelled(const vultus_labelled *labelled, vultus_error *error)
{
    if (!labelled || !labelled->embeddings || !labelled->person || !labelled->dimension ||
        labelled->dimension > SEARCH_DIMENSION_MAX)
        return bad(error, "embeddings with people are needed");
    if (!labelled->names)
        return bad(error, "a classifier needs names of people, and these embeddings have none");
    for (size_t i = 0; i < labelled->count; i++) {
        vultus_status status =
            decision_check(labelled->embeddings + i * labelled->dimension, labelled->dimension,
                           labelled->raw, "an embedding", error);
        if (status)
            return status;
        if (labelled->person[i] != VULTUS_NOBODY && labelled->person[i] >= labelled->people)
            return bad(error, "a person's number is not below their count");
    }
    return VULTUS_OK;
}

static vultus_status copy_rows(const vultus_labelled *labelled, uint32_t *number,
                               struct people *out, vultus_error *error)
{
    const size_t d = labelled->dimension;
    vultus_status status = VULTUS_OK;
    memset(number, 0, labelled->people * sizeof *number);
    for (size_t i = 0; i < labelled->count; i++)
        if (labelled->person[i] != VULTUS_NOBODY)
            number[labelled->person[i]] = 1;
    for (size_t p = 0; !status && p < labelled->people; p++)
        if (number[p]) {
            status = names_check(labelled->names[p], error);
            number[p] = (uint32_t)out->people;
            out->names[out->people++] = labelled->names[p];
        }
    for (size_t i = 0; !status && i < labelled->count; i++)
        if (labelled->person[i] != VULTUS_NOBODY) {
            memcpy(out->rows + out->count * d, labelled->embeddings + i * d, d * sizeof *out->rows);
            out->person[out->count++] = number[labelled->person[i]];
        }
    return status;
}

static vultus_status take_people(const vultus_labelled *labelled, struct people *out,
                                 vultus_error *error)
{
    vultus_status status = check_labelled(labelled, error);
    if (status)
        return status;
    uint32_t *number = mem_array(labelled->people, sizeof *number);
    *out =
        (struct people){.rows = mem_array(labelled->count * labelled->dimension, sizeof *out->rows),
                        .person = mem_array(labelled->count, sizeof *out->person),
                        .names = mem_array(labelled->people, sizeof *out->names)};
    if (!number || !out->rows || !out->person || !out->names)
        status = status_memory(error, "training");
    else
        status = copy_rows(labelled, number, out, error);
    mem_free(number);
    if (status)
        return status;
    if (out->people < 2)
        return status_set(error, VULTUS_ERR_ARGUMENT,
                          "a classifier needs at least two people; there %s %zu",
                          out->people == 1 ? "is" : "are", out->people);
    if (out->people > CLASSIFIER_PEOPLE_MAX || out->count > CLASSIFIER_ROWS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT,
                          "%zu pictures of %zu people; at most %u of %u can be learnt", out->count,
                          out->people, CLASSIFIER_ROWS_MAX, CLASSIFIER_PEOPLE_MAX);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ training */

static vultus_status check_numbers(const vultus_classifier_options *options, vultus_error *error)
{
    if (options->folds > CLASSIFIER_FOLDS_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "%u folds; at most %d", options->folds,
                          CLASSIFIER_FOLDS_MAX);
    if (options->far != 0 && !(options->far >= 1e-6f && options->far <= 0.5f))
        return bad(error, "the false accept rate is not from 0.000001 to 0.5");
    return VULTUS_OK;
}

static vultus_status check_options(const vultus_classifier_options *options,
                                   const vultus_labelled *labelled, vultus_error *error)
{
    const vultus_labelled *strangers = options->strangers;
    vultus_status numbers = check_numbers(options, error);
    if (numbers || !strangers)
        return numbers;
    if (strangers->dimension != labelled->dimension || strangers->raw != labelled->raw ||
        (strangers->embedder && labelled->embedder &&
         strcmp(strangers->embedder, labelled->embedder) != 0))
        return status_set(error, VULTUS_ERR_MISMATCH,
                          "the strangers' embeddings are by another model");
    for (size_t i = 0; i < strangers->count; i++) {
        vultus_status status =
            decision_check(strangers->embeddings + i * strangers->dimension, strangers->dimension,
                           strangers->raw, "a stranger's embedding", error);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

/* The names in one block, as a file gives them. */
static vultus_status keep_names(const struct people *people, vultus_classifier *classifier,
                                vultus_error *error)
{
    size_t size = 0;
    for (size_t p = 0; p < people->people; p++)
        size += strlen(people->names[p]) + 1;
    char **names = mem_alloc(people->people * sizeof *names + size);
    if (!names)
        return status_memory(error, "a classifier");
    char *text = (char *)(names + people->people);
    for (size_t p = 0; p < people->people; p++) {
        size_t length = strlen(people->names[p]) + 1;
        names[p] = memcpy(text, people->names[p], length);
        text += length;
    }
    classifier->names = (const char *const *)names;
    return VULTUS_OK;
}

static void count_people(const struct people *people, const char *method, uint32_t *rows,
                         vultus_classifier_report *report)
{
    report->method = method;
    report->people = people->people;
    report->pictures = people->count;
    for (size_t i = 0; i < people->count; i++)
        rows[people->person[i]]++;
    for (size_t p = 0; p < people->people; p++)
        report->single += rows[p] == 1;
}

static vultus_status choose_grid(const vultus_classifier_options *options,
                                 struct classifier_trainer *trainer,
                                 struct classifier_parameters **grid, vultus_error *error)
{
    struct classifier_parameters base;
    const char *name = options->method ? options->method : default_method;
    trainer->method = classifier_find(name);
    if (!trainer->method)
        return status_set(error, VULTUS_ERR_ARGUMENT, "no classifier is called \"%.40s\"", name);
    classifier_defaults(&base);
    vultus_status status = classifier_parse(trainer->method, options->parameters, &base, error);
    if (!status)
        status = classifier_grid(trainer->method, options->grid, &base, grid, &trainer->grid_count,
                                 error);
    trainer->grid = *grid;
    return status;
}

static vultus_status train(const vultus_labelled *labelled, const struct people *people,
                           const vultus_classifier_options *options, vultus_classifier *out,
                           vultus_classifier_report *report, vultus_error *error)
{
    static const vultus_labelled nobody;
    const vultus_labelled *strangers = options->strangers ? options->strangers : &nobody;
    struct classifier_parameters *grid = NULL;
    struct classifier_trainer trainer = {.data = {.rows = people->rows,
                                                  .person = people->person,
                                                  .count = people->count,
                                                  .dimension = labelled->dimension,
                                                  .people = people->people},
                                         .raw = labelled->raw,
                                         .folds =
                                             options->folds ? options->folds : CLASSIFIER_FOLDS,
                                         .far = options->far > 0 ? (double)options->far : 0.01,
                                         .strangers = strangers->embeddings,
                                         .stranger_count = strangers->count,
                                         .seed = options->seed,
                                         .training = &options->training,
                                         .tested = options->fold};
    uint32_t *rows = mem_zalloc(people->people, sizeof *rows);
    vultus_status status = rows ? VULTUS_OK : status_memory(error, "training");
    if (!status)
        status = choose_grid(options, &trainer, &grid, error);
    if (!status)
        status = pool_open(options->threads, &trainer.pool, error);
    if (!status) {
        count_people(people, trainer.method->name, rows, report);
        status = classifier_train(&trainer, &out->model, report, error);
    }
    pool_close(trainer.pool);
    mem_free(grid);
    mem_free(rows);
    out->far = trainer.far;
    return status;
}

vultus_status vultus_classifier_check(const vultus_classifier_options *options, vultus_error *error)
{
    static const vultus_classifier_options defaults;
    struct classifier_trainer trainer = {0};
    struct classifier_parameters *grid = NULL;
    options = options ? options : &defaults;
    vultus_status status = check_numbers(options, error);
    if (!status)
        status = choose_grid(options, &trainer, &grid, error);
    if (!status && options->folds == 1 && trainer.grid_count > 1)
        status = bad(error, CLASSIFIER_GRID_NEEDS_FOLDS);
    mem_free(grid);
    return status;
}

vultus_status vultus_classifier_train(const vultus_labelled *labelled,
                                      const vultus_classifier_options *options,
                                      vultus_classifier **out, vultus_classifier_report *report,
                                      vultus_error *error)
{
    static const vultus_classifier_options defaults;
    vultus_classifier_report made = {0};
    struct people people = {0};
    if (!out)
        return bad(error, "a place for the classifier is needed");
    options = options ? options : &defaults;
    vultus_status status = take_people(labelled, &people, error);
    vultus_classifier *classifier = mem_zalloc(1, sizeof *classifier);
    if (!status && !classifier)
        status = status_memory(error, "a classifier");
    if (!status)
        status = check_options(options, labelled, error);
    if (!status)
        status = train(labelled, &people, options, classifier, &made, error);
    if (!status)
        status = keep_names(&people, classifier, error);
    if (!status) {
        classifier->metric = labelled->metric;
        snprintf(classifier->embedder, sizeof classifier->embedder, "%s",
                 labelled->embedder ? labelled->embedder : "");
        *out = classifier;
    }
    if (labelled)
        people_clear(&people, labelled->dimension);
    if (status)
        vultus_classifier_free(classifier);
    if (status || !report)
        vultus_classifier_report_clear(&made);
    else
        *report = made;
    return status;
}

void vultus_classifier_report_clear(vultus_classifier_report *report)
{
    if (!report)
        return;
    mem_free(report->trials);
    mem_free(report->confusion);
    *report = (vultus_classifier_report){0};
}

void vultus_classifier_free(vultus_classifier *classifier)
{
    if (!classifier)
        return;
    if (classifier->model.method)
        classifier_clear(&classifier->model);
    mem_free((void *)(uintptr_t)classifier->names);
    mem_free(classifier);
}

/* What a classifier is, and whom it names. */
#include "base/memory.h"
#include "decide/decision.h"
#include "engine/classifier_file.h"
#include "engine/trained_fits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *vultus_classifier_method(size_t index)
{
    size_t count = 0;
    while (classifier_methods[count])
        count++;
    return index < count ? classifier_methods[index]->name : NULL;
}

/* ------------------------------------------------------------------ what it is */

size_t vultus_classifier_people(const vultus_classifier *classifier)
{
    return classifier ? classifier->model.people : 0;
}

const char *vultus_classifier_name(const vultus_classifier *classifier, size_t person)
{
    return classifier && person < classifier->model.people ? classifier->names[person] : NULL;
}

size_t vultus_classifier_dimension(const vultus_classifier *classifier)
{
    return classifier ? classifier->model.dimension : 0;
}

const char *vultus_classifier_embedder(const vultus_classifier *classifier)
{
    return classifier ? classifier->embedder : "";
}

const char *vultus_classifier_used_method(const vultus_classifier *classifier)
{
    return classifier ? classifier->model.method->name : NULL;
}

float vultus_classifier_far(const vultus_classifier *classifier)
{
    return classifier ? (float)classifier->far : NAN;
}

/* ------------------------------------------------------------------ prediction */

struct asked { /* one probe */
    void *room;
    double *probability;
    struct classifier_verdict verdict;
};

static void asked_clear(struct asked *asked)
{
    mem_free(asked->room);
    mem_free(asked->probability);
}

static vultus_status ask(const vultus_classifier *classifier, const vultus_engine *engine,
                         const float *probe, struct asked *out, vultus_error *error)
{
    if (!classifier)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a classifier is needed");
    const struct classifier_model *model = &classifier->model;
    vultus_status status =
        trained_fits(engine, classifier->embedder, model->dimension, "the classifier", error);
    if (!status)
        status = decision_check(probe, model->dimension, model->raw, "the probe", error);
    if (status)
        return status;
    out->room = mem_aligned(classifier_room(model) + 1, 1);
    out->probability = mem_array(model->people, sizeof *out->probability);
    if (!out->room || !out->probability)
        return status_memory(error, "a prediction");
    classifier_predict(model, probe, out->room, out->probability, &out->verdict);
    return VULTUS_OK;
}

/* The likeliest people, the best first; of equals the first. */
static size_t rank(const vultus_classifier *classifier, const double *probability, uint32_t *people,
                   size_t capacity)
{
    size_t count = 0;
    for (uint32_t p = 0; p < classifier->model.people; p++) {
        if (count == capacity && !(probability[p] > probability[people[count - 1]]))
            continue;
        size_t at = count < capacity ? count++ : count - 1;
        for (; at && probability[p] > probability[people[at - 1]]; at--)
            people[at] = people[at - 1];
        people[at] = p;
    }
    return count;
}

static void set_likelihood(const vultus_classifier *classifier, const double *probability,
                           uint32_t person, vultus_likelihood *out)
{
    snprintf(out->name, sizeof out->name, "%s", classifier->names[person]);
    out->probability = (float)probability[person];
}

vultus_status vultus_classifier_predict(const vultus_classifier *classifier,
                                        const vultus_engine *engine, const float *probe,
                                        vultus_prediction *out, vultus_error *error)
{
    struct asked asked = {0};
    uint32_t people[2];
    if (!out)
        return status_set(error, VULTUS_ERR_ARGUMENT, "a place for the prediction is needed");
    vultus_status status = ask(classifier, engine, probe, &asked, error);
    if (!status) {
        rank(classifier, asked.probability, people, 2);
        vultus_prediction made = {.match = asked.verdict.score >= classifier->model.threshold,
                                  .closeness = (float)asked.verdict.closeness,
                                  .score = (float)asked.verdict.score,
                                  .threshold = (float)classifier->model.threshold};
        set_likelihood(classifier, asked.probability, people[0], &made.best);
        set_likelihood(classifier, asked.probability, people[1], &made.second);
        made.margin = made.best.probability - made.second.probability;
        *out = made;
    }
    asked_clear(&asked);
    return status;
}

vultus_status vultus_classifier_rank(const vultus_classifier *classifier,
                                     const vultus_engine *engine, const float *probe,
                                     vultus_likelihood *out, size_t capacity, size_t *count,
                                     vultus_error *error)
{
    struct asked asked = {0};
    uint32_t people[VULTUS_TOP_MAX];
    if (!out || !count || !capacity || capacity > VULTUS_TOP_MAX)
        return status_set(error, VULTUS_ERR_ARGUMENT, "room for 1 to %d people is needed",
                          VULTUS_TOP_MAX);
    vultus_status status = ask(classifier, engine, probe, &asked, error);
    if (!status) {
        *count = rank(classifier, asked.probability, people, capacity);
        for (size_t i = 0; i < *count; i++)
            set_likelihood(classifier, asked.probability, people[i], &out[i]);
    }
    asked_clear(&asked);
    return status;
}

/* See enrolled.h. The mean of unit vectors has unit length; where they cancel, the best face stands in. */
#include "decide/enrolled.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

#define SET 3            /* nearest faces that a set is the mean of */
#define WEIGHT_MIN 0.02f /* of the worst face in a mean, as in a gallery */
#define CANCELLED 1e-4   /* a sum that is so short against its parts points nowhere */

static const float *row_of(const struct enrolled *enrolled, uint32_t row)
{
    return enrolled->set->embeddings + (size_t)row * enrolled->set->dimension;
}

static float weight_of(const struct enrolled *enrolled, uint32_t row)
{
    return enrolled->set->quality ? fmaxf(enrolled->set->quality[row], WEIGHT_MIN) : 1;
}

static vultus_status group(const vultus_trials_request *request, struct enrolled *out,
                           vultus_error *error)
{
    const vultus_labelled *set = request->set;
    out->rows = mem_array(request->known_count, sizeof *out->rows);
    out->people = mem_array(set->people, sizeof *out->people);
    out->first = mem_zalloc(set->people + 1, sizeof *out->first);
    out->place = mem_array(set->people, sizeof *out->place);
    size_t *next = mem_zalloc(set->people + 1, sizeof *next);
    if (!out->rows || !out->people || !out->first || !out->place || !next) {
        mem_free(next);
        return status_memory(error, "the enrolled people");
    }
    for (size_t i = 0; i < request->known_count; i++)
        next[set->person[request->known[i]]]++;
    for (size_t p = 0, at = 0; p < set->people; p++) {
        size_t faces = next[p];
        out->place[p] = faces ? (uint32_t)out->count : VULTUS_NOBODY;
        next[p] = at;
        at += faces;
        if (faces) {
            out->people[out->count++] = (uint32_t)p;
            out->first[out->count] = at;
        }
    }
    for (size_t i = 0; i < request->known_count; i++)
        out->rows[next[set->person[request->known[i]]]++] = request->known[i];
    mem_free(next);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ means */

static void make_mean(struct enrolled *enrolled, size_t place)
{
    const size_t dimension = enrolled->set->dimension;
    float *mean = enrolled->means + place * dimension;
    double total = 0, squared = 0;
    uint32_t best = enrolled->rows[enrolled->first[place]];
    for (size_t i = enrolled->first[place]; i < enrolled->first[place + 1]; i++) {
        const uint32_t row = enrolled->rows[i];
        const float weight = weight_of(enrolled, row), *from = row_of(enrolled, row);
        if (weight > weight_of(enrolled, best))
            best = row;
        total += (double)weight;
        for (size_t k = 0; k < dimension; k++)
            mean[k] += weight * from[k];
    }
    for (size_t k = 0; k < dimension; k++)
        squared += (double)mean[k] * (double)mean[k];
    const double by = enrolled->set->raw ? total : sqrt(squared);
    enrolled->best[place] = best;
    if (by < CANCELLED * total)
        memcpy(mean, row_of(enrolled, best), dimension * sizeof *mean);
    else
        for (size_t k = 0; k < dimension; k++)
            mean[k] = (float)((double)mean[k] / by);
}

vultus_status enrolled_make(const vultus_trials_request *request, struct enrolled *out,
                            vultus_error *error)
{
    *out = (struct enrolled){.set = request->set, .templates = request->templates};
    vultus_status status = group(request, out, error);
    if (status || request->templates != VULTUS_TEMPLATE_MEAN)
        return status;
    out->means = mem_zalloc(out->count, request->set->dimension * sizeof *out->means);
    out->best = mem_array(out->count, sizeof *out->best);
    if (!out->means || !out->best)
        return status_memory(error, "the means of people");
    for (size_t i = 0; i < out->count; i++)
        make_mean(out, i);
    return VULTUS_OK;
}

void enrolled_clear(struct enrolled *enrolled)
{
    if (enrolled->means)
        mem_free_wiped(enrolled->means,
                       enrolled->count * enrolled->set->dimension * sizeof *enrolled->means);
    mem_free(enrolled->best);
    mem_free(enrolled->rows);
    mem_free(enrolled->people);
    mem_free(enrolled->first);
    mem_free(enrolled->place);
    *enrolled = (struct enrolled){0};
}

/* ------------------------------------------------------------------ comparing */

static struct hit compare(const struct enrolled *enrolled, const struct decision_rule *rule,
                          const float *probe, const float *with, uint32_t row)
{
    vultus_comparison it;
    decision_compare(rule, probe, with, enrolled->set->dimension, &it);
    return (struct hit){row, decision_nearness(rule, it.cosine, it.distance), it.cosine,
                        it.distance};
}

/* The nearest faces in front. */
static void keep(struct hit *hits, size_t *count, size_t most, struct hit found)
{
    size_t at = *count;
    while (at && hits[at - 1].score < found.score)
        at--;
    if (at == most)
        return;
    *count += *count < most;
    memmove(hits + at + 1, hits + at, (*count - at - 1) * sizeof *hits);
    hits[at] = found;
}

struct hit enrolled_compare(const struct enrolled *enrolled, const struct decision_rule *rule,
                            const float *probe, size_t place)
{
    const size_t most = enrolled->templates == VULTUS_TEMPLATE_SET ? SET : 1;
    struct hit hits[SET], mean = {0};
    size_t count = 0;
    if (enrolled->means)
        return compare(enrolled, rule, probe, enrolled->means + place * enrolled->set->dimension,
                       enrolled->best[place]);
    for (size_t i = enrolled->first[place]; i < enrolled->first[place + 1]; i++) {
        const uint32_t row = enrolled->rows[i];
        keep(hits, &count, most, compare(enrolled, rule, probe, row_of(enrolled, row), row));
    }
    if (count == 1)
        return hits[0];
    for (size_t i = 0; i < count; i++) {
        mean.score += hits[i].score / (float)count;
        mean.cosine += hits[i].cosine / (float)count;
        mean.distance += hits[i].distance / (float)count;
    }
    mean.row = hits[0].row;
    return mean;
}

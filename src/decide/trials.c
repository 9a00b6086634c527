/*
 * Matching probes by comparing each with everybody who is enrolled. Work is cut by the people of the probes,
 * so that what is counted of one person (tally.h) is in one worker's hands. The scores to a probe's own person
 * come first, because the others are counted between them.
 */
#include "decide/trials.h"
#include "base/memory.h"
#include "base/pool.h"
#include "decide/enrolled.h"
#include "decide/tally.h"

#include <math.h>
#include <string.h>

struct worker {
    struct tally_part part;
    struct hit *hits; /* of each enrolled person, for the probe in hand */
    bool begun;
};

struct matching {
    const vultus_labelled *set;
    struct decision_rule rule;
    struct enrolled enrolled;
    vultus_trials *trials;
    uint32_t *order; /* trials, by unit */
    size_t *first;   /* of each unit, where its trials begin in `order`; one more is the end */
    size_t units;
    size_t done; /* units before this one are; the loop in hand begins here */
    struct worker *workers;
};

/* ------------------------------------------------------------------ units */

vultus_status trials_units(const vultus_trials *trials, uint32_t *unit, size_t *units,
                           vultus_error *error)
{
    uint32_t next = 0;
    uint32_t *of_person = mem_array(trials->people, sizeof *of_person);
    if (!of_person)
        return status_memory(error, "the people of the probes");
    for (size_t i = 0; i < trials->people; i++)
        of_person[i] = VULTUS_NOBODY;
    for (size_t i = 0; i < trials->count; i++) {
        uint32_t person = trials->items[i].person;
        if (person == VULTUS_NOBODY)
            unit[i] = next++;
        else
            unit[i] = of_person[person] == VULTUS_NOBODY ? (of_person[person] = next++)
                                                         : of_person[person];
    }
    mem_free(of_person);
    *units = next;
    return VULTUS_OK;
}

/* Puts the trials of each unit together. */
static vultus_status group_trials(struct matching *matching, vultus_error *error)
{
    const size_t count = matching->trials->count;
    uint32_t *unit = mem_array(count, sizeof *unit);
    matching->order = mem_array(count, sizeof *matching->order);
    if (!unit || !matching->order) {
        mem_free(unit);
        return status_memory(error, "the probes");
    }
    vultus_status status = trials_units(matching->trials, unit, &matching->units, error);
    if (!status && !(matching->first = mem_zalloc(matching->units + 2, sizeof *matching->first)))
        status = status_memory(error, "the probes");
    if (!status) {
        size_t *next =
            matching->first + 1; /* ends up as where the unit ends: where the next begins */
        for (size_t i = 0; i < count; i++)
            next[unit[i] + 1]++;
        for (size_t u = 0; u < matching->units; u++)
            next[u + 1] += next[u];
        for (size_t i = 0; i < count; i++)
            matching->order[next[unit[i]]++] = (uint32_t)i;
    }
    mem_free(unit);
    return status;
}

/* ------------------------------------------------------------------ matching */

static const float *row_of(const struct matching *matching, uint32_t row)
{
    return matching->set->embeddings + (size_t)row * matching->set->dimension;
}

static void match_own(const struct matching *matching, vultus_trial *trial)
{
    trial->own_score = NAN;
    trial->own_row = trial->best = trial->second = VULTUS_NOBODY;
    if (!trial->mated)
        return;
    struct hit own =
        enrolled_compare(&matching->enrolled, &matching->rule, row_of(matching, trial->row),
                         matching->enrolled.place[trial->person]);
    trial->own_score = own.score;
    trial->own_match = decision_matches(&matching->rule, own.cosine, own.distance);
    trial->own_row = own.row;
}

/* From the nearest faces of all people. */
static void decide(const struct matching *matching, const struct hit *hits, vultus_trial *trial)
{
    const struct enrolled *enrolled = &matching->enrolled;
    /* Nobody is as far away as can be, in both metrics; see vultus_gallery_identify. */
    const struct hit nobody = {VULTUS_NOBODY, 0, -1.0f, 2.0f};
    const struct decision_rule *rule = &matching->rule;
    size_t own = trial->mated ? enrolled->place[trial->person] : 0;
    struct hit best = hits[0], second = nobody;
    size_t best_place = 0, second_place = 0;
    for (size_t i = 0; i < enrolled->count; i++) {
        trial->rank += trial->mated && (hits[i].score > hits[own].score ||
                                        (hits[i].score == hits[own].score && i <= own));
        if (i && hits[i].score > best.score) {
            second = best;
            second_place = best_place;
            best = hits[i];
            best_place = i;
        } else if (i && (second.row == VULTUS_NOBODY || hits[i].score > second.score)) {
            second = hits[i];
            second_place = i;
        }
    }
    trial->best = enrolled->people[best_place];
    trial->second = second.row == VULTUS_NOBODY ? VULTUS_NOBODY : enrolled->people[second_place];
    trial->best_row = best.row;
    trial->cosine = best.cosine;
    trial->distance = best.distance;
    trial->second_cosine = second.cosine;
    trial->second_distance = second.distance;
    trial->score = best.score;
    trial->margin = best.score - decision_nearness(rule, second.cosine, second.distance);
    trial->match = decision_matches(rule, best.cosine, best.distance);
    trial->copy = !memcmp(row_of(matching, trial->row), row_of(matching, best.row),
                          matching->set->dimension * sizeof(float));
}

static vultus_status match_unit(void *context, size_t index, unsigned number, vultus_error *error)
{
    struct matching *matching = context;
    const size_t unit = matching->done + index;
    struct worker *worker = &matching->workers[number];
    struct vultus_tally *tally = matching->trials->tally;
    const size_t people = matching->enrolled.count;
    vultus_status status = VULTUS_OK;
    if (!worker->begun) {
        worker->hits = mem_array(people, sizeof *worker->hits);
        status = worker->hits ? tally_part_init(tally, &worker->part, error)
                              : status_memory(error, "a probe's comparisons");
        worker->begun = !status;
        if (status) {
            mem_free(worker->hits);
            worker->hits = NULL;
            return status;
        }
    }
    for (size_t k = matching->first[unit]; k < matching->first[unit + 1]; k++) {
        vultus_trial *trial = &matching->trials->items[matching->order[k]];
        size_t own = trial->mated ? matching->enrolled.place[trial->person] : people;
        for (size_t i = 0; i < people; i++) {
            struct hit hit = enrolled_compare(&matching->enrolled, &matching->rule,
                                              row_of(matching, trial->row), i);
            worker->hits[i] = hit;
            if (i != own)
                tally_count(tally, &worker->part, hit.score,
                            decision_matches(&matching->rule, hit.cosine, hit.distance));
        }
        decide(matching, worker->hits, trial);
    }
    return tally_end_unit(tally, &worker->part, unit, error);
}

/* In a hundred loops, so that the caller hears of it. */
static vultus_status match_units(struct matching *matching, struct pool *pool,
                                 const vultus_trials_request *request, vultus_error *error)
{
    size_t step = matching->units / 100 + 8 * (size_t)pool_threads(pool);
    vultus_status status = VULTUS_OK;
    while (!status && matching->done < matching->units) {
        size_t left = matching->units - matching->done, count = left < step ? left : step;
        status = pool_for(pool, count, match_unit, matching, error);
        matching->done += count;
        if (!status && request->progress &&
            !request->progress(request->context, matching->done, matching->units))
            status = status_set(error, VULTUS_ERR_CANCELLED, "interrupted");
    }
    return status;
}

static vultus_status match_all(struct matching *matching, const vultus_trials_request *request,
                               vultus_error *error)
{
    vultus_trials *trials = matching->trials;
    struct pool *pool = NULL;
    for (size_t i = 0; i < trials->count; i++)
        match_own(matching, &trials->items[i]);
    vultus_status status = tally_new(trials, matching->units, &trials->tally, error);
    if (!status)
        status = pool_open(request->threads, &pool, error);
    if (status)
        return status;
    const unsigned workers = pool_threads(pool);
    matching->workers = mem_zalloc(workers, sizeof *matching->workers);
    if (!matching->workers)
        status = status_memory(error, "the probes");
    else
        status = match_units(matching, pool, request, error);
    for (unsigned i = 0; matching->workers && i < workers; i++) {
        if (!matching->workers[i].begun)
            continue;
        tally_add(trials->tally, &matching->workers[i].part);
        tally_part_clear(&matching->workers[i].part);
        mem_free(matching->workers[i].hits);
    }
    mem_free(matching->workers);
    pool_close(pool);
    return status;
}

/* ------------------------------------------------------------------ the request */

static vultus_status check_rows(const vultus_trials_request *request, vultus_error *error)
{
    const vultus_labelled *set = request->set;
    for (size_t i = 0; i < request->known_count + request->probe_count; i++) {
        bool known = i < request->known_count;
        uint32_t row = known ? request->known[i] : request->probes[i - request->known_count];
        if (row >= set->count)
            return status_set(error, VULTUS_ERR_ARGUMENT, "there is no row %u, only %zu", row,
                              set->count);
        if (set->person[row] >= set->people && (known || set->person[row] != VULTUS_NOBODY))
            return status_set(error, VULTUS_ERR_ARGUMENT, "row %u has no person%s", row,
                              known ? ", and is enrolled" : "");
        vultus_status status =
            decision_check(set->embeddings + (size_t)row * set->dimension, set->dimension, set->raw,
                           known ? "an enrolled embedding" : "a probe", error);
        if (status)
            return status;
    }
    return VULTUS_OK;
}

static vultus_status check(const vultus_trials_request *request, vultus_error *error)
{
    if (!request || !request->set || !request->set->embeddings || !request->set->person)
        return status_set(error, VULTUS_ERR_ARGUMENT, "there are no embeddings to evaluate");
    if (!request->known || !request->known_count)
        return status_set(error, VULTUS_ERR_ARGUMENT, "nobody is enrolled");
    if (!request->probes || !request->probe_count)
        return status_set(error, VULTUS_ERR_ARGUMENT, "there is no face to look up");
    if ((unsigned)request->templates > VULTUS_TEMPLATE_SET)
        return status_set(error, VULTUS_ERR_ARGUMENT, "no template has the number %d",
                          (int)request->templates);
    if (request->known_count > VULTUS_LABELLED_MAX || request->probe_count > VULTUS_LABELLED_MAX ||
        request->set->people > VULTUS_LABELLED_MAX ||
        (uint64_t)request->known_count * request->probe_count > TRIALS_COMPARISONS_MAX)
        return status_set(error, VULTUS_ERR_LIMIT, "%zu faces against %zu are too many",
                          request->probe_count, request->known_count);
    return check_rows(request, error);
}

static vultus_status begin(const vultus_trials_request *request, struct matching *matching,
                           vultus_error *error)
{
    const struct decision_own own = {
        .metric = request->set->metric, .raw = request->set->raw, .cosine = NAN, .euclidean = NAN};
    vultus_trials *trials = matching->trials;
    vultus_status status = decision_resolve(&request->decision, &own, &matching->rule, error);
    if (!status)
        status = enrolled_make(request, &matching->enrolled, error);
    if (status)
        return status;
    *trials = (vultus_trials){.count = request->probe_count,
                              .people = request->set->people,
                              .enrolled = matching->enrolled.count,
                              .distances = matching->rule.raw &&
                                           matching->rule.metric == VULTUS_METRIC_EUCLIDEAN,
                              .metric = matching->rule.metric,
                              .threshold = matching->rule.threshold};
    trials->items = mem_zalloc(trials->count, sizeof *trials->items);
    if (!trials->items)
        return status_memory(error, "the probes");
    for (size_t i = 0; i < trials->count; i++) {
        uint32_t row = request->probes[i], person = request->set->person[row];
        trials->items[i].row = row;
        trials->items[i].person = person;
        trials->items[i].mated =
            person != VULTUS_NOBODY && matching->enrolled.place[person] != VULTUS_NOBODY;
    }
    return group_trials(matching, error);
}

vultus_status trials_run(const vultus_trials_request *request, vultus_trials *out,
                         vultus_error *error)
{
    vultus_status status = check(request, error);
    if (status)
        return status;
    vultus_trials trials = {0};
    struct matching matching = {.set = request->set, .trials = &trials};
    status = begin(request, &matching, error);
    if (!status)
        status = match_all(&matching, request, error);
    if (status)
        trials_clear(&trials);
    else
        *out = trials;
    mem_free(matching.order);
    mem_free(matching.first);
    enrolled_clear(&matching.enrolled);
    return status;
}

void trials_clear(vultus_trials *trials)
{
    if (!trials)
        return;
    mem_free(trials->items);
    tally_free(trials->tally);
    *trials = (vultus_trials){0};
}

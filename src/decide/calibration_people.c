/*
 * A calibration from embeddings of known people. People weigh alike, however many faces they have: every two
 * people are compared equally often, by faces that are drawn, because a set with a thousand pictures of one
 * celebrity says little about the others. The random numbers have a fixed seed: the same set gives the same
 * calibration.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/calibration.h"
#include "decide/decision.h"

#include <math.h>
#include <string.h>

#define SEED 0x63616c6962ULL
#define DIFFERENT_MAX                                                                              \
    ((size_t)1 << 20)      /* scores; a million pairs tell rates of one in thirty thousand */
#define ROUNDS_MAX 64      /* for each two people: more would only repeat their faces */
#define SAME_MAX 16        /* of each person: all pairs of six faces, or as many drawn ones */
#define STRANGERS_MAX 2000 /* compared with each other for the crowd: four million scores */
#define CROWD_PEOPLE_MIN 50
#define MATCHES_MIN 100 /* of a threshold, to tell anything of groups */

struct pool_of_faces {
    const vultus_labelled *set;
    size_t *first;   /* of each person: where their rows begin */
    uint32_t *rows;  /* by person */
    uint32_t *known; /* the people that have a row, in a random order */
    size_t people, faces;
    struct random random;
};

static vultus_status no_memory(vultus_error *error)
{
    return status_memory(error, "a calibration");
}

static void clear(struct pool_of_faces *pool)
{
    mem_free(pool->first);
    mem_free(pool->rows);
    mem_free(pool->known);
}

static vultus_status list(struct pool_of_faces *pool, vultus_error *error)
{
    const vultus_labelled *set = pool->set;
    pool->first = mem_zalloc(set->people + 2, sizeof *pool->first);
    pool->rows = mem_array(set->count, sizeof *pool->rows);
    pool->known = mem_array(set->people, sizeof *pool->known);
    if (!pool->first || !pool->rows || !pool->known)
        return no_memory(error);
    for (size_t i = 0; i < set->count; i++)
        if (set->person[i] < set->people)
            pool->first[set->person[i] + 2]++;
    for (size_t p = 0; p < set->people; p++) {
        if (pool->first[p + 2])
            pool->known[pool->people++] = (uint32_t)p;
        pool->first[p + 2] += pool->first[p + 1];
    }
    for (size_t i = 0; i < set->count; i++)
        if (set->person[i] < set->people)
            pool->rows[pool->first[set->person[i] + 1]++] = (uint32_t)i;
    pool->faces = pool->first[set->people];
    random_shuffle(&pool->random, pool->known, pool->people);
    return VULTUS_OK;
}

static size_t faces_of(const struct pool_of_faces *pool, uint32_t person)
{
    return pool->first[person + 1] - pool->first[person];
}

static uint32_t draw(struct pool_of_faces *pool, uint32_t person)
{
    return pool->rows[pool->first[person] + random_below(&pool->random, faces_of(pool, person))];
}

static float score(const struct pool_of_faces *pool, uint32_t a, uint32_t b)
{
    const vultus_labelled *set = pool->set;
    return decision_score(set->embeddings + a * set->dimension,
                          set->embeddings + b * set->dimension, set->dimension, set->metric,
                          set->raw);
}

/* ------------------------------------------------------------------ pairs */

static vultus_status draw_different(struct pool_of_faces *pool, struct calibration_scores *out,
                                    vultus_error *error)
{
    size_t people = pool->people, pairs = people > 1 ? people * (people - 1) / 2 : 0, at = 0;
    size_t rounds = pairs ? DIFFERENT_MAX / pairs : 0;
    out->pairs = pairs;
    rounds = rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
    out->different_count = rounds ? rounds * pairs : pairs ? DIFFERENT_MAX : 0;
    out->different = mem_array(out->different_count, sizeof *out->different);
    if (!out->different)
        return no_memory(error);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 1; i < people; i++)
            for (size_t k = 0; k < i; k++)
                out->different[at++] =
                    score(pool, draw(pool, pool->known[i]), draw(pool, pool->known[k]));
    while (at < out->different_count) { /* too many people for all pairs */
        uint32_t a = pool->known[random_below(&pool->random, people)];
        uint32_t b = pool->known[random_below(&pool->random, people)];
        if (a != b)
            out->different[at++] = score(pool, draw(pool, a), draw(pool, b));
    }
    return VULTUS_OK;
}

static size_t same_of(const struct pool_of_faces *pool, uint32_t person)
{
    size_t faces = faces_of(pool, person);
    size_t pairs = faces < SAME_MAX ? faces * (faces - 1) / 2 : SAME_MAX;
    return pairs < SAME_MAX ? pairs : SAME_MAX;
}

static void draw_same_of(struct pool_of_faces *pool, uint32_t person,
                         struct calibration_scores *out)
{
    const uint32_t *rows = pool->rows + pool->first[person];
    size_t faces = faces_of(pool, person), count = same_of(pool, person);
    bool all = faces * (faces - 1) / 2 == count;
    if (all)
        for (size_t i = 1; i < faces; i++)
            for (size_t k = 0; k < i; k++)
                out->same[out->same_count++] = score(pool, rows[i], rows[k]);
    for (size_t i = 0; !all && i < count; i++) {
        size_t a = random_below(&pool->random, faces), b = random_below(&pool->random, faces - 1);
        out->same[out->same_count++] = score(pool, rows[a], rows[b + (b >= a)]);
    }
}

static vultus_status draw_same(struct pool_of_faces *pool, struct calibration_scores *out,
                               vultus_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < pool->people; i++)
        count += same_of(pool, pool->known[i]);
    out->same = mem_array(count, sizeof *out->same);
    if (!out->same)
        return no_memory(error);
    for (size_t i = 0; i < pool->people; i++)
        draw_same_of(pool, pool->known[i], out);
    return VULTUS_OK;
}

/* ------------------------------------------------------------------ the crowd */

struct groups { /* false matches of strangers at three thresholds */
    float thresholds[3];
    double far[3];
    uint32_t *above[3];
    size_t matches[3];
};

/* One face of each of these people against one of each other. */
static vultus_status count_groups(struct pool_of_faces *pool, size_t people, struct groups *groups,
                                  vultus_error *error)
{
    uint32_t *faces = mem_array(people, sizeof *faces);
    for (size_t t = 0; t < 3; t++)
        groups->above[t] = mem_zalloc(people, sizeof *groups->above[t]);
    vultus_status status = faces && groups->above[0] && groups->above[1] && groups->above[2]
                               ? VULTUS_OK
                               : no_memory(error);
    for (size_t i = 0; !status && i < people; i++)
        faces[i] = draw(pool, pool->known[i]);
    for (size_t i = 0; !status && i < people; i++) {
        size_t counts[3] = {0};
        for (size_t k = 0; k < people; k++) {
            float s = k == i ? -INFINITY : score(pool, faces[i], faces[k]);
            for (size_t t = 0; t < 3; t++)
                counts[t] += s >= groups->thresholds[t];
        }
        for (size_t t = 0; t < 3; t++) {
            groups->matches[t] += counts[t];
            for (size_t c = 0; c < counts[t]; c++)
                groups->above[t][c]++;
        }
    }
    mem_free(faces);
    return status;
}

/* A line through log k over log FAR, where there are enough matches to tell. */
static void fit_line(const struct groups *groups, size_t people, struct crowd *out)
{
    double n = 0, x1 = 0, y1 = 0, xx = 0, xy = 0;
    for (size_t t = 0; t < 3; t++) {
        const struct crowd_counts counts = {groups->above[t], people, people};
        if (groups->matches[t] < MATCHES_MIN)
            continue;
        double x = log(groups->far[t]) - log(CROWD_RATE), y = crowd_fit(&counts);
        n++;
        x1 += x;
        y1 += y;
        xx += x * x;
        xy += x * y;
    }
    double spread = n * xx - x1 * x1;
    if (n > 1)
        out->slope = fmin(1, fmax(0, (n * xy - x1 * y1) / spread));
    if (n > 0)
        out->level = (y1 - out->slope * x1) / n;
}

/* How much more often one of two faces of a person is matched than one face: 2^faces times. */
static void fit_faces(struct pool_of_faces *pool, size_t people, float threshold, struct crowd *out)
{
    size_t either = 0, each = 0;
    for (size_t i = 0; i < people; i++) {
        const uint32_t *rows = pool->rows + pool->first[pool->known[i]];
        if (faces_of(pool, pool->known[i]) < 2)
            continue;
        for (size_t k = 0; k < people; k++) {
            if (k == i)
                continue;
            uint32_t stranger = draw(pool, pool->known[k]);
            bool one = score(pool, rows[0], stranger) >= threshold;
            bool two = score(pool, rows[1], stranger) >= threshold;
            either += one || two;
            each += (size_t)one + two;
        }
    }
    if (each >= 2 * MATCHES_MIN)
        out->faces = fmin(1, fmax(0, log2(2 * (double)either / (double)each)));
}

static vultus_status fit_crowd(struct pool_of_faces *pool, struct calibration *out,
                               vultus_error *error)
{
    static const double rates[3] = {1e-1, 1e-2, 1e-3};
    size_t people = pool->people < STRANGERS_MAX ? pool->people : STRANGERS_MAX;
    struct groups groups = {0};
    if (people < CROWD_PEOPLE_MIN)
        return VULTUS_OK;
    for (size_t t = 0; t < 3; t++) {
        groups.far[t] = rates[t];
        groups.thresholds[t] = (float)calibration_threshold(out, rates[t]);
    }
    vultus_status status = count_groups(pool, people, &groups, error);
    if (!status) {
        fit_line(&groups, people, &out->crowd);
        fit_faces(pool, people, groups.thresholds[groups.matches[2] >= MATCHES_MIN ? 2 : 1],
                  &out->crowd);
    }
    for (size_t t = 0; t < 3; t++)
        mem_free(groups.above[t]);
    return status;
}

vultus_status calibration_fit(const vultus_labelled *set, struct calibration *out,
                              vultus_error *error)
{
    struct pool_of_faces pool = {.set = set};
    struct calibration_scores scores = {0};
    struct calibration fit = {.crowd = crowd_usual};
    random_seed(&pool.random, SEED);
    vultus_status status = list(&pool, error);
    fit.people = pool.people;
    fit.faces = pool.faces;
    if (!status)
        status = draw_different(&pool, &scores, error);
    if (!status)
        status = draw_same(&pool, &scores, error);
    if (!status)
        status = calibration_fit_scores(&scores, &fit, error);
    if (!status)
        status = fit_crowd(&pool, &fit, error);
    if (!status)
        *out = fit;
    mem_free(scores.different);
    mem_free(scores.same);
    clear(&pool);
    return status;
}

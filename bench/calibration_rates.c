/*
 * How well false accept rates of a calibration hold on people that it was not fitted to:
 *
 *     bench_calibration_rates FACES.safetensors [ROUNDS]
 *
 * Each round puts the people in a random order. One half is fitted; of the others, every two are compared with
 * each other for the rates of comparisons. For galleries, the strangers are people of the other half, and
 * their gallery is the rest of that half, filled up with fitted people where it has to be larger. The
 * answer is the mean over rounds of the rate that came true, beside the one that was asked for, and its
 * factor; one face of each person, drawn in each round.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/calibration.h"
#include "decide/decision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RATES 3
#define GALLERIES 3
#define STRANGERS_LEAST 60

static const double rates[RATES] = {1e-1, 1e-2, 1e-3};
static const size_t galleries[GALLERIES] = {10, 100, 900};

struct trial {
    vultus_labelled set;
    struct random random;
    uint32_t *order; /* of people */
    uint32_t *face;  /* of each person: a row */
    double pairs[RATES], pairs_worst[RATES];
    double gallery[GALLERIES][RATES];
    size_t rounds[GALLERIES];
};

static void die(const char *why)
{
    fprintf(stderr, "calibration_rates: %s\n", why);
    exit(1);
}

static float score(const struct trial *trial, uint32_t a, uint32_t b)
{
    const vultus_labelled *set = &trial->set;
    return decision_score(set->embeddings + trial->face[a] * set->dimension,
                          set->embeddings + trial->face[b] * set->dimension, set->dimension,
                          set->metric, set->raw);
}

static void draw_faces(struct trial *trial)
{
    uint32_t *seen = mem_zalloc(trial->set.people, sizeof *seen);
    if (!seen)
        die("not enough memory");
    for (size_t i = 0; i < trial->set.count; i++) {
        uint32_t person = trial->set.person[i];
        if (person < trial->set.people && !random_below(&trial->random, ++seen[person]))
            trial->face[person] = (uint32_t)i;
    }
    mem_free(seen);
}

static void fit(const struct trial *trial, size_t half, struct calibration *out)
{
    vultus_error error = {0};
    vultus_labelled part = trial->set;
    uint32_t *person = mem_copy(trial->set.person, trial->set.count * sizeof *person);
    bool *fitted = mem_zalloc(trial->set.people, sizeof *fitted);
    if (!person || !fitted)
        die("not enough memory");
    for (size_t i = 0; i < half; i++)
        fitted[trial->order[i]] = true;
    for (size_t i = 0; i < part.count; i++)
        if (person[i] < part.people && !fitted[person[i]])
            person[i] = VULTUS_NOBODY;
    part.person = person;
    if (calibration_fit(&part, out, &error))
        die(error.message);
    mem_free(person);
    mem_free(fitted);
}

static void try_pairs(struct trial *trial, const struct calibration *fitted, size_t half)
{
    size_t count = 0, hits[RATES] = {0};
    double thresholds[RATES];
    for (int r = 0; r < RATES; r++)
        thresholds[r] = calibration_threshold(fitted, rates[r]);
    for (size_t i = half; i < trial->set.people; i++)
        for (size_t k = half; k < i; k++, count++) {
            double s = (double)score(trial, trial->order[i], trial->order[k]);
            for (int r = 0; r < RATES; r++)
                hits[r] += s >= thresholds[r];
        }
    for (int r = 0; r < RATES; r++) {
        double factor = (double)hits[r] / (double)count / rates[r];
        trial->pairs[r] += factor;
        trial->pairs_worst[r] =
            fmax(trial->pairs_worst[r], fmax(factor, factor > 0 ? 1 / factor : INFINITY));
    }
}

static void try_gallery(struct trial *trial, const struct calibration *fitted, size_t half, int g)
{
    size_t people = trial->set.people, n = galleries[g], strangers = people - half;
    size_t hits[RATES] = {0};
    if (n + STRANGERS_LEAST > people)
        return;
    if (n <= strangers / 2)
        strangers -= n;
    else
        strangers = strangers > people - n ? people - n : strangers;
    /* strangers last; the gallery is what lies before them, fitted people the last to be taken */
    size_t begin = people - strangers;
    for (size_t i = begin; i < people; i++) {
        double best = -INFINITY;
        for (size_t k = begin - n; k < begin; k++)
            best = fmax(best, (double)score(trial, trial->order[i], trial->order[k]));
        for (int r = 0; r < RATES; r++)
            hits[r] += best >= calibration_gallery_threshold(fitted, rates[r], n, n);
    }
    trial->rounds[g]++;
    for (int r = 0; r < RATES; r++)
        trial->gallery[g][r] += (double)hits[r] / (double)strangers / rates[r];
}

static void report(const struct trial *trial, size_t rounds)
{
    printf("%-16s %8s %10s %7s %7s\n", "", "asked", "came true", "factor", "worst");
    for (int r = 0; r < RATES; r++) {
        double factor = trial->pairs[r] / (double)rounds;
        printf("%-16s %8.0e %10.2e %7.2f %7.2f\n", "comparisons", rates[r], factor * rates[r],
               factor, trial->pairs_worst[r]);
    }
    for (int g = 0; g < GALLERIES; g++)
        for (int r = 0; r < RATES && trial->rounds[g]; r++) {
            double factor = trial->gallery[g][r] / (double)trial->rounds[g];
            printf("gallery of %-5zu %8.0e %10.2e %7.2f\n", galleries[g], rates[r],
                   factor * rates[r], factor);
        }
}

int main(int argc, char **argv)
{
    struct trial trial = {0};
    vultus_error error = {0};
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 20;
    if (argc < 2 || !rounds)
        die("give a file that vultus embed wrote");
    if (vultus_labelled_read(argv[1], &trial.set, &error))
        die(error.message);
    trial.order = mem_array(trial.set.people, sizeof *trial.order);
    trial.face = mem_array(trial.set.people, sizeof *trial.face);
    if (!trial.order || !trial.face)
        die("not enough memory");
    for (size_t i = 0; i < trial.set.people; i++)
        trial.order[i] = (uint32_t)i;
    random_seed(&trial.random, 1);
    for (size_t i = 0; i < rounds; i++) {
        struct calibration fitted;
        size_t half = trial.set.people / 2;
        random_shuffle(&trial.random, trial.order, trial.set.people);
        draw_faces(&trial);
        fit(&trial, half, &fitted);
        try_pairs(&trial, &fitted, half);
        for (int g = 0; g < GALLERIES; g++)
            try_gallery(&trial, &fitted, half, g);
    }
    report(&trial, rounds);
    mem_free(trial.order);
    mem_free(trial.face);
    vultus_labelled_clear(&trial.set);
    return 0;
}

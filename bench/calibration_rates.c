/*
 * How well false accept rates of a calibration hold on people that it was not fitted to, and what they cost:
 *
 *     bench_calibration_rates FACES.safetensors [-r ROUNDS] [-f FITTED] [-t THRESHOLD] [-s STRANGERS.safetensors]
 *
 * Each round puts the people in a random order. The first of them are fitted (FITTED, without it one half); of
 * the others, every two are compared with each other for the rates of comparisons. For galleries, the
 * strangers are people who were not fitted, and their gallery is the rest of these, filled up with fitted
 * people where it has to be larger. The answer is the mean over rounds of the rate that came true, beside
 * the one that was asked for, and its factor; one face of each person, drawn in each round. Withheld are, of
 * those in the gallery who have another face, the ones whose own name it does not get. STRANGERS are
 * faces of quite other pictures; THRESHOLD (a score: the cosine, or minus the distance) is measured beside
 * the rates.
 */
#include "base/memory.h"
#include "base/random.h"
#include "decide/calibration.h"
#include "decide/decision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RATES 3
#define CUTS (RATES + 1) /* and the fixed threshold */
#define GALLERIES 3
#define STRANGERS_LEAST 50
#define NONE UINT32_MAX

static const double rates[RATES] = {1e-1, 1e-2, 1e-3};
static const size_t galleries[GALLERIES] = {10, 100, 900};

struct sums { /* over rounds, of one gallery */
    double strangers[CUTS], others[CUTS], withheld[CUTS];
    size_t rounds;
};

struct trial {
    vultus_labelled set, others;
    struct random random;
    uint32_t *order;        /* of people */
    uint32_t *face, *probe; /* of each person: a row, and another one or NONE */
    double threshold;       /* NaN: none */
    double pairs[RATES], pairs_worst[RATES];
    struct sums sums[GALLERIES];
};

static void die(const char *why)
{
    fprintf(stderr, "calibration_rates: %s\n", why);
    exit(1);
}

static const float *row_of(const vultus_labelled *set, uint32_t row)
{
    return set->embeddings + row * set->dimension;
}

static double score(const struct trial *trial, const float *a, const float *b)
{
    const vultus_labelled *set = &trial->set;
    return (double)decision_score(a, b, set->dimension, set->metric, set->raw);
}

static const float *face_of(const struct trial *trial, size_t place)
{
    return row_of(&trial->set, trial->face[trial->order[place]]);
}

/* Two faces of each person, evenly drawn: the rows are seen in a random order. */
static void draw_faces(struct trial *trial)
{
    uint32_t *rows = mem_array(trial->set.count, sizeof *rows);
    if (!rows)
        die("not enough memory");
    for (size_t i = 0; i < trial->set.count; i++)
        rows[i] = (uint32_t)i;
    random_shuffle(&trial->random, rows, trial->set.count);
    for (size_t p = 0; p < trial->set.people; p++)
        trial->face[p] = trial->probe[p] = NONE;
    for (size_t i = 0; i < trial->set.count; i++) {
        uint32_t person = trial->set.person[rows[i]];
        if (person >= trial->set.people)
            continue;
        uint32_t *place = trial->face[person] == NONE ? trial->face : trial->probe;
        place[person] = rows[i];
    }
    mem_free(rows);
}

static void fit(const struct trial *trial, size_t fitted_people, struct calibration *out)
{
    vultus_error error = {0};
    vultus_labelled part = trial->set;
    uint32_t *person = mem_copy(trial->set.person, trial->set.count * sizeof *person);
    bool *fitted = mem_zalloc(trial->set.people, sizeof *fitted);
    if (!person || !fitted)
        die("not enough memory");
    for (size_t i = 0; i < fitted_people; i++)
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
            double s = score(trial, face_of(trial, i), face_of(trial, k));
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

struct gallery { /* people at these places of the order */
    size_t begin, end;
    double cuts[CUTS];
};

static double nearest(const struct trial *trial, const struct gallery *gallery, const float *probe,
                      size_t *at)
{
    double best = -INFINITY;
    for (size_t k = gallery->begin; k < gallery->end; k++) {
        double s = score(trial, probe, face_of(trial, k));
        if (s > best) {
            best = s;
            *at = k;
        }
    }
    return best;
}

static void add_parts(double sums[CUTS], const size_t counts[CUTS], size_t of)
{
    for (int c = 0; c < CUTS && of; c++)
        sums[c] += (double)counts[c] / (double)of;
}

static void try_known(const struct trial *trial, const struct gallery *gallery, struct sums *sums)
{
    size_t known = 0, counts[CUTS] = {0}, at = 0;
    for (size_t i = gallery->begin; i < gallery->end; i++) {
        uint32_t probe = trial->probe[trial->order[i]];
        if (probe == NONE)
            continue;
        double s = nearest(trial, gallery, row_of(&trial->set, probe), &at);
        known++;
        for (int c = 0; c < CUTS; c++)
            counts[c] += at != i || !(s >= gallery->cuts[c]);
    }
    add_parts(sums->withheld, counts, known);
}

static void try_strangers(const struct trial *trial, const struct gallery *gallery,
                          struct sums *sums)
{
    size_t people = trial->set.people, counts[CUTS] = {0}, others[CUTS] = {0}, at;
    for (size_t i = gallery->end; i < people; i++) {
        double s = nearest(trial, gallery, face_of(trial, i), &at);
        for (int c = 0; c < CUTS; c++)
            counts[c] += s >= gallery->cuts[c];
    }
    for (size_t i = 0; i < trial->others.count; i++) {
        double s = nearest(trial, gallery, row_of(&trial->others, (uint32_t)i), &at);
        for (int c = 0; c < CUTS; c++)
            others[c] += s >= gallery->cuts[c];
    }
    add_parts(sums->strangers, counts, people - gallery->end);
    add_parts(sums->others, others, trial->others.count);
}

static void try_gallery(struct trial *trial, const struct calibration *fitted, size_t half, int g)
{
    size_t people = trial->set.people, n = galleries[g], strangers = people - half;
    if (n + STRANGERS_LEAST > people || strangers < STRANGERS_LEAST)
        return;
    if (n <= strangers / 2)
        strangers -= n;
    else
        strangers = strangers > people - n ? people - n : strangers;
    /* strangers last; the gallery is what lies before them, fitted people the last to be taken */
    struct gallery gallery = {.begin = people - strangers - n, .end = people - strangers};
    for (int r = 0; r < RATES; r++)
        gallery.cuts[r] = calibration_gallery_threshold(fitted, rates[r], n, n);
    gallery.cuts[RATES] = trial->threshold;
    try_strangers(trial, &gallery, trial->sums + g);
    try_known(trial, &gallery, trial->sums + g);
    trial->sums[g].rounds++;
}

static void report_gallery(const struct trial *trial, int g)
{
    const struct sums *sums = trial->sums + g;
    double rounds = (double)sums->rounds;
    for (int c = 0; c < CUTS && sums->rounds; c++) {
        double came = sums->strangers[c] / rounds;
        if (c == RATES && isnan(trial->threshold))
            continue;
        if (c < RATES)
            printf("gallery of %-5zu %8.0e %10.2e %7.2f", galleries[g], rates[c], came,
                   came / rates[c]);
        else
            printf("gallery of %-5zu    fixed %10.2e %7s", galleries[g], came, "");
        printf(" %8.1f%%", 100 * sums->withheld[c] / rounds);
        if (trial->others.count)
            printf(" %8.1f%%", 100 * sums->others[c] / rounds);
        puts("");
    }
}

static void report(const struct trial *trial, size_t rounds)
{
    printf("%-16s %8s %10s %7s %9s %s\n", "", "asked", "came true", "factor", "",
           trial->others.count ? "   others" : "");
    for (int r = 0; r < RATES; r++) {
        double factor = trial->pairs[r] / (double)rounds;
        printf("%-16s %8.0e %10.2e %7.2f   (worst round %.2f)\n", "comparisons", rates[r],
               factor * rates[r], factor, trial->pairs_worst[r]);
    }
    printf("%-16s %8s %10s %7s %9s\n", "", "", "", "", "withheld");
    for (int g = 0; g < GALLERIES; g++)
        report_gallery(trial, g);
}

static void load(const char *path, vultus_labelled *out)
{
    vultus_error error = {0};
    if (vultus_labelled_read(path, out, &error))
        die(error.message);
}

static void run(struct trial *trial, size_t rounds, size_t fitted)
{
    size_t people = trial->set.people;
    trial->order = mem_array(people, sizeof *trial->order);
    trial->face = mem_array(people, sizeof *trial->face);
    trial->probe = mem_array(people, sizeof *trial->probe);
    if (!trial->order || !trial->face || !trial->probe)
        die("not enough memory");
    for (size_t i = 0; i < people; i++)
        trial->order[i] = (uint32_t)i;
    random_seed(&trial->random, 1);
    for (size_t i = 0; i < rounds; i++) {
        struct calibration calibration;
        random_shuffle(&trial->random, trial->order, people);
        draw_faces(trial);
        fit(trial, fitted, &calibration);
        try_pairs(trial, &calibration, fitted);
        for (int g = 0; g < GALLERIES; g++)
            try_gallery(trial, &calibration, fitted, g);
    }
    mem_free(trial->order);
    mem_free(trial->face);
    mem_free(trial->probe);
}

int main(int argc, char **argv)
{
    struct trial trial = {.threshold = NAN};
    size_t rounds = 20, fitted = 0;
    const char *strangers = NULL;
    for (int option; (option = getopt(argc, argv, "r:f:t:s:")) != -1;)
        if (option == 'r')
            rounds = strtoul(optarg, NULL, 10);
        else if (option == 'f')
            fitted = strtoul(optarg, NULL, 10);
        else if (option == 't')
            trial.threshold = strtod(optarg, NULL);
        else if (option == 's')
            strangers = optarg;
        else
            return 2;
    if (optind >= argc || !rounds)
        die("give a file that vultus embed wrote");
    load(argv[optind], &trial.set);
    if (strangers)
        load(strangers, &trial.others);
    if (strangers && trial.others.dimension != trial.set.dimension)
        die("the strangers are of another embedder");
    fitted = fitted ? fitted : trial.set.people / 2;
    if (fitted >= trial.set.people)
        die("somebody must be left who was not fitted");
    run(&trial, rounds, fitted);
    report(&trial, rounds);
    vultus_labelled_clear(&trial.set);
    vultus_labelled_clear(&trial.others);
    return 0;
}

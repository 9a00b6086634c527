/*
 * Prediction by machines for pairs. Probabilities: r_ij = sigmoid(slope f_ij) for each pair (Platt 1999), with one
 * slope for all pairs, because people with two or three pictures cannot pay for a sigmoid each; coupled in
 * closed form, p_i = 1 / (sum over j of 1 / r_ij - (k - 2)) (Price and others 1994). Who wins most pairs
 * is named, as by SVC; in the few cases where the coupling likes somebody else better, the two change their
 * probabilities. Of more than CANDIDATES people those whose means are nearest are compared pairwise: all
 * pairs of 1,000 people would be half a million decisions.
 */
#include "decide/svm_decide.h"
#include "kernel/kernel.h"

#include <math.h>
#include <stdlib.h>

#define CANDIDATES 64u
#define CERTAIN 50 /* no pair is lost by more than exp(50) to 1, so that no sum overflows */

static bool radial(const struct classifier_model *model)
{
    return model->method == &classifier_svm_rbf;
}

double svm_kernel(const struct classifier_model *model, double gamma, const float *a,
                  const float *b)
{
    const size_t d = model->dimension;
    return radial(model) ? exp(-gamma * (double)kernel_best()->sqdist(a, b, d))
                         : (double)kernel_best()->dot(a, b, d);
}

size_t svm_pair(size_t people, size_t i, size_t j)
{
    return i * people - i * (i + 1) / 2 + (j - i - 1);
}

bool svm_check(const struct classifier_model *model)
{
    const size_t people = model->people, others = people - 1;
    const struct classifier_tensor *support =
        classifier_tensor(model, "support", false, 0, model->dimension);
    const struct classifier_tensor *starts =
        classifier_tensor(model, "starts", true, people + 1, 1);
    if (!support || !starts ||
        !classifier_tensor(model, "coefficients", false, support->rows, others) ||
        !classifier_tensor(model, "bias", false, people * others / 2, 1) ||
        !classifier_tensor(model, "gamma", false, 1, 1))
        return false;
    const int32_t *start = starts->data;
    for (size_t p = 0; p < people; p++)
        if (start[p] > start[p + 1])
            return false;
    return !start[0] && (size_t)start[people] == support->rows;
}

/* ------------------------------------------------------------------ prediction */

struct candidate {
    float closeness;
    uint32_t person;
};

static size_t candidates(const struct classifier_model *model)
{
    return model->people < CANDIDATES ? model->people : CANDIDATES;
}

size_t svm_room(const struct classifier_model *model)
{
    const size_t m = candidates(model);
    return m * m * sizeof(double) + model->people * sizeof(float) + m * sizeof(struct candidate);
}

static int by_person(const void *a, const void *b)
{
    const struct candidate *left = a, *right = b;
    return (left->person > right->person) - (left->person < right->person);
}

/* The people whose means are nearest, by number. */
static void choose(const struct classifier_model *model, const float *probe, float *closeness,
                   struct candidate *chosen)
{
    const size_t m = candidates(model), d = model->dimension;
    size_t count = 0;
    if (model->raw)
        for (size_t p = 0; p < model->people; p++)
            closeness[p] = (float)classifier_closeness(model, probe, p);
    else
        kernel_best()->dot_rows(probe, model->means, d, model->people, d, closeness);
    for (size_t p = 0; p < model->people; p++) {
        if (count == m && closeness[p] <= chosen[m - 1].closeness)
            continue;
        size_t at = count < m ? count++ : m - 1;
        for (; at && chosen[at - 1].closeness < closeness[p]; at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = (struct candidate){closeness[p], (uint32_t)p};
    }
    qsort(chosen, m, sizeof *chosen, by_person);
}

/* decision[a * m + b], a < b: over 0 for a. */
static void decide(const struct classifier_model *model, const float *probe,
                   const struct candidate *chosen, double *decision)
{
    const size_t m = candidates(model), d = model->dimension, others = model->people - 1;
    const float *support = classifier_tensor(model, "support", false, 0, 0)->data;
    const int32_t *starts = classifier_tensor(model, "starts", true, 0, 0)->data;
    const float *coefficients = classifier_tensor(model, "coefficients", false, 0, 0)->data;
    const float *bias = classifier_tensor(model, "bias", false, 0, 0)->data;
    const float gamma = *(const float *)classifier_tensor(model, "gamma", false, 0, 0)->data;
    for (size_t a = 0; a < m; a++)
        for (size_t b = a + 1; b < m; b++)
            decision[a * m + b] = bias[svm_pair(model->people, chosen[a].person, chosen[b].person)];
    for (size_t a = 0; a < m; a++) {
        const uint32_t person = chosen[a].person;
        for (int32_t s = starts[person]; s < starts[person + 1]; s++) {
            const float *row = coefficients + (size_t)s * others;
            const double value = svm_kernel(model, gamma, support + (size_t)s * d, probe);
            for (size_t b = 0; b < a; b++)
                decision[b * m + a] += value * row[chosen[b].person];
            for (size_t b = a + 1; b < m; b++)
                decision[a * m + b] += value * row[chosen[b].person - 1];
        }
    }
}

/* Of the candidates: most pairs won, of equals the greatest sum of decisions, as SVC's break_ties has it. */
static size_t find_winner(const double *decision, size_t m)
{
    size_t winner = 0;
    double most = -INFINITY;
    for (size_t a = 0; a < m; a++) {
        double votes = 0, sum = 0;
        for (size_t b = 0; b < m; b++) {
            double value = a == b ? 0 : a < b ? decision[a * m + b] : -decision[b * m + a];
            votes += value > 0;
            sum += value;
        }
        votes += sum / (3 * (fabs(sum) + 1)); /* less than a third of a vote */
        if (votes > most) {
            most = votes;
            winner = a;
        }
    }
    return winner;
}

static void couple(const struct classifier_model *model, const double *decision,
                   const struct candidate *chosen, double *probability)
{
    const size_t m = candidates(model);
    double sum = 0;
    size_t best = 0, winner = find_winner(decision, m);
    for (size_t p = 0; p < model->people; p++)
        probability[p] = 0;
    for (size_t a = 0; a < m; a++) {
        double inverse = 1;
        for (size_t b = 0; b < m; b++)
            if (b != a)
                inverse += exp(fmin(
                    CERTAIN, model->slope * (a < b ? -decision[a * m + b] : decision[b * m + a])));
        probability[chosen[a].person] = 1 / inverse;
        sum += 1 / inverse;
        if (probability[chosen[a].person] > probability[chosen[best].person])
            best = a;
    }
    for (size_t a = 0; a < m; a++)
        probability[chosen[a].person] /= sum;
    const double highest = probability[chosen[best].person];
    probability[chosen[best].person] = probability[chosen[winner].person];
    probability[chosen[winner].person] = highest;
}

void svm_predict(const struct classifier_model *model, const float *probe, void *memory,
                 double *probability)
{
    const size_t m = candidates(model);
    double *decision = memory;
    float *closeness = (float *)(decision + m * m);
    struct candidate *chosen = (struct candidate *)(closeness + model->people);
    choose(model, probe, closeness, chosen);
    decide(model, probe, chosen, decision);
    couple(model, decision, chosen, probability);
}

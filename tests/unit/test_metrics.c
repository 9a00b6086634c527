/*
 * Evaluation against answers by hand, against slow and plain formulas on random scores with ties,
 * and against numbers from scikit-learn 1.9.1 with numpy 2.4.6 (roc_auc_score, roc_curve without
 * dropping points, brentq for the EER, accuracy_score, numpy.std).
 */
#include "base/memory.h"
#include "decide/metrics.h"
#include "support.h"

#include <math.h>

#define CLOSE 1e-12

static uint32_t random_state;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

static void assert_near(double a, double b, const char *what)
{
    if (!(fabs(a - b) <= CLOSE))
        fail_msg("%s: %.15g, expected %.15g", what, a, b);
}

static vultus_report evaluate(const float *similarity, const bool *same, const unsigned *fold,
                              size_t count, unsigned folds, float threshold)
{
    vultus_scores scores = {.similarity = similarity,
                            .same = same,
                            .fold = fold,
                            .count = count,
                            .folds = folds,
                            .threshold = threshold};
    vultus_error error = {0};
    vultus_report report;
    memset(&report, 0x55, sizeof report);
    assert_ok(vultus_evaluate(&scores, &report, &error), &error);
    return report;
}

static void perfect_scores(void **state)
{
    (void)state;
    const float similarity[] = {0.9f, 0.8f, 0.7f, 0.6f, 0.1f, 0.2f, 0.3f, 0.4f};
    const bool same[] = {true, true, true, true, false, false, false, false};
    vultus_report r = evaluate(similarity, same, NULL, 8, 2, 0.5f);
    assert_true(r.same == 4 && r.different == 4);
    /* Fold 0 has 0.9 0.8 and 0.1 0.2; the best threshold on the others is 0.6, the lowest same
     * score. Fold 1 is judged by 0.8, which its own 0.7 and 0.6 do not reach. */
    assert_near(r.accuracy, 0.75, "accuracy");
    assert_near(r.deviation, 0.25, "deviation");
    assert_near(r.threshold, ((double)0.6f + (double)0.8f) / 2, "threshold");
    assert_near(r.accuracy_at_threshold, 1, "accuracy at threshold");
    assert_near(r.far_at_threshold, 0, "FAR");
    assert_near(r.frr_at_threshold, 0, "FRR");
    assert_near(r.auc, 1, "AUC");
    assert_near(r.eer, 0, "EER");
    assert_true(isnan(r.tar_at_far_1e2) && isnan(r.tar_at_far_1e3));
}

static void scores_that_say_nothing(void **state)
{
    (void)state;
    const float similarity[] = {0.5f, 0.5f, 0.5f, 0.5f};
    const bool same[] = {true, false, true, false};
    vultus_report r = evaluate(similarity, same, NULL, 4, 2, 0.5f);
    assert_near(r.accuracy, 0.5, "accuracy");
    assert_near(r.auc, 0.5, "AUC");
    assert_near(r.eer, 0.5, "EER");
    assert_near(r.far_at_threshold, 1, "FAR");
    assert_near(r.frr_at_threshold, 0, "FRR");
    r = evaluate(similarity, same, NULL, 4, 2, 0.51f);
    assert_near(r.far_at_threshold, 0, "FAR");
    assert_near(r.frr_at_threshold, 1, "FRR");
}

static void scores_by_hand(void **state)
{
    (void)state;
    /* down the scores: same .9, different .8, same and different .7, same .6, different .2 */
    const float similarity[] = {0.9f, 0.7f, 0.6f, 0.8f, 0.7f, 0.2f};
    const bool same[] = {true, true, true, false, false, false};
    const unsigned fold[] = {0, 1, 0, 1, 0, 1};
    vultus_report r = evaluate(similarity, same, fold, 6, 2, 0.7f);
    /* right pairs of nine: .9 beats all three; .7 beats .2 and ties .7; .6 beats .2 */
    assert_near(r.auc, (3 + 1.5 + 1) / 9, "AUC");
    /* points (FAR, FRR): (0,1) (0,2/3) (1/3,2/3) (2/3,1/3): cross half way between the last two */
    assert_near(r.eer, 0.5, "EER");
    assert_near(r.far_at_threshold, 2.0 / 3, "FAR");
    assert_near(r.frr_at_threshold, 1.0 / 3, "FRR");
    assert_near(r.accuracy_at_threshold, 0.5, "accuracy at threshold");
    /* Fold 0 (.9 same, .6 same, .7 different) by fold 1 (.8 different, .7 same, .2 different):
     * accepting nothing is right twice, and no score does better, so all of fold 0 is rejected:
     * 1/3. Fold 1 by fold 0: .9 and .6 are right twice each, the higher one is taken: rejects all:
     * 2/3. */
    assert_near(r.accuracy, 0.5, "accuracy");
    assert_near(r.deviation, 1.0 / 6, "deviation");
    assert_near(r.threshold, ((double)nextafterf(0.9f, 1) + (double)0.9f) / 2, "threshold");
}

static void numbers_of_scikit_learn(void **state)
{
    (void)state;
    enum { COUNT = 2400 };
    static float similarity[COUNT];
    static bool same[COUNT];
    random_state = 12345;
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned sum = next_random() % 100;
        sum += next_random() % 100;
        sum += next_random() % 100;
        same[i] = i % 2;
        similarity[i] = (float)(sum + (same[i] ? 90 : 0)) / 512;
    }
    vultus_report r = evaluate(similarity, same, NULL, COUNT, 10, 200.0f / 512);
    assert_near(r.auc, 0.887123958333333, "AUC");
    assert_near(r.eer, 0.2027, "EER");
    assert_near(r.tar_at_far_1e2, 0.3425, "TAR at 1e-2");
    assert_near(r.tar_at_far_1e3, 0.186666666666667, "TAR at 1e-3");
    assert_near(r.accuracy_at_threshold, 0.794166666666667, "accuracy at threshold");
    assert_near(r.far_at_threshold, 0.155, "FAR");
    assert_near(r.frr_at_threshold, 0.256666666666667, "FRR");
    assert_near(r.accuracy, 0.797083333333333, "accuracy");
    assert_near(r.deviation, 0.016142808856509, "deviation");
    assert_near(r.threshold, 0.3689453125, "threshold");
}

/* ------------------------------------------------------------------ plain formulas */

struct pairs {
    float similarity[400];
    bool same[400];
    unsigned fold[400];
    size_t count;
    unsigned folds;
};

static double rate(const struct pairs *p, bool same, float threshold)
{
    size_t all = 0, accepted = 0;
    for (size_t i = 0; i < p->count; i++)
        if (p->same[i] == same) {
            all++;
            accepted += p->similarity[i] >= threshold;
        }
    return (double)accepted / (double)all;
}

static double plain_auc(const struct pairs *p)
{
    double sum = 0, all = 0;
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->count; k++)
            if (p->same[i] && !p->same[k]) {
                all++;
                sum += p->similarity[i] > p->similarity[k]    ? 1
                       : p->similarity[i] == p->similarity[k] ? 0.5
                                                              : 0;
            }
    return sum / all;
}

/* For each threshold the next lower one, and where the line between the two crosses. */
static double plain_eer(const struct pairs *p)
{
    for (size_t i = 0; i < p->count; i++) {
        float score = p->similarity[i], above = INFINITY;
        for (size_t k = 0; k < p->count; k++)
            if (p->similarity[k] > score && p->similarity[k] < above)
                above = p->similarity[k];
        double far0 = isinf(above) ? 0 : rate(p, false, above), far1 = rate(p, false, score);
        double frr0 = isinf(above) ? 1 : 1 - rate(p, true, above), frr1 = 1 - rate(p, true, score);
        if (frr0 > far0 && far1 >= frr1) {
            double t = (frr0 - far0) / (frr0 - far0 + far1 - frr1);
            return far0 + t * (far1 - far0);
        }
    }
    fail_msg("no crossing");
    return 0;
}

static double plain_tar(const struct pairs *p, double target)
{
    double best = 0;
    for (size_t i = 0; i < p->count; i++)
        if (rate(p, false, p->similarity[i]) <= target + 1e-15)
            best = fmax(best, rate(p, true, p->similarity[i]));
    return best;
}

static size_t right(const struct pairs *p, unsigned fold, bool inside, float threshold, size_t *all)
{
    size_t count = 0;
    *all = 0;
    for (size_t i = 0; i < p->count; i++)
        if ((p->fold[i] == fold) == inside) {
            (*all)++;
            count += (p->similarity[i] >= threshold) == p->same[i];
        }
    return count;
}

static void plain_folds(const struct pairs *p, double *mean, double *deviation, double *threshold)
{
    double accuracy[16], sum = 0, thresholds = 0, squares = 0;
    size_t all;
    for (unsigned f = 0; f < p->folds; f++) {
        float top = -INFINITY;
        for (size_t i = 0; i < p->count; i++)
            top = fmaxf(top, p->similarity[i]);
        float best = nextafterf(top, INFINITY);
        size_t most = right(p, f, false, best, &all);
        for (size_t i = 0; i < p->count; i++) {
            size_t here = p->fold[i] == f ? 0 : right(p, f, false, p->similarity[i], &all);
            if (here > most || (here == most && p->fold[i] != f && p->similarity[i] > best)) {
                most = here;
                best = p->similarity[i];
            }
        }
        accuracy[f] = (double)right(p, f, true, best, &all);
        accuracy[f] /= (double)all;
        sum += accuracy[f];
        thresholds += (double)best;
    }
    *mean = sum / p->folds;
    *threshold = thresholds / p->folds;
    for (unsigned f = 0; f < p->folds; f++)
        squares += pow(accuracy[f] - *mean, 2);
    *deviation = sqrt(squares / p->folds);
}

static void random_scores_with_ties(void **state)
{
    (void)state;
    static struct pairs p;
    random_state = 77;
    for (unsigned round = 0; round < 300; round++) {
        unsigned levels =
            1 + next_random() % (round % 3 ? 30 : 5000); /* few levels make many ties */
        unsigned help = next_random() % (levels + 1);
        size_t seen[2] = {0, 0}, total[2] = {0, 0};
        p.count = 60 + next_random() % 340;
        p.folds = 2 + next_random() % 9;
        for (size_t i = 0; i < p.count; i++) {
            p.same[i] = i < 40 ? i % 2 : next_random() % (2 + round % 4) == 0;
            p.similarity[i] = (float)(next_random() % levels + (p.same[i] ? help : 0)) / 64 - 1;
            total[p.same[i]]++;
        }
        bool given = round % 2;
        for (size_t i = 0; i < p.count; i++) {
            size_t s = p.same[i];
            p.fold[i] = given ? (unsigned)(i < p.folds ? i : next_random() % p.folds)
                              : (unsigned)(seen[s] * p.folds / total[s]);
            seen[s]++;
        }
        float threshold = p.similarity[next_random() % p.count];
        vultus_report r =
            evaluate(p.similarity, p.same, given ? p.fold : NULL, p.count, p.folds, threshold);
        double mean, deviation, mean_threshold;
        plain_folds(&p, &mean, &deviation, &mean_threshold);
        assert_true(r.same == total[1] && r.different == total[0]);
        assert_near(r.accuracy, mean, "accuracy");
        assert_near(r.deviation, deviation, "deviation");
        assert_near(r.threshold, mean_threshold, "threshold");
        assert_near(r.auc, plain_auc(&p), "AUC");
        assert_near(r.eer, plain_eer(&p), "EER");
        assert_near(r.far_at_threshold, rate(&p, false, threshold), "FAR");
        assert_near(r.frr_at_threshold, 1 - rate(&p, true, threshold), "FRR");
        assert_near(r.accuracy_at_threshold,
                    (rate(&p, true, threshold) * (double)r.same +
                     (1 - rate(&p, false, threshold)) * (double)r.different) /
                        (double)p.count,
                    "accuracy at threshold");
        if (total[0] < 100)
            assert_true(isnan(r.tar_at_far_1e2));
        else
            assert_near(r.tar_at_far_1e2, plain_tar(&p, 0.01), "TAR at 1e-2");
        assert_true(isnan(r.tar_at_far_1e3));
    }
}

/* The limits of TAR at FAR: enough different pairs, and a rate that is exactly the target. */
static void targets_are_met_exactly(void **state)
{
    (void)state;
    enum { DIFFERENT = 1000, COUNT = DIFFERENT + 4 };
    static float similarity[COUNT];
    static bool same[COUNT];
    for (size_t i = 0; i < DIFFERENT; i++)
        similarity[i] = (float)i / 10000; /* 0 .. 0.0999 */
    const float same_scores[4] = {0.5f, 0.09985f, 0.0990f, 0.05f};
    for (size_t i = 0; i < 4; i++) {
        similarity[DIFFERENT + i] = same_scores[i];
        same[DIFFERENT + i] = true;
    }
    vultus_report r = evaluate(similarity, same, NULL, COUNT, 2, 0.1f);
    assert_near(r.tar_at_far_1e3, 0.5, "one in a thousand lets the second pair in");
    assert_near(r.tar_at_far_1e2, 0.75, "ten in a thousand let the tie in");
    r = evaluate(similarity + 1, same + 1, NULL, COUNT - 1, 2, 0.1f);
    assert_true(isnan(r.tar_at_far_1e3) && !isnan(r.tar_at_far_1e2));
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    float similarity[4] = {0.1f, 0.2f, 0.3f, 0.4f};
    bool same[4] = {true, true, false, false};
    unsigned fold[4] = {0, 1, 0, 1};
    vultus_error error = {0};
    vultus_report report, kept;
    vultus_scores scores = {
        .similarity = similarity, .same = same, .fold = fold, .count = 4, .folds = 2};
    memset(&report, 0x55, sizeof report);
    memset(&kept, 0x55, sizeof kept);
    scores.folds = 1;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error, "1 folds");
    scores.folds = 3;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error,
                 "3 of each are needed");
    scores.folds = METRICS_FOLDS_MAX + 1;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error, "folds");
    scores.folds = 2;
    same[2] = same[3] = true;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error,
                 "0 different");
    same[2] = same[3] = false;
    fold[3] = 2;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error, "fold 2");
    fold[1] = fold[3] = 0;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error,
                 "fold 1 of 2 has no pairs");
    fold[1] = 1;
    similarity[1] = NAN;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error, "pair 1");
    similarity[1] = -INFINITY;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error, "pair 1");
    similarity[1] = 0;
    scores.threshold = NAN;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error,
                 "threshold");
    scores.count = 0;
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error, "");
    scores = (vultus_scores){.folds = 2};
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(&scores, &report, &error), &error,
                 "no scores");
    assert_error(VULTUS_ERR_ARGUMENT, vultus_evaluate(NULL, &report, &error), &error, "no scores");
    assert_memory_equal(&report, &kept, sizeof report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(perfect_scores),          cmocka_unit_test(scores_that_say_nothing),
        cmocka_unit_test(scores_by_hand),          cmocka_unit_test(numbers_of_scikit_learn),
        cmocka_unit_test(random_scores_with_ties), cmocka_unit_test(targets_are_met_exactly),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

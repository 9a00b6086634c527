/* See identify_classifier.h. A classifier rejects by its own score, so options that set a threshold are refused. */
#include "identify_classifier.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"

#include <math.h>
#include <string.h>

int classifier_open(const struct options *options, vultus_classifier **out)
{
    static const enum option_id others[] = {
        OPTION_DB,       OPTION_KEY_FILE,   OPTION_METRIC,      OPTION_THRESHOLD,
        OPTION_FAR,      OPTION_MIN_MARGIN, OPTION_MIN_QUALITY, OPTION_CALIBRATION,
        OPTION_TEMPLATE, OPTIONS_FILTER};
    vultus_error error = {0};
    if (!options->classifier)
        return EXIT_DONE;
    if (options_clash(options, "classifier", others, sizeof others / sizeof *others))
        return EXIT_USAGE;
    return vultus_classifier_read(options->classifier, out, &error) ? fail(&error) : EXIT_DONE;
}

static vultus_match match_of(const vultus_likelihood *likelihood, float closeness)
{
    vultus_match match = {.similarity = likelihood->probability,
                          .cosine = closeness,
                          .distance = 1 - closeness,
                          .far = NAN};
    memcpy(match.name, likelihood->name, sizeof match.name);
    return match;
}

vultus_status classifier_identify(const vultus_classifier *classifier, const vultus_engine *engine,
                                  const float *probe, vultus_identity *out, float *score,
                                  vultus_error *error)
{
    vultus_prediction who;
    vultus_status status = vultus_classifier_predict(classifier, engine, probe, &who, error);
    if (status)
        return status;
    *out = (vultus_identity){.match = who.match,
                             .why = who.match ? VULTUS_WHY_NONE : VULTUS_WHY_FAR,
                             .people = vultus_classifier_people(classifier),
                             .best = match_of(&who.best, who.closeness),
                             .second = match_of(&who.second, NAN),
                             .margin = who.margin,
                             .threshold = who.threshold,
                             .threshold_far = vultus_classifier_far(classifier),
                             .metric = VULTUS_METRIC_COSINE};
    *score = who.score;
    return VULTUS_OK;
}

void classifier_refuse(const vultus_classifier *classifier, vultus_identity *out, float *score)
{
    const vultus_match nobody = {.similarity = NAN, .cosine = NAN, .distance = NAN, .far = NAN};
    *out = (vultus_identity){.why = VULTUS_WHY_NOT_LIVE,
                             .people = vultus_classifier_people(classifier),
                             .best = nobody,
                             .second = nobody,
                             .margin = NAN,
                             .threshold = NAN,
                             .threshold_far = NAN,
                             .metric = VULTUS_METRIC_COSINE};
    *score = NAN;
}

vultus_status classifier_rank(const vultus_classifier *classifier, const vultus_engine *engine,
                              const float *probe, vultus_match *matches, size_t capacity,
                              size_t *count, vultus_error *error)
{
    vultus_likelihood ranked[VULTUS_TOP_MAX];
    vultus_status status =
        vultus_classifier_rank(classifier, engine, probe, ranked, capacity, count, error);
    for (size_t i = 0; !status && i < *count; i++)
        matches[i] = match_of(&ranked[i], NAN);
    return status;
}

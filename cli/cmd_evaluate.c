/*
 * vultus evaluate: accuracy on pictures with known answers. Every picture is embedded once, however
 * many pairs it is in; a pair with a picture that cannot be used is left out and counted.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "evaluate_pairs.h"
#include "gather.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct subject *)a)->path, ((const struct subject *)b)->path);
}

const struct subject *subject_of(const struct evaluation *evaluation, const char *path)
{
    struct subject wanted = {.path = path};
    return bsearch(&wanted, evaluation->subjects, evaluation->subject_count,
                   sizeof *evaluation->subjects, by_path);
}

/* The pictures of all pairs, each once, by path. */
static vultus_status list_subjects(struct evaluation *evaluation, vultus_error *error)
{
    size_t count = 2 * evaluation->pairs.count, kept = 0;
    struct subject *subjects = mem_zalloc(count, sizeof *subjects);
    if (!subjects)
        return status_memory(error, "a list of pictures");
    for (size_t i = 0; i < count; i++)
        subjects[i].path =
            i % 2 ? evaluation->pairs.items[i / 2].b : evaluation->pairs.items[i / 2].a;
    qsort(subjects, count, sizeof *subjects, by_path);
    for (size_t i = 0; i < count; i++)
        if (!kept || strcmp(subjects[kept - 1].path, subjects[i].path) != 0)
            subjects[kept++].path = subjects[i].path;
    evaluation->subjects = subjects;
    evaluation->subject_count = kept;
    return VULTUS_OK;
}

static vultus_status embed_subject(struct evaluation *evaluation, struct subject *subject)
{
    vultus_engine *engine = evaluation->session->engine;
    vultus_detect_options detect = session_detection(evaluation->options);
    vultus_embed_options embed = session_embedding(evaluation->options);
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    vultus_error *error = &subject->error;
    vultus_status status = vultus_image_read(subject->path, NULL, &image, error);
    if (!status)
        status = vultus_detect(engine, image, &detect, &faces, error);
    if (!status) {
        const vultus_face *face = gather_central(&faces, image);
        vultus_face whole;
        subject->faceless = !face;
        if (!face && evaluation->options->whole_picture) {
            whole = vultus_face_whole(engine, image);
            face = &whole;
        }
        if (face) {
            subject->face = *face;
            status = vultus_embed(engine, image, face, 1, &embed, &subject->embedding, error);
        }
    }
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    return status;
}

static void *work(void *context, size_t index)
{
    struct evaluation *evaluation = context;
    struct subject *subject = &evaluation->subjects[index];
    subject->status = embed_subject(evaluation, subject);
    return subject;
}

static int deliver(void *context, size_t index, void *result)
{
    struct evaluation *evaluation = context;
    const struct subject *subject = result;
    (void)index;
    if (subject->status) {
        evaluation->code = worse(evaluation->code, fail_picture(subject->path, &subject->error));
        evaluation->unreadable++;
    } else if (subject->faceless) {
        evaluation->faceless++;
        if (!subject->embedding) {
            say("%s: no face found", subject->path);
            evaluation->code = worse(evaluation->code, EXIT_INPUTS);
        }
    }
    return EXIT_DONE;
}

static void discard(void *context, void *result)
{
    (void)context;
    (void)result; /* subjects are freed together */
}

/* Scores of the pairs both of whose pictures can be used. */
static vultus_status score(struct evaluation *evaluation, vultus_error *error)
{
    const vultus_pairs *pairs = &evaluation->pairs;
    const vultus_engine *engine = evaluation->session->engine;
    vultus_comparison result;
    evaluation->distances =
        vultus_engine_raw(engine) && vultus_engine_metric(engine) == VULTUS_METRIC_EUCLIDEAN;
    evaluation->score = mem_array(pairs->count, sizeof(float));
    evaluation->same = mem_array(pairs->count, sizeof(bool));
    evaluation->fold = mem_array(pairs->count, sizeof(unsigned));
    evaluation->pair = mem_array(pairs->count, sizeof(size_t));
    evaluation->learnt = mem_array(pairs->count, sizeof(float));
    evaluation->person_a = mem_array(pairs->count, sizeof(uint32_t));
    evaluation->person_b = mem_array(pairs->count, sizeof(uint32_t));
    if (!evaluation->learnt || !evaluation->person_a || !evaluation->person_b ||
        !evaluation->score || !evaluation->same || !evaluation->fold || !evaluation->pair)
        return status_memory(error, "scores");
    const vultus_decision decision = session_decision(evaluation->options);
    for (size_t i = 0; i < pairs->count; i++) {
        const struct subject *a = subject_of(evaluation, pairs->items[i].a);
        const struct subject *b = subject_of(evaluation, pairs->items[i].b);
        size_t at = evaluation->scored;
        if (!a->embedding || !b->embedding)
            continue;
        vultus_status status =
            vultus_compare(engine, a->embedding, b->embedding, &decision, &result, error);
        if (status)
            return status;
        if (evaluation->siamese)
            status = vultus_siamese_compare(evaluation->siamese, engine, a->embedding, b->embedding,
                                            &evaluation->learnt[at], error);
        if (status)
            return status;
        evaluation->score[at] = evaluation->distances ? -result.distance : result.cosine;
        evaluation->same[at] = pairs->items[i].same;
        evaluation->fold[at] = pairs->items[i].fold;
        evaluation->person_a[at] = pairs->items[i].person_a;
        evaluation->person_b[at] = pairs->items[i].person_b;
        evaluation->pair[at] = i;
        evaluation->scored++;
    }
    return VULTUS_OK;
}

/* The threshold of the figures at one: given, by a rate, or the model's own. */
static float threshold_in_use(const struct evaluation *evaluation)
{
    const struct options *options = evaluation->options;
    const vultus_engine *engine = evaluation->session->engine;
    if (options_has(options, OPTION_THRESHOLD))
        return options->threshold;
    if (options_has(options, OPTION_FAR))
        return (float)vultus_calibration_threshold(vultus_engine_calibration(engine),
                                                   (double)options->far, 0, 0);
    return vultus_engine_threshold(engine, evaluation->distances ? VULTUS_METRIC_OWN
                                                                 : VULTUS_METRIC_COSINE);
}

static vultus_status report(struct evaluation *evaluation, vultus_error *error)
{
    bool own_folds = evaluation->pairs.folds > 1;
    vultus_scores scores = {
        .similarity = evaluation->score,
        .same = evaluation->same,
        .fold = own_folds ? evaluation->fold : NULL,
        .count = evaluation->scored,
        .folds = own_folds ? evaluation->pairs.folds : evaluation->options->folds,
        .threshold = threshold_in_use(evaluation),
        .distances = evaluation->distances,
        .person_a = evaluation->person_a,
        .person_b = evaluation->person_b,
        .bootstrap = {.resamples = evaluation->options->bootstrap,
                      .confidence = (double)evaluation->options->confidence,
                      .seed = evaluation->options->seed},
        .curve = evaluation->options->html != NULL,
    };
    if (evaluation->distances)
        scores.threshold = -scores.threshold;
    evaluation->folds = scores.folds;
    evaluation->contract_threshold = scores.threshold;
    vultus_status status = vultus_evaluate(&scores, &evaluation->report, error);
    if (!status && evaluation->siamese) {
        scores.similarity = evaluation->learnt;
        scores.distances = scores.curve = false;
        scores.threshold = 0.5f;
        status = vultus_evaluate(&scores, &evaluation->learnt_report, error);
    }
    if (evaluation->distances) { /* scores fall with the distance; people read distances */
        evaluation->report.threshold = -evaluation->report.threshold;
        evaluation->contract_threshold = -evaluation->contract_threshold;
    }
    return status;
}

int evaluation_score(struct evaluation *evaluation)
{
    char folder[4096];
    const struct options *options = evaluation->options;
    struct session *session = evaluation->session;
    vultus_error error = {0};
    if (!evaluation->file)
        evaluation->file = options->operands[0];
    vultus_status status = vultus_pairs_read(
        evaluation->file, evaluation_root(options, evaluation->file, folder, sizeof folder),
        &evaluation->pairs, &error);
    if (!status)
        status = list_subjects(evaluation, &error);
    if (status)
        return fail(&error);
    int code = session_open_engine(session, evaluation->subject_count);
    uint64_t begin = clock_ns();
    struct errand errand = {.what = "embedding",
                            .count = evaluation->subject_count,
                            .work = work,
                            .deliver = deliver,
                            .discard = discard,
                            .context = evaluation};
    if (!code)
        code = session_run(session, &errand);
    evaluation->seconds = (double)(clock_ns() - begin) / 1e9;
    if (!code && score(evaluation, &error))
        code = fail(&error);
    return code;
}

void evaluation_clear(struct evaluation *evaluation)
{
    size_t dimension = vultus_engine_dimension(evaluation->session->engine);
    for (size_t i = 0; i < evaluation->subject_count; i++)
        vultus_embeddings_free(evaluation->subjects[i].embedding, dimension);
    mem_free(evaluation->subjects);
    mem_free(evaluation->score);
    mem_free(evaluation->same);
    mem_free(evaluation->fold);
    mem_free(evaluation->person_a);
    mem_free(evaluation->person_b);
    mem_free(evaluation->pair);
    mem_free(evaluation->learnt);
    vultus_siamese_free(evaluation->siamese);
    vultus_report_clear(&evaluation->report);
    vultus_pairs_clear(&evaluation->pairs);
}

static int measure(struct evaluation *evaluation)
{
    const char *siamese = evaluation->options->siamese;
    vultus_error error = {0};
    int code = EXIT_DONE;
    if (siamese && vultus_siamese_read(siamese, &evaluation->siamese, &error))
        code = fail(&error);
    if (!code)
        code = evaluation_score(evaluation);
    if (code)
        return code;
    if (report(evaluation, &error)) {
        fail(&error);
        return EXIT_INPUTS;
    }
    return evaluation_put(evaluation);
}

int cmd_evaluate_pairs(const struct options *options)
{
    struct session session = {0};
    struct evaluation evaluation = {.options = options, .session = &session};
    static const enum option_id other = OPTION_FAR;
    int code = options_has(options, OPTION_THRESHOLD)
                   ? options_clash(options, "--threshold", &other, 1)
                   : EXIT_DONE;
    if (!code)
        code = session_open(&session, options);
    if (!code)
        code = measure(&evaluation);
    evaluation_clear(&evaluation);
    session_close(&session);
    return worse(code, evaluation.code);
}

#define OPTIONS_MEASURED                                                                           \
    OPTIONS_OUTPUT, OPTIONS_NETWORKS, OPTIONS_DETECTION, OPTION_NO_PROGRESS, OPTIONS_EMBEDDING,    \
        OPTION_WHOLE_PICTURE, OPTION_OUTPUT, OPTION_SEED, OPTION_BOOTSTRAP, OPTION_CONFIDENCE,     \
        OPTION_HTML, OPTION_NO_PICTURES

const struct subcommand evaluate_subcommands[] = {
    {.name = "folder",
     .operands = "KNOWN [TEST]",
     .summary = "identification: names right, strangers unknown",
     .least = 1,
     .most = 2,
     .options = OPTIONS(OPTIONS_MEASURED, OPTIONS_DECISION, OPTION_SPLIT, OPTION_STRANGERS,
                        OPTION_PREDICTIONS, OPTION_ALL_FACES, OPTION_TEMPLATE),
     .text =
         "Enrols KNOWN, a folder with a folder for each person, looks up every face of TEST,\n"
         "such a folder as well, and counts the answers that are right. Somebody who is in\n"
         "TEST and not in KNOWN is a stranger, and unknown is the right answer. Either may be\n"
         "a file that `vultus embed` wrote. --split makes both sides of KNOWN alone, by chance.\n"
         "Nothing is stored: the gallery of enroll and identify is not touched.\n"
         "The figures that come first are those at the threshold. Rank 1 and AUC need none, and\n"
         "DIR at FPIR says how many would be named right if the threshold let in so many\n"
         "strangers. Intervals are drawn over the people of TEST. docs/decisions.md explains\n"
         "every figure; --html shows them as plots, with the worst mistakes.\n",
     .run = cmd_evaluate_folder},
    {.name = "pairs",
     .operands = "FILE",
     .summary = "verification: pairs, same person or not",
     .least = 1,
     .most = 1,
     .options = OPTIONS(OPTIONS_MEASURED, OPTION_THRESHOLD, OPTION_FAR, OPTION_CALIBRATION,
                        OPTION_ROOT, OPTION_FOLDS, OPTION_SIAMESE),
     .run = cmd_evaluate_pairs},
    {.name = "detection",
     .operands = "FILE",
     .summary = "boxes against ground truth: precision, recall, speed",
     .least = 1,
     .most = 1,
     .run = cmd_evaluate_detection},
    {.name = "landmarks",
     .operands = "FILE",
     .summary = "landmarks against ground truth: normalised errors",
     .least = 1,
     .most = 1,
     .run = cmd_evaluate_landmarks},
    {.name = NULL},
};

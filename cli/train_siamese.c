/*
 * vultus train siamese: when two embeddings are one person, learnt from people's pictures or from a list of
 * pairs, and how that does beside the plain comparison on people who were held out.
 */
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "evaluate_pairs.h"
#include "measures.h"
#include "siamese_figures.h"
#include "training.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the report */

static void put_text(const struct options *options, const vultus_siamese_report *report)
{
    if (report->held_pairs) {
        siamese_put_figures("held_out_people", &report->plain, &report->siamese);
        answer_line("%zu pairs of %zu people, of whom nothing was learnt", report->held_pairs,
                    report->held_people);
    } else {
        answer_line("nobody was held out who has two pictures: how good it is, is not known");
    }
    answer_line("%s: learnt from %zu pairs", options->output, report->pairs);
}

static int put(const struct options *options, const vultus_siamese *siamese,
               const vultus_siamese_report *report)
{
    int code = EXIT_DONE;
    answer_begin();
    if (options->format == FORMAT_TABLE)
        put_text(options, report);
    else
        code = measures_put(
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
                      json_text(options->output), "people", json_whole(report->people), "pairs",
                      json_whole(report->pairs), "held_people", json_whole(report->held_people),
                      "held_pairs", json_whole(report->held_pairs), "embedder",
                      json_text(vultus_siamese_embedder(siamese)), "plain",
                      report->held_pairs ? siamese_json_figures(&report->plain) : json_null(),
                      "siamese",
                      report->held_pairs ? siamese_json_figures(&report->siamese) : json_null()),
            options->format);
    return answer_end() ? code : EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ a list of pairs */

struct listed { /* pictures of pairs as rows */
    float *embeddings;
    uint32_t *person, *a, *b;
    bool *same;
    size_t rows, pairs;
};

static void listed_clear(struct listed *listed, size_t dimension)
{
    mem_free_wiped(listed->embeddings, listed->rows * dimension * sizeof *listed->embeddings);
    mem_free(listed->person);
    mem_free(listed->a);
    mem_free(listed->b);
    mem_free(listed->same);
}

static uint32_t root_of(uint32_t *person, uint32_t row)
{
    while (person[row] != row)
        row = person[row] = person[person[row]];
    return row;
}

/* A row for each picture that can be used. Who is the same as somebody is one person with them: a list of pairs need
 * not have names. */
static bool list_rows(const struct evaluation *evaluation, size_t dimension, struct listed *out)
{
    const size_t pictures = evaluation->subject_count, pairs = evaluation->pairs.count;
    uint32_t *number = mem_array(pictures, sizeof *number);
    out->embeddings = mem_array(pictures * dimension, sizeof *out->embeddings);
    out->person = mem_array(pictures, sizeof *out->person);
    out->a = mem_array(pairs, sizeof *out->a);
    out->b = mem_array(pairs, sizeof *out->b);
    out->same = mem_array(pairs, sizeof *out->same);
    bool good = number && out->embeddings && out->person && out->a && out->b && out->same;
    for (size_t i = 0; good && i < pictures; i++) {
        if (!evaluation->subjects[i].embedding)
            continue;
        memcpy(out->embeddings + out->rows * dimension, evaluation->subjects[i].embedding,
               dimension * sizeof *out->embeddings);
        out->person[out->rows] = (uint32_t)out->rows;
        number[i] = (uint32_t)out->rows++;
    }
    for (size_t i = 0; good && i < pairs; i++) {
        const vultus_pair *pair = &evaluation->pairs.items[i];
        const struct subject *a = subject_of(evaluation, pair->a);
        const struct subject *b = subject_of(evaluation, pair->b);
        if (!a->embedding || !b->embedding)
            continue;
        out->a[out->pairs] = number[a - evaluation->subjects];
        out->b[out->pairs] = number[b - evaluation->subjects];
        out->same[out->pairs] = pair->same;
        if (pair->same)
            out->person[root_of(out->person, out->a[out->pairs])] =
                root_of(out->person, out->b[out->pairs]);
        out->pairs++;
    }
    for (uint32_t i = 0; good && i < out->rows; i++)
        out->person[i] = root_of(out->person, i);
    mem_free(number);
    return good;
}

/* ------------------------------------------------------------------ training */

/* 0: not given. */
static bool read_c(const char *text, double *out)
{
    char *end = NULL;
    *out = text ? strtod(text, &end) : 0;
    if (!text || (end != text && !*end && *out >= 1e-9 && *out <= 1e9))
        return true;
    complain("--C: \"%s\" is not a number from 1e-09 to 1e+09", text);
    return false;
}

static int train(const struct options *options, const vultus_labelled *set,
                 const vultus_pair_list *pairs)
{
    vultus_siamese *siamese = NULL;
    vultus_siamese_report report = {0};
    vultus_error error = {0};
    double c;
    bool begun;
    if (!read_c(options->c, &c))
        return EXIT_USAGE;
    const vultus_siamese_options how = {.c = c,
                                        .hard = !options_has(options, OPTION_HARD) ? 0
                                                : options->hard > 0 ? (double)options->hard
                                                                    : -1,
                                        .held = !options_has(options, OPTION_HELD_OUT) ? 0
                                                : options->held_out > 0 ? (double)options->held_out
                                                                        : -1,
                                        .pairs = pairs,
                                        .seed = options->seed,
                                        .training = training_watch(&begun)};
    vultus_status status = vultus_siamese_train(set, &how, &siamese, &report, &error);
    training_end(&begun);
    if (!status)
        status = vultus_siamese_write(siamese, options->output, &error);
    int code = status ? fail(&error) : put(options, siamese, &report);
    vultus_siamese_free(siamese);
    return code;
}

static int train_on_pairs(struct session *session)
{
    struct evaluation evaluation = {
        .options = session->options, .session = session, .file = session->options->pairs};
    struct listed listed = {0};
    int code = evaluation_score(&evaluation);
    const size_t dimension = vultus_engine_dimension(session->engine);
    if (!code && !list_rows(&evaluation, dimension, &listed)) {
        complain("not enough memory");
        code = EXIT_ENVIRONMENT;
    }
    const vultus_labelled set = {.embeddings = listed.embeddings,
                                 .count = listed.rows,
                                 .dimension = dimension,
                                 .person = listed.person,
                                 .people = listed.rows,
                                 .metric = vultus_engine_metric(session->engine),
                                 .raw = vultus_engine_raw(session->engine),
                                 .embedder = vultus_engine_embedder(session->engine)};
    const vultus_pair_list pairs = {listed.a, listed.b, listed.same, listed.pairs};
    if (!code)
        code = train(session->options, &set, &pairs);
    listed_clear(&listed, dimension);
    code = worse(code, evaluation.code);
    evaluation_clear(&evaluation);
    return code;
}

static int train_on_people(struct session *session)
{
    struct gathering people = {0};
    const struct options *options = session->options;
    int code = training_gather(session, options->operands, options->operand_count, GATHER_CENTRAL,
                               &people);
    if (!code)
        code = train(options, &people.set, NULL);
    code = worse(code, people.code);
    gathering_clear(&people);
    return code;
}

int cmd_train_siamese(const struct options *options)
{
    struct session session = {0};
    if (!training_has_output(options))
        return EXIT_USAGE;
    if (!options->pairs == !options->operand_count) {
        complain("train siamese needs people (DIR or FILE), or --pairs FILE%s",
                 options->pairs ? ", not both" : "");
        return EXIT_USAGE;
    }
    int code = session_open(&session, options);
    if (!code)
        code = options->pairs ? train_on_pairs(&session) : train_on_people(&session);
    session_close(&session);
    return code;
}

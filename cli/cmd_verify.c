/* vultus verify: one person or two. Both pictures have to be usable, or there is no answer. */
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"
#include "table.h"

#include <math.h>

static struct column columns[] = {
    {.key = "a"},
    {.key = "b"},
    {.key = "answer", .side = COLUMN_TABLE, .width = 10},
    {.key = "match", .side = COLUMN_CSV},
    {.key = "similarity", .right = true},
    {.key = "cosine", .right = true}, /* people see it, or the distance: what is decided by */
    {.key = "distance", .right = true},
    {.key = "far", .right = true, .width = 7},
    {.key = "threshold", .right = true},
    {.key = "threshold_far", .side = COLUMN_CSV},
    {.key = "margin", .right = true},
    {.key = "metric", .side = COLUMN_CSV},
    {.key = "why", .side = COLUMN_CSV},
    /* with --liveness and --require-live */
    {.key = "live_a", .right = true},
    {.key = "live_b", .right = true},
};
enum { COSINE = 5, DISTANCE = 6, LIVE = 2 };

struct side {
    uint32_t width, height;
    size_t faces;
    vultus_face face;
    float *embedding;
    float live; /* NaN: not asked for */
    vultus_status status;
    vultus_error error;
};

struct verify {
    const struct options *options;
    struct session *session;
    struct side sides[2];
};

static vultus_status look(struct verify *verify, struct side *side, const char *path)
{
    vultus_image *image = NULL;
    vultus_faces faces = {0};
    vultus_detect_options detect = session_detection(verify->options);
    vultus_embed_options embed = session_embedding(verify->options);
    vultus_engine *engine = verify->session->engine;
    vultus_status status = vultus_image_read(path, NULL, &image, &side->error);
    if (!status)
        status = vultus_detect(engine, image, &detect, &faces, &side->error);
    if (!status) {
        side->width = vultus_image_width(image);
        side->height = vultus_image_height(image);
        side->faces = faces.count;
    }
    if (!status && faces.count) {
        side->face = faces.items[0]; /* the largest comes first */
        status =
            vultus_embed(engine, image, faces.items, 1, &embed, &side->embedding, &side->error);
    }
    side->live = NAN;
    if (!status && faces.count && session_wants_live(verify->options))
        status = vultus_live_scores(engine, image, faces.items, 1, &side->live, &side->error);
    vultus_faces_clear(&faces);
    vultus_image_free(image);
    return status;
}

static vultus_status work(void *context, size_t index, unsigned worker, vultus_error *error)
{
    struct verify *verify = context;
    (void)worker;
    (void)error; /* both pictures are to be explained, so each side keeps its own */
    verify->sides[index].status =
        look(verify, &verify->sides[index], verify->options->operands[index]);
    return VULTUS_OK;
}

static int check(const struct verify *verify)
{
    int code = EXIT_DONE;
    for (int i = 0; i < 2; i++) {
        const struct side *side = &verify->sides[i];
        const char *path = verify->options->operands[i];
        if (side->status)
            code = worse(code, fail_picture(path, &side->error));
        else if (!side->faces)
            code = worse(code, EXIT_INPUTS);
        if (!side->status && !side->faces)
            say("%s: no face found", path);
        if (side->faces > 1)
            say("%s: %zu faces found, the largest is compared", path, side->faces);
    }
    return code;
}

static json_t *json_side(const struct verify *verify, int index)
{
    const struct side *side = &verify->sides[index];
    json_t *value =
        json_pack("{s:o, s:o, s:o, s:o}", "file", json_text(verify->options->operands[index]),
                  "width", json_whole(side->width), "height", json_whole(side->height), "faces",
                  json_whole(side->faces));
    json_t *face = json_box(&side->face);
    if (face && session_wants_live(verify->options))
        face = json_joined(
            face, json_pack("{s:o}", "live",
                            json_live(side->live, session_live_threshold(verify->session))));
    if (value && json_object_set_new(value, "face", face)) {
        json_decref(value);
        value = NULL;
    }
    return value;
}

static bool answer(const struct verify *verify, const vultus_comparison *result)
{
    const struct options *options = verify->options;
    const char *metric = options->siamese ? "siamese" : metric_name(result->metric);
    struct table table = {
        .columns = columns, .count = sizeof columns / sizeof *columns, .format = options->format};
    if (!session_wants_live(options))
        table.count -= LIVE;
    bool euclidean = result->metric == VULTUS_METRIC_EUCLIDEAN;
    columns[COSINE].side = euclidean ? COLUMN_CSV : COLUMN_BOTH;
    columns[DISTANCE].side = euclidean ? COLUMN_BOTH : COLUMN_CSV;
    answer_begin();
    if (options->format == FORMAT_JSON) {
        if (!json_line(stdout,
                       json_joined(json_comparison(result, metric),
                                   json_pack("{s:o, s:o}", "a", json_side(verify, 0), "b",
                                             json_side(verify, 1))),
                       JSON_DIGITS))
            return false;
        return answer_end();
    }
    column_fit(&columns[0], options->operands[0]);
    column_fit(&columns[1], options->operands[1]);
    table_text(&table, options->operands[0]);
    table_text(&table, options->operands[1]);
    table_text(&table, result->match                        ? "one person"
                       : result->why == VULTUS_WHY_FAR      ? "two people"
                       : result->why == VULTUS_WHY_NOT_LIVE ? "not live"
                                                            : "unknown");
    table_text(&table, result->match ? "true" : "false");
    table_number(&table, result->similarity, 3, 5);
    table_number(&table, result->cosine, 3, 5);
    table_number(&table, result->distance, 3, 5);
    table_rate(&table, result->far);
    table_number(&table, result->threshold, 3, 5);
    table_rate(&table, result->threshold_far);
    table_number(&table, result->margin, 3, 5);
    table_text(&table, metric);
    table_text(&table, vultus_why_text(result->why));
    for (int i = 0; i < LIVE && session_wants_live(options); i++)
        table_number(&table, verify->sides[i].live, 2, 4);
    table_end(&table);
    return answer_end();
}

/* --siamese: its probability takes the place of the similarity, and decides. */
static vultus_status compare_learnt(const struct verify *verify, vultus_comparison *result,
                                    vultus_error *error)
{
    const struct options *options = verify->options;
    vultus_siamese *siamese = NULL;
    if (!options->siamese)
        return VULTUS_OK;
    vultus_status status = vultus_siamese_read(options->siamese, &siamese, error);
    if (!status)
        status =
            vultus_siamese_compare(siamese, verify->session->engine, verify->sides[0].embedding,
                                   verify->sides[1].embedding, &result->similarity, error);
    vultus_siamese_free(siamese);
    if (status)
        return status;
    result->threshold = options_has(options, OPTION_THRESHOLD) ? options->threshold : 0.5f;
    result->margin = result->similarity - result->threshold;
    result->far = result->threshold_far = NAN;
    if (result->why == VULTUS_WHY_NOT_LIVE)
        return VULTUS_OK;
    result->match = result->margin >= 0;
    result->why = result->match ? VULTUS_WHY_NONE : VULTUS_WHY_FAR;
    return VULTUS_OK;
}

static int compare(struct verify *verify)
{
    vultus_error error = {0};
    vultus_comparison result;
    vultus_decision decision = session_decision(verify->options);
    decision.quality =
        fminf(session_quality(&verify->sides[0].face), session_quality(&verify->sides[1].face));
    decision.min_live = session_min_live(verify->session);
    decision.live = fminf(verify->sides[0].live, verify->sides[1].live);
    if (vultus_compare(verify->session->engine, verify->sides[0].embedding,
                       verify->sides[1].embedding, &decision, &result, &error) ||
        compare_learnt(verify, &result, &error))
        return fail(&error);
    if (!answer(verify, &result))
        return EXIT_ENVIRONMENT;
    return result.match ? EXIT_DONE : EXIT_NO;
}

/* What is learnt decides by its own probability. */
static int check_siamese(const struct options *options)
{
    static const enum option_id others[] = {OPTION_METRIC, OPTION_FAR, OPTION_MIN_MARGIN,
                                            OPTION_MIN_QUALITY, OPTION_CALIBRATION};
    return options->siamese
               ? options_clash(options, "siamese", others, sizeof others / sizeof *others)
               : EXIT_DONE;
}

int cmd_verify(const struct options *options)
{
    struct session session = {0};
    struct verify verify = {.options = options, .session = &session};
    vultus_error error = {0};
    int code = check_siamese(options);
    if (!code)
        code = session_open(&session, options);
    if (!code)
        code = session_open_engine(&session, 2);
    if (!code && pool_for(session.pool, 2, work, &verify, &error))
        code = fail(&error);
    if (!code)
        code = interrupted();
    if (!code)
        code = check(&verify);
    if (!code)
        code = compare(&verify);
    for (int i = 0; i < 2; i++)
        vultus_embeddings_free(verify.sides[i].embedding, vultus_engine_dimension(session.engine));
    session_close(&session);
    return code;
}

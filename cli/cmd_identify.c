/*
 * vultus identify: who is in pictures. Workers embed the faces, look them up (in turn, because a
 * gallery is used from one thread at a time) and write tagged copies; answers are printed in order. A
 * picture without a face is listed as such.
 */
#include "answers/label_text.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "identify_classifier.h"
#include "inputs.h"
#include "json_answer.h"
#include "picture_run.h"
#include "table.h"
#include "tagged_copy.h"

#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

enum {
    COSINE = 10,
    DISTANCE = 11,
    SECOND = 16,
    FIXED = 20,
    CANDIDATE = 3,
    LIVE = 2
}; /* columns before the candidates */
static struct column columns[FIXED + 1 + CANDIDATE * VULTUS_TOP_MAX + LIVE] = {
    {.key = "file"},
    {.key = "face", .right = true},
    {.key = "x", .side = COLUMN_CSV},
    {.key = "y", .side = COLUMN_CSV},
    {.key = "width", .side = COLUMN_CSV},
    {.key = "height", .side = COLUMN_CSV},
    {.key = "score", .side = COLUMN_CSV},
    {.key = "name", .width = 7},
    {.key = "match", .side = COLUMN_CSV},
    {.key = "similarity", .right = true},
    {.key = "cosine", .right = true}, /* people see it, or the distance: what is decided by */
    {.key = "distance", .right = true},
    {.key = "far", .right = true, .width = 7},
    {.key = "threshold", .side = COLUMN_CSV},
    {.key = "threshold_far", .side = COLUMN_CSV},
    {.key = "margin", .right = true},
    {.key = "second"},
    {.key = "second_cosine", .side = COLUMN_CSV},
    {.key = "metric", .side = COLUMN_CSV},
    {.key = "why", .side = COLUMN_CSV},
    /* with --top: the list for people, then names, cosines and distances for programs; then with_liveness */
};

#define LARGE_BYTES (32 << 20)
#define LARGE_WIDTH 24

static const struct column with_liveness[LIVE] = {
    {.key = "live", .right = true, .width = 5},
    {.key = "live_passed", .side = COLUMN_CSV},
};

struct identify {
    const struct options *options;
    struct session *session;
    vultus_classifier *classifier; /* NULL: names come from the gallery */
    struct table table;
    char (*keys)[32];        /* of the candidates' columns */
    pthread_mutex_t gallery; /* held while looking up */
    bool unknown;            /* a face was */
    vultus_filter filter;    /* among whom */
    bool euclidean;          /* decided by distance */
    bool told;               /* that some of them cannot be compared */
    int code;
};

struct found { /* who a face is */
    vultus_identity who;
    float score;              /* of a classifier */
    vultus_match *candidates; /* with --top */
    size_t candidate_count;
};

struct answer { /* of all faces of a picture */
    vultus_status status;
    vultus_error error;
    size_t count;
    struct found *faces;
};

/* What similarities mean: the metric, or the classifier's method. */
static const char *measure_of(const struct identify *identify, const vultus_identity *who)
{
    return identify->classifier ? vultus_classifier_used_method(identify->classifier)
                                : metric_name(who->metric);
}

static void put_candidates(struct identify *identify, const struct found *found)
{
    struct table *table = &identify->table;
    struct buffer line;
    buffer_init(&line, 64 * 1024);
    for (size_t i = 0; i < found->candidate_count; i++)
        if (buffer_print(&line, NULL, "%s%s %.3f", i ? ", " : "", found->candidates[i].name,
                         identify->classifier ? found->candidates[i].similarity
                         : found->who.metric == VULTUS_METRIC_COSINE
                             ? found->candidates[i].cosine
                             : found->candidates[i].distance))
            break;
    table_text(table, (const char *)line.data);
    buffer_clear(&line);
    for (size_t i = 0; i < identify->options->top; i++) {
        bool have = i < found->candidate_count;
        table_text(table, have ? found->candidates[i].name : NULL);
        table_number(table, have ? found->candidates[i].cosine : NAN, 3, 5);
        table_number(table, have ? found->candidates[i].distance : NAN, 3, 5);
    }
}

static void put_no_face(struct identify *identify, const struct picture *picture)
{
    struct table *table = &identify->table;
    if (identify->options->format == FORMAT_JSON)
        return;
    table_text(table, picture->path);
    if (identify->options->format == FORMAT_CSV)
        table_whole(table, 0);
    else
        table_text(table, NULL);
    for (size_t i = 2; i < table->count; i++)
        table_text(table, identify->options->format == FORMAT_TABLE && i == 7 ? "no face" : NULL);
    table_end(table);
}

static void put_row(struct identify *identify, const struct picture *picture, size_t index,
                    const struct found *found)
{
    struct table *table = &identify->table;
    const vultus_identity *who = &found->who;
    bool csv = identify->options->format == FORMAT_CSV, any = who->best.name[0] != '\0';
    picture_cells(picture, index, table);
    table_text(table, who->match ? who->best.name : csv ? "" : "unknown");
    table_text(table, who->match ? "true" : "false");
    table_number(table, who->best.similarity, 3, 5);
    table_number(table, any ? who->best.cosine : NAN, 3, 5);
    table_number(table, any ? who->best.distance : NAN, 3, 5);
    table_rate(table, who->best.far);
    table_number(table, who->threshold, 3, 5);
    table_rate(table, who->threshold_far);
    /* with one person the margin is over the least similarity there is: nothing for people */
    table_number(table, any && (csv || who->second.name[0]) ? who->margin : NAN, 3, 5);
    table_text(table, who->second.name);
    table_number(table, who->second.name[0] ? who->second.cosine : NAN, 3, 5);
    table_text(table, measure_of(identify, who));
    table_text(table, vultus_why_text(who->why));
    if (identify->options->top)
        put_candidates(identify, found);
    if (picture->live) {
        float live = picture->live[index];
        table_number(table, live, 2, 4);
        table_text(table, live >= session_live_threshold(identify->session) ? "true" : "false");
    }
    table_end(table);
}

static json_t *json_who(const struct identify *identify, const struct picture *picture,
                        size_t index, const struct found *found)
{
    json_t *value = json_joined(json_box(&picture->faces.items[index]),
                                json_identity(&found->who, measure_of(identify, &found->who)));
    bool good = value;
    if (good && picture->live)
        good = !json_object_set_new(
            value, "live",
            json_live(picture->live[index], session_live_threshold(identify->session)));
    if (good && identify->classifier)
        good = !json_object_set_new(value, "score", json_number(found->score));
    if (good && identify->options->top) {
        good = !json_object_set_new(value, "candidates",
                                    json_matches(found->candidates, found->candidate_count));
    }
    if (good)
        return value;
    json_decref(value);
    return NULL;
}

/* ------------------------------------------------------------------ on a worker */

static vultus_status look_up(const struct identify *identify, const struct picture *picture,
                             size_t index, const float *probe, struct found *found,
                             vultus_error *error)
{
    const struct session *session = identify->session;
    vultus_decision decision = session_decision(identify->options);
    decision.quality = session_quality(&picture->faces.items[index]);
    decision.picture = picture->image;
    decision.filter = &identify->filter;
    decision.min_live = session_min_live(session);
    decision.live = picture->live ? picture->live[index] : NAN;
    if (identify->classifier && decision.min_live > 0 && !(decision.live >= decision.min_live)) {
        classifier_refuse(identify->classifier, &found->who, &found->score);
        return VULTUS_OK;
    }
    size_t top = identify->options->top;
    vultus_status status = identify->classifier
                               ? classifier_identify(identify->classifier, session->engine, probe,
                                                     &found->who, &found->score, error)
                               : vultus_gallery_identify(session->gallery, session->engine, probe,
                                                         &decision, &found->who, error);
    if (status || !top)
        return status;
    found->candidates = mem_zalloc(top, sizeof *found->candidates);
    if (!found->candidates) {
        *error = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
        return error->code;
    }
    if (identify->classifier)
        return classifier_rank(identify->classifier, session->engine, probe, found->candidates, top,
                               &found->candidate_count, error);
    return vultus_gallery_rank(session->gallery, session->engine, probe, &decision,
                               found->candidates, top, &found->candidate_count, error);
}

/* The labels' texts live in `texts`. */
static void set_label(vultus_label *label, char text[LABEL_TEXT_SIZE], const vultus_face *face,
                      const vultus_identity *who)
{
    label_text(text, who->match ? who->best.name : NULL, who->best.similarity);
    *label = (vultus_label){.face = *face, .text = text, .match = who->match};
}

static void tag(struct picture *picture, const struct answer *answer)
{
    size_t count = picture->faces.count;
    vultus_label *labels = mem_zalloc(count, sizeof *labels);
    char(*texts)[LABEL_TEXT_SIZE] = mem_zalloc(count, sizeof *texts);
    if (!labels || !texts)
        picture->trouble = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
    for (size_t i = 0; labels && texts && i < count; i++)
        set_label(&labels[i], texts[i], &picture->faces.items[i], &answer->faces[i].who);
    if (labels && texts)
        copy_write(picture, labels);
    mem_free(labels);
    mem_free(texts);
}

static void finish(void *context, struct picture *picture)
{
    struct identify *identify = context;
    size_t dimension = vultus_engine_dimension(identify->session->engine);
    struct answer *answer = mem_zalloc(1, sizeof *answer);
    if (!answer)
        return; /* deliver() says so */
    picture->answer = answer;
    answer->faces = mem_zalloc(picture->faces.count, sizeof *answer->faces);
    if (!answer->faces) {
        answer->error = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
        answer->status = answer->error.code;
        return;
    }
    answer->count = picture->faces.count;
    pthread_mutex_lock(&identify->gallery);
    for (size_t i = 0; !answer->status && i < answer->count; i++)
        answer->status = look_up(identify, picture, i, picture->embeddings + i * dimension,
                                 &answer->faces[i], &answer->error);
    pthread_mutex_unlock(&identify->gallery);
    if (!answer->status && picture->copy)
        tag(picture, answer);
}

static void forget(void *pointer)
{
    struct answer *answer = pointer;
    for (size_t i = 0; i < answer->count; i++)
        mem_free(answer->faces[i].candidates);
    mem_free(answer->faces);
    mem_free(answer);
}

/* ------------------------------------------------------------------ in order */

static int print_answer(struct identify *identify, const struct picture *picture)
{
    const struct answer *answer = picture->answer;
    bool json = identify->options->format == FORMAT_JSON;
    json_t *list = json ? json_array() : NULL;
    int code = EXIT_DONE;
    answer_begin();
    if (!picture->faces.count)
        put_no_face(identify, picture);
    for (size_t i = 0; i < answer->count; i++) {
        const struct found *found = &answer->faces[i];
        identify->unknown |= !found->who.match;
        if (found->who.others && !identify->told) {
            complain("%zu people have no face by %s and are not compared; enrol them again",
                     found->who.others, vultus_engine_embedder(identify->session->engine));
            identify->told = true;
        }
        put_row(identify, picture, i, found);
        if (list && json_array_append_new(list, json_who(identify, picture, i, found)))
            code = EXIT_ENVIRONMENT;
    }
    if (json && code)
        json_decref(list);
    else if (json && !json_line(stdout,
                                json_pack("{s:o, s:o, s:o, s:o}", "file", json_text(picture->path),
                                          "width", json_whole(picture->width), "height",
                                          json_whole(picture->height), "faces", list),
                                JSON_DIGITS))
        code = EXIT_ENVIRONMENT;
    return answer_end() ? code : EXIT_ENVIRONMENT;
}

static int deliver(void *context, struct picture *picture)
{
    struct identify *identify = context;
    const struct answer *answer = picture->answer;
    if (picture->status) {
        identify->code = worse(identify->code, fail_picture(picture->path, &picture->error));
        return picture_answer_error(picture, identify->options);
    }
    if (!answer || answer->status) {
        if (answer)
            return fail(&answer->error) == EXIT_USAGE ? EXIT_USAGE : EXIT_ENVIRONMENT;
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    int code = print_answer(identify, picture);
    identify->code = worse(identify->code, copy_report(picture));
    return code;
}

/* To read everybody's name takes longer than the answer. */
static bool is_large(const struct options *options)
{
    char path[4096];
    struct stat info;
    return session_gallery_path(options, path, sizeof path) && !stat(path, &info) &&
           info.st_size > LARGE_BYTES;
}

/* The widths of a table that is written row by row. */
static int fit_columns(struct identify *identify, const struct file_list *files)
{
    vultus_people people = {0};
    vultus_error error = {0};
    for (size_t i = 0; i < files->count; i++)
        column_fit(&columns[0], files->items[i]);
    for (size_t i = 0; i < vultus_classifier_people(identify->classifier); i++) {
        column_fit(&columns[7], vultus_classifier_name(identify->classifier, i));
        column_fit(&columns[13], vultus_classifier_name(identify->classifier, i));
    }
    if (identify->classifier)
        return EXIT_DONE;
    if (is_large(identify->options)) {
        columns[7].width = columns[SECOND].width = LARGE_WIDTH;
        return EXIT_DONE;
    }
    if (vultus_gallery_people(identify->session->gallery, &people, &error)) {
        fail(&error);
        return EXIT_ENVIRONMENT;
    }
    for (size_t i = 0; i < people.count; i++) {
        column_fit(&columns[7], people.items[i].name);
        column_fit(&columns[SECOND], people.items[i].name);
    }
    vultus_people_clear(&people);
    return EXIT_DONE;
}

static int open_candidates(struct identify *identify)
{
    size_t top = identify->options->top;
    columns[COSINE].side = identify->euclidean ? COLUMN_CSV : COLUMN_BOTH;
    columns[DISTANCE].side = identify->euclidean ? COLUMN_BOTH : COLUMN_CSV;
    identify->table = (struct table){.columns = columns,
                                     .count = FIXED + (top ? 1 + CANDIDATE * top : 0),
                                     .format = identify->options->format};
    if (session_wants_live(identify->options)) {
        memcpy(columns + identify->table.count, with_liveness, sizeof with_liveness);
        identify->table.count += LIVE;
    }
    if (!top)
        return EXIT_DONE;
    identify->keys = mem_zalloc(CANDIDATE * top, sizeof *identify->keys);
    if (!identify->keys) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    columns[FIXED] = (struct column){.key = "candidates", .side = COLUMN_TABLE};
    for (size_t i = 0; i < CANDIDATE * top; i++) {
        static const char *const ends[CANDIDATE] = {"", "_cosine", "_distance"};
        snprintf(identify->keys[i], sizeof *identify->keys, "candidate_%zu%s", i / CANDIDATE + 1,
                 ends[i % CANDIDATE]);
        columns[FIXED + 1 + i] = (struct column){.key = identify->keys[i], .side = COLUMN_CSV};
    }
    return EXIT_DONE;
}

int cmd_identify(const struct options *options)
{
    struct session session = {0};
    struct file_list files = {0}, copies = {0};
    struct identify identify = {.options = options,
                                .session = &session,
                                .filter = {options->people_asked.items, options->people_asked.count,
                                           options->groups.items, options->groups.count,
                                           options->tags.items, options->tags.count}};
    pthread_mutex_init(&identify.gallery, NULL);
    int code = session_open(&session, options);
    if (!code)
        code = classifier_open(options, &identify.classifier);
    if (!code)
        identify.code = inputs_collect(options->operands, options->operand_count, &files);
    if (!code && files.count)
        code = session_open_engine(&session, files.count);
    identify.euclidean = !identify.classifier && session_by_distance(&session);
    if (!code)
        code = open_candidates(&identify);
    if (!code && !identify.classifier)
        code = session_open_gallery(&session, GALLERY_READ);
    if (!code)
        code = fit_columns(&identify, &files);
    if (!code && options->annotate)
        code = copies_plan(options->annotate, &files, COPIES_OF_PICTURES, &copies);
    struct picture_errand errand = {.session = &session,
                                    .what = "identifying",
                                    .files = &files,
                                    .embed = true,
                                    .copies = options->annotate ? &copies : NULL,
                                    .finish = finish,
                                    .forget = forget,
                                    .deliver = deliver,
                                    .context = &identify};
    if (!code)
        code = pictures_run(&errand);
    if (!code || code >= EXIT_SIGNAL)
        table_finish(&identify.table);
    mem_free(identify.keys);
    file_list_clear(&files);
    file_list_clear(&copies);
    pthread_mutex_destroy(&identify.gallery);
    vultus_classifier_free(identify.classifier);
    session_close(&session);
    code = worse(code, identify.code);
    return !code && options->strict && identify.unknown ? EXIT_NO : code;
}

/* vultus detect: the faces of pictures. A picture without a face is an answer, not a failure. */
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "inputs.h"
#include "json_answer.h"
#include "picture_run.h"
#include "table.h"
#include "tagged_copy.h"

#include <math.h>
#include <string.h>

static const struct column always[] = {
    {.key = "file"},
    {.key = "face", .right = true},
    {.key = "x", .right = true, .width = 5},
    {.key = "y", .right = true, .width = 5},
    {.key = "width", .right = true},
    {.key = "height", .right = true},
    {.key = "score", .right = true},
    {.key = "size", .right = true},
    {.key = "sharpness", .right = true},
    {.key = "quality", .right = true},
    {.key = "brightness", .side = COLUMN_CSV},
    {.key = "roll", .side = COLUMN_CSV},
    {.key = "yaw", .side = COLUMN_CSV},
    {.key = "pitch", .side = COLUMN_CSV},
    {.key = "contrast", .side = COLUMN_CSV},
    {.key = "occlusion", .side = COLUMN_CSV},
    {.key = "left_eye_x", .side = COLUMN_CSV},
    {.key = "left_eye_y", .side = COLUMN_CSV},
    {.key = "right_eye_x", .side = COLUMN_CSV},
    {.key = "right_eye_y", .side = COLUMN_CSV},
    {.key = "nose_x", .side = COLUMN_CSV},
    {.key = "nose_y", .side = COLUMN_CSV},
    {.key = "left_mouth_x", .side = COLUMN_CSV},
    {.key = "left_mouth_y", .side = COLUMN_CSV},
    {.key = "right_mouth_x", .side = COLUMN_CSV},
    {.key = "right_mouth_y", .side = COLUMN_CSV},
};

static const struct column with_attributes[] = {
    {.key = "age", .right = true},
    {.key = "gender", .side = COLUMN_TABLE, .width = 11},
    {.key = "expression", .side = COLUMN_TABLE, .width = 14},
    {.key = "female", .side = COLUMN_CSV},
    {.key = "neutral", .side = COLUMN_CSV},
    {.key = "happy", .side = COLUMN_CSV},
    {.key = "sad", .side = COLUMN_CSV},
    {.key = "angry", .side = COLUMN_CSV},
    {.key = "fearful", .side = COLUMN_CSV},
    {.key = "disgusted", .side = COLUMN_CSV},
    {.key = "surprised", .side = COLUMN_CSV},
};

static const struct column with_liveness[] = {
    {.key = "live", .right = true, .width = 5},
    {.key = "live_passed", .side = COLUMN_CSV},
};

static const struct column with_landmarks[] = {
    {.key = "left_eye", .side = COLUMN_TABLE, .width = 11},
    {.key = "right_eye", .side = COLUMN_TABLE, .width = 11},
    {.key = "nose", .side = COLUMN_TABLE, .width = 11},
    {.key = "left_mouth", .side = COLUMN_TABLE, .width = 11},
    {.key = "right_mouth", .side = COLUMN_TABLE, .width = 11},
};

#define COUNT(columns) (sizeof(columns) / sizeof *(columns))

struct detect {
    const struct options *options;
    float live_threshold;
    struct column columns[COUNT(always) + COUNT(with_attributes) + COUNT(with_liveness) +
                          COUNT(with_landmarks) + 2 * VULTUS_SHAPE_MAX];
    char shape_keys[2 * VULTUS_SHAPE_MAX][40];
    size_t shape; /* points that programs are told */
    struct table table;
    int code;
};

static void add_columns(struct detect *detect, const struct column *columns, size_t count)
{
    memcpy(detect->columns + detect->table.count, columns, count * sizeof *columns);
    detect->table.count += count;
}

/* shape_1_x, shape_1_y, ...: the points as the finder numbers them, from 1. */
static void add_shape(struct detect *detect, size_t count)
{
    detect->shape = count;
    for (size_t i = 0; i < 2 * count; i++) {
        snprintf(detect->shape_keys[i], sizeof detect->shape_keys[i], "shape_%zu_%c", i / 2 + 1,
                 i % 2 ? 'y' : 'x');
        const struct column column = {.key = detect->shape_keys[i], .side = COLUMN_CSV};
        add_columns(detect, &column, 1);
    }
}

/* The likelier word of two or more, and how likely it is; nothing where that is not known. */
static void put_likely(struct table *table, const char *word, float likely)
{
    char text[64] = "";
    if (isfinite(likely))
        snprintf(text, sizeof text, "%s %.2f", word, likely);
    table_text(table, text);
}

static void put_attributes(struct table *table, const vultus_attributes *attributes)
{
    const float *expression = attributes->expression, female = attributes->female;
    vultus_expression best = VULTUS_NEUTRAL;
    for (vultus_expression i = VULTUS_NEUTRAL; i < VULTUS_EXPRESSIONS; i++)
        if (expression[i] > expression[best])
            best = i;
    table_number(table, attributes->age, 0, 1);
    put_likely(table, female > 0.5f ? "female" : "male", female > 0.5f ? female : 1 - female);
    put_likely(table, vultus_expression_name(best), expression[best]);
    table_number(table, female, 2, 4);
    for (size_t i = 0; i < VULTUS_EXPRESSIONS; i++)
        table_number(table, expression[i], 2, 4);
}

static void put_face(struct detect *detect, const struct picture *picture, size_t index)
{
    struct table *table = &detect->table;
    const vultus_face *face = &picture->faces.items[index];
    picture_cells(picture, index, table);
    table_number(table, face->quality.size, 0, 2);
    table_number(table, face->quality.sharpness, 2, 4);
    table_number(table, face->quality.score, 2, 4);
    table_number(table, face->quality.brightness, 2, 4);
    table_number(table, face->quality.roll, 1, 2);
    table_number(table, face->quality.yaw, 2, 3);
    table_number(table, face->quality.pitch, 2, 3);
    table_number(table, face->quality.contrast, 2, 4);
    table_number(table, face->quality.occlusion, 2, 4);
    for (int i = 0; i < VULTUS_LANDMARKS; i++) {
        table_number(table, face->landmarks[i].x, 0, 2);
        table_number(table, face->landmarks[i].y, 0, 2);
    }
    if (picture->attributes)
        put_attributes(table, &picture->attributes[index]);
    if (picture->live) {
        table_number(table, picture->live[index], 2, 4);
        table_text(table, picture->live[index] >= detect->live_threshold ? "true" : "false");
    }
    for (int i = 0; detect->options->landmarks && i < VULTUS_LANDMARKS; i++) {
        char point[64];
        snprintf(point, sizeof point, "%.0f,%.0f", face->landmarks[i].x, face->landmarks[i].y);
        table_text(table, point);
    }
    for (size_t i = 0; i < detect->shape; i++) {
        bool have = i < face->shape_count;
        table_number(table, have ? face->shape[i].x : NAN, 0, 2);
        table_number(table, have ? face->shape[i].y : NAN, 0, 2);
    }
    table_end(table);
}

static bool set_attributes(json_t *face, const vultus_attributes *attributes)
{
    return !json_object_set_new(face, "age", json_number(attributes->age)) &&
           !json_object_set_new(face, "female", json_number(attributes->female)) &&
           !json_object_set_new(face, "expression", json_expression(attributes));
}

static json_t *json_faces(const struct detect *detect, const struct picture *picture)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < picture->faces.count; i++) {
        const vultus_face *face = &picture->faces.items[i];
        json_t *each = json_box(face);
        if (!each || json_object_set_new(each, "landmarks", json_landmarks(face)) ||
            (face->shape_count && json_object_set_new(each, "shape", json_shape(face))) ||
            json_object_set_new(each, "quality", json_quality(face)) ||
            (picture->attributes && !set_attributes(each, &picture->attributes[i])) ||
            (picture->live &&
             json_object_set_new(each, "live",
                                 json_live(picture->live[i], detect->live_threshold))) ||
            json_array_append(list, each)) {
            json_decref(list);
            list = NULL;
        }
        json_decref(each);
    }
    return list;
}

/* On a worker. */
static void annotate(void *context, struct picture *picture)
{
    const struct detect *detect = context;
    size_t count = picture->faces.count;
    vultus_label *labels = mem_zalloc(count, sizeof *labels);
    if (!labels) {
        picture->trouble = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
        return;
    }
    for (size_t i = 0; i < count; i++)
        labels[i] = (vultus_label){.face = picture->faces.items[i],
                                   .match = true,
                                   .landmarks = detect->options->landmarks};
    copy_write(picture, labels);
    mem_free(labels);
}

static int deliver(void *context, struct picture *picture)
{
    struct detect *detect = context;
    if (picture->status) {
        detect->code = worse(detect->code, fail_picture(picture->path, &picture->error));
        return picture_answer_error(picture, detect->options);
    }
    if (!picture->faces.count)
        say("%s: no face found", picture->path);
    answer_begin();
    for (size_t i = 0; i < picture->faces.count; i++)
        put_face(detect, picture, i);
    if (detect->options->format == FORMAT_JSON &&
        !json_line(stdout,
                   json_pack("{s:o, s:o, s:o, s:o}", "file", json_text(picture->path), "width",
                             json_whole(picture->width), "height", json_whole(picture->height),
                             "faces", json_faces(detect, picture)),
                   JSON_DIGITS))
        return EXIT_ENVIRONMENT;
    if (!answer_end())
        return EXIT_ENVIRONMENT;
    detect->code = worse(detect->code, copy_report(picture));
    return EXIT_DONE;
}

int cmd_detect(const struct options *options)
{
    struct session session = {0};
    struct file_list files = {0}, copies = {0};
    struct detect detect = {.options = options, .table.format = options->format};
    int code = session_open(&session, options);
    if (!code)
        detect.code = inputs_collect(options->operands, options->operand_count, &files);
    session.detect_only = true;
    if (!code && files.count)
        code = session_open_engine(&session, files.count);
    if (!code && options->annotate)
        code = copies_plan(options->annotate, &files, COPIES_OF_PICTURES, &copies);
    detect.table.columns = detect.columns;
    add_columns(&detect, always, COUNT(always));
    if (options->attributes)
        add_columns(&detect, with_attributes, COUNT(with_attributes));
    if (session_wants_live(options))
        add_columns(&detect, with_liveness, COUNT(with_liveness));
    detect.live_threshold = session_live_threshold(&session);
    if (options->landmarks)
        add_columns(&detect, with_landmarks, COUNT(with_landmarks));
    if (options->landmarks)
        add_shape(&detect, vultus_engine_shape_count(session.engine));
    for (size_t i = 0; i < files.count; i++)
        column_fit(&detect.columns[0], files.items[i]);
    struct picture_errand errand = {.session = &session,
                                    .what = "detecting",
                                    .files = &files,
                                    .copies = options->annotate ? &copies : NULL,
                                    .finish = options->annotate ? annotate : NULL,
                                    .deliver = deliver,
                                    .context = &detect};
    if (!code)
        code = pictures_run(&errand);
    if (!code || code >= EXIT_SIGNAL)
        table_finish(&detect.table);
    file_list_clear(&files);
    file_list_clear(&copies);
    session_close(&session);
    return worse(code, detect.code);
}

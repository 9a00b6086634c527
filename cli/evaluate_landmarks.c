/*
 * vultus evaluate landmarks: points against ground truth, in the boxes that the detector finds and, where
 * the truth has shapes and the engine a finder of them, also in the true boxes: what the finder does is
 * told apart from what the detector does.
 */
#include "base/file.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "evaluate_pairs.h"
#include "evaluate_faces.h"
#include "measures.h"

#include <math.h>
#include <stdio.h>

#define ERRORS_BYTES_MAX ((size_t)1 << 30)

struct landmarks {
    struct face_evaluation evaluation; /* the first: hooks are given it */
    vultus_faces *boxed;               /* shapes in true boxes, for each picture of the truth */
    vultus_landmark_report found, given;
};

static void forget(void *answer)
{
    vultus_faces_clear(answer);
    mem_free(answer);
}

/* On a worker: shapes in the true boxes of a picture. */
static void look(struct face_evaluation *evaluation, struct picture *picture)
{
    vultus_engine *engine = evaluation->session.engine;
    const vultus_true_picture *truth = &evaluation->truth.items[picture->index];
    vultus_faces *faces = mem_zalloc(1, sizeof *faces);
    vultus_status status = VULTUS_OK;
    picture->answer = faces;
    if (!vultus_engine_landmarks(engine))
        return;
    if (faces)
        faces->items = mem_zalloc(truth->count, sizeof *faces->items);
    if (!faces || !faces->items) {
        picture->trouble = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
        return;
    }
    for (size_t i = 0; !status && i < truth->count; i++) {
        vultus_face *face = &faces->items[faces->count];
        *face = (vultus_face){.box = truth->faces[i].box, .score = 1};
        if (truth->faces[i].ignored || !truth->faces[i].shape_count)
            continue;
        status = vultus_find_shape(engine, picture->image, face, &picture->trouble);
        faces->count++;
    }
}

static int keep(struct face_evaluation *evaluation, struct picture *picture)
{
    struct landmarks *landmarks = (struct landmarks *)evaluation;
    vultus_faces *faces = picture->answer;
    if (picture->trouble.code)
        return fail_picture(picture->path, &picture->trouble);
    if (!landmarks->boxed)
        landmarks->boxed = mem_zalloc(evaluation->truth.count, sizeof *landmarks->boxed);
    if (!landmarks->boxed) {
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    landmarks->boxed[picture->index] = *faces;
    *faces = (vultus_faces){0};
    return EXIT_DONE;
}

/* ------------------------------------------------------------------ report */

static void put_errors(const char *label, const vultus_point_errors *errors)
{
    if (errors->faces)
        printf("%-22s %6zu %8.4f %8.4f %8.4f %8.4f %8.4f %9.2f %%\n", label, errors->faces,
               errors->mean, errors->median, errors->p90, errors->p95, errors->worst,
               100 * errors->failures);
}

static void put_text(const struct landmarks *landmarks)
{
    const vultus_landmark_report *r = &landmarks->found;
    printf("%-22s %zu, %zu not readable\n", "pictures", r->pictures,
           landmarks->evaluation.unreadable);
    printf("%-22s %zu, %zu missed (%.2f %%)\n", "true faces", r->faces, r->missed,
           100 * (double)r->missed / (double)r->faces);
    printf("%-22s %6s %8s %8s %8s %8s %8s %11s\n", "ERROR / EYE DISTANCE", "FACES", "MEAN",
           "MEDIAN", "90 %", "95 %", "WORST", "OVER 0.1");
    put_errors("five landmarks", &r->five);
    put_errors("shape", &r->shape);
    put_errors("five, in true boxes", &landmarks->given.five);
    put_errors("shape, in true boxes", &landmarks->given.shape);
    face_evaluation_text(&landmarks->evaluation);
}

static json_t *json_errors(const vultus_point_errors *errors)
{
    if (!errors->faces)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "faces", json_whole(errors->faces),
                     "mean", json_number(errors->mean), "median", json_number(errors->median),
                     "p90", json_number(errors->p90), "p95", json_number(errors->p95), "worst",
                     json_number(errors->worst), "failure_rate", json_number(errors->failures));
}

static json_t *json_report(const struct landmarks *landmarks)
{
    const vultus_landmark_report *r = &landmarks->found;
    const vultus_engine *engine = landmarks->evaluation.session.engine;
    json_t *value = face_evaluation_json(&landmarks->evaluation);
    json_t *more =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "landmarks",
                  json_text(vultus_engine_landmarks(engine)), "faces", json_whole(r->faces),
                  "missed", json_whole(r->missed), "five", json_errors(&r->five), "shape",
                  json_errors(&r->shape), "five_in_true_boxes", json_errors(&landmarks->given.five),
                  "shape_in_true_boxes", json_errors(&landmarks->given.shape));
    if (!value || !more || json_object_update(value, more)) {
        json_decref(value);
        value = NULL;
    }
    json_decref(more);
    return value;
}

/* A number, or nothing where there is none. */
static vultus_status put_cell(struct buffer *out, double value, vultus_error *error)
{
    return isnan(value) ? buffer_append(out, ",", 1, error)
                        : buffer_print(out, error, ",%.6f", value);
}

static int write_errors(const struct landmarks *landmarks, const char *path)
{
    struct buffer out;
    vultus_error error = {0};
    const vultus_landmark_report *r = &landmarks->found;
    buffer_init(&out, ERRORS_BYTES_MAX);
    vultus_status status = buffer_print(&out, &error, "file,face,five,shape\n");
    for (size_t i = 0; !status && i < r->count; i++) {
        const vultus_face_error *item = &r->items[i];
        status = csv_quote(&out, landmarks->evaluation.truth.items[item->picture].path, &error);
        if (!status)
            status = buffer_print(&out, &error, ",%zu", item->face + 1);
        if (!status)
            status = put_cell(&out, item->five, &error);
        if (!status)
            status = put_cell(&out, item->shape, &error);
        if (!status)
            status = buffer_append(&out, "\n", 1, &error);
    }
    return csv_write(&out, status, path, &error);
}

static int measure(struct landmarks *landmarks)
{
    vultus_findings findings = face_evaluation_findings(&landmarks->evaluation);
    vultus_error error = {0};
    vultus_status status = vultus_evaluate_landmarks(&findings, &landmarks->found, &error);
    findings.faces = landmarks->boxed;
    if (!status)
        status = vultus_evaluate_landmarks(&findings, &landmarks->given, &error);
    if (status)
        return fail(&error);
    if (landmarks->found.faces)
        return EXIT_DONE;
    complain("%s: no faces with landmarks in it", landmarks->evaluation.options->operands[0]);
    return EXIT_INPUTS;
}

int cmd_evaluate_landmarks(const struct options *options)
{
    struct landmarks landmarks = {
        .evaluation = {.options = options, .look = look, .forget = forget, .keep = keep}};
    int code = face_evaluation_run(&landmarks.evaluation);
    if (!code)
        code = measure(&landmarks);
    if (!code && options->format != FORMAT_TABLE)
        code = measures_put(json_report(&landmarks), options->format);
    else if (!code)
        put_text(&landmarks);
    if (!code && options->output)
        code = write_errors(&landmarks, options->output);
    for (size_t i = 0; landmarks.boxed && i < landmarks.evaluation.truth.count; i++)
        vultus_faces_clear(&landmarks.boxed[i]);
    mem_free(landmarks.boxed);
    vultus_landmark_report_clear(&landmarks.found);
    vultus_landmark_report_clear(&landmarks.given);
    face_evaluation_close(&landmarks.evaluation);
    return worse(code, landmarks.evaluation.code);
}

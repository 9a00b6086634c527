/* Decodes, detects and embeds on the workers; hands the results to the command in order. */
#include "picture_run.h"
#include "base/clock.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "json_answer.h"

static void picture_free(const struct picture_errand *errand, struct picture *picture)
{
    if (errand->forget && picture->answer)
        errand->forget(picture->answer);
    vultus_embeddings_free(picture->embeddings, picture->floats);
    mem_free(picture->attributes);
    mem_free(picture->live);
    vultus_faces_clear(&picture->faces);
    vultus_image_free(picture->image);
    mem_free(picture);
}

static vultus_status describe(const struct session *session, struct picture *picture)
{
    picture->attributes = mem_zalloc(picture->faces.count, sizeof *picture->attributes);
    if (!picture->attributes) {
        picture->error = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
        return VULTUS_ERR_MEMORY;
    }
    return vultus_describe(session->engine, picture->image, picture->faces.items,
                           picture->faces.count, picture->attributes, &picture->error);
}

static vultus_status judge(const struct session *session, struct picture *picture)
{
    picture->live = mem_zalloc(picture->faces.count, sizeof *picture->live);
    if (!picture->live) {
        picture->error = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
        return VULTUS_ERR_MEMORY;
    }
    return vultus_live_scores(session->engine, picture->image, picture->faces.items,
                              picture->faces.count, picture->live, &picture->error);
}

static vultus_status look(const struct picture_errand *errand, struct picture *picture)
{
    const struct session *session = errand->session;
    vultus_detect_options detect = session_detection(session->options);
    vultus_embed_options embed = session_embedding(session->options);
    vultus_error *error = &picture->error;
    vultus_status status = vultus_image_read(picture->path, NULL, &picture->image, error);
    if (status)
        return status;
    picture->width = vultus_image_width(picture->image);
    picture->height = vultus_image_height(picture->image);
    picture->detect_ns = clock_ns();
    status = vultus_detect(session->engine, picture->image, &detect, &picture->faces, error);
    picture->detect_ns = clock_ns() - picture->detect_ns;
    if (!status && errand->embed && picture->faces.count) {
        picture->floats = picture->faces.count * vultus_engine_dimension(session->engine);
        status = vultus_embed(session->engine, picture->image, picture->faces.items,
                              picture->faces.count, &embed, &picture->embeddings, error);
    }
    if (!status && session->options->attributes && picture->faces.count)
        status = describe(session, picture);
    if (!status && session_wants_live(session->options) && picture->faces.count)
        status = judge(session, picture);
    if (!status && errand->finish)
        errand->finish(errand->context, picture);
    vultus_image_free(picture->image);
    picture->image = NULL;
    return status;
}

static void *work(void *context, size_t index)
{
    const struct picture_errand *errand = context;
    struct picture *picture = mem_zalloc(1, sizeof *picture);
    if (!picture)
        return NULL;
    picture->index = index;
    picture->path = errand->files->items[index];
    picture->copy = errand->copies ? errand->copies->items[index] : NULL;
    picture->status = look(errand, picture);
    return picture;
}

static int deliver(void *context, size_t index, void *result)
{
    const struct picture_errand *errand = context;
    (void)index;
    int code = errand->deliver(errand->context, result);
    picture_free(errand, result);
    return code;
}

static void discard(void *context, void *result)
{
    picture_free(context, result);
}

int pictures_run(const struct picture_errand *errand)
{
    struct errand run = {.what = errand->what,
                         .count = errand->files->count,
                         .work = work,
                         .deliver = deliver,
                         .discard = discard,
                         .context = (void *)(uintptr_t)errand};
    return session_run(errand->session, &run);
}

void picture_cells(const struct picture *picture, size_t index, struct table *table)
{
    const vultus_face *face = &picture->faces.items[index];
    table_text(table, picture->path);
    table_whole(table, (long long)index + 1);
    table_number(table, face->box.x, 0, 2);
    table_number(table, face->box.y, 0, 2);
    table_number(table, face->box.width, 0, 2);
    table_number(table, face->box.height, 0, 2);
    table_number(table, face->score, 3, 5);
}

int picture_answer_error(const struct picture *picture, const struct options *options)
{
    if (options->format != FORMAT_JSON)
        return EXIT_DONE;
    answer_begin();
    if (!json_line(stdout,
                   json_pack("{s:o, s:o}", "file", json_text(picture->path), "error",
                             json_text(error_reason(picture->path, &picture->error))),
                   JSON_DIGITS))
        return EXIT_ENVIRONMENT;
    return answer_end() ? EXIT_DONE : EXIT_ENVIRONMENT;
}

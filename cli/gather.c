/*
 * Pictures go through the conveyor of picture_run.h, which keeps memory bounded; rows are added in their
 * order, so that the same folders give the same rows on any number of threads. Names are put in order
 * at the end, and persons numbered by them.
 */
#include "gather.h"
#include "base/clock.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"
#include "picture_run.h"
#include "roster.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gather_store { /* what the set points to */
    struct roster roster;
    size_t *operand;        /* of each picture of the roster */
    vultus_labelled *files; /* of each operand; cleared where it is a folder */
    size_t file_count;
    float *embeddings;
    uint32_t *person, *picture; /* person: first a place in `called`, then among the names */
    float *quality;
    const char **called; /* what each row's person is called */
    const char **names, **sources;
    size_t capacity;
    char embedder[96];
};

struct gather_run {
    const struct gather_request *request;
    struct session *session;
    struct gathering *out;
};

const vultus_face *gather_central(const vultus_faces *faces, const vultus_image *image)
{
    const vultus_face *best = NULL;
    double best_weight = -INFINITY;
    for (size_t i = 0; i < faces->count; i++) {
        const vultus_box *box = &faces->items[i].box;
        double x = box->x + box->width / 2.0 - vultus_image_width(image) / 2.0;
        double y = box->y + box->height / 2.0 - vultus_image_height(image) / 2.0;
        double weight = (double)box->width * box->height - 2 * (x * x + y * y);
        if (weight > best_weight) {
            best = &faces->items[i];
            best_weight = weight;
        }
    }
    return best;
}

static int no_memory(void)
{
    complain("not enough memory");
    return EXIT_ENVIRONMENT;
}

/* ------------------------------------------------------------------ rows */

static bool grow(struct gathering *out)
{
    struct gather_store *store = out->store;
    size_t capacity = store->capacity ? 2 * store->capacity : 256;
    if (out->set.count < store->capacity)
        return true;
    /* Each is kept as soon as it has grown: a failure leaves all of them whole. */
    struct gather_row *rows = mem_resize(out->rows, capacity, sizeof *rows);
    if (rows)
        out->rows = rows;
    const char **called = mem_resize(store->called, capacity, sizeof *called);
    if (called)
        store->called = called;
    uint32_t *picture = mem_resize(store->picture, capacity, sizeof *picture);
    if (picture)
        store->picture = picture;
    float *embeddings =
        mem_resize(store->embeddings, capacity, out->set.dimension * sizeof *embeddings);
    if (embeddings)
        store->embeddings = embeddings;
    if (!rows || !called || !picture || !embeddings)
        return false;
    store->capacity = capacity;
    return true;
}

static int add_row(struct gathering *out, const struct gather_row *row, const char *called,
                   size_t picture, const float *embedding)
{
    struct gather_store *store = out->store;
    size_t at = out->set.count, dimension = out->set.dimension;
    if (at == VULTUS_LABELLED_MAX) {
        complain("more than %zu faces", VULTUS_LABELLED_MAX);
        return EXIT_INPUTS;
    }
    if (!grow(out))
        return no_memory();
    out->rows[at] = *row;
    store->called[at] = called;
    store->picture[at] = (uint32_t)picture;
    memcpy(store->embeddings + at * dimension, embedding, dimension * sizeof *embedding);
    out->set.count++;
    return EXIT_DONE;
}

/* ------------------------------------------------------------------ pictures */

/* With the image still there: leaves only the face that stands for the picture. */
static void finish(void *context, struct picture *picture)
{
    const struct gather_run *run = context;
    vultus_engine *engine = run->session->engine;
    vultus_embed_options embed = session_embedding(run->session->options);
    vultus_faces *faces = &picture->faces;
    vultus_face whole;
    const vultus_face *chosen = faces->items;
    size_t count = faces->count;
    if (count && run->request->faces == GATHER_CENTRAL) {
        chosen = gather_central(faces, picture->image);
        count = 1;
    }
    if (!count && run->request->whole_picture) {
        whole = vultus_face_whole(engine, picture->image);
        chosen = &whole;
        count = 1;
    }
    if (!count)
        return;
    vultus_face *kept = mem_copy(chosen, count * sizeof *kept);
    picture->floats = count * vultus_engine_dimension(engine);
    if (!kept)
        picture->trouble = (vultus_error){VULTUS_ERR_MEMORY, "not enough memory"};
    else if (vultus_embed(engine, picture->image, kept, count, &embed, &picture->embeddings,
                          &picture->trouble))
        picture->floats = 0;
    picture->answer = kept;
}

static int deliver(void *context, struct picture *picture)
{
    struct gather_run *run = context;
    struct gathering *out = run->out;
    const struct gather_store *store = out->store;
    const struct roster_entry *entry = &store->roster.items[picture->index];
    const vultus_face *faces = picture->answer;
    int code = EXIT_DONE;
    out->pictures++;
    if (picture->status || picture->trouble.code) {
        out->code =
            worse(out->code, fail_picture(picture->path,
                                          picture->status ? &picture->error : &picture->trouble));
        out->unreadable++;
        return EXIT_DONE;
    }
    if (!picture->faces.count)
        out->faceless++;
    if (!faces) {
        say("%s: no face found", picture->path);
        out->code = worse(out->code, EXIT_INPUTS);
    }
    for (size_t i = 0; faces && !code && i * out->set.dimension < picture->floats; i++) {
        struct gather_row row = {entry->path, store->operand[picture->index], faces[i]};
        code = add_row(out, &row, store->roster.names.items[entry->person], picture->index,
                       picture->embeddings + i * out->set.dimension);
    }
    return code;
}

static int look_at_pictures(struct gather_run *run)
{
    struct gathering *out = run->out;
    struct roster *roster = &out->store->roster;
    struct file_list files = {.items = mem_array(roster->count, sizeof(char *)),
                              .count = roster->count};
    if (!files.items)
        return no_memory();
    for (size_t i = 0; i < roster->count; i++)
        files.items[i] = roster->items[i].path;
    struct picture_errand errand = {.session = run->session,
                                    .what = run->request->what,
                                    .files = &files,
                                    .finish = finish,
                                    .forget = mem_free,
                                    .deliver = deliver,
                                    .context = run};
    int code = pictures_run(&errand);
    mem_free(files.items);
    return code;
}

/* ------------------------------------------------------------------ operands */

static bool is_file(const char *operand)
{
    return file_has_ending(operand, ".safetensors") && !file_is_folder(operand);
}

static int list_pictures(struct gather_run *run)
{
    struct gather_store *store = run->out->store;
    for (size_t i = 0; i < run->request->count; i++) {
        size_t before = store->roster.count;
        if (is_file(run->request->operands[i]))
            continue;
        int code = roster_add_folders(&store->roster, &run->request->operands[i], 1);
        if (code == EXIT_ENVIRONMENT)
            return code;
        run->out->code = worse(run->out->code, code);
        size_t *operand = mem_resize(store->operand, store->roster.count + 1, sizeof *operand);
        if (!operand)
            return no_memory();
        store->operand = operand;
        for (size_t k = before; k < store->roster.count; k++)
            operand[k] = i;
    }
    return EXIT_DONE;
}

/* What made the embeddings has to be the same for all. */
static int adopt(struct gathering *out, const vultus_labelled *from, const char *name)
{
    const char *embedder = from->embedder ? from->embedder : "";
    vultus_labelled *set = &out->set;
    if (!set->dimension) {
        set->dimension = from->dimension;
        set->metric = from->metric;
        set->raw = from->raw;
        snprintf(out->store->embedder, sizeof out->store->embedder, "%s", embedder);
        set->embedder = *out->store->embedder ? out->store->embedder : NULL;
        return EXIT_DONE;
    }
    if (set->dimension == from->dimension && set->metric == from->metric && set->raw == from->raw &&
        !strcmp(out->store->embedder, embedder))
        return EXIT_DONE;
    complain("%s: its embeddings are by %s, the others by %s; they cannot be compared", name,
             *embedder ? embedder : "an unknown model",
             *out->store->embedder ? out->store->embedder : "an unknown model");
    return EXIT_INPUTS;
}

static int add_rows(struct gather_run *run, size_t operand, const vultus_labelled *file)
{
    struct gathering *out = run->out;
    int code = adopt(out, file, run->request->operands[operand]);
    for (size_t i = 0; !code && i < file->count; i++) {
        struct gather_row row = {.path = file->sources ? file->sources[i] : NULL,
                                 .operand = operand};
        row.face.quality.score = file->quality ? file->quality[i] : NAN;
        bool named = file->names && file->person[i] != VULTUS_NOBODY;
        code = add_row(out, &row, named ? file->names[file->person[i]] : NULL,
                       out->store->roster.count + (file->picture ? file->picture[i] : i),
                       file->embeddings + i * file->dimension);
    }
    return code;
}

/* With --embedder the rows have to be by it, or by its base, and are projected then. */
static int add_as_asked(struct gather_run *run, size_t operand, const vultus_labelled *file)
{
    struct session *session = run->session;
    vultus_labelled projected = {0};
    int code = session->engine ? EXIT_DONE : session_open_engine(session, 2);
    if (!code)
        code = gather_project(session->engine, file, run->request->operands[operand], &projected);
    if (!code)
        code = add_rows(run, operand, projected.embeddings ? &projected : file);
    mem_free_wiped((void *)(uintptr_t)projected.embeddings,
                   projected.count * projected.dimension * sizeof(float));
    return code;
}

static int add_file(struct gather_run *run, size_t operand)
{
    vultus_labelled *file = &run->out->store->files[operand];
    vultus_error error = {0};
    if (vultus_labelled_read(run->request->operands[operand], file, &error))
        return fail(&error);
    return options_has(run->session->options, OPTION_EMBEDDER) ? add_as_asked(run, operand, file)
                                                               : add_rows(run, operand, file);
}

static int add_pictures(struct gather_run *run)
{
    struct gathering *out = run->out;
    struct session *session = run->session;
    if (!out->store->roster.count)
        return EXIT_DONE;
    int code = session->engine ? EXIT_DONE : session_open_engine(session, out->store->roster.count);
    if (code)
        return code;
    const vultus_labelled made = {.dimension = vultus_engine_dimension(session->engine),
                                  .metric = vultus_engine_metric(session->engine),
                                  .raw = vultus_engine_raw(session->engine),
                                  .embedder = vultus_engine_embedder(session->engine)};
    code = adopt(out, &made, "the pictures");
    return code ? code : look_at_pictures(run);
}

/* ------------------------------------------------------------------ people */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Numbers people by name, and fills in the set. */
static int number_people(struct gathering *out)
{
    struct gather_store *store = out->store;
    size_t count = out->set.count, people = 0;
    store->names = mem_array(count, sizeof *store->names);
    store->sources = mem_array(count, sizeof *store->sources);
    store->person = mem_array(count, sizeof *store->person);
    store->quality = mem_array(count, sizeof *store->quality);
    if (!store->names || !store->sources || !store->person || !store->quality)
        return no_memory();
    for (size_t i = 0; i < count; i++)
        if (store->called[i])
            store->names[people++] = store->called[i];
    qsort(store->names, people, sizeof *store->names, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < people; i++)
        if (!kept || strcmp(store->names[kept - 1], store->names[i]) != 0)
            store->names[kept++] = store->names[i];
    bool all_known = true, all_measured = true;
    for (size_t i = 0; i < count; i++) {
        const char **at = store->called[i] ? bsearch(&store->called[i], store->names, kept,
                                                     sizeof *store->names, by_name)
                                           : NULL;
        store->person[i] = at ? (uint32_t)(at - store->names) : VULTUS_NOBODY;
        store->sources[i] = out->rows[i].path;
        all_known &= store->sources[i] != NULL;
        store->quality[i] = out->rows[i].face.quality.score;
        all_measured &= isfinite(store->quality[i]);
    }
    out->set.embeddings = store->embeddings;
    out->set.person = store->person;
    out->set.picture = store->picture;
    out->set.people = kept;
    out->set.names = store->names;
    out->set.sources = all_known ? store->sources : NULL;
    out->set.quality = all_measured ? store->quality : NULL;
    return EXIT_DONE;
}

int gather(struct session *session, const struct gather_request *request, struct gathering *out)
{
    struct gather_run run = {request, session, out};
    uint64_t begin = clock_ns();
    *out = (struct gathering){.store = mem_zalloc(1, sizeof *out->store)};
    if (out->store)
        out->store->files = mem_zalloc(request->count, sizeof *out->store->files);
    if (!out->store || !out->store->files)
        return no_memory();
    out->store->file_count = request->count;
    int code = list_pictures(&run);
    for (size_t i = 0; !code && i < request->count; i++)
        if (is_file(request->operands[i]))
            code = add_file(&run, i);
    if (!code)
        code = add_pictures(&run);
    if (!code && !out->set.count) {
        complain("there is no face to work with");
        code = EXIT_INPUTS;
    }
    if (!code)
        code = number_people(out);
    out->seconds = (double)(clock_ns() - begin) / 1e9;
    return code;
}

void gathering_clear(struct gathering *gathering)
{
    struct gather_store *store = gathering->store;
    if (store) {
        mem_free_wiped(store->embeddings,
                       store->capacity * gathering->set.dimension * sizeof(float));
        for (size_t i = 0; store->files && i < store->file_count; i++)
            vultus_labelled_clear(&store->files[i]);
        mem_free(store->files);
        mem_free(store->person);
        mem_free(store->picture);
        mem_free(store->called);
        mem_free(store->quality);
        mem_free(store->names);
        mem_free(store->sources);
        mem_free(store->operand);
        roster_clear(&store->roster);
    }
    mem_free(store);
    mem_free(gathering->rows);
    *gathering = (struct gathering){0};
}

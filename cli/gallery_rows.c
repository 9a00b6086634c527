/*
 * The gallery as labelled embeddings. People are read one after the other, so that their pictures, which
 * come with the faces, are never in memory together.
 */
#include "gallery_rows.h"
#include "base/memory.h"
#include "command.h"
#include "console.h"

#include <string.h>

static int no_memory(void)
{
    complain("not enough memory");
    return EXIT_ENVIRONMENT;
}

static bool grow(struct gallery_rows *rows, size_t more)
{
    size_t capacity = rows->capacity ? rows->capacity : 256;
    while (capacity < rows->set.count + more)
        capacity *= 2;
    if (capacity == rows->capacity)
        return true;
    float *embeddings =
        mem_resize(rows->embeddings, capacity, rows->set.dimension * sizeof *embeddings);
    if (embeddings)
        rows->embeddings = embeddings;
    uint32_t *person = mem_resize(rows->person, capacity, sizeof *person);
    if (person)
        rows->person = person;
    if (!embeddings || !person)
        return false;
    rows->capacity = capacity;
    return true;
}

static int add_person(struct session *session, struct gallery_rows *rows, size_t index)
{
    vultus_face_records faces = {0};
    vultus_error error = {0};
    const char *embedder = vultus_engine_embedder(session->engine);
    size_t dimension = rows->set.dimension;
    if (vultus_gallery_faces(session->gallery, rows->people.items[index].name, &faces, &error))
        return fail(&error);
    int code = grow(rows, faces.count) ? EXIT_DONE : no_memory();
    for (size_t i = 0; !code && i < faces.count; i++) {
        const vultus_face_record *face = &faces.items[i];
        if (strcmp(face->embedder, embedder) != 0 || face->dimension != dimension)
            continue;
        memcpy(rows->embeddings + rows->set.count * dimension, face->embedding,
               dimension * sizeof *face->embedding);
        rows->person[rows->set.count++] = (uint32_t)index;
    }
    vultus_face_records_clear(&faces);
    return code;
}

int gallery_rows_read(struct session *session, struct gallery_rows *out)
{
    vultus_error error = {0};
    *out = (struct gallery_rows){.set = {.dimension = vultus_engine_dimension(session->engine),
                                         .metric = vultus_engine_metric(session->engine),
                                         .raw = vultus_engine_raw(session->engine),
                                         .embedder = vultus_engine_embedder(session->engine)}};
    if (vultus_gallery_people(session->gallery, &out->people, &error))
        return fail(&error);
    int code = EXIT_DONE;
    progress_begin("reading", out->people.count);
    for (size_t i = 0; !code && i < out->people.count; i++) {
        code = add_person(session, out, i);
        progress_step(i + 1);
        code = code ? code : interrupted();
    }
    progress_end();
    out->set.people = out->people.count;
    out->set.embeddings = out->embeddings;
    out->set.person = out->person;
    if (!code && !out->set.count) {
        complain("the gallery has no face by %s", out->set.embedder);
        code = EXIT_INPUTS;
    }
    return code;
}

void gallery_rows_clear(struct gallery_rows *rows)
{
    mem_free_wiped(rows->embeddings, rows->capacity * rows->set.dimension * sizeof(float));
    mem_free(rows->person);
    vultus_people_clear(&rows->people);
    *rows = (struct gallery_rows){0};
}

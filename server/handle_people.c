/* People: listing, renaming, merging, deleting, what is known of them. */
#include "body.h"
#include "handlers.h"
#include "reply.h"
#include "service.h"

#include "answers/json_people.h"
#include "base/clock.h"

#include <string.h>
#include <strings.h>

static const char *const rename_fields[] = {"name", NULL};
static const char *const merge_fields[] = {"into", NULL};
static const char *const fact_fields[] = {"kind", "key", "value", NULL};

static bool contains(const char *name, const char *text)
{
    size_t length = strlen(text);
    while (*name && strncasecmp(name, text, length) != 0)
        name++;
    return *name != '\0';
}

/* A page begins behind a name, not at a number, so that nobody is passed over when people come and go meanwhile. */
static void answer_page(struct request *request, const vultus_people *people)
{
    const struct parameters *wanted = &request->parameters;
    const char *last = NULL;
    size_t total = 0, listed = 0;
    bool more = false;
    json_t *list = json_array();
    for (size_t i = 0; list && i < people->count; i++) {
        const vultus_person *person = &people->items[i];
        if (wanted->search && !contains(person->name, wanted->search))
            continue;
        total++;
        if (wanted->after && strcmp(person->name, wanted->after) <= 0)
            continue;
        more = listed == wanted->limit;
        if (more)
            continue;
        list = json_appended(list, json_person(person));
        last = person->name;
        listed++;
    }
    reply_json(request, 200,
               json_pack("{s:o, s:o, s:o}", "people", list, "total", json_whole(total), "next",
                         json_text(more ? last : NULL)),
               JSON_DIGITS);
}

void handle_people(struct request *request, struct worker *worker)
{
    vultus_people people = {0};
    vultus_error error = {0};
    if (vultus_gallery_people(worker->gallery, &people, &error))
        reply_failure(request, &error);
    else
        answer_page(request, &people);
    vultus_people_clear(&people);
}

void handle_person(struct request *request, struct worker *worker)
{
    const char *name = request->values[0];
    vultus_face_records faces = {0};
    vultus_facts facts = {0};
    vultus_error error = {0};
    if (vultus_gallery_faces(worker->gallery, name, &faces, &error) ||
        vultus_gallery_facts(worker->gallery, name, &facts, &error))
        reply_failure(request, &error);
    else
        reply_json(request, 200,
                   json_pack("{s:o, s:o, s:o}", "name", json_text(name), "faces",
                             json_whole(faces.count), "facts", json_facts(&facts)),
                   JSON_DIGITS);
    vultus_face_records_clear(&faces);
    vultus_facts_clear(&facts);
}

/* ------------------------------------------------------------------ changes */

typedef vultus_status two_names(vultus_gallery *gallery, const char *name, const char *other,
                                vultus_error *error);

static vultus_status remove_person(vultus_gallery *gallery, const char *name, const char *other,
                                   vultus_error *error)
{
    (void)other;
    return vultus_gallery_delete(gallery, name, error);
}

static void change(struct request *request, two_names *how, const char *other)
{
    vultus_gallery *gallery = NULL;
    vultus_error error = {0};
    uint64_t began = clock_ns();
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = how(gallery, request->values[0], other, &error);
        writer_give(request);
    }
    request->stages[STAGE_STORE] += clock_ns() - began;
    if (status)
        reply_failure(request, &error);
    else if (other)
        reply_json(request, 200, json_pack("{s:o}", "name", json_text(other)), JSON_DIGITS);
    else
        reply_empty(request, 204);
}

static void change_by_field(struct request *request, two_names *how, const char *const *fields)
{
    struct body body = {0};
    if (body_read(request, fields, &body)) {
        const char *other = body_text(&body, fields[0], NULL, 0);
        if (other && !vultus_name_check(other, NULL))
            change(request, how, other);
        else
            reply_error(request, ERROR_BAD_NAME, "%s has to be the name of somebody", fields[0]);
    }
    body_clear(&body);
}

void handle_rename(struct request *request, struct worker *worker)
{
    (void)worker;
    change_by_field(request, vultus_gallery_rename, rename_fields);
}

void handle_merge(struct request *request, struct worker *worker)
{
    (void)worker;
    change_by_field(request, vultus_gallery_merge, merge_fields);
}

void handle_delete(struct request *request, struct worker *worker)
{
    (void)worker;
    change(request, remove_person, NULL);
}

/* ------------------------------------------------------------------ facts */

static bool find_kind(const char *name, vultus_fact_kind *out)
{
    for (int kind = 0; name && kind < VULTUS_FACT_KINDS; kind++)
        if (!strcmp(vultus_fact_name((vultus_fact_kind)kind), name)) {
            *out = (vultus_fact_kind)kind;
            return true;
        }
    return false;
}

/* A text, or nothing; false: it is something else. */
static bool optional_text(const struct body *body, const char *field, const char **out)
{
    const json_t *value = json_object_get(body->json, field);
    *out = body_text(body, field, NULL, 0);
    return *out || !value || json_is_null(value);
}

static void set_fact(struct request *request, vultus_fact_kind kind, const char *key,
                     const char *value)
{
    vultus_gallery *gallery = NULL;
    vultus_facts facts = {0};
    vultus_error error = {0};
    const char *name = request->values[0];
    vultus_status status = writer_take(request, &gallery, &error);
    if (!status) {
        status = vultus_gallery_set_fact(gallery, name, kind, key, value, &error);
        if (!status)
            status = vultus_gallery_facts(gallery, name, &facts, &error);
        writer_give(request);
    }
    if (status)
        reply_failure(request, &error);
    else
        reply_json(request, 200, json_pack("{s:o}", "facts", json_facts(&facts)), JSON_DIGITS);
    vultus_facts_clear(&facts);
}

void handle_set_fact(struct request *request, struct worker *worker)
{
    struct body body = {0};
    vultus_fact_kind kind = VULTUS_FACT_ATTRIBUTE;
    const char *key = NULL, *value = NULL;
    (void)worker;
    if (body_read(request, fact_fields, &body)) {
        if (!find_kind(body_text(&body, "kind", NULL, 0), &kind) ||
            !optional_text(&body, "key", &key) || !optional_text(&body, "value", &value))
            reply_error(request, ERROR_BAD_REQUEST,
                        "a fact has a kind (attribute, tag, group, consent, retain), a key and a "
                        "value; null removes it");
        else
            set_fact(request, kind, key, value);
    }
    body_clear(&body);
}
